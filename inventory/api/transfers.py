"""REST of transfers, their templates, and the allocation plan."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.access import visible_site_ids_or_all
from inventory import transfers_schemas as schemas
from inventory import transfers_serializers as read
from inventory.access import access_transfer, access_transfer_template
from inventory.actions import transfers, transfers_moving, transfers_templates
from inventory.actions.transfers_allocation import request_allocation
from inventory.api.ledger import asked_of_query, parameters
from inventory.models import Transfer
from inventory.queries.documents import plain
from inventory.queries.transfers import template_body, transfer_body, visible_templates, visible_transfers
from inventory.queries.transfers_allocation import allocation
from web.api import ApiView
from web.paging import CursorPage, decode_cursor, encode_cursor

REQUEST_CODES = (
    "422 `unknown_site, same_location, reason_required, in_past, no_lines, too_many_lines, invalid_quantity,"
    " duplicate_sku, unknown_sku`; 409 `wrong_state`."
)


def _page(view: ApiView, request: Request, found: Any, body: Callable[[Any], dict[str, Any]]) -> Response:
    page = CursorPage()
    page.ordering = "-id"
    rows = page.paginate_queryset(found, request, view=view)
    return page.get_paginated_response([body(row) for row in rows or []])


class Transfers(ApiView):
    pagination_class = CursorPage
    required_permission = {"GET": "stock.view", "POST": "transfers.request"}

    @extend_schema(
        parameters=parameters("site", "source", "destination", "state"),
        responses={200: schemas.TransferAnswer(many=True)},
    )
    def get(self, request: Request) -> Response:
        asked = asked_of_query(request, "site", "source", "destination", "state")
        found = visible_transfers(visible_site_ids_or_all(self.actor), asked)
        return _page(self, request, found, transfer_body)

    @extend_schema(
        request=schemas.TransferBody, responses={201: schemas.TransferAnswer}, description=REQUEST_CODES
    )
    def post(self, request: Request) -> Response:
        draft = read.read_transfer(request.data)

        def effect() -> tuple[int, Any]:
            made = transfers.request_transfer(actor=self.actor, draft=draft)
            return 201, transfer_body(access_transfer(self.actor, made.pk))

        return self.once(effect)


class OneTransfer(ApiView):
    required_permission = "stock.view"

    @extend_schema(responses={200: schemas.TransferAnswer})
    def get(self, request: Request, transfer_id: int) -> Response:
        return Response(transfer_body(access_transfer(self.actor, transfer_id)))


class _Step(ApiView):
    """One step of a transfer: the body is read, the action done, the transfer answered."""

    def step(self, transfer_id: int, work: Callable[[], Transfer]) -> Response:
        def effect() -> tuple[int, Any]:
            work()
            return 200, transfer_body(access_transfer(self.actor, transfer_id))

        return self.once(effect)


class EditTransfer(_Step):
    required_permission = "transfers.request"

    @extend_schema(
        request=schemas.TransferBody,
        responses={200: schemas.TransferAnswer},
        description=f"Before anything was shipped; it is a draft again, its approval is void. {REQUEST_CODES}",
    )
    def post(self, request: Request, transfer_id: int) -> Response:
        draft = read.read_transfer(request.data)
        return self.step(
            transfer_id,
            lambda: transfers.edit_transfer(actor=self.actor, transfer_id=transfer_id, draft=draft),
        )


class SubmitTransfer(_Step):
    required_permission = "transfers.request"

    @extend_schema(
        request=None,
        responses={200: schemas.TransferAnswer},
        description="Within the policy's limits it is approved at once. 403 `not_preparer`; 409 `wrong_state`.",
    )
    def post(self, request: Request, transfer_id: int) -> Response:
        work = lambda: transfers.submit_transfer(actor=self.actor, transfer_id=transfer_id)  # noqa: E731
        return self.step(transfer_id, work)


class DecideTransfer(_Step):
    required_permission = "transfers.approve"
    approve = True

    @extend_schema(
        request=schemas.CommentBody,
        responses={200: schemas.TransferAnswer},
        description="403 `own_request`, `not_approver`; 409 `wrong_state`, `content_changed`.",
    )
    def post(self, request: Request, transfer_id: int) -> Response:
        asked: dict[str, Any] = {"approve": self.approve, "comment": read.read_words(request.data, "comment")}
        return self.step(
            transfer_id,
            lambda: transfers.decide_transfer(actor=self.actor, transfer_id=transfer_id, **asked),
        )


class RejectTransfer(DecideTransfer):
    approve = False


class CancelTransfer(_Step):
    required_permission = "transfers.request"

    @extend_schema(
        request=schemas.ReasonBody,
        responses={200: schemas.TransferAnswer},
        description="Only before anything was shipped. 409 `wrong_state`; 422 `reason_required`.",
    )
    def post(self, request: Request, transfer_id: int) -> Response:
        reason = read.read_words(request.data, "reason")
        return self.step(
            transfer_id,
            lambda: transfers.cancel_transfer(actor=self.actor, transfer_id=transfer_id, reason=reason),
        )


class ShipTransfer(_Step):
    required_permission = "transfers.ship"

    @extend_schema(
        request=schemas.ShipBody,
        responses={200: schemas.TransferAnswer},
        description="403 `not_your_site`; 409 `wrong_state`; 422 `not_requested, over_shipment, nothing_left,"
        " invalid_quantity, duplicate_sku, insufficient_stock`.",
    )
    def post(self, request: Request, transfer_id: int) -> Response:
        lines = read.read_shipment(request.data)
        return self.step(
            transfer_id,
            lambda: transfers_moving.ship_transfer(actor=self.actor, transfer_id=transfer_id, lines=lines),
        )


class ReceiveTransfer(_Step):
    required_permission = "transfers.receive"

    @extend_schema(
        request=schemas.ReceiveBody,
        responses={200: schemas.TransferAnswer},
        description="What is not named stays on its way. 403 `not_your_site`; 409 `wrong_state`; 422 `not_shipped,"
        " over_receipt, no_lines, invalid_quantity, duplicate_sku`.",
    )
    def post(self, request: Request, transfer_id: int) -> Response:
        lines = read.read_receipt(request.data)
        return self.step(
            transfer_id,
            lambda: transfers_moving.receive_transfer(actor=self.actor, transfer_id=transfer_id, lines=lines),
        )


class CloseTransfer(_Step):
    required_permission = "transfers.receive"

    @extend_schema(
        request=None,
        responses={200: schemas.TransferAnswer},
        description="403 `not_your_site`; 409 `wrong_state`, `waiting_for_approval`.",
    )
    def post(self, request: Request, transfer_id: int) -> Response:
        work = lambda: transfers_moving.close_transfer(actor=self.actor, transfer_id=transfer_id)  # noqa: E731
        return self.step(transfer_id, work)


class ReviewTransfer(_Step):
    required_permission = "transfers.approve"

    @extend_schema(
        request=schemas.CommentBody,
        responses={200: schemas.TransferAnswer},
        description="403 `own_request`; 409 `reviewed`, `not_released`; 422 `reason_required`.",
    )
    def post(self, request: Request, transfer_id: int) -> Response:
        comment = read.read_words(request.data, "comment")
        return self.step(
            transfer_id,
            lambda: transfers_templates.review_release(
                actor=self.actor, transfer_id=transfer_id, comment=comment
            ),
        )


class TransferTemplates(ApiView):
    pagination_class = CursorPage
    required_permission = {"GET": "stock.view", "POST": "transfer_templates.manage"}

    @extend_schema(parameters=parameters(), responses={200: schemas.TransferTemplateAnswer(many=True)})
    def get(self, request: Request) -> Response:
        return _page(self, request, visible_templates(visible_site_ids_or_all(self.actor)), template_body)

    @extend_schema(
        request=schemas.TransferTemplateBody,
        responses={201: schemas.TransferTemplateAnswer},
        description=f"422 `invalid_name, invalid_days, no_lots`; {REQUEST_CODES}",
    )
    def post(self, request: Request) -> Response:
        draft = read.read_template(request.data)

        def effect() -> tuple[int, Any]:
            made = transfers_templates.save_template(actor=self.actor, draft=draft)
            return 201, template_body(access_transfer_template(self.actor, made.pk))

        return self.once(effect)


class ReleaseTemplate(ApiView):
    required_permission = "transfers.release"

    @extend_schema(
        request=schemas.CommentBody,
        responses={201: schemas.TransferAnswer},
        description="403 `own_template`; 409 `already_released`.",
    )
    def post(self, request: Request, template_id: int) -> Response:
        comment = read.read_words(request.data, "comment")

        def effect() -> tuple[int, Any]:
            made = transfers_templates.release_template(
                actor=self.actor, template_id=template_id, comment=comment
            )
            return 201, transfer_body(access_transfer(self.actor, made.pk))

        return self.once(effect)


class RetireTemplate(ApiView):
    required_permission = "transfer_templates.manage"

    @extend_schema(request=schemas.CommentBody, responses={204: None})
    def post(self, request: Request, template_id: int) -> Response:
        comment = read.read_words(request.data, "comment")

        def effect() -> tuple[int, Any]:
            transfers_templates.retire_template(actor=self.actor, template_id=template_id, reason=comment)
            return 204, None

        return self.once(effect)


class Allocation(ApiView):
    pagination_class = CursorPage
    required_permission = {"GET": "transfers.request", "POST": "transfers.request"}

    @extend_schema(parameters=parameters("site"), responses={200: schemas.AllocationRow(many=True)})
    def get(self, request: Request) -> Response:
        rows = allocation(visible_site_ids_or_all(self.actor), asked_of_query(request, "site")["site"])
        cursor = request.query_params.get("cursor")
        start = _offset(cursor)
        next_url = None
        if start + PAGE < len(rows):
            query = request.query_params.copy()
            query["cursor"] = encode_cursor([start + PAGE])
            next_url = request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
        results = [_allocation_row(row) for row in rows[start : start + PAGE]]
        return Response({"next": next_url, "previous": None, "results": results})

    @extend_schema(
        request=schemas.AllocationBody,
        responses={201: schemas.TransferAnswer(many=True)},
        description=f"Asks for what is proposed now. 422 `no_pairs, nothing_proposed`; {REQUEST_CODES}",
    )
    def post(self, request: Request) -> Response:
        asked = read.read_allocation(request.data)

        def effect() -> tuple[int, Any]:
            made = request_allocation(actor=self.actor, **asked)
            return 201, [transfer_body(access_transfer(self.actor, one.pk)) for one in made]

        return self.once(effect)


PAGE = 500
FIGURES = ("available", "coming", "safety", "spare", "quantity")


def _offset(cursor: str | None) -> int:
    part = (decode_cursor(cursor) or [0])[0] if cursor else 0
    return part if isinstance(part, int) and 0 <= part < 10**6 else 0


def _allocation_row(row: dict[str, Any]) -> dict[str, Any]:
    return {
        **{name: row[name] for name in ("source", "destination", "sku")},
        **{name: plain(row[name]) for name in FIGURES},
    }
