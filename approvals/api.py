"""REST of approvals: the inbox of whoever asks, and a word on a request."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from approvals import actions
from approvals.access import access_request, filtered_requests
from approvals.models import ApprovalRequest
from approvals.serializers import DecideInput, RequestOutput
from lib.faults import refuse
from web.api import ApiView
from web.paging import CursorPage


class ApprovalPage(CursorPage):
    ordering = "-id"


class Approvals(ApiView):
    required_permission = "approvals.view"
    pagination_class = ApprovalPage

    @extend_schema(
        parameters=[
            OpenApiParameter("state", str, enum=ApprovalRequest.State.values),
            OpenApiParameter("kind", str),
        ],
        responses=RequestOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        state = request.query_params.get("state", "")
        if state and state not in ApprovalRequest.State.values:
            raise refuse("unknown_state", f"There is no state {state!r}.", pointer="/state")
        page = ApprovalPage()
        kind = request.query_params.get("kind", "")
        rows = page.paginate_queryset(filtered_requests(self.actor, state=state, kind=kind), request)
        return page.get_paginated_response(RequestOutput(rows, many=True, context={"actor": self.actor}).data)


class Approval(ApiView):
    required_permission = "approvals.view"

    @extend_schema(responses=RequestOutput)
    def get(self, request: Request, request_id: int) -> Response:
        found = access_request(self.actor, request_id)
        return Response(RequestOutput(found, context={"actor": self.actor}).data)


class Decide(ApiView):
    required_permission = "approvals.view"
    approve = True

    @extend_schema(request=DecideInput, responses=RequestOutput)
    def post(self, request: Request, request_id: int) -> Response:
        given = DecideInput(data=request.data)
        given.is_valid(raise_exception=True)
        access_request(self.actor, request_id)
        return self.once(lambda: (200, self._decided(request_id, given.validated_data)))

    def _decided(self, request_id: int, given: dict[str, Any]) -> Any:
        decided = actions.decide(
            actor=self.actor,
            request_id=request_id,
            approve=self.approve,
            comment=given["comment"],
            expected_hash=given.get("content_hash"),
        )
        return RequestOutput(decided, context={"actor": self.actor}).data
