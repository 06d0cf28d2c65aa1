"""REST of what stock is worth: revaluations, landed costs, standards, methods, value with age."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.access import access_site, visible_site_ids_or_all
from catalog.queries import products_by_sku
from catalog.queries.categories import categories_with_method, method_body
from inventory import valuation_schemas as schemas
from inventory import valuation_serializers as read
from inventory.access import access_landed_cost, access_revaluation, access_site_ids
from inventory.actions import costing_methods, landed_costs, revaluations
from inventory.api.ledger import asked_of_query, parameters, sql_page
from inventory.queries import ageing
from inventory.queries import valuation as queries
from inventory.queries.cost_layers import valuation_body, valuation_of
from inventory.queries.documents import plain
from inventory.transfers_schemas import ReasonBody
from inventory.transfers_serializers import read_words
from lib import clock
from web.api import ApiView
from web.paging import CursorPage

VIEW, POST, EDIT = "costs.view", "valuations.post", "costs.edit"
LANDED_CODES = (
    "422 `invalid_reference, reason_required, no_lines, too_many_lines, invalid_basis, no_charges, invalid_kind,"
    " invalid_amount, invalid_currency, unknown_receipt, duplicate_line, several_currencies, weight_needed,"
    " nothing_to_spread_by, missing_exchange_rate, stale_exchange_rate`."
)


def _page(view: ApiView, request: Request, found: Any, body: Any) -> Response:
    page = CursorPage()
    page.ordering = "-id"
    rows = page.paginate_queryset(found, request, view=view)
    return page.get_paginated_response([body(row) for row in rows or []])


class Revaluations(ApiView):
    pagination_class = CursorPage
    required_permission = {"GET": VIEW, "POST": POST}

    @extend_schema(parameters=parameters("state"), responses={200: schemas.RevaluationAnswer(many=True)})
    def get(self, request: Request) -> Response:
        asked = asked_of_query(request, "state")
        found = queries.visible_revaluations(visible_site_ids_or_all(self.actor), asked["state"])
        return _page(self, request, found, queries.revaluation_body)

    @extend_schema(
        request=schemas.RevaluationBody,
        responses={201: schemas.RevaluationAnswer},
        description="Posted at once within the policy, else `pending`. 422 `invalid_reference, reason_required, no_lines,"
        " too_many_lines, unknown_site, unknown_sku, duplicate_sku, amount_or_cost, invalid_amount, several_currencies,"
        " nothing_on_hand, below_zero, standard_cost`.",
    )
    def post(self, request: Request) -> Response:
        draft = read.read_revaluation(request.data)

        def effect() -> tuple[int, Any]:
            made = revaluations.request_revaluation(actor=self.actor, draft=draft)
            return 201, queries.revaluation_body(made)

        return self.once(effect)


class OneRevaluation(ApiView):
    required_permission = VIEW

    @extend_schema(responses={200: schemas.RevaluationAnswer})
    def get(self, request: Request, revaluation_id: int) -> Response:
        return Response(queries.revaluation_body(access_revaluation(self.actor, revaluation_id)))


class ReverseRevaluation(ApiView):
    required_permission = POST

    @extend_schema(
        request=ReasonBody,
        responses={200: schemas.RevaluationAnswer},
        description="409 `wrong_state`; 422 `reason_required, nothing_on_hand, below_zero, standard_cost`.",
    )
    def post(self, request: Request, revaluation_id: int) -> Response:
        reason = read_words(request.data, "reason")

        def effect() -> tuple[int, Any]:
            made = revaluations.reverse_revaluation(
                actor=self.actor, revaluation_id=revaluation_id, reason=reason
            )
            return 200, queries.revaluation_body(made)

        return self.once(effect)


class LandedCosts(ApiView):
    pagination_class = CursorPage
    required_permission = {"GET": VIEW, "POST": POST}

    @extend_schema(parameters=parameters("state"), responses={200: schemas.LandedCostAnswer(many=True)})
    def get(self, request: Request) -> Response:
        asked = asked_of_query(request, "state")
        found = queries.visible_landed_costs(visible_site_ids_or_all(self.actor), asked["state"])
        return _page(self, request, found, queries.landed_body)

    @extend_schema(
        request=schemas.LandedCostBody,
        responses={201: schemas.LandedCostAnswer},
        description=f"Posted at once within the policy, else `pending`. {LANDED_CODES}",
    )
    def post(self, request: Request) -> Response:
        draft = read.read_landed_cost(request.data)

        def effect() -> tuple[int, Any]:
            made = landed_costs.request_landed_cost(actor=self.actor, draft=draft)
            return 201, queries.landed_body(made)

        return self.once(effect)


class PreviewLandedCost(ApiView):
    required_permission = POST

    @extend_schema(
        request=schemas.LandedCostBody,
        responses={200: schemas.SpreadAnswer},
        description=f"The shares without writing anything. {LANDED_CODES}",
    )
    def post(self, request: Request) -> Response:
        worked = landed_costs.spread(self.actor, read.read_landed_cost(request.data))
        lines = [
            {
                "receipt": line.receipt_id, "line": line.line, "site": line.site, "sku": line.sku,
                "quantity": plain(line.quantity), "share": plain(share),
            }
            for line, share in zip(worked.lines, worked.shares, strict=True)
        ]  # fmt: skip
        return Response({"currency": worked.currency, "total": plain(worked.total), "lines": lines})


class OneLandedCost(ApiView):
    required_permission = VIEW

    @extend_schema(responses={200: schemas.LandedCostAnswer})
    def get(self, request: Request, landed_cost_id: int) -> Response:
        return Response(queries.landed_body(access_landed_cost(self.actor, landed_cost_id)))


class ReverseLandedCost(ApiView):
    required_permission = POST

    @extend_schema(
        request=ReasonBody,
        responses={200: schemas.LandedCostAnswer},
        description="Out of what is left of the goods, the rest out of variance. 409 `wrong_state`; 422 `reason_required`.",
    )
    def post(self, request: Request, landed_cost_id: int) -> Response:
        reason = read_words(request.data, "reason")

        def effect() -> tuple[int, Any]:
            made = landed_costs.reverse_landed_cost(
                actor=self.actor, landed_cost_id=landed_cost_id, reason=reason
            )
            return 200, queries.landed_body(made)

        return self.once(effect)


class StandardCosts(ApiView):
    pagination_class = CursorPage
    required_permission = {"GET": VIEW, "POST": EDIT}

    @extend_schema(parameters=parameters("sku"), responses={200: schemas.StandardCostAnswer(many=True)})
    def get(self, request: Request) -> Response:
        found = queries.standard_costs(asked_of_query(request, "sku")["sku"])
        return _page(self, request, found, queries.standard_body)

    @extend_schema(
        request=schemas.StandardCostBody,
        responses={200: schemas.SetAnswer},
        description="What is valid now revalues stock on hand at once. 409 `already_set`; 422 `reason_required, no_lines,"
        " too_many_lines, unknown_sku, invalid_amount, invalid_currency, naive_time, in_past`.",
    )
    def post(self, request: Request) -> Response:
        rows, reason = read.read_standards(request.data)

        def effect() -> tuple[int, Any]:
            return 200, {
                "set": costing_methods.set_standard_costs(actor=self.actor, rows=rows, reason=reason)
            }

        return self.once(effect)


class CostingMethods(ApiView):
    pagination_class = CursorPage
    required_permission = {"GET": VIEW, "POST": EDIT}

    @extend_schema(responses={200: schemas.CostingMethodAnswer(many=True)})
    def get(self, request: Request) -> Response:
        return _page(self, request, categories_with_method(), method_body)

    @extend_schema(
        request=schemas.CostingMethodBody,
        responses={200: schemas.CostingMethodAnswer},
        description="409 `stock_on_hand` unless `revalue`; 422 `unknown_category, invalid_method, reason_required`.",
    )
    def post(self, request: Request) -> Response:
        asked = read.read_method(request.data)

        def effect() -> tuple[int, Any]:
            return 200, method_body(costing_methods.change_costing_method(actor=self.actor, **asked))

        return self.once(effect)


class PairValue(ApiView):
    required_permission = VIEW

    @extend_schema(
        parameters=parameters("site", "sku"),
        responses={200: schemas.PairValueAnswer},
        description="How a pair of site and product is valued, with its cost layers, oldest first. 404 without stock.",
    )
    def get(self, request: Request) -> Response:
        asked = asked_of_query(request, "site", "sku")
        site = access_site(self.actor, asked["site"])
        product = products_by_sku([asked["sku"]]).get(asked["sku"])
        found = valuation_of(product.pk, site.pk, clock.now()) if product is not None else None
        if found is None:
            raise Http404(asked["sku"])
        return Response(valuation_body(found, site.code, asked["sku"], site.currency))


class StockValue(ApiView):
    pagination_class = CursorPage
    required_permission = VIEW

    @extend_schema(
        parameters=parameters("group", "site", "category", "owner", "at", "sort"),
        responses={200: schemas.StockValueRow(many=True)},
        description="Groups: site, category, owner, product; a row for each currency. `owner`: `own` or a supplier's code."
        " `at`: the end of that day at each site. 422 `invalid_group, invalid_sort, invalid_date`.",
    )
    def get(self, request: Request) -> Response:
        asked = asked_of_query(request, "group", "site", "category", "owner", "at", "sort")
        wanted = read.read_value_asked(asked)
        sites = access_site_ids(self.actor, asked["site"])

        def page(after: list[Any] | None, limit: int) -> tuple[list[Any], list[Any] | None]:
            return ageing.value_page(wanted, sites, after, limit)

        return sql_page(request, page)
