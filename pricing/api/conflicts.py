"""price-conflicts/"""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from lib import clock
from lib.faults import refuse
from pricing import conflict_serializers as shapes
from pricing.queries.conflicts import KINDS, Conflict, ConflictFilter, Key, conflicts
from web.api import ApiView
from web.paging import MAX_PAGE_SIZE, PAGE_SIZE, CursorPage, decode_cursor, encode_cursor

MOST = 2**63 - 1


def position_of(cursor: str) -> tuple[Key | None, bool]:
    """(key, back) of a cursor. Raises Faults 400 `invalid_cursor`."""
    if not cursor:
        return None, False
    position = decode_cursor(cursor)
    is_key = len(position) == 4 and all(type(n) is int and 0 <= n <= MOST for n in position[1:])
    if not is_key or position[0] not in ("next", "previous"):
        raise refuse("invalid_cursor", "The cursor cannot be read.", pointer="/cursor", status=400)
    return (position[1], position[2], position[3]), position[0] == "previous"


class PriceConflicts(ApiView):
    pagination_class = CursorPage
    required_permission = {"GET": "prices.view"}

    @extend_schema(
        parameters=[OpenApiParameter(name, str) for name in ("kind", "price_list", "cursor", "page_size")],
        responses={200: shapes.ConflictRow(many=True)},
    )
    def get(self, request: Request) -> Response:
        """What collides on the timelines or will: overlapping changes, stale bases, ends that nothing follows."""
        asked = {name: str(value).replace("\x00", "") for name, value in request.query_params.items()}
        kind, size = asked.get("kind", ""), asked.get("page_size", "")
        if kind and kind not in KINDS:
            raise refuse("unknown_kind", f"There is no kind “{kind[:40]}”.", pointer="/kind")
        limit = min(max(int(size), 1), MAX_PAGE_SIZE) if size.isascii() and size.isdigit() else PAGE_SIZE
        key, back = position_of(asked.get("cursor", ""))
        wanted = ConflictFilter(clock.now(), kind, asked.get("price_list", ""))
        found = conflicts(wanted, key=key, back=back, limit=limit + 1)
        more = len(found) > limit
        rows = found[-limit:] if back else found[:limit]
        return Response(
            {
                "next": self._link("next", rows[-1]) if rows and (back or more) else None,
                "previous": self._link("previous", rows[0]) if rows and (more if back else key) else None,
                "results": [shapes.conflict_row(one) for one in rows],
            }
        )

    def _link(self, direction: str, one: Conflict) -> str:
        query = self.request.query_params.copy()
        query["cursor"] = encode_cursor([direction, *one.key])
        return self.request.build_absolute_uri(f"{self.request.path}?{query.urlencode()}")
