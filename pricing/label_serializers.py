"""The shapes of label runs for the OpenAPI document, and the file for electronic shelf labels: the same rows."""

import json
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from rest_framework import serializers

from catalog.queries.products import plain
from lib.faults import refuse
from lib.sheets.writing import csv_bytes
from pricing.models import LabelLine, LabelRun
from pricing.queries.labels import run_lines
from pricing.queries.price_changes import money_text


class LabelRunAsked(serializers.Serializer):
    site = serializers.CharField()
    effective_at = serializers.DateTimeField(help_text="The moment at which prices change, with its offset.")


class LabelRunRow(serializers.Serializer):
    id = serializers.IntegerField()
    site = serializers.CharField()
    effective_at = serializers.DateTimeField()
    created_at = serializers.DateTimeField()
    created_by = serializers.CharField()
    labels = serializers.IntegerField()
    open = serializers.IntegerField(help_text="Labels nobody has confirmed by scanning them.")


class Label(serializers.Serializer):
    sku = serializers.CharField()
    barcode = serializers.CharField(allow_blank=True)
    name = serializers.CharField()
    action = serializers.ChoiceField(
        ["show", "remove"], help_text="remove: from the moment on the product has no price here."
    )
    currency = serializers.CharField()
    price = serializers.CharField(allow_null=True, help_text="Gross, for one base unit.")
    unit = serializers.CharField(help_text="The product's base unit.")
    old_price = serializers.CharField(allow_null=True)
    unit_price = serializers.CharField(allow_null=True)
    unit_price_unit = serializers.CharField(allow_blank=True, help_text="kg, l, m or pcs; empty without one.")
    reference_price = serializers.CharField(
        allow_null=True, help_text="What an announced reduction is measured against by law."
    )
    is_recommended = serializers.BooleanField(help_text="A franchisee's site: a price recommendation.")
    confirmed_at = serializers.DateTimeField(allow_null=True)
    confirmed_by = serializers.CharField(allow_blank=True)


class LabelRunAnswer(LabelRunRow):
    lines = Label(many=True)


class LabelScan(serializers.Serializer):
    code = serializers.CharField(help_text="The barcode (GTIN-12, -13, -14) or the SKU.")


class LabelScanned(serializers.Serializer):
    is_new = serializers.BooleanField(help_text="False when it had been confirmed before.")
    label = Label()  # type: ignore[assignment]


#: Columns of the file, in its order; those of `Label` after where and when.
FILE_COLUMNS = (
    "site", "effective_at", "action", "sku", "barcode", "name", "currency", "price", "unit", "unit_price",
    "unit_price_unit", "old_price", "reference_price", "is_recommended",
)  # fmt: skip


CONTENT_TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


def run_row(run: LabelRun) -> dict[str, Any]:
    """A run of `queries.labels.label_runs`."""
    return {
        "id": run.pk,
        "site": run.site.code,
        "effective_at": _iso(run.effective_at),
        "created_at": _iso(run.created_at),
        "created_by": run.created_by_name,
        "labels": run.labels,  # type: ignore[attr-defined]
        "open": run.open,  # type: ignore[attr-defined]
    }


def label_row(line: LabelLine) -> dict[str, Any]:
    """A line with its product."""
    return {
        "sku": line.product.sku,
        "barcode": line.barcode,
        "name": line.product.name,
        "action": "remove" if line.amount is None else "show",
        "currency": line.currency,
        "price": money_text(line.amount, line.currency),
        "unit": line.product.unit,
        "old_price": money_text(line.old_amount, line.currency),
        "unit_price": _plain(line.unit_price),
        "unit_price_unit": line.unit_price_unit,
        "reference_price": money_text(line.reference_amount, line.currency),
        "is_recommended": line.is_recommended,
        "confirmed_at": _iso(line.confirmed_at),
        "confirmed_by": line.confirmed_by_name,
    }


def file_body(run: LabelRun, lines: Iterable[LabelLine], form: str) -> bytes:
    """The run as a file for electronic shelf labels: "csv" or "json", the columns of FILE_COLUMNS."""
    place = {"site": run.site.code, "effective_at": _iso(run.effective_at)}
    rows = [{**place, **label_row(line)} for line in lines]
    if form == "csv":
        return csv_bytes(FILE_COLUMNS, ([_cell(row[name]) for name in FILE_COLUMNS] for row in rows))
    labels = [{name: row[name] for name in FILE_COLUMNS[2:]} for row in rows]
    return json.dumps({**place, "labels": labels}, ensure_ascii=False, indent=1).encode()


def label_file(run: LabelRun, form: str) -> HttpResponse:
    """The file of a run as an answer to be saved. Raises Faults 422 `unknown_form`."""
    if form not in CONTENT_TYPES:
        raise refuse("unknown_form", "The file is there as csv and as json.", pointer="/form")
    answer = HttpResponse(file_body(run, run_lines(run.pk), form), content_type=CONTENT_TYPES[form])
    answer["Content-Disposition"] = f'attachment; filename="labels-{run.site.code}-{run.pk}.{form}"'
    return answer


def _cell(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else "" if value is None else value


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
