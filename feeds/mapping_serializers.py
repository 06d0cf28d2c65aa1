"""What REST takes and gives of mappings and uploads."""

from typing import Any

from rest_framework import serializers

from feeds.actions.uploads import Tried
from feeds.models import Upload
from feeds.rules.mappings import Reading
from feeds.rules.previews import Preview


class MappingInput(serializers.Serializer[Any]):
    """columns: header → field, "" for one that is left out. constants: field → value of every row."""

    headers = serializers.ListField(
        child=serializers.CharField(allow_blank=True, max_length=200), default=list, max_length=200
    )
    columns = serializers.DictField(
        child=serializers.CharField(allow_blank=True, max_length=60), default=dict
    )
    constants = serializers.DictField(
        child=serializers.CharField(allow_blank=True, max_length=200), default=dict
    )
    decimal_mark = serializers.CharField(default="", allow_blank=True, max_length=1)
    date_order = serializers.CharField(default="", allow_blank=True, max_length=3)
    time_zone = serializers.CharField(default="", allow_blank=True, max_length=60)
    delimiter = serializers.CharField(default="", allow_blank=True, max_length=1, trim_whitespace=False)
    encoding = serializers.CharField(default="", allow_blank=True, max_length=12)
    version = serializers.IntegerField(required=False, min_value=0)


class MappingOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    feed = serializers.CharField(source="feed.name")
    signature = serializers.CharField()
    version = serializers.IntegerField()
    headers = serializers.ListField(child=serializers.CharField())
    columns = serializers.DictField(child=serializers.CharField())
    constants = serializers.DictField(child=serializers.CharField())
    decimal_mark = serializers.CharField()
    date_order = serializers.CharField()
    time_zone = serializers.CharField()
    delimiter = serializers.CharField()
    encoding = serializers.CharField()
    is_active = serializers.BooleanField()
    created_by = serializers.CharField()
    created_at = serializers.DateTimeField()


class UploadInput(serializers.Serializer[Any]):
    file = serializers.FileField()


class ColumnOutput(serializers.Serializer[Any]):
    header = serializers.CharField()
    field = serializers.CharField()
    by = serializers.CharField()
    samples = serializers.ListField(child=serializers.CharField())


class LineOutput(serializers.Serializer[Any]):
    line = serializers.IntegerField()
    cells = serializers.ListField(child=serializers.CharField())


class RejectedOutput(serializers.Serializer[Any]):
    row = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField()


class TriedOutput(serializers.Serializer[Any]):
    rows = serializers.IntegerField()
    rows_in_all = serializers.IntegerField()
    accepted = serializers.IntegerField()
    rejected = RejectedOutput(many=True)
    refused = RejectedOutput(many=True)


class UploadOutput(serializers.Serializer[Any]):
    """What the file looks like; tried: what would become of its first rows."""

    id = serializers.IntegerField()
    feed = serializers.CharField()
    filename = serializers.CharField()
    sha256 = serializers.CharField()
    state = serializers.CharField()
    delivery = serializers.IntegerField(allow_null=True)
    form = serializers.CharField()
    encoding = serializers.CharField()
    delimiter = serializers.CharField()
    sheets_not_read = serializers.ListField(child=serializers.CharField())
    merged_cells = serializers.ListField(child=serializers.CharField())
    header_line = serializers.IntegerField()
    rows_in_all = serializers.IntegerField()
    columns = ColumnOutput(many=True)
    rows = LineOutput(many=True)
    missing = serializers.ListField(child=serializers.CharField())
    mapping_version = serializers.IntegerField()
    tried = TriedOutput(allow_null=True)


class SentOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    state = serializers.CharField()


def upload_item(
    upload: Upload, looked: tuple[Preview, Reading], tried: Tried | None = None
) -> dict[str, Any]:
    """An upload as REST gives it."""
    preview, reading = looked
    return {
        "id": upload.pk,
        "feed": upload.feed.name,
        "filename": upload.filename,
        "sha256": upload.sha256,
        "state": upload.state,
        "delivery": upload.delivery_id,
        "form": preview.found.form,
        "encoding": preview.found.encoding,
        "delimiter": preview.found.delimiter,
        "sheets_not_read": list(preview.found.not_read),
        "merged_cells": list(preview.found.merged),
        "header_line": preview.header_line,
        "rows_in_all": preview.rows_in_all,
        "columns": [
            {"header": one.header, "field": one.field, "by": one.by, "samples": list(one.samples)}
            for one in preview.columns
        ],
        "rows": [{"line": line, "cells": list(cells)} for line, cells in preview.rows],
        "missing": list(preview.missing),
        "mapping_version": reading.version,
        "tried": _tried_item(tried) if tried else None,
    }


def _tried_item(tried: Tried) -> dict[str, Any]:
    return {
        "rows": tried.rows,
        "rows_in_all": tried.rows_in_all,
        "accepted": tried.accepted,
        "rejected": [
            {"row": number, "code": fault.code, "detail": fault.detail}
            for number, fault, _row in tried.rejected[:500]
        ],
        "refused": [{"row": 0, "code": fault.code, "detail": fault.detail} for fault in tried.refused[:50]],
    }
