"""REST of months: their state, and closing one."""

from datetime import date
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.access import visible_site_ids_or_all
from catalog.rules.fields import Wrong, text
from inventory import schemas
from inventory.actions.periods import close_period
from inventory.api.ledger import asked_of_query, parameters
from inventory.queries.periods import period_body, periods
from inventory.serializers import Reader
from lib.faults import Fault, Faults
from web.api import ApiView
from web.paging import CursorPage


class Periods(ApiView):
    pagination_class = CursorPage
    required_permission = {"GET": "stock.view", "POST": "periods.close"}

    @extend_schema(parameters=parameters("site", "state"), responses={200: schemas.PeriodAnswer(many=True)})
    def get(self, request: Request) -> Response:
        page = CursorPage()
        page.ordering = "-id"
        asked = asked_of_query(request, "site", "state")
        found = periods(visible_site_ids_or_all(self.actor), **asked)
        rows = page.paginate_queryset(found, request, view=self)
        return page.get_paginated_response([period_body(row) for row in rows or []])

    @extend_schema(
        request=schemas.PeriodBody,
        responses={200: schemas.PeriodAnswer},
        description="Closes a month. 409 `already_closed`; 422 `not_over`, `earlier_open`, `open_documents`.",
    )
    def post(self, request: Request) -> Response:
        faults: list[Fault] = []
        reader = Reader(request.data, "", faults)
        site = reader.get("site", text(64), "", needed=True)
        month = reader.get("month", month_of, needed=True)
        if faults:
            raise Faults(faults)

        def effect() -> tuple[int, Any]:
            return 200, period_body(close_period(actor=self.actor, site_code=site, month=month))

        return self.once(effect)


def month_of(value: Any) -> date:
    """The first day of a month written 2026-10. Raises Wrong: `invalid_month`."""
    try:
        return date.fromisoformat(f"{value}-01") if isinstance(value, str) and len(value) == 7 else _wrong()
    except ValueError:
        return _wrong()


def _wrong() -> date:
    raise Wrong("invalid_month", "must be a month like 2026-10")
