"""law-rules/ and stated-bases/"""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from lib.faults import refuse
from pricing import law_serializers, serializers
from pricing.actions.laws import save_law_rule, state_basis
from pricing.queries.laws import basis_row, law_row, law_rules, stated_basis_rows
from web.api import ApiView
from web.paging import CursorPage


def body_of(request: Request) -> Mapping[str, Any]:
    """The body as an object. Raises Faults 422 `not_an_object`."""
    if not isinstance(request.data, Mapping):
        raise refuse("not_an_object", "The body is an object.", status=422)
    return request.data


class LawRules(ApiView):
    pagination_class = CursorPage
    required_permission = {"GET": "prices.view", "POST": "guardrails.manage"}

    @extend_schema(
        request=law_serializers.LawRuleAsked,
        responses={
            201: law_serializers.LawRuleRow,
            409: serializers.PricingProblem,
            422: serializers.PricingProblem,
        },
    )
    def post(self, request: Request) -> Response:
        """Put a new version of a country's rule in force. Faults: required, unknown_country, unknown_kind, unknown_method, unknown_category, unknown_currency, invalid_option, not_a_date, changed_meanwhile."""
        return self.once(lambda: (201, law_row(save_law_rule(actor=self.actor, row=body_of(request)))))

    @extend_schema(
        parameters=[OpenApiParameter(name, str) for name in ("country", "kind", "cursor", "page_size")],
        responses={200: law_serializers.LawRuleRow(many=True)},
    )
    def get(self, request: Request) -> Response:
        """Every version of the rules of law, with source and date."""
        asked = {name: request.query_params.get(name, "").replace("\x00", "") for name in ("country", "kind")}
        paginator = CursorPage()
        page = paginator.paginate_queryset(law_rules(**asked), request, view=self)
        return paginator.get_paginated_response([law_row(one) for one in page or []])


class StatedBases(ApiView):
    pagination_class = CursorPage
    required_permission = {"GET": "prices.view", "POST": "guardrails.manage"}

    @extend_schema(
        request=law_serializers.StatedBasisAsked,
        responses={201: law_serializers.StatedBasisRow, 422: serializers.PricingProblem},
    )
    def post(self, request: Request) -> Response:
        """State the provable basis of comparison of a product's reductions in a promotion list. Faults: unknown_price_list, unknown_sku, required, not_a_number, too_precise."""
        body = body_of(request)
        text = {name: str(body.get(name) or "") for name in ("price_list", "sku", "basis", "evidence")}
        return self.once(
            lambda: (201, basis_row(state_basis(actor=self.actor, amount=body.get("amount"), **text)))
        )

    @extend_schema(
        parameters=[OpenApiParameter(name, str) for name in ("price_list", "sku", "cursor", "page_size")],
        responses={200: law_serializers.StatedBasisRow(many=True)},
    )
    def get(self, request: Request) -> Response:
        """Stated bases of comparison; of a product in a list the newest counts."""
        asked = {
            name: request.query_params.get(name, "").replace("\x00", "") for name in ("price_list", "sku")
        }
        paginator = CursorPage()
        page = paginator.paginate_queryset(stated_basis_rows(**asked), request, view=self)
        return paginator.get_paginated_response([basis_row(one) for one in page or []])
