"""REST of rows in quarantine."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.access import visible_site_ids_or_all
from feeds.actions.quarantine import MAX_ROWS, discard_rows, repair_row, replay_rows
from feeds.models import QuarantineRow
from feeds.quarantine_serializers import (
    ChosenInput,
    DiscardedOutput,
    DiscardInput,
    QuarantineRowOutput,
    RepairInput,
    ReplayedOutput,
)
from feeds.queries.quarantine import RowFilter, row_in, rows_in
from lib import clock
from lib.faults import refuse
from web.api import ApiView
from web.paging import CursorPage


class ByDeadline(CursorPage):
    ordering = ("due_at", "id")


class Quarantine(ApiView):
    required_permission = "quarantine.work"
    pagination_class = ByDeadline

    @extend_schema(
        parameters=[OpenApiParameter(name, str) for name in ("feed", "code", "owner", "state", "overdue")],
        responses=QuarantineRowOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        """Rows by deadline: open ones, or those in the state that is asked for ("all" for any)."""
        asked = request.query_params
        state = asked.get("state", "open")
        wanted = RowFilter(
            feed=asked.get("feed", ""),
            code=asked.get("code", ""),
            owner=asked.get("owner", ""),
            state=state if state in QuarantineRow.State.values else "",
            overdue_at=clock.now() if asked.get("overdue") else None,
        )
        page = ByDeadline()
        rows = page.paginate_queryset(rows_in(visible_site_ids_or_all(self.actor), wanted), request)
        return page.get_paginated_response(QuarantineRowOutput(rows, many=True).data)


class RepairRow(ApiView):
    required_permission = "quarantine.work"

    @extend_schema(request=RepairInput, responses=QuarantineRowOutput)
    def post(self, request: Request, row_id: int) -> Response:
        """Take the row with other values, through the same checks. 409 not_open, 422 what is still wrong."""
        row_in(visible_site_ids_or_all(self.actor), row_id)
        asked = RepairInput(data=request.data)
        asked.is_valid(raise_exception=True)
        values = dict(asked.validated_data["values"])

        def effect() -> tuple[int, Any]:
            row = repair_row(actor=self.actor, row_id=row_id, values=values)
            return 200, QuarantineRowOutput(row).data

        return self.once(effect)


class ReplayRows(ApiView):
    required_permission = "quarantine.work"

    @extend_schema(request=ChosenInput, responses=ReplayedOutput)
    def post(self, request: Request) -> Response:
        """Try rows once more as they are."""
        asked = ChosenInput(data=request.data)
        asked.is_valid(raise_exception=True)
        ids = _chosen(self, asked.validated_data)

        def effect() -> tuple[int, Any]:
            return 200, ReplayedOutput(replay_rows(actor=self.actor, row_ids=ids)).data

        return self.once(effect)


class DiscardRows(ApiView):
    required_permission = "quarantine.work"

    @extend_schema(request=DiscardInput, responses=DiscardedOutput)
    def post(self, request: Request) -> Response:
        """Close rows for good, with a reason."""
        asked = DiscardInput(data=request.data)
        asked.is_valid(raise_exception=True)
        ids, reason = _chosen(self, asked.validated_data), asked.validated_data["reason"]

        def effect() -> tuple[int, Any]:
            return 200, {"discarded": discard_rows(actor=self.actor, row_ids=ids, reason=reason)}

        return self.once(effect)


def _chosen(view: ApiView, asked: dict[str, Any]) -> list[int]:
    if not any(asked.get(name) for name in ("rows", "feed", "code")):
        raise refuse("required", "Name rows, a feed or a code.", pointer="/rows")
    wanted = RowFilter(feed=asked.get("feed", ""), code=asked.get("code", ""))
    rows = rows_in(visible_site_ids_or_all(view.actor), wanted).order_by("id")
    if asked.get("rows"):
        rows = rows.filter(pk__in=asked["rows"])
    return list(rows.values_list("pk", flat=True)[: MAX_ROWS + 1])
