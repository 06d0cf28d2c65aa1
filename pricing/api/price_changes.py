"""price-changes/ and its actions."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from pricing import documents, serializers
from pricing.actions import price_changes as actions
from pricing.models import PriceChange
from pricing.queries.price_changes import change_item, change_items, price_change, price_changes
from web.api import ApiView
from web.paging import CursorPage

PROBLEMS = dict.fromkeys((403, 404, 409, 422), serializers.PricingProblem)


class ByNewest(CursorPage):
    ordering = "-id"


class PriceChanges(ApiView):
    pagination_class = ByNewest
    required_permission = {"GET": "prices.view", "POST": "prices.edit"}

    @extend_schema(request=serializers.ChangeAsked, responses={201: serializers.ChangeRow, **PROBLEMS})
    def post(self, request: Request) -> Response:
        """A new draft with its findings; every fault at once, and then nothing is stored."""

        def create() -> tuple[int, Any]:
            change = actions.create_change(actor=self.actor, draft=documents.change_draft(request.data))
            return 201, change_item(change)

        return self.once(create)

    @extend_schema(
        parameters=[OpenApiParameter(name, str) for name in ("state", "cursor", "page_size")],
        responses={200: serializers.ChangeRow(many=True)},
    )
    def get(self, request: Request) -> Response:
        """Price changes, newest first."""
        found = price_changes(request.query_params.get("state", "").replace("\x00", ""))
        paginator = ByNewest()
        page = paginator.paginate_queryset(found, request, view=self)
        return paginator.get_paginated_response(change_items(list(page or [])))


class OnePriceChange(ApiView):
    required_permission = {"GET": "prices.view"}

    @extend_schema(responses={200: serializers.ChangeRow, 404: serializers.PricingProblem})
    def get(self, request: Request, change_id: int) -> Response:
        """A price change with its lines and findings."""
        return Response(change_item(price_change(change_id)))


class _Action(ApiView):
    """One step of a change: {comment?} → the change."""

    def act(self, change_id: int, comment: str) -> PriceChange:
        raise NotImplementedError

    @extend_schema(request=serializers.Comment, responses={200: serializers.ChangeRow, **PROBLEMS})
    def post(self, request: Request, change_id: int) -> Response:
        """One step of a price change. 409 wrong_state; 403 own_request, not_yours, not_allowed."""

        def act() -> tuple[int, Any]:
            return 200, change_item(self.act(change_id, documents.comment_of(request.data)))

        return self.once(act)


def _step(name: str, permission: str, action: Callable[..., PriceChange]) -> type[_Action]:
    def act(self: _Action, change_id: int, comment: str) -> PriceChange:
        return action(actor=self.actor, change_id=change_id, comment=comment)

    return type(name, (_Action,), {"required_permission": permission, "act": act})


def _roll_back(**asked: Any) -> PriceChange:
    """The change that was asked about, which now names the new one in `rolled_back_by`."""
    actions.roll_back_change(**asked)
    return price_change(asked["change_id"])


Submit = _step("Submit", "price_changes.submit", actions.submit_change)
Approve = _step("Approve", "price_changes.approve", actions.approve_change)
Reject = _step("Reject", "price_changes.approve", actions.reject_change)
Withdraw = _step("Withdraw", "prices.edit", actions.withdraw_change)
RollBack = _step("RollBack", "price_changes.roll_back", _roll_back)
