"""REST of the other side's documents: on what they and ours differ."""

from datetime import timedelta

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.access import visible_sites
from feeds.documents_serializers import UnmatchedLineOutput
from feeds.queries.document_matching import Window, matched_documents
from feeds.words import DOCUMENT_CLASSES
from lib import clock
from lib.faults import refuse
from web.answers import whole_number
from web.api import ApiView
from web.paging import CursorPage, decode_cursor, encode_cursor

PAGE = 500
MOST_DAYS = 92


class UnmatchedDocuments(ApiView):
    """Lines of receipts, shipments and transfers of the last days that are missing or differ on either side."""

    pagination_class = CursorPage
    required_permission = "reconciliations.view"

    @extend_schema(
        parameters=[
            OpenApiParameter("site", str),
            OpenApiParameter("class", str, enum=list(DOCUMENT_CLASSES)),
            OpenApiParameter("days", int, description=f"1 to {MOST_DAYS}, 7 by default"),
        ],
        responses=UnmatchedLineOutput(many=True),
        description="422 `unknown_class`, `invalid_days`; 400 `invalid_cursor`.",
    )
    def get(self, request: Request) -> Response:
        asked = request.query_params
        sites = visible_sites(self.actor)
        if asked.get("site"):
            sites = sites.filter(code=asked["site"].replace("\x00", ""))
        start, now = _start(asked.get("cursor")), clock.now()
        found = matched_documents(
            list(sites.values_list("pk", flat=True)),
            Window(now - timedelta(days=_days(asked.get("days", "7"))), now, now),
            classes=_classes(asked.get("class", "")),
            limit=start + PAGE + 1,
        )
        page = found.rows[start : start + PAGE]
        next_url = None
        if len(found.rows) > start + PAGE:
            query = asked.copy()
            query["cursor"] = encode_cursor([start + PAGE])
            next_url = request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
        rows = UnmatchedLineOutput(page, many=True).data
        return Response({"next": next_url, "previous": None, "results": rows})


def _classes(code: str) -> list[str]:
    if code and code not in DOCUMENT_CLASSES:
        raise refuse("unknown_class", f"There is no class {code[:40]!r}.", pointer="/class")
    return [code] if code else []


def _days(text: str) -> int:
    days = whole_number(text)
    if not 1 <= days <= MOST_DAYS:
        raise refuse("invalid_days", f"days is a number from 1 to {MOST_DAYS}.", pointer="/days")
    return days


def _start(cursor: str | None) -> int:
    place = decode_cursor(cursor) if cursor else [0]
    if len(place) == 1 and isinstance(place[0], int) and 0 <= place[0] < 1_000_000:
        return place[0]
    raise refuse("invalid_cursor", "The cursor cannot be read.", pointer="/cursor", status=400)
