"""REST of the stock of one site: figures, and its products by pages."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.access import access_site
from inventory.api.ledger import asked_of_query, parameters, sql_page
from inventory.queries.site_stock import STATES, SiteAsked, figures_body, site_row_body, site_rows
from web.api import ApiView
from web.paging import CursorPage


class SiteFigures(serializers.Serializer):
    site = serializers.CharField()
    name = serializers.CharField()
    currency = serializers.CharField()
    products = serializers.IntegerField(help_text="Products of our own that lie there.")
    below = serializers.IntegerField(
        help_text="Products below their safety stock, what is on its way included."
    )
    negative = serializers.IntegerField(help_text="Products with a balance below zero.")
    aside = serializers.IntegerField(
        help_text="Products with goods to be inspected, in quarantine or blocked."
    )
    transit = serializers.IntegerField(help_text="Products on their way to the site.")
    others = serializers.IntegerField(help_text="Products with goods of suppliers.")
    value = serializers.DecimalField(
        max_digits=38, decimal_places=6, required=False, help_text="With costs.view only, as the next."
    )
    transit_value = serializers.DecimalField(max_digits=38, decimal_places=6, required=False)
    open_documents = serializers.DictField(child=serializers.IntegerField())


class SiteProduct(serializers.Serializer):
    sku = serializers.CharField()
    name = serializers.CharField()
    unit = serializers.CharField()
    on_hand = serializers.DecimalField(max_digits=24, decimal_places=6)
    reserved = serializers.DecimalField(max_digits=24, decimal_places=6)
    available = serializers.DecimalField(max_digits=24, decimal_places=6)
    in_transit = serializers.DecimalField(max_digits=24, decimal_places=6)
    aside = serializers.DecimalField(max_digits=24, decimal_places=6)
    others = serializers.DecimalField(max_digits=24, decimal_places=6)
    safety_stock = serializers.DecimalField(max_digits=18, decimal_places=6, allow_null=True)
    is_below_safety_stock = serializers.BooleanField()
    value = serializers.DecimalField(max_digits=38, decimal_places=6, required=False)


class StockOfSite(ApiView):
    required_permission = "stock.view"

    @extend_schema(responses={200: SiteFigures})
    def get(self, request: Request, code: str) -> Response:
        site = access_site(self.actor, code)
        return Response(figures_body(site, self.actor.may("costs.view")))


class ProductsOfSite(ApiView):
    pagination_class = CursorPage
    required_permission = "stock.view"

    @extend_schema(
        parameters=parameters("q", "state"),
        responses={200: SiteProduct(many=True)},
        description=f"In the order of their SKU; `state` is one of {', '.join(STATES)}.",
    )
    def get(self, request: Request, code: str) -> Response:
        site = access_site(self.actor, code)
        query = asked_of_query(request, "q", "state")
        asked = SiteAsked(site.pk, query["q"].strip()[:100], query["state"])
        may_see_costs = self.actor.may("costs.view")

        def read(after: list[Any] | None, limit: int) -> tuple[list[Any], list[Any] | None]:
            rows, _count = site_rows(asked, limit=limit + 1, after_sku=str(after[0]) if after else "")
            following = [rows[limit - 1]["sku"]] if len(rows) > limit else None
            return [site_row_body(row, may_see_costs) for row in rows[:limit]], following

        return sql_page(request, read)
