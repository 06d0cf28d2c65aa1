"""REST of vouchers and the account map."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from finance import schemas
from finance import serializers as read
from finance.access import access_voucher, visible_entities
from finance.actions.accounts import save_map
from finance.actions.vouchers import make_vouchers
from finance.models import AccountMap
from finance.queries.accounts import account_map, current_map, rule_body, rules_of
from finance.queries.vouchers import line_body, lines_of, voucher_body, vouchers_of
from inventory.api.ledger import asked_of_query, parameters
from lib.faults import refuse
from web.api import ApiView
from web.paging import CursorPage

VIEW = "finance.view"


class ByNumber(CursorPage):
    ordering = "number"


class Vouchers(ApiView):
    pagination_class = CursorPage
    required_permission = {"GET": VIEW, "POST": "vouchers.make"}

    @extend_schema(
        parameters=parameters("legal_entity", "month", "currency"),
        responses={200: schemas.VoucherAnswer(many=True)},
    )
    def get(self, request: Request) -> Response:
        asked = asked_of_query(request, "legal_entity", "month", "currency")
        if asked["month"]:
            read.read_month(asked["month"])
        page = CursorPage()
        page.ordering = "-id"
        found = vouchers_of(
            visible_entities(self.actor), asked["legal_entity"], asked["month"], asked["currency"]
        )
        rows = page.paginate_queryset(found, request, view=self)
        return page.get_paginated_response([voucher_body(row) for row in rows or []])

    @extend_schema(
        request=schemas.VoucherBody,
        responses={201: schemas.VoucherAnswer(many=True)},
        description="Books what occurred on these local days and is in no voucher yet, one voucher for each legal entity"
        " and currency; days that are vouchered get a supplementary one. 422 `unknown_entity, invalid_days, not_over,"
        " unmapped`; 409 `nothing_new, days_overlap, control_totals`.",
    )
    def post(self, request: Request) -> Response:
        asked = read.read_span(request.data)

        def effect() -> tuple[int, Any]:
            return 201, [voucher_body(made) for made in make_vouchers(actor=self.actor, **asked)]

        return self.once(effect)


class OneVoucher(ApiView):
    required_permission = VIEW

    @extend_schema(responses={200: schemas.VoucherAnswer})
    def get(self, request: Request, voucher_id: int) -> Response:
        return Response(voucher_body(access_voucher(self.actor, voucher_id)))


class VoucherLines(ApiView):
    pagination_class = ByNumber
    required_permission = VIEW

    @extend_schema(parameters=parameters(), responses={200: schemas.VoucherLineAnswer(many=True)})
    def get(self, request: Request, voucher_id: int) -> Response:
        page = ByNumber()
        rows = page.paginate_queryset(lines_of(access_voucher(self.actor, voucher_id)), request, view=self)
        return page.get_paginated_response([line_body(row) for row in rows or []])


def map_body(found: AccountMap) -> dict[str, Any]:
    return {
        "version": found.version,
        "reason": found.reason,
        "made_by": found.made_by_name,
        "made_at": found.made_at.isoformat(),
        "rules": [rule_body(one) for one in rules_of(found)],
    }


class AccountMapView(ApiView):
    required_permission = {"GET": VIEW, "POST": "account_maps.manage"}

    @extend_schema(parameters=[OpenApiParameter("version", int)], responses={200: schemas.AccountMapAnswer})
    def get(self, request: Request) -> Response:
        version = request.query_params.get("version", "")
        if version and not (version.isascii() and version.isdigit() and len(version) < 9):
            raise refuse("invalid_version", "version is a number.", pointer="/version", status=400)
        return Response(map_body(account_map(int(version)) if version else current_map()))

    @extend_schema(
        request=schemas.AccountMapBody,
        responses={201: schemas.AccountMapAnswer},
        description="All rules, as the next version; vouchers made from then on follow it. 422 `reason_required, no_rules,"
        " too_many_rules, unknown_kind, unknown_place, unknown_category, unknown_entity, required, too_long,"
        " duplicate_rule`; 409 `changed_meanwhile`.",
    )
    def post(self, request: Request) -> Response:
        rules, reason, base = read.read_map(request.data)

        def effect() -> tuple[int, Any]:
            made = save_map(actor=self.actor, rules=rules, reason=reason, base_version=base)
            return 201, map_body(account_map(made.version))

        return self.once(effect)
