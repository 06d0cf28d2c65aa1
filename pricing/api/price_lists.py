"""price-lists/"""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from pricing import serializers
from pricing.actions.price_lists import upsert_price_lists
from pricing.queries.price_lists import price_list_rows, price_lists
from web.api import ApiView
from web.paging import CursorPage

FILTERS = ("code", "kind", "currency")


class PriceLists(ApiView):
    pagination_class = CursorPage
    required_permission = {"GET": "prices.view", "POST": "price_lists.edit"}

    @extend_schema(
        request=serializers.PriceListRow(many=True),
        responses={200: serializers.Counts, 422: serializers.PricingProblem},
    )
    def post(self, request: Request) -> Response:
        """Create or update price lists by code, all or nothing. Faults: unknown_price_list, unknown_region, unknown_channel, unknown_site, cycle, currency_in_use, makes_prices (kind, scope, priority, tax_included and exclusive of a list that makes prices stay)."""
        return self.once(lambda: (200, upsert_price_lists(actor=self.actor, rows=request.data).as_json()))

    @extend_schema(
        parameters=[OpenApiParameter(name, str) for name in (*FILTERS, "cursor", "page_size")],
        responses={200: serializers.PriceListRow(many=True)},
    )
    def get(self, request: Request) -> Response:
        """Price lists with the fields they are posted with."""
        asked = {name: request.query_params.get(name, "").replace("\x00", "") for name in FILTERS}
        paginator = CursorPage()
        page = paginator.paginate_queryset(price_lists(**asked), request, view=self)
        return paginator.get_paginated_response(price_list_rows(page or []))
