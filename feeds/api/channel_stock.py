"""REST of channel stock rules: the live ones, a new version, an end; what every channel sees of one product."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.access import visible_site_ids_or_all, visible_sites
from catalog.queries import products_by_sku
from feeds.actions.channel_stock import PERMISSION, end_rule, save_rule
from feeds.channel_stock_serializers import (
    ChannelStockRuleInput,
    ChannelStockRuleOutput,
    ChannelViewOutput,
    EndRuleInput,
)
from feeds.queries.channel_stock import channel_views, live_rules, rule_body, view_body
from feeds.rules.channel_stock_fields import draft_of
from lib.faults import Faults, refuse
from web.api import ApiView
from web.paging import CursorPage


class NewestFirst(CursorPage):
    ordering = "-id"


def _members(data: Any) -> Mapping[str, Any]:
    if not isinstance(data, Mapping):
        raise refuse("not_an_object", "The body must be an object.", status=400)
    return data


class ChannelStockRules(ApiView):
    """The rules that count now. Of those that fit, the most particular counts: product, category, site, channel."""

    required_permission = {"GET": "stock.view", "POST": PERMISSION}
    pagination_class = NewestFirst

    @extend_schema(responses=ChannelStockRuleOutput(many=True))
    def get(self, request: Request) -> Response:
        page = NewestFirst()
        rows = page.paginate_queryset(live_rules(visible_site_ids_or_all(self.actor)), request)
        return page.get_paginated_response([rule_body(row) for row in rows or []])

    @extend_schema(
        request=ChannelStockRuleInput,
        responses={201: ChannelStockRuleOutput},
        description="403 `not_everywhere`; 409 `rule_exists, changed_meanwhile`; 422 `unknown_channel, unknown_category,"
        " unknown_sku, one_scope, below_zero, not_a_fraction, not_a_number, not_a_date, not_a_rank, too_precise`.",
    )
    def post(self, request: Request) -> Response:
        draft, faults = draft_of(_members(request.data))
        if faults:
            raise Faults(faults)
        return self.once(lambda: (201, rule_body(save_rule(actor=self.actor, draft=draft))))


class EndChannelStockRule(ApiView):
    required_permission = PERMISSION

    @extend_schema(
        request=EndRuleInput,
        responses={204: None},
        description="409 `changed_meanwhile`; 403 `not_everywhere`.",
    )
    def post(self, request: Request, rule_id: int) -> Response:
        reason = str(_members(request.data).get("reason") or "")[:300]

        def effect() -> tuple[int, Any]:
            end_rule(actor=self.actor, rule_id=rule_id, reason=reason)
            return 204, None

        return self.once(effect)


class ChannelViews(ApiView):
    """What every channel may promise of one product, at each site in scope that any channel sells from, and why."""

    required_permission = "stock.view"

    @extend_schema(
        parameters=[OpenApiParameter("sku", str, required=True)],
        responses=ChannelViewOutput(many=True),
        description="422 `unknown_sku`.",
    )
    def get(self, request: Request) -> Response:
        sku = request.query_params.get("sku", "").replace("\x00", "")
        product = products_by_sku([sku]).get(sku)
        if product is None:
            raise refuse("unknown_sku", f"There is no product {sku[:64]!r}.", pointer="/sku")
        names = dict(visible_sites(self.actor).values_list("pk", "code"))
        return Response([view_body(one, names[one.site_id]) for one in channel_views(product.pk, names)])
