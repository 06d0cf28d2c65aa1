"""REST of bundles, kits and production."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.access import visible_site_ids_or_all
from catalog.queries.bills import bill_row, bills
from inventory import kits_serializers as shapes
from inventory import schemas
from inventory.actions.kits import set_bill
from inventory.actions.production import post_production
from inventory.api.ledger import asked_of_query, parameters, sql_page
from inventory.queries import documents
from inventory.queries.kits import BundleAsked, bundle_page
from lib import clock
from web.api import ApiView
from web.paging import CursorPage


class Bills(ApiView):
    pagination_class = CursorPage
    required_permission = {"GET": "products.view", "POST": "bills.edit"}

    @extend_schema(parameters=parameters("sku", "kind"), responses={200: shapes.BillAnswer(many=True)})
    def get(self, request: Request) -> Response:
        page = CursorPage()
        page.ordering = "-id"
        rows = page.paginate_queryset(bills(**asked_of_query(request, "sku", "kind")), request, view=self)
        return page.get_paginated_response([bill_row(row) for row in rows or []])

    @extend_schema(request=shapes.BillBody, responses={201: shapes.BillAnswer}, description=shapes.BILL_CODES)
    def post(self, request: Request) -> Response:
        draft = shapes.read_bill(request.data)
        return self.once(lambda: (201, bill_row(set_bill(actor=self.actor, draft=draft))))


class Bundles(ApiView):
    pagination_class = CursorPage
    required_permission = "stock.view"

    @extend_schema(parameters=parameters("site", "sku"), responses={200: shapes.BundleAnswer(many=True)})
    def get(self, request: Request) -> Response:
        asked = BundleAsked(
            clock.now(),
            site_ids=visible_site_ids_or_all(self.actor),
            **asked_of_query(request, "site", "sku"),
        )
        return sql_page(request, lambda after, limit: bundle_page(asked, after, limit))


class Productions(ApiView):
    pagination_class = CursorPage
    required_permission = {"GET": "stock.view", "POST": "stock.post"}

    @extend_schema(
        parameters=parameters("reference", "site"),
        responses={200: schemas.MovementAnswer(many=True)},
        description="Movements of kind production; `added_cost` stands beside the lines.",
    )
    def get(self, request: Request) -> Response:
        asked = asked_of_query(request, "reference", "site") | {"kind": "production"}
        page = CursorPage()
        page.ordering = "-id"
        found = documents.visible_movements(visible_site_ids_or_all(self.actor), asked)
        rows = page.paginate_queryset(found, request, view=self)
        return page.get_paginated_response(documents.movement_bodies(rows or []))

    @extend_schema(
        request=shapes.ProductionBody,
        responses={201: schemas.MovementAnswer},
        description=shapes.PRODUCTION_CODES,
    )
    def post(self, request: Request) -> Response:
        draft = shapes.read_production(request.data, self.actor.channel)

        def effect() -> tuple[int, Any]:
            made = post_production(actor=self.actor, draft=draft)
            return 201, documents.movement_body(made, documents.movement_draft(made))

        return self.once(effect)
