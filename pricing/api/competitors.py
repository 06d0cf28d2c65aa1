"""competitors/, competitor-prices/, competitor-matches/, competitor-index/"""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from lib import clock
from lib.faults import refuse
from pricing import competitor_serializers as shapes
from pricing import serializers
from pricing.actions.competitors import match_by_codes, record_competitor_prices, save_competitors
from pricing.queries.competitor_index import (
    compared,
    competitors,
    index_by_category,
    index_row,
    price_list_or_first,
)
from pricing.queries.competitors import observation_row, observations
from web.api import ApiView
from web.paging import CursorPage

MOST_ROWS = 5000


class ByNewest(CursorPage):
    ordering = "-id"


class CompetitorPrices(ApiView):
    pagination_class = ByNewest
    required_permission = {"GET": "prices.view", "POST": "prices.edit"}

    @extend_schema(
        parameters=[OpenApiParameter(name, str) for name in ("cursor", "page_size")],
        responses={200: shapes.ObservationRow(many=True)},
    )
    def get(self, request: Request) -> Response:
        """What was seen of competitors' prices, newest first."""
        paginator = ByNewest()
        page = paginator.paginate_queryset(observations(), request, view=self)
        return paginator.get_paginated_response([observation_row(one) for one in page or []])

    @extend_schema(
        request=shapes.Observations,
        responses={200: shapes.Recorded, **dict.fromkeys((403, 422), serializers.PricingProblem)},
    )
    def post(self, request: Request) -> Response:
        """Store what was seen, all rows or none; a row sent twice is stored once."""
        actor = self.actor

        def store() -> tuple[int, Any]:
            rows = _rows(request.data)
            return 200, {"rows": len(rows), "new": record_competitor_prices(actor=actor, rows=rows)}

        return self.once(store)


class Competitors(ApiView):
    pagination_class = ByNewest
    required_permission = {"GET": "prices.view", "POST": "prices.edit"}

    @extend_schema(
        parameters=[OpenApiParameter(name, str) for name in ("cursor", "page_size")],
        responses={200: shapes.CompetitorRow(many=True)},
    )
    def get(self, request: Request) -> Response:
        """Whose prices are watched, newest first."""
        paginator = ByNewest()
        page = paginator.paginate_queryset(competitors().order_by("-id"), request, view=self)
        rows = [{"code": one.code, "name": one.name, "country": one.country} for one in page or []]
        return paginator.get_paginated_response(rows)

    @extend_schema(
        request=shapes.CompetitorRows,
        responses={200: shapes.Recorded, **dict.fromkeys((403, 422), serializers.PricingProblem)},
    )
    def post(self, request: Request) -> Response:
        """Create competitors by code, or change their name and country; all rows or none."""
        actor = self.actor

        def store() -> tuple[int, Any]:
            rows = _rows(request.data)
            return 200, {"rows": len(rows), "new": save_competitors(actor=actor, rows=rows)}

        return self.once(store)


class CompetitorMatches(ApiView):
    required_permission = "prices.edit"

    @extend_schema(
        request=shapes.Match,
        responses={200: shapes.Matched, **dict.fromkeys((403, 422), serializers.PricingProblem)},
    )
    def post(self, request: Request) -> Response:
        """Say which product a competitor's own code means, from now on and for what was seen before."""
        asked = request.data if isinstance(request.data, dict) else {}
        sent = {
            name: str(asked.get(name) or "").replace("\x00", "") for name in ("competitor", "code", "sku")
        }
        actor = self.actor
        return self.once(lambda: (200, {"rows": match_by_codes(actor=actor, **sent)}))


class CompetitorIndex(ApiView):
    required_permission = "prices.view"

    @extend_schema(
        parameters=[OpenApiParameter("price_list", str)], responses={200: shapes.IndexRow(many=True)}
    )
    def get(self, request: Request) -> Response:
        """100 × our prices over the market's medians, by category; category "" is the whole."""
        code = request.query_params.get("price_list", "").replace("\x00", "")[:32]
        price_list = price_list_or_first(code)
        if price_list is None or (code and price_list.code != code):
            raise refuse("unknown_price_list", f"There is no price list “{code}”.", status=404)
        return Response([index_row(one) for one in index_by_category(compared(price_list, clock.now()))])


def _rows(body: Any) -> list[dict[str, Any]]:
    """Raises Faults 422."""
    rows = body.get("rows") if isinstance(body, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise refuse("not_a_list", "rows must be a list of objects.", pointer="/rows")
    if len(rows) > MOST_ROWS:
        raise refuse("too_many_rows", f"At most {MOST_ROWS} rows at once.", pointer="/rows")
    return [
        {key: value.replace("\x00", "") if isinstance(value, str) else value for key, value in row.items()}
        for row in rows
    ]
