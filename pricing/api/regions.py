"""price-regions/"""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from lib import clock
from lib.faults import refuse
from pricing.queries.grid import GridFilter
from pricing.queries.price_changes import money_text
from pricing.queries.regions import RegionBoard, RegionRow, region_board, region_rows
from web.api import ApiView
from web.paging import MAX_PAGE_SIZE, PAGE_SIZE, CursorPage, decode_cursor, encode_cursor

MOST = 10_000_000


class RegionPrice(serializers.Serializer):
    price_list = serializers.CharField()
    currency = serializers.CharField()
    amount = serializers.CharField(allow_null=True)
    is_derived = serializers.BooleanField()
    fraction = serializers.CharField(
        allow_null=True, help_text="Against the base at the day's rate: 0.1 is 10 % above."
    )
    floor = serializers.CharField(allow_null=True)
    ceiling = serializers.CharField(allow_null=True)
    breaks = serializers.CharField(help_text="floor, ceiling or empty.")


class RegionProduct(serializers.Serializer):
    sku = serializers.CharField()
    base_list = serializers.CharField()
    base_currency = serializers.CharField()
    base_amount = serializers.CharField(allow_null=True)
    regions = RegionPrice(many=True)


class PriceRegions(ApiView):
    pagination_class = CursorPage
    required_permission = {"GET": "prices.view"}

    @extend_schema(
        parameters=[
            OpenApiParameter(name, str) for name in ("search", "category", "breaks", "cursor", "page_size")
        ],
        responses={200: RegionProduct(many=True)},
    )
    def get(self, request: Request) -> Response:
        """The base price and every region side by side, furthest outside a band first; breaks=true: only those."""
        asked = {name: str(value).replace("\x00", "") for name, value in request.query_params.items()}
        wanted = GridFilter(search=asked.get("search", "")[:100], category=asked.get("category", "")[:300])
        size = asked.get("page_size", "")
        limit = min(max(int(size), 1), MAX_PAGE_SIZE) if size.isascii() and size.isdigit() else PAGE_SIZE
        offset = _offset(asked.get("cursor", ""))
        board = region_board(clock.now())
        only = asked.get("breaks") == "true"
        rows = region_rows(board, wanted, breaks_only=only, offset=offset, limit=limit + 1)
        return Response(
            {
                "next": self._link(offset + limit) if len(rows) > limit else None,
                "previous": self._link(max(offset - limit, 0)) if offset else None,
                "results": [region_row(board, row) for row in rows[:limit]],
            }
        )

    def _link(self, offset: int) -> str:
        query = self.request.query_params.copy()
        query["cursor"] = encode_cursor([offset])
        return self.request.build_absolute_uri(f"{self.request.path}?{query.urlencode()}")


def _offset(cursor: str) -> int:
    """Raises Faults 400 `invalid_cursor`."""
    if not cursor:
        return 0
    position = decode_cursor(cursor)
    if len(position) != 1 or type(position[0]) is not int or not 0 <= position[0] <= MOST:
        raise refuse("invalid_cursor", "The cursor cannot be read.", pointer="/cursor", status=400)
    return int(position[0])


def region_row(board: RegionBoard, row: RegionRow) -> dict[str, Any]:
    """A product as REST shows it."""
    base = board.base
    currency = base.currency if base else ""
    return {
        "sku": row.sku,
        "base_list": base.code if base else "",
        "base_currency": currency,
        "base_amount": money_text(row.base_amount, currency),
        "regions": [
            {
                "price_list": column.facts.code,
                "currency": column.facts.currency,
                "amount": money_text(cell.amount, column.facts.currency),
                "is_derived": cell.is_derived,
                "fraction": None if cell.fraction is None else format(round(cell.fraction, 6), "f"),
                "floor": None if column.floor is None else format(column.floor, "f"),
                "ceiling": None if column.ceiling is None else format(column.ceiling, "f"),
                "breaks": cell.breaks,
            }
            for column, cell in zip(board.columns, row.cells, strict=True)
        ],
    }
