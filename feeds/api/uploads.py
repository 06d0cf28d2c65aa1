"""REST of uploads: a file is looked at, its columns assigned, tried without effect, then sent; and of mappings."""

import hashlib
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.access import visible_site_ids_or_all
from feeds.actions.mappings import forget_mapping, save_mapping
from feeds.actions.uploads import discard_upload, keep_upload, preview_upload, send_upload, try_upload
from feeds.mapping_serializers import (
    MappingInput,
    MappingOutput,
    SentOutput,
    UploadInput,
    UploadOutput,
    upload_item,
)
from feeds.queries.mappings import mappings_of
from feeds.queries.uploads import feed_in, mapping_in, upload_in
from lib.faults import refuse
from web.api import ApiView
from web.paging import CursorPage


class BySignature(CursorPage):
    ordering = ("signature", "id")


class Uploads(ApiView):
    required_permission = "feeds.push"
    parser_classes = [MultiPartParser]

    @extend_schema(request={"multipart/form-data": UploadInput}, responses={201: UploadOutput})
    def post(self, request: Request, feed: str) -> Response:
        """Keep a file and look at it: nothing of it is taken yet."""
        found = feed_in(visible_site_ids_or_all(self.actor), feed)
        sent = request.FILES.get("file")
        if sent is None:
            raise refuse("required", "file is needed.", pointer="/file")
        body, name = sent.read(), sent.name or ""

        def effect() -> tuple[int, Any]:
            upload = keep_upload(actor=self.actor, feed=found, filename=name, body=body)
            preview, reading, _faults = preview_upload(upload)
            return 201, upload_item(upload, (preview, reading))

        return self.once_for({"feed": feed, "sha256": hashlib.sha256(body).hexdigest()}, effect)


class OneUpload(ApiView):
    required_permission = "feeds.push"

    @extend_schema(responses=UploadOutput)
    def get(self, request: Request, upload_id: int) -> Response:
        upload = upload_in(visible_site_ids_or_all(self.actor), upload_id)
        preview, reading, _faults = preview_upload(upload)
        return Response(upload_item(upload, (preview, reading)))


class CheckUpload(ApiView):
    required_permission = "feeds.push"
    parser_classes = [JSONParser]

    @extend_schema(request=MappingInput, responses=UploadOutput)
    def post(self, request: Request, upload_id: int) -> Response:
        """What would become of the first rows under a mapping; nothing is written."""
        upload = upload_in(visible_site_ids_or_all(self.actor), upload_id)
        data = _mapping(request)
        tried = try_upload(actor=self.actor, upload=upload, data=data)
        preview, reading, _faults = preview_upload(upload, data)
        return Response(upload_item(upload, (preview, reading), tried))


class SendUpload(ApiView):
    required_permission = "feeds.push"
    parser_classes = [JSONParser]

    @extend_schema(request=MappingInput, responses={202: SentOutput})
    def post(self, request: Request, upload_id: int) -> Response:
        """Remember the mapping and send the file as a delivery."""
        upload_in(visible_site_ids_or_all(self.actor), upload_id)
        data = _mapping(request) if request.data else None

        def effect() -> tuple[int, Any]:
            delivery = send_upload(actor=self.actor, upload_id=upload_id, data=data)
            return 202, {"id": delivery.pk, "state": str(delivery.state)}

        return self.once(effect)


class DiscardUpload(ApiView):
    required_permission = "feeds.push"

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request, upload_id: int) -> Response:
        """Put a file away that was not sent."""
        upload_in(visible_site_ids_or_all(self.actor), upload_id)
        discard_upload(actor=self.actor, upload_id=upload_id)
        return Response(status=204)


class Mappings(ApiView):
    """What is remembered of a feed's files, each in its newest version; a POST makes a new version."""

    required_permission = {"GET": "feeds.view", "POST": "feeds.push"}
    pagination_class = BySignature

    @extend_schema(responses=MappingOutput(many=True))
    def get(self, request: Request, feed: str) -> Response:
        found = feed_in(visible_site_ids_or_all(self.actor), feed)
        page = BySignature()
        rows = page.paginate_queryset(mappings_of(found), request)
        return page.get_paginated_response(MappingOutput(rows, many=True).data)

    @extend_schema(request=MappingInput, responses={201: MappingOutput})
    def post(self, request: Request, feed: str) -> Response:
        found = feed_in(visible_site_ids_or_all(self.actor), feed)
        data = _mapping(request)
        headers, version = data.pop("headers"), data.pop("version", None)

        def effect() -> tuple[int, Any]:
            made = save_mapping(actor=self.actor, feed=found, headers=headers, data=data, version=version)
            return 201, MappingOutput(made).data

        return self.once(effect)


class ForgetMapping(ApiView):
    required_permission = "feeds.push"

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request, feed: str, mapping_id: int) -> Response:
        """Read files with this header by their own words again."""
        stored = mapping_in(visible_site_ids_or_all(self.actor), feed, mapping_id)
        forget_mapping(actor=self.actor, feed=stored.feed, signature=stored.signature)
        return Response(status=204)


def _mapping(request: Request) -> dict[str, Any]:
    asked = MappingInput(data=request.data)
    asked.is_valid(raise_exception=True)
    return dict(asked.validated_data)
