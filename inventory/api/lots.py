"""REST of lots and recalls."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.access import visible_site_ids_or_all
from catalog.rules.fields import text
from inventory import lots_schemas as schemas
from inventory.actions import recalls as actions
from inventory.actions.lot_edits import correct_lot, lot_rules_body, set_lot_rules
from inventory.api.ledger import asked_of_query, parameters, sql_page
from inventory.lots_serializers import optional_day, read_lot_rules, read_lots_asked
from inventory.queries import lots
from inventory.serializers import Reader
from lib import clock
from lib.faults import Fault, Faults
from web.api import ApiView
from web.paging import CursorPage

FILTERS = ("state", "site", "sku", "lot", "within")


class Lots(ApiView):
    """Lots with stock, one row for each site."""

    pagination_class = CursorPage
    required_permission = "stock.view"

    @extend_schema(
        parameters=parameters(*FILTERS),
        responses={200: schemas.LotRow(many=True)},
        description="state: `expired`, `soon` (within so many days), `blocked` (set aside), `recalled`.",
    )
    def get(self, request: Request) -> Response:
        asked = read_lots_asked(asked_of_query(request, *FILTERS), visible_site_ids_or_all(self.actor))
        now = clock.now()
        return sql_page(request, lambda after, limit: lots.lot_page(asked, now, after, limit))


class CorrectLot(ApiView):
    required_permission = "lots.edit"

    @extend_schema(
        request=schemas.CorrectLotBody,
        responses={200: schemas.LotAnswer},
        description="404 `unknown_lot`; 422 `reason_required`, `expires_before_production`.",
    )
    def post(self, request: Request, lot_id: int) -> Response:
        faults: list[Fault] = []
        reader = Reader(request.data, "", faults)
        asked: dict[str, Any] = {
            "expires_on": reader.get("expires_on", optional_day),
            "produced_on": reader.get("produced_on", optional_day),
            "reason": reader.get("reason", text(500), "", needed=True),
        }
        if faults:
            raise Faults(faults)
        return self.once(
            lambda: (200, lots.one_lot_body(correct_lot(actor=self.actor, lot_id=lot_id, **asked)))
        )


class LotRules(ApiView):
    required_permission = "lots.edit"

    @extend_schema(
        request=schemas.LotRulesBody,
        responses={200: schemas.LotRulesBody},
        description="How a product's lots are kept. 422 `unknown_sku`, `invalid_number`, `invalid_fraction`.",
    )
    def post(self, request: Request) -> Response:
        sku, rules = read_lot_rules(request.data)
        return self.once(lambda: (200, lot_rules_body(set_lot_rules(actor=self.actor, sku=sku, rules=rules))))


class Recalls(ApiView):
    pagination_class = CursorPage
    required_permission = {"GET": "stock.view", "POST": "lots.recall"}

    @extend_schema(parameters=parameters("state", "sku"), responses={200: schemas.RecallAnswer(many=True)})
    def get(self, request: Request) -> Response:
        page = CursorPage()
        page.ordering = "-id"
        rows = page.paginate_queryset(
            lots.recalls(asked_of_query(request, "state", "sku")), request, view=self
        )
        return page.get_paginated_response([lots.recall_body(row) for row in rows or []])

    @extend_schema(
        request=schemas.RecallBody,
        responses={201: schemas.RecallAnswer},
        description="Blocks the lot at every site. 409 `already_recalled`; 422 `reason_required`, `unknown_sku`, `invalid_lot`.",
    )
    def post(self, request: Request) -> Response:
        faults: list[Fault] = []
        reader = Reader(request.data, "", faults)
        asked = {
            "sku": reader.get("sku", text(64), "", needed=True),
            "lot": reader.get("lot", text(64), "", needed=True),
            "reason": reader.get("reason", text(500), "", needed=True),
        }
        if faults:
            raise Faults(faults)
        return self.once(lambda: (201, _fresh(actions.start_recall(actor=self.actor, **asked).pk)))


def _fresh(recall_id: int) -> dict[str, Any]:
    recall = lots.recall_by_id(recall_id)
    if recall is None:
        raise Http404
    return lots.recall_body(recall)


class OneRecall(ApiView):
    """A recall with who had the lot, within the sites in scope."""

    required_permission = "stock.view"

    @extend_schema(responses={200: schemas.TraceAnswer})
    def get(self, request: Request, recall_id: int) -> Response:
        recall = lots.recall_by_id(recall_id)
        if recall is None:
            raise Http404
        return Response(lots.trace_body(recall, visible_site_ids_or_all(self.actor)))


class AskRelease(ApiView):
    required_permission = "lots.recall"

    @extend_schema(
        request=schemas.ReasonBody,
        responses={200: schemas.RecallAnswer},
        description="404 `unknown_recall`; 409 `wrong_state`; 422 `reason_required`.",
    )
    def post(self, request: Request, recall_id: int) -> Response:
        faults: list[Fault] = []
        reason = Reader(request.data, "", faults).get("reason", text(500), "", needed=True)
        if faults:
            raise Faults(faults)

        def effect() -> tuple[int, Any]:
            actions.ask_release(actor=self.actor, recall_id=recall_id, reason=reason)
            return 200, _fresh(recall_id)

        return self.once(effect)


class DecideRelease(ApiView):
    """Give a recalled lot free (`release`), or keep it blocked (`keep`); never whoever asked."""

    required_permission = "lots.release"
    approve = True

    @extend_schema(
        request=schemas.CommentBody,
        responses={200: schemas.RecallAnswer},
        description="403 `own_request`; 404 `unknown_recall`; 409 `wrong_state`.",
    )
    def post(self, request: Request, recall_id: int) -> Response:
        faults: list[Fault] = []
        comment = Reader(request.data, "", faults).get("comment", text(500, empty=True), "")
        if faults:
            raise Faults(faults)
        approve = self.approve

        def effect() -> tuple[int, Any]:
            actions.decide_release(actor=self.actor, recall_id=recall_id, approve=approve, comment=comment)
            return 200, _fresh(recall_id)

        return self.once(effect)


class KeepRecall(DecideRelease):
    approve = False
