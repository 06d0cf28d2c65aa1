"""REST of looks, afterwards, at what policies approved at once."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from approvals import actions, queries
from approvals.api.requests import ApprovalPage
from approvals.serializers import ReviewInput, ReviewOutput
from web.api import ApiView


class Reviews(ApiView):
    """What policies approved at once and waits for a look by whoever asks."""

    required_permission = "approvals.view"
    pagination_class = ApprovalPage

    @extend_schema(responses=ReviewOutput(many=True))
    def get(self, request: Request) -> Response:
        page = ApprovalPage()
        found = queries.reviews_for(self.actor.permissions, self.actor.id or 0)
        rows = page.paginate_queryset(found, request) or []
        return page.get_paginated_response(ReviewOutput(rows, many=True).data)


class ReviewOne(ApiView):
    required_permission = "approvals.view"

    @extend_schema(
        request=ReviewInput,
        responses=ReviewOutput,
        description="403 `not_approver`, `own_request`; 404; 409 `wrong_state`; 422 `reason_required`.",
    )
    def post(self, request: Request, review_id: int) -> Response:
        given = ReviewInput(data=request.data)
        given.is_valid(raise_exception=True)
        asked = given.validated_data
        return self.once(lambda: (200, self._reviewed(review_id, asked)))

    def _reviewed(self, review_id: int, asked: dict[str, Any]) -> Any:
        made = actions.review(
            actor=self.actor, review_id=review_id, is_right=asked["outcome"] == "right", note=asked["note"]
        )
        return ReviewOutput(made).data
