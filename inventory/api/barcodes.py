"""REST of scanned codes and of the rules that tell what is in them."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.access import access_site
from catalog.rules.fields import text
from inventory import lots_schemas as schemas
from inventory.actions.barcode_rules import add_barcode_rule, retire_barcode_rule
from inventory.api.ledger import asked_of_query, parameters
from inventory.lots_serializers import whole_number
from inventory.queries import barcodes
from inventory.serializers import Reader
from lib.faults import Fault, Faults
from web.api import ApiView
from web.paging import CursorPage


class Barcode(ApiView):
    """What one scanned code means."""

    required_permission = "stock.view"

    @extend_schema(
        parameters=[
            OpenApiParameter("site", str, description="Its country's rules, currency and local day.")
        ],
        responses={200: schemas.ScanAnswer},
        description="A GTIN, a GS1 element string (bracketed, or as scanned with FNC1 as %1D), or a number of restricted"
        " circulation. 404 `unknown_barcode`; 422 `invalid_barcode`, `no_barcode_rule`.",
    )
    def get(self, request: Request, code: str) -> Response:
        asked = asked_of_query(request, "site")["site"]
        site = access_site(self.actor, asked) if asked else None
        return Response(barcodes.scan_body(barcodes.read(code, site=site)))


class BarcodeRules(ApiView):
    pagination_class = CursorPage
    required_permission = {"GET": "stock.view", "POST": "lots.edit"}

    @extend_schema(parameters=parameters("country"), responses={200: schemas.BarcodeRuleAnswer(many=True)})
    def get(self, request: Request) -> Response:
        page = CursorPage()
        page.ordering = "-id"
        found = barcodes.barcode_rules(asked_of_query(request, "country")["country"])
        rows = page.paginate_queryset(found, request, view=self)
        return page.get_paginated_response([barcodes.barcode_rule_body(row) for row in rows or []])

    @extend_schema(
        request=schemas.BarcodeRuleBody,
        responses={201: schemas.BarcodeRuleAnswer},
        description="409 `exists`; 422 `unknown_country`, `invalid_pattern`, `invalid_measure`.",
    )
    def post(self, request: Request) -> Response:
        faults: list[Fault] = []
        reader = Reader(request.data, "", faults)
        asked = {
            "country": reader.get("country", text(2, empty=True), ""),
            "pattern": reader.get("pattern", text(13), "", needed=True),
            "measure": reader.get("measure", text(6), "", needed=True),
            "decimals": reader.get("decimals", whole_number(0, 5), 0),
            "source": reader.get("source", text(200, empty=True), ""),
        }
        if faults:
            raise Faults(faults)

        def effect() -> tuple[int, Any]:
            return 201, barcodes.barcode_rule_body(add_barcode_rule(actor=self.actor, **asked))

        return self.once(effect)


class RetireBarcodeRule(ApiView):
    required_permission = "lots.edit"

    @extend_schema(
        request=schemas.ReasonBody,
        responses={200: schemas.BarcodeRuleAnswer},
        description="404 `unknown_rule`; 409 `already_ended`; 422 `reason_required`.",
    )
    def post(self, request: Request, rule_id: int) -> Response:
        faults: list[Fault] = []
        reason = Reader(request.data, "", faults).get("reason", text(500), "", needed=True)
        if faults:
            raise Faults(faults)

        def effect() -> tuple[int, Any]:
            made = retire_barcode_rule(actor=self.actor, rule_id=rule_id, reason=reason)
            return 200, barcodes.barcode_rule_body(made)

        return self.once(effect)
