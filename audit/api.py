"""REST of the trail: events to read, exports to ask for and to download."""

from typing import Any

from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from audit import actions, queries
from audit.access import access_export
from audit.actions import ExportRequest
from audit.queries.events import EventFilter, EventRow, events_before
from audit.reading import filter_of, sites_of
from audit.serializers import EventAnswer, ExportAnswer, ExportBody, event_answer, export_answer
from audit.spreadsheets import CONTENT_TYPES
from lib.faults import refuse
from web.api import ApiView
from web.paging import MAX_PAGE_SIZE, PAGE_SIZE, CursorPage, decode_cursor, encode_cursor

FILTERS = ("subject", "actor", "from", "to", "kind", "reason", "field")


class Events(ApiView):
    """Events, the newest first, of the sites one sees and of one's own making."""

    required_permission = "audit.view"
    pagination_class = CursorPage

    @extend_schema(
        parameters=[OpenApiParameter(name, str) for name in FILTERS],
        responses={200: EventAnswer(many=True)},
    )
    def get(self, request: Request) -> Response:
        asked = request.query_params
        wanted = filter_of(asked, self.actor, sites_of(request))
        size = _page_size(asked.get("page_size", ""))
        rows, older, newer = _page(wanted, size, asked.get("cursor", ""))
        if wanted.site_ids is None and not asked.get("cursor"):
            actions.record_reading(actor=self.actor, asked=wanted.as_json())
        return Response(
            {
                "next": _link(request, ["below", rows[-1].id]) if older else None,
                "previous": _link(request, ["above", rows[0].id]) if newer else None,
                "results": [event_answer(row) for row in rows],
            }
        )


class Exports(ApiView):
    """Ask for a file of events."""

    required_permission = "audit.export"

    @extend_schema(request=ExportBody, responses={202: ExportAnswer})
    def post(self, request: Request) -> Response:
        body = ExportBody(data=request.data)
        body.is_valid(raise_exception=True)
        given: dict[str, Any] = body.validated_data
        wanted = filter_of(given, self.actor, sites_of(request))
        asked = ExportRequest(wanted, given["format"], given["reason"])
        return self.once(
            lambda: (202, export_answer(actions.request_export(actor=self.actor, asked=asked))),
        )


class OneExport(ApiView):
    """How far an export is."""

    required_permission = "audit.export"

    @extend_schema(responses={200: ExportAnswer})
    def get(self, request: Request, export_id: int) -> Response:
        return Response(export_answer(access_export(request, export_id)))


class ExportFile(ApiView):
    """The file of a finished export; the download is recorded."""

    required_permission = "audit.export"

    @extend_schema(responses={200: OpenApiTypes.BINARY})
    def get(self, request: Request, export_id: int) -> FileResponse:
        export = access_export(request, export_id)
        path = actions.record_download(actor=self.actor, export=export)
        return FileResponse(
            open(path, "rb"),
            as_attachment=True,
            filename=path.name,
            content_type=CONTENT_TYPES[export.format],
        )


def _page_size(text: str) -> int:
    return (
        min(max(int(text), 1), MAX_PAGE_SIZE)
        if text.isascii() and text.isdigit() and len(text) < 9
        else PAGE_SIZE
    )


def _page(wanted: EventFilter, size: int, cursor: str) -> tuple[list[EventRow], bool, bool]:
    """(rows, whether there are older ones, whether there are newer ones)."""
    way, position = _position(cursor)
    if way == "above":
        rows = events_before(wanted, size + 1, position or 0)
        return rows[-size:], bool(rows), len(rows) > size
    rows = queries.events_page(wanted, size + 1, position)
    return rows[:size], len(rows) > size, bool(rows) and position is not None


def _position(cursor: str) -> tuple[str, int | None]:
    if not cursor:
        return "below", None
    place = decode_cursor(cursor)
    is_ours = len(place) == 2 and place[0] in ("below", "above") and isinstance(place[1], int)
    if not is_ours or not 0 <= place[1] < 2**63:
        raise refuse("invalid_cursor", "The cursor cannot be read.", pointer="/cursor", status=400)
    return str(place[0]), int(place[1])


def _link(request: Request, position: list[Any]) -> str:
    query = request.query_params.copy()
    query["cursor"] = encode_cursor(position)
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
