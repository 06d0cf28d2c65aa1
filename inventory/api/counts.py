"""REST of counts: planned, counted line by line, compared, settled, signed; rules, tolerances, places."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.access import access_site, visible_site_ids_or_all
from inventory import counts_schemas as schemas
from inventory import counts_serializers as read
from inventory.access import access_count
from inventory.actions import counts, counts_comparing, counts_lines, counts_planning, counts_settling
from inventory.actions.counts_shelves import keep_shelves
from inventory.api.ledger import asked_of_query, parameters
from inventory.models import Count
from inventory.queries import counts as queries
from inventory.queries import counts_planning as planning
from inventory.queries.count_goods import goods_of
from inventory.queries.counts_pages import own_or_all_scans, variance_body
from lib.faults import refuse
from web.api import ApiView
from web.paging import CursorPage

PLAN_CODES = (
    "409 `counted_elsewhere` naming the open count, `month_counted`; 422 `unknown_site, no_products, unknown_sku,"
    " unknown_zone, month_required, not_a_stocktake, not_a_cycle_count`."
)
LINE_CODES = (
    "Each line is kept, known (sent before) or refused alone: `unknown_product, invalid_quantity, invalid_place,"
    " invalid_state, in_future, too_old, same_counter, not_in_recount, before_recount, counted_elsewhere, line_reused`."
    " A line sets what is at its place, it never adds. A phone tells its clock in sent_at or the header Sent-At (then a"
    " batch sent again under its Idempotency-Key is the same), and for whom it counted in Counted-By. 403 `other_person`;"
    " 409 `wrong_state`; 422 `no_lines, too_many_lines, clock_skew`."
)


def _page(
    view: ApiView, request: Request, found: Any, body: Callable[[list[Any]], list[Any]], order: str = "-id"
) -> Response:
    page = CursorPage()
    page.ordering = order
    rows = page.paginate_queryset(found, request, view=view)
    return page.get_paginated_response(body(list(rows or [])))


def _counts(rows: list[Count]) -> list[dict[str, Any]]:
    figures = queries.figures_of(rows)
    return [queries.count_body(row, figures[row.pk]) for row in rows]


class Counts(ApiView):
    pagination_class = CursorPage
    required_permission = {"GET": "stock.view", "POST": "counts.manage"}

    @extend_schema(
        parameters=parameters("site", "kind", "state"), responses={200: schemas.CountAnswer(many=True)}
    )
    def get(self, request: Request) -> Response:
        asked = asked_of_query(request, "site", "kind", "state")
        found = queries.visible_counts(visible_site_ids_or_all(self.actor), asked)
        return _page(self, request, found, _counts)

    @extend_schema(request=schemas.CountBody, responses={201: schemas.CountAnswer}, description=PLAN_CODES)
    def post(self, request: Request) -> Response:
        draft = read.read_count(request.data)

        def effect() -> tuple[int, Any]:
            return 201, queries.count_body(counts.plan_count(actor=self.actor, draft=draft))

        return self.once(effect)


class OneCount(ApiView):
    required_permission = "stock.view"

    @extend_schema(responses={200: schemas.CountAnswer})
    def get(self, request: Request, count_id: int) -> Response:
        return Response(queries.count_body(access_count(self.actor, count_id)))


class CountItems(ApiView):
    pagination_class = CursorPage
    required_permission = "stock.view"

    @extend_schema(parameters=parameters("state"), responses={200: schemas.CountItemRow(many=True)})
    def get(self, request: Request, count_id: int) -> Response:
        found = queries.items_of(access_count(self.actor, count_id), **asked_of_query(request, "state"))
        return _page(self, request, found, lambda rows: [queries.item_body(row) for row in rows], "id")


class CountGoods(ApiView):
    required_permission = "counts.count"

    @extend_schema(responses={200: schemas.GoodsAnswer})
    def get(self, request: Request, count_id: int) -> Response:
        return Response(goods_of(access_count(self.actor, count_id)))


class CountLines(ApiView):
    pagination_class = CursorPage
    required_permission = {"GET": "stock.view", "POST": "counts.count"}

    @extend_schema(
        parameters=parameters(),
        responses={200: schemas.CountLineRow(many=True)},
        description="While a blind count runs, and without counts.review, one sees one's own lines only.",
    )
    def get(self, request: Request, count_id: int) -> Response:
        found = own_or_all_scans(access_count(self.actor, count_id), self.actor)
        return _page(self, request, found, lambda rows: [queries.scan_body(row) for row in rows], "id")

    @extend_schema(
        request=schemas.CountLinesBody, responses={200: schemas.CountLinesAnswer}, description=LINE_CODES
    )
    def post(self, request: Request, count_id: int) -> Response:
        sent_at, lines = read.read_lines(request.data, request.headers.get("Sent-At"))
        _check_person(self, request)

        def effect() -> tuple[int, Any]:
            kept = counts_lines.keep_lines(actor=self.actor, count_id=count_id, sent_at=sent_at, lines=lines)
            told = [
                {"id": str(one.line_id), "outcome": one.outcome, "code": one.code, "detail": one.detail}
                for one in kept
            ]
            return 200, {"lines": told, "count": queries.count_body(access_count(self.actor, count_id))}

        return self.once(effect)


def _check_person(view: ApiView, request: Request) -> None:
    """A phone that somebody else signed in on since does not send lines under their name. Raises Faults 403."""
    by = request.headers.get("Counted-By")
    if by is not None and by != str(view.actor.id):
        raise refuse(
            "other_person", "These lines were counted by somebody else; sign in as them.", status=403
        )


class _Step(ApiView):
    """One step of a count: the body is read, the action done, the count answered."""

    def step(self, count_id: int, work: Callable[[], Count]) -> Response:
        def effect() -> tuple[int, Any]:
            work()
            return 200, queries.count_body(access_count(self.actor, count_id))

        return self.once(effect)


class SubmitCount(_Step):
    required_permission = "counts.count"

    @extend_schema(
        request=schemas.CountSubmitBody,
        responses={200: schemas.CountAnswer},
        description="What has no line is named, left out (skip) or none (zero). zero, and skip in a"
        " recount or a stocktake, need counts.settle. 409 `wrong_state`;"
        " 422 `not_counted, nothing_counted, invalid_choice`.",
    )
    def post(self, request: Request, count_id: int) -> Response:
        asked: dict[str, Any] = {
            "actor": self.actor, "count_id": count_id, "uncounted": read.read_word(request.data, "uncounted", "refuse")
        }  # fmt: skip
        return self.step(count_id, lambda: counts_comparing.submit_count(**asked))


class RecountCount(_Step):
    required_permission = "counts.settle"

    @extend_schema(
        request=schemas.CountRecountBody,
        responses={200: schemas.CountAnswer},
        description="By others than before. 409 `wrong_state`; 422 `unknown_sku, no_products, reason_required,"
        " too_many_rounds`.",
    )
    def post(self, request: Request, count_id: int) -> Response:
        skus, reason = read.read_skus(request.data)
        asked: dict[str, Any] = {"actor": self.actor, "count_id": count_id, "skus": skus, "reason": reason}
        return self.step(count_id, lambda: counts_comparing.order_recount(**asked))


class StopWaiting(_Step):
    required_permission = "counts.manage"

    @extend_schema(
        request=schemas.CountReasonBody,
        responses={200: schemas.CountAnswer},
        description="Compare before the tills are complete. 409 `wrong_state`; 422 `reason_required`.",
    )
    def post(self, request: Request, count_id: int) -> Response:
        asked: dict[str, Any] = {
            "actor": self.actor, "count_id": count_id, "reason": read.read_word(request.data, "reason")
        }  # fmt: skip
        return self.step(count_id, lambda: counts_comparing.stop_waiting(**asked))


class SettleCount(_Step):
    required_permission = "counts.settle"

    @extend_schema(
        request=schemas.CountSettleBody,
        responses={200: schemas.CountAnswer},
        description="One adjustment for all differences, posted at once or after approval. 409 `wrong_state`,"
        " `book_changed`; 422 `reason_required, invalid_reason, insufficient_stock, negative_later`.",
    )
    def post(self, request: Request, count_id: int) -> Response:
        asked: dict[str, Any] = {
            "actor": self.actor, "count_id": count_id, "reasons": read.read_reasons(request.data)
        }  # fmt: skip
        return self.step(count_id, lambda: counts_settling.settle_count(**asked))


class SignCount(_Step):
    required_permission = "counts.review"

    @extend_schema(
        request=schemas.CountSignBody,
        responses={200: schemas.CountAnswer},
        description="stock needs counts.sign_stock, finance counts.sign_finance; two people. 403 `same_person`;"
        " 409 `wrong_state`, `already_signed`; 422 `invalid_side`.",
    )
    def post(self, request: Request, count_id: int) -> Response:
        asked: dict[str, Any] = {
            "actor": self.actor, "count_id": count_id, "side": read.read_word(request.data, "side")
        }  # fmt: skip
        return self.step(count_id, lambda: counts_settling.sign_off(**asked))


class CancelCount(_Step):
    required_permission = "counts.manage"

    @extend_schema(
        request=schemas.CountReasonBody,
        responses={200: schemas.CountAnswer},
        description="Before anything is adjusted. 409 `wrong_state`; 422 `reason_required`.",
    )
    def post(self, request: Request, count_id: int) -> Response:
        asked: dict[str, Any] = {
            "actor": self.actor, "count_id": count_id, "reason": read.read_word(request.data, "reason")
        }  # fmt: skip
        return self.step(count_id, lambda: counts.cancel_count(**asked))


def _shown(view: ApiView, count_id: int) -> Count:
    """The count whose variance may be seen. Raises Faults 409 `still_blind`."""
    count = access_count(view.actor, count_id)
    if queries.is_hidden(count):
        raise refuse(
            "still_blind", "The count is blind: its variance is shown once it is compared.", status=409
        )
    return count


class Variances(ApiView):
    pagination_class = CursorPage
    required_permission = "counts.review"

    @extend_schema(
        parameters=[OpenApiParameter("only", str, enum=["differing", "beyond"]), *parameters()],
        responses={200: schemas.VarianceRow(many=True)},
        description="409 `still_blind` while a blind count runs.",
    )
    def get(self, request: Request, count_id: int) -> Response:
        found = queries.results_of(_shown(self, count_id), asked_of_query(request, "only")["only"])
        return _page(self, request, found, lambda rows: [queries.result_body(row) for row in rows], "id")


class Variance(ApiView):
    required_permission = "counts.review"

    @extend_schema(
        responses={200: schemas.VarianceAnswer}, description="409 `still_blind` while a blind count runs."
    )
    def get(self, request: Request, count_id: int) -> Response:
        return Response(variance_body(_shown(self, count_id)))


class CountRules(ApiView):
    pagination_class = CursorPage
    required_permission = {"GET": "stock.view", "POST": "counts.manage"}

    @extend_schema(parameters=parameters(), responses={200: schemas.CountRuleAnswer(many=True)})
    def get(self, request: Request) -> Response:
        found = planning.rules_at(visible_site_ids_or_all(self.actor))
        return _page(self, request, found, lambda rows: [planning.rule_body(row) for row in rows])

    @extend_schema(
        request=schemas.CountRuleBody,
        responses={201: schemas.CountRuleAnswer},
        description="403 `not_your_site`; 422 `unknown_site, invalid_rule`.",
    )
    def post(self, request: Request) -> Response:
        asked: dict[str, Any] = {"actor": self.actor, "draft": read.read_rule(request.data)}
        return self.once(lambda: (201, planning.rule_body(counts_planning.keep_rule(**asked))))


class OneCountRule(ApiView):
    required_permission = "counts.manage"

    @extend_schema(
        operation_id="stock_count_rule_change",
        request=schemas.CountRuleBody,
        responses={200: schemas.CountRuleAnswer},
        description="403 `not_your_site`; 404 `unknown_rule`; 422 `unknown_site, invalid_rule`.",
    )
    def post(self, request: Request, rule_id: int) -> Response:
        draft = read.read_rule(request.data)
        asked: dict[str, Any] = {"actor": self.actor, "draft": draft, "rule_id": rule_id}
        return self.once(lambda: (200, planning.rule_body(counts_planning.keep_rule(**asked))))


class CountTolerances(ApiView):
    pagination_class = CursorPage
    required_permission = {"GET": "stock.view", "POST": "counts.manage"}

    @extend_schema(parameters=parameters(), responses={200: schemas.ToleranceAnswer(many=True)})
    def get(self, request: Request) -> Response:
        found = planning.tolerances_at(visible_site_ids_or_all(self.actor))
        return _page(self, request, found, lambda rows: [planning.tolerance_body(row) for row in rows])

    @extend_schema(
        request=schemas.ToleranceBody,
        responses={200: schemas.ToleranceAnswer},
        description="403 `not_your_site`; 422 `unknown_site, unknown_sku, invalid_tolerance`.",
    )
    def post(self, request: Request) -> Response:
        asked = read.read_tolerance(request.data)

        def effect() -> tuple[int, Any]:
            return 200, planning.tolerance_body(counts_planning.keep_tolerance(actor=self.actor, **asked))

        return self.once(effect)


class Shelves(ApiView):
    pagination_class = CursorPage
    required_permission = {"GET": "stock.view", "POST": "counts.manage"}

    @extend_schema(
        parameters=[OpenApiParameter("site", str, required=True), *parameters()],
        responses={200: schemas.ShelfRow(many=True)},
    )
    def get(self, request: Request) -> Response:
        site = access_site(self.actor, asked_of_query(request, "site")["site"])
        return _page(self, request, planning.shelves_at(site), planning.shelf_bodies, "id")

    @extend_schema(
        request=schemas.ShelvesBody,
        responses={200: schemas.ShelvesAnswer},
        description="complete: other places of these products are forgotten. 422 `unknown_site, no_lines, unknown_sku`.",
    )
    def post(self, request: Request) -> Response:
        site, places, is_complete = read.read_shelves(request.data)
        asked: dict[str, Any] = {"site_code": site, "places": places, "is_complete": is_complete}
        return self.once(lambda: (200, {"new": keep_shelves(actor=self.actor, **asked)}))
