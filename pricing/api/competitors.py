"""competitor-prices/"""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from lib.faults import refuse
from pricing import competitor_serializers as shapes
from pricing import serializers
from pricing.actions.competitors import record_competitor_prices
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
