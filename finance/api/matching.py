"""REST of comparisons, disputes, tolerances, effort, and what others told us."""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.access import visible_site_ids_or_all
from finance import schemas
from finance import serializers as read
from finance.access import access_dispute, visible_comparisons, visible_disputes, visible_entities
from finance.actions import disputes as actions
from finance.actions.matching import compare
from finance.actions.statements import take_invoices, take_ledger_balances, take_settlements
from finance.actions.tolerances import set_tolerance
from finance.models import Matching
from finance.queries import disputes as queries
from finance.queries import statements
from finance.queries.effort import effort
from inventory.api.ledger import asked_of_query, parameters
from lib import clock
from web.api import ApiView
from web.paging import CursorPage

VIEW, WORK, PUSH = "finance.view", "disputes.work", "feeds.push"
#: Taking a list over REST asks to see what comes of it too.
Body = Callable[[Any], dict[str, Any]]


def page_of(view: ApiView, request: Request, found: Any, body: Body) -> Response:
    """A cursor page, the newest first."""
    page = CursorPage()
    page.ordering = "-id"
    rows = page.paginate_queryset(found, request, view=view)
    return page.get_paginated_response([body(row) for row in rows or []])


class Comparisons(ApiView):
    pagination_class = CursorPage
    required_permission = VIEW

    @extend_schema(
        parameters=parameters("matching", "state", "class", "partner", "document", "key"),
        responses={200: schemas.ComparisonAnswer(many=True)},
    )
    def get(self, request: Request) -> Response:
        asked = asked_of_query(request, "matching", "state", "class", "partner", "document", "key")
        found = queries.filtered_comparisons(visible_comparisons(self.actor), asked)
        return page_of(self, request, found, queries.comparison_body)


class Compare(ApiView):
    required_permission = WORK

    @extend_schema(
        request=schemas.MatchingBody,
        responses={200: schemas.ComparedAnswer},
        description="Compares all of one matching anew. 422 `unknown_matching`.",
    )
    def post(self, request: Request) -> Response:
        matching = read.read_matching(request.data)

        def effect() -> tuple[int, Any]:
            return 200, compare(actor=self.actor, matching=matching).as_json()

        return self.once(effect)


class Disputes(ApiView):
    pagination_class = CursorPage
    required_permission = VIEW

    @extend_schema(
        parameters=parameters("state", "matching", "class", "partner"),
        responses={200: schemas.DisputeAnswer(many=True)},
        description="state=live: those not ended.",
    )
    def get(self, request: Request) -> Response:
        asked = asked_of_query(request, "state", "matching", "class", "partner")
        found = queries.filtered_disputes(visible_disputes(self.actor), asked)
        return page_of(self, request, found, queries.dispute_body)


class OneDispute(ApiView):
    required_permission = VIEW

    @extend_schema(responses={200: schemas.DisputeAnswer})
    def get(self, request: Request, dispute_id: int) -> Response:
        return Response(queries.dispute_body(access_dispute(self.actor, dispute_id)))


class StepOfDispute(ApiView):
    """One step a person takes; the address names it."""

    required_permission = WORK

    @extend_schema(
        request=schemas.StepBody,
        responses={200: schemas.DisputeAnswer},
        description="Steps: comment, assign, claim, accept, close, write-off, take-back, start, stop. 409 `wrong_state,"
        " rest_remains, running, not_running`; 422 `comment_required, reference_required, invalid_amount, unknown_person`.",
    )
    def post(self, request: Request, dispute_id: int, step: str) -> Response:
        asked = read.read_step(request.data or {})
        access_dispute(self.actor, dispute_id)

        def effect() -> tuple[int, Any]:
            self._take(step, {"actor": self.actor, "dispute_id": dispute_id}, asked)
            return 200, queries.dispute_body(access_dispute(self.actor, dispute_id))

        return self.once(effect)

    def _take(self, step: str, who: dict[str, Any], asked: dict[str, Any]) -> None:
        comment = asked["comment"]
        works: dict[str, Callable[[], object]] = {
            "comment": lambda: actions.comment_dispute(**who, comment=comment),
            "assign": lambda: actions.assign_dispute(**who, owner=asked["owner"], due_at=asked["due_at"]),
            "claim": lambda: actions.claim_dispute(**who, reference=asked["reference"], comment=comment),
            "accept": lambda: actions.accept_dispute(**who, recovered=asked["recovered"], comment=comment),
            "close": lambda: actions.close_dispute(**who, comment=comment),
            "write-off": lambda: actions.write_off_dispute(**who, comment=comment),
            "take-back": lambda: actions.take_back_write_off(**who, comment=comment),
            "start": lambda: actions.time_work(**who, is_start=True),
            "stop": lambda: actions.time_work(**who, is_start=False),
        }
        works[step]()


class Tolerances(ApiView):
    required_permission = VIEW

    @extend_schema(responses={200: schemas.MatchToleranceAnswer(many=True)}, filters=False)
    def get(self, request: Request) -> Response:
        return Response([queries.tolerance_body(one) for one in queries.tolerances()])


class OneTolerance(ApiView):
    required_permission = "account_maps.manage"

    @extend_schema(
        request=schemas.MatchToleranceBody,
        responses={200: schemas.MatchToleranceAnswer},
        description="422 `unknown_matching, reason_required, out_of_range`.",
    )
    def post(self, request: Request, matching: str) -> Response:
        draft, reason = read.read_tolerance(request.data)

        def effect() -> tuple[int, Any]:
            made = set_tolerance(actor=self.actor, matching=matching, draft=draft, reason=reason)
            return 200, queries.tolerance_body(made)

        return self.once(effect)


class Effort(ApiView):
    required_permission = VIEW

    @extend_schema(
        parameters=[OpenApiParameter("matching", str, enum=Matching.values)],
        responses={200: schemas.EffortAnswer(many=True)},
    )
    def get(self, request: Request) -> Response:
        matching = request.query_params.get("matching", "")
        visible = visible_site_ids_or_all(self.actor)
        rows = effort(visible, clock.now(), matching if matching in Matching.values else "")
        return Response([row.as_json() for row in rows])


class _Statements(ApiView):
    """A list that is taken whole and compared at once."""

    pagination_class = CursorPage
    required_permission = {"GET": VIEW, "POST": PUSH}

    def take(self, request: Request, action: Callable[..., Any], matching: str) -> Response:
        rows = request.data

        def effect() -> tuple[int, Any]:
            with transaction.atomic():
                counts = action(actor=self.actor, rows=rows)
                compared = compare(actor=self.actor, matching=matching)
            return 200, {**counts.as_json(), "compared": compared.as_json()}

        return self.once(effect)


class Settlements(_Statements):
    @extend_schema(
        parameters=parameters("channel", "payout", "order"), responses={200: schemas.SettlementRow(many=True)}
    )
    def get(self, request: Request) -> Response:
        asked = asked_of_query(request, "channel", "payout", "order")
        found = statements.settlement_lines(visible_site_ids_or_all(self.actor), asked)
        return page_of(self, request, found, statements.settlement_body)

    @extend_schema(
        request=schemas.SettlementRow(many=True),
        responses={200: schemas.TakenInAnswer},
        description="All or nothing. 422 `unknown_channel, negative_amount, duplicate_row` and faults of shape.",
    )
    def post(self, request: Request) -> Response:
        return self.take(request, take_settlements, Matching.SETTLEMENT)


class Invoices(_Statements):
    @extend_schema(
        parameters=parameters("supplier", "reference", "order"),
        responses={200: schemas.InvoiceRow(many=True)},
    )
    def get(self, request: Request) -> Response:
        asked = asked_of_query(request, "supplier", "reference", "order")
        found = statements.invoice_lines(visible_site_ids_or_all(self.actor), asked)
        return page_of(self, request, found, statements.invoice_body)

    @extend_schema(
        request=schemas.InvoiceRow(many=True),
        responses={200: schemas.TakenInAnswer},
        description="All or nothing. 422 `unknown_sku, several_heads, duplicate_row` and faults of shape.",
    )
    def post(self, request: Request) -> Response:
        return self.take(request, take_invoices, Matching.INVOICE)


class LedgerBalances(_Statements):
    @extend_schema(
        parameters=parameters("legal_entity", "account"), responses={200: schemas.LedgerBalanceRow(many=True)}
    )
    def get(self, request: Request) -> Response:
        asked = asked_of_query(request, "legal_entity", "account")
        found = statements.ledger_balances(visible_entities(self.actor), asked)
        return page_of(self, request, found, statements.balance_body)

    @extend_schema(
        request=schemas.LedgerBalanceRow(many=True),
        responses={200: schemas.TakenInAnswer},
        description="All or nothing. 422 `unknown_entity, duplicate_row` and faults of shape.",
    )
    def post(self, request: Request) -> Response:
        return self.take(request, take_ledger_balances, Matching.LEDGER)
