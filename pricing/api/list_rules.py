"""price-lists/<code>/: one list, and how it derives in versions."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from pricing import list_serializers, serializers
from pricing.actions.customer_groups import end_customer_group
from pricing.actions.list_rules import preview_rule, propose_rule, withdraw_rule
from pricing.api.laws import body_of
from pricing.queries.list_effects import effect_row
from pricing.queries.list_rules import list_rules, price_list_item, rule_row
from pricing.queries.price_lists import price_lists
from web.api import ApiView
from web.paging import CursorPage

PROBLEMS = dict.fromkeys((403, 404, 409, 422), serializers.PricingProblem)


class PriceListDetail(ApiView):
    required_permission = {"GET": "prices.view"}

    @extend_schema(responses={200: list_serializers.PriceListItem, **PROBLEMS})
    def get(self, request: Request, code: str) -> Response:
        """A price list, the version in force of how it derives, and the one that waits."""
        found = price_list_item(code)
        if found is None:
            raise Http404(code)
        return Response(found)


class NewestFirst(CursorPage):
    ordering = "-id"


class ListRules(ApiView):
    pagination_class = NewestFirst
    required_permission = {"GET": "prices.view", "POST": "price_lists.edit"}

    @extend_schema(
        request=list_serializers.ListRuleAsked, responses={201: list_serializers.ListRuleRow, **PROBLEMS}
    )
    def post(self, request: Request, code: str) -> Response:
        """Propose how a list derives from a moment on; prices move once another person approves it. Faults: required, unchanged, unknown_price_list, cycle, in_the_past, before_later_version, blocked, already_pending, changed_meanwhile."""
        return self.once(
            lambda: (201, rule_row(propose_rule(actor=self.actor, code=code, row=body_of(request))))
        )

    @extend_schema(
        parameters=[OpenApiParameter(name, str) for name in ("cursor", "page_size")],
        responses={200: list_serializers.ListRuleRow(many=True)},
    )
    def get(self, request: Request, code: str) -> Response:
        """Every version of how a list derives, the newest first."""
        one = price_lists(code=code).first()
        if one is None:
            raise Http404(code)
        paginator = NewestFirst()
        page = paginator.paginate_queryset(list_rules(one.pk), request, view=self)
        return paginator.get_paginated_response([rule_row(rule) for rule in page or []])


class PreviewListRule(ApiView):
    required_permission = {"POST": "price_lists.edit"}

    @extend_schema(
        request=list_serializers.ListRuleAsked, responses={200: list_serializers.ListEffectRow, **PROBLEMS}
    )
    def post(self, request: Request, code: str) -> Response:
        """Which derived prices would move, largest first, and what the guardrails find; nothing is stored."""
        _rule, effect = preview_rule(actor=self.actor, code=code, row=body_of(request))
        return Response(effect_row(effect))


class WithdrawListRule(ApiView):
    required_permission = {"POST": "price_lists.edit"}

    @extend_schema(request=None, responses={200: list_serializers.ListRuleRow, **PROBLEMS})
    def post(self, request: Request, code: str) -> Response:
        """Take back the version that waits; only who proposed it. Faults: wrong_state, not_yours."""
        return self.once(lambda: (200, rule_row(withdraw_rule(actor=self.actor, code=code))))


class EndCustomerGroup(ApiView):
    required_permission = {"POST": "price_lists.edit"}

    @extend_schema(
        request=list_serializers.GroupEndAsked, responses={200: list_serializers.GroupRow, **PROBLEMS}
    )
    def post(self, request: Request, code: str) -> Response:
        """No new list is made for the group from now on. Faults: required, ended, in_use."""
        reason = str(body_of(request).get("reason") or "")

        def effect() -> tuple[int, Any]:
            group = end_customer_group(actor=self.actor, code=code, reason=reason)
            return 200, {"code": group.code, "name": group.name, "ended_at": group.ended_at}

        return self.once(effect)
