"""incentives/, incentives/{code}/stop/ and prices/rehearse/"""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from lib import clock
from pricing import documents, serializers
from pricing import incentive_serializers as shapes
from pricing.actions.incentives import create_incentive, stop_incentive
from pricing.api.laws import body_of
from pricing.queries.incentives import incentive_row, incentives
from pricing.queries.price_changes import price_change
from pricing.queries.shop_rehearsal import rehearse_change, rehearse_shop, rehearsed_row, shop_question
from web.api import ApiView
from web.paging import CursorPage

PROBLEMS = dict.fromkeys((403, 404, 409, 422), serializers.PricingProblem)
#: So many worst cases are answered; the totals count all.
SHOWN = 1000


class Incentives(ApiView):
    pagination_class = CursorPage
    required_permission = {"GET": "prices.view", "POST": "price_lists.edit"}

    @extend_schema(request=shapes.IncentiveAsked, responses={201: shapes.IncentiveRow, **PROBLEMS})
    def post(self, request: Request) -> Response:
        """Write down a coupon, a discount or a subsidy. Faults: required, unknown_kind, unknown_currency, amount_or_fraction, out_of_range, invalid_window, subsidy_plain, code_taken."""
        return self.once(
            lambda: (201, incentive_row(create_incentive(actor=self.actor, row=body_of(request))))
        )

    @extend_schema(
        parameters=[OpenApiParameter(name, str) for name in ("code", "kind", "cursor", "page_size")],
        responses={200: shapes.IncentiveRow(many=True)},
    )
    def get(self, request: Request) -> Response:
        """Every incentive, those that ended too."""
        asked = {name: request.query_params.get(name, "").replace("\x00", "") for name in ("code", "kind")}
        paginator = CursorPage()
        page = paginator.paginate_queryset(incentives(**asked), request, view=self)
        return paginator.get_paginated_response([incentive_row(one) for one in page or []])


class StopIncentive(ApiView):
    required_permission = {"POST": "promotions.stop"}

    @extend_schema(request=serializers.Comment, responses={200: shapes.IncentiveRow, **PROBLEMS})
    def post(self, request: Request, code: str) -> Response:
        """{comment} → it ends now. 409 ended; 422 reason_required."""
        comment = documents.comment_of(request.data)
        return self.once(
            lambda: (200, incentive_row(stop_incentive(actor=self.actor, code=code, comment=comment)))
        )


class Rehearse(ApiView):
    required_permission = {"POST": "costs.view"}

    @extend_schema(request=shapes.RehearseAsked, responses={200: shapes.Rehearsal, **PROBLEMS})
    def post(self, request: Request) -> Response:
        """The worst that incentives make of prices: of a change, or of what a site asks on a day. The least earned against cost first, at most 1,000."""
        body = body_of(request)
        number = body.get("price_change")
        if number is not None:
            change_id = number if isinstance(number, int) and 0 < number < 2**63 else 0
            found = rehearse_change(price_change(change_id), clock.now())
        else:
            found = rehearse_shop(shop_question(body, clock.now()), self.actor)
        return Response(
            {
                "total": len(found),
                "below_cost": sum(one.is_below_cost for one in found),
                "results": [rehearsed_row(one) for one in found[:SHOWN]],
            }
        )
