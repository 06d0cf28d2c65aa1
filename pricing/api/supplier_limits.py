"""supplier-limits/"""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from lib.faults import refuse
from pricing import serializers
from pricing import supplier_limit_serializers as shapes
from pricing.actions.supplier_limits import save_supplier_limits
from pricing.queries.supplier_limits import supplier_limit_row, supplier_limits
from web.api import ApiView
from web.paging import CursorPage

MOST_ROWS = 5000


class NewestFirst(CursorPage):
    ordering = "-id"


class SupplierLimits(ApiView):
    pagination_class = NewestFirst
    required_permission = {"GET": "prices.view", "POST": "guardrails.manage"}

    @extend_schema(
        parameters=[OpenApiParameter(name, str) for name in ("sku", "kind", "cursor", "page_size")],
        responses={200: shapes.SupplierLimitRow(many=True)},
    )
    def get(self, request: Request) -> Response:
        """Minimum advertised and recommended prices of suppliers, newest first, ended ones too."""
        asked = {name: request.query_params.get(name, "").replace("\x00", "") for name in ("sku", "kind")}
        paginator = NewestFirst()
        page = paginator.paginate_queryset(supplier_limits(**asked), request, view=self)
        return paginator.get_paginated_response([supplier_limit_row(one) for one in page or []])

    @extend_schema(
        request=shapes.SupplierLimitsAsked,
        responses={200: shapes.SupplierLimitsSaved, **dict.fromkeys((403, 422), serializers.PricingProblem)},
    )
    def post(self, request: Request) -> Response:
        """Store what suppliers say from a day on, all rows or none; what already holds is not stored again. Faults: unknown_sku, unknown_kind, unknown_currency, not_positive, not_a_date, bad_source, said_twice."""

        def store() -> tuple[int, Any]:
            rows = _rows(request.data)
            return 200, {"rows": len(rows), "new": save_supplier_limits(actor=self.actor, rows=rows)}

        return self.once(store)


def _rows(body: Any) -> list[dict[str, Any]]:
    """Raises Faults 422."""
    rows = body.get("rows") if isinstance(body, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise refuse("not_a_list", "rows must be a list of objects.", pointer="/rows")
    if len(rows) > MOST_ROWS:
        raise refuse("too_many_rows", f"At most {MOST_ROWS} rows at once.", pointer="/rows")
    return rows
