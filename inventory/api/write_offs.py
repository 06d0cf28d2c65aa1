"""REST of write-offs and their reasons."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.access import visible_site_ids_or_all
from inventory import write_offs_schemas as schemas
from inventory import write_offs_serializers as read
from inventory.access import access_write_off
from inventory.actions import write_offs, write_offs_posting
from inventory.actions.write_off_reasons import save_reason
from inventory.api.ledger import asked_of_query, parameters
from inventory.queries.write_offs import (
    evidence_body,
    reason_body,
    reasons,
    visible_write_offs,
    write_off_body,
)
from lib.actors import Actor
from web.api import ApiView
from web.file_answers import file_answer
from web.paging import CursorPage
from web.stored_files import access_attachment, receive_sent

DRAFT_CODES = (
    "422 `unknown_site, unknown_reason, in_future, naive_time, too_long, no_lines, too_many_lines, invalid_quantity,"
    " invalid_state, duplicate_sku, unknown_sku`; 409 `wrong_state`."
)
FILE_CODES = (
    "413 `too_large`; 422 `empty_file, wrong_type, too_many_pixels, unreadable, active_content, too_many_files`;"
    " 409 `wrong_state`."
)


def page_of(view: ApiView, request: Request, found: Any, body: Callable[[Any], dict[str, Any]]) -> Response:
    """A cursor page, the newest first."""
    page = CursorPage()
    page.ordering = "-id"
    rows = page.paginate_queryset(found, request, view=view)
    return page.get_paginated_response([body(row) for row in rows or []])


def _body(actor: Actor, write_off_id: int) -> dict[str, Any]:
    return write_off_body(access_write_off(actor, write_off_id), with_costs=actor.may("costs.view"))


class WriteOffs(ApiView):
    pagination_class = CursorPage
    required_permission = {"GET": "stock.view", "POST": "write_offs.request"}

    @extend_schema(
        parameters=parameters("site", "reason", "state"),
        responses={200: schemas.WriteOffAnswer(many=True)},
    )
    def get(self, request: Request) -> Response:
        asked = asked_of_query(request, "site", "reason", "state")
        found = visible_write_offs(visible_site_ids_or_all(self.actor), asked)
        with_costs = self.actor.may("costs.view")
        return page_of(self, request, found, lambda one: write_off_body(one, with_costs=with_costs))

    @extend_schema(
        request=schemas.WriteOffBody, responses={201: schemas.WriteOffAnswer}, description=DRAFT_CODES
    )
    def post(self, request: Request) -> Response:
        draft = read.read_write_off(request.data)

        def effect() -> tuple[int, Any]:
            made = write_offs.create_write_off(actor=self.actor, draft=draft)
            return 201, _body(self.actor, made.pk)

        return self.once(effect)


class OneWriteOff(ApiView):
    required_permission = "stock.view"

    @extend_schema(responses={200: schemas.WriteOffAnswer})
    def get(self, request: Request, write_off_id: int) -> Response:
        return Response(_body(self.actor, write_off_id))


class _Step(ApiView):
    """One step: the body is read, the action done, the write-off answered."""

    def step(self, write_off_id: int, work: Callable[[], object]) -> Response:
        def effect() -> tuple[int, Any]:
            work()
            return 200, _body(self.actor, write_off_id)

        return self.once(effect)


class EditWriteOff(_Step):
    required_permission = "write_offs.request"

    @extend_schema(
        request=schemas.WriteOffBody,
        responses={200: schemas.WriteOffAnswer},
        description=f"Before it is posted; it is a draft again, what was asked for is void. {DRAFT_CODES}",
    )
    def post(self, request: Request, write_off_id: int) -> Response:
        draft = read.read_write_off(request.data)
        return self.step(
            write_off_id,
            lambda: write_offs.edit_write_off(actor=self.actor, write_off_id=write_off_id, draft=draft),
        )


class WriteOffEvidence(ApiView):
    required_permission = "write_offs.request"
    parser_classes = [MultiPartParser]

    @extend_schema(
        request={"multipart/form-data": schemas.FileBody},
        responses={201: schemas.EvidenceRow},
        description=FILE_CODES,
    )
    def post(self, request: Request, write_off_id: int) -> Response:
        upload = receive_sent(request.FILES.get("file"))

        def effect() -> tuple[int, Any]:
            made = write_offs.add_evidence(actor=self.actor, write_off_id=write_off_id, upload=upload)
            return 201, evidence_body(made)

        return self.once_for({"sha256": upload.sha256}, effect)


class EvidenceFile(ApiView):
    required_permission = "stock.view"

    @extend_schema(
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
        description="A photo or paper, to who may see the document it belongs to.",
    )
    def get(self, request: Request, attachment_id: int) -> HttpResponse:
        found = access_attachment(self.actor, attachment_id)
        return file_answer(found, request.headers.get("If-None-Match"))


class RemoveWriteOffEvidence(_Step):
    required_permission = "write_offs.request"

    @extend_schema(request=None, responses={200: schemas.WriteOffAnswer}, description="409 `wrong_state`.")
    def post(self, request: Request, write_off_id: int, attachment_id: int) -> Response:
        return self.step(
            write_off_id,
            lambda: write_offs.remove_evidence(
                actor=self.actor, write_off_id=write_off_id, attachment_id=attachment_id
            ),
        )


class SubmitWriteOff(_Step):
    required_permission = "write_offs.request"

    @extend_schema(
        request=None,
        responses={200: schemas.WriteOffAnswer},
        description="Within the policy's limits it is posted at once. 403 `not_preparer`; 409 `wrong_state`; 422"
        " `photo_required, comment_required, insufficient_stock, negative_later, closed_period`.",
    )
    def post(self, request: Request, write_off_id: int) -> Response:
        return self.step(
            write_off_id,
            lambda: write_offs_posting.submit_write_off(actor=self.actor, write_off_id=write_off_id),
        )


class DecideWriteOff(_Step):
    required_permission = "adjustments.approve"
    approve = True

    @extend_schema(
        request=schemas.CommentedBody,
        responses={200: schemas.WriteOffAnswer},
        description="Approved, it is posted at once. 403 `own_request`, `not_approver`; 409 `wrong_state`,"
        " `content_changed`; 422 as a movement, nothing is decided then.",
    )
    def post(self, request: Request, write_off_id: int) -> Response:
        asked: dict[str, Any] = {"approve": self.approve, "comment": read.read_comment(request.data)}
        return self.step(
            write_off_id,
            lambda: write_offs_posting.decide_write_off(actor=self.actor, write_off_id=write_off_id, **asked),
        )


class RejectWriteOff(DecideWriteOff):
    approve = False


class CancelWriteOff(_Step):
    required_permission = "write_offs.request"

    @extend_schema(
        request=schemas.CommentedBody,
        responses={200: schemas.WriteOffAnswer},
        description="409 `wrong_state`; 422 `reason_required`.",
    )
    def post(self, request: Request, write_off_id: int) -> Response:
        comment = read.read_comment(request.data)
        return self.step(
            write_off_id,
            lambda: write_offs.cancel_write_off(actor=self.actor, write_off_id=write_off_id, comment=comment),
        )


class ReverseWriteOff(_Step):
    required_permission = "stock.reverse"

    @extend_schema(
        request=schemas.CommentedBody,
        responses={200: schemas.WriteOffAnswer},
        description="The goods are in the books again. 409 `wrong_state`, `already_reversed`; 422 `reason_required`.",
    )
    def post(self, request: Request, write_off_id: int) -> Response:
        comment = read.read_comment(request.data)
        return self.step(
            write_off_id,
            lambda: write_offs_posting.reverse_write_off(
                actor=self.actor, write_off_id=write_off_id, comment=comment
            ),
        )


class WriteOffReasons(ApiView):
    pagination_class = CursorPage
    required_permission = {"GET": "stock.view", "POST": "write_off_reasons.manage"}

    @extend_schema(parameters=parameters(), responses={200: schemas.WriteOffReasonBody(many=True)})
    def get(self, request: Request) -> Response:
        return page_of(self, request, reasons(also_retired=True), reason_body)

    @extend_schema(
        request=schemas.WriteOffReasonBody,
        responses={200: schemas.WriteOffReasonBody},
        description="Adds a reason or changes the one of this code. 422 `invalid_code, invalid_name, invalid_kind,"
        " too_long`.",
    )
    def post(self, request: Request) -> Response:
        draft = read.read_reason(request.data)

        def effect() -> tuple[int, Any]:
            return 200, reason_body(save_reason(actor=self.actor, draft=draft))

        return self.once(effect)
