"""prices/ and prices/quote/"""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from lib.faults import refuse
from pricing import documents, serializers
from pricing.queries.answers import quote_rows
from pricing.queries.prices import PriceFilter, prices_at
from pricing.queries.quotes import quote_lines
from web.api import ApiView
from web.paging import MAX_PAGE_SIZE, PAGE_SIZE, decode_cursor, encode_cursor


def _position(cursor: str) -> tuple[int, int | None]:
    """(after, before) of a cursor: ["next", id] or ["previous", id]."""
    if not cursor:
        return 0, None
    position = decode_cursor(cursor)
    if len(position) != 2 or position[0] not in ("next", "previous") or not isinstance(position[1], int):
        raise refuse("invalid_cursor", "The cursor cannot be read.", pointer="/cursor", status=400)
    return (position[1], None) if position[0] == "next" else (0, position[1])


def _page_size(text: str) -> int:
    return min(max(int(text), 1), MAX_PAGE_SIZE) if text.isascii() and text.isdigit() else PAGE_SIZE


class Prices(ApiView):
    required_permission = {"GET": "prices.view"}

    @extend_schema(
        parameters=[
            OpenApiParameter(name, str)
            for name in ("price_list", "sku", "at", "known_at", "cursor", "page_size")
        ],
        responses={200: serializers.PricePage, 422: serializers.PricingProblem},
    )
    def get(self, request: Request) -> Response:
        """Rows of price lists valid at `at` (now) as known at `known_at` (now), in order of id."""
        asked = {name: str(value).replace("\x00", "") for name, value in request.query_params.items()}
        wanted = PriceFilter(
            asked.get("price_list", ""),
            asked.get("sku", ""),
            documents.instant_of(asked, "at"),
            documents.instant_of(asked, "known_at"),
        )
        after, before = _position(asked.get("cursor", ""))
        size = _page_size(asked.get("page_size", ""))
        rows = prices_at(wanted, after=after, before=before, limit=size + 1)
        return Response(self._page(rows, size, after, before))

    def _page(self, rows: list[dict[str, Any]], size: int, after: int, before: int | None) -> dict[str, Any]:
        more = len(rows) > size
        rows = rows[-size:] if before is not None else rows[:size]
        has_next = more if before is None else True
        has_previous = bool(after) if before is None else more
        return {
            "next": self._link("next", rows[-1]["id"]) if has_next and rows else None,
            "previous": self._link("previous", rows[0]["id"]) if has_previous and rows else None,
            "results": rows,
        }

    def _link(self, direction: str, pk: int) -> str:
        query = self.request.query_params.copy()
        query["cursor"] = encode_cursor([direction, pk])
        return self.request.build_absolute_uri(f"{self.request.path}?{query.urlencode()}")


class PriceQuote(ApiView):
    required_permission = {"POST": "quotes.ask"}

    @extend_schema(
        request=serializers.QuoteAsked,
        responses={
            200: serializers.QuoteRow(many=True),
            413: serializers.PricingProblem,
            422: serializers.PricingProblem,
        },
    )
    def post(self, request: Request) -> Response:
        """The price that applies to each line, explained step by step, in the order of the lines."""

        def answer() -> tuple[int, Any]:
            lines, at, known_at = documents.quote_request(request.data)
            return 200, quote_rows(quote_lines(lines, actor=self.actor, at=at, known_at=known_at))

        return self.once(answer)
