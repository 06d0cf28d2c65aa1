"""REST of held deliveries and of the limits that hold them."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.access import visible_site_ids_or_all
from feeds.actions.holding import discard_delivery, release_delivery, set_hold_limits
from feeds.hold_serializers import DecisionInput, HoldOutput, LimitsOutput
from feeds.mapping_serializers import SentOutput
from feeds.queries.holds import hold_in, holds_in, stored_limits
from feeds.queries.uploads import feed_in
from web.api import ApiView
from web.paging import CursorPage


class OldestFirst(CursorPage):
    ordering = "id"


class Held(ApiView):
    """Deliveries that change too much and wait for a person, oldest first."""

    required_permission = "feeds.view"
    pagination_class = OldestFirst

    @extend_schema(responses=HoldOutput(many=True))
    def get(self, request: Request) -> Response:
        page = OldestFirst()
        rows = page.paginate_queryset(holds_in(visible_site_ids_or_all(self.actor)), request)
        return page.get_paginated_response(HoldOutput(rows, many=True).data)


class _Decide(ApiView):
    """A person's word on a held delivery. 409 not_held."""

    required_permission = "deliveries.release"
    state = ""

    def decide(self, delivery_id: int, reason: str) -> Any:
        raise NotImplementedError

    @extend_schema(request=DecisionInput, responses=SentOutput)
    def post(self, request: Request, delivery_id: int) -> Response:
        hold_in(visible_site_ids_or_all(self.actor), delivery_id)
        reason = _reason(request)

        def effect() -> tuple[int, Any]:
            self.decide(delivery_id, reason)
            return 200, {"id": delivery_id, "state": self.state}

        return self.once(effect)


class ReleaseHeld(_Decide):
    """Let a held delivery be applied as it is. 409 not_held."""

    state = "received"

    def decide(self, delivery_id: int, reason: str) -> Any:
        return release_delivery(actor=self.actor, delivery_id=delivery_id, reason=reason)


class DiscardHeld(_Decide):
    """Refuse a held delivery: nothing of it is applied. 409 not_held."""

    state = "refused"

    def decide(self, delivery_id: int, reason: str) -> Any:
        return discard_delivery(actor=self.actor, delivery_id=delivery_id, reason=reason)


class HoldLimitsOfFeed(ApiView):
    """What a delivery of the feed may change before a person looks at it; null is not watched."""

    required_permission = {"GET": "feeds.view", "POST": "feeds.manage"}

    @extend_schema(responses=LimitsOutput)
    def get(self, request: Request, feed: str) -> Response:
        found = feed_in(visible_site_ids_or_all(self.actor), feed)
        return Response(LimitsOutput(stored_limits(found)).data)

    @extend_schema(request=LimitsOutput, responses=LimitsOutput)
    def post(self, request: Request, feed: str) -> Response:
        found = feed_in(visible_site_ids_or_all(self.actor), feed)
        asked: serializers.Serializer[Any] = LimitsOutput(data=request.data)
        asked.is_valid(raise_exception=True)
        values = dict(asked.validated_data)

        def effect() -> tuple[int, Any]:
            return 200, LimitsOutput(set_hold_limits(actor=self.actor, feed=found, values=values)).data

        return self.once(effect)


def _reason(request: Request) -> str:
    asked = DecisionInput(data=request.data)
    asked.is_valid(raise_exception=True)
    return str(asked.validated_data["reason"])
