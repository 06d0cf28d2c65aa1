"""REST of approvals: the inbox of whoever asks, and a word on a request."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.step_up import is_stepped_up
from approvals import actions
from approvals.access import access_request, filtered_requests, may_decide_of
from approvals.models import ApprovalRequest
from approvals.serializers import DecideInput, RemarkInput, RemarkOutput, RequestOutput
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
        rows = page.paginate_queryset(filtered_requests(self.actor, state=state, kind=kind), request) or []
        context = {"actor": self.actor, "may_decide": may_decide_of(self.actor, rows)}
        return page.get_paginated_response(RequestOutput(rows, many=True, context=context).data)


class Approval(ApiView):
    required_permission = "approvals.view"

    @extend_schema(responses=RequestOutput)
    def get(self, request: Request, request_id: int) -> Response:
        found = access_request(self.actor, request_id)
        return Response(RequestOutput(found, context={"actor": self.actor}).data)


class Decide(ApiView):
    required_permission = "approvals.view"
    approve = True
    is_returned = False

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
            is_returned=self.is_returned,
            is_stepped_up=is_stepped_up(self.request._request, given.get("code", "")),
        )
        return RequestOutput(decided, context={"actor": self.actor}).data


class Remarks(ApiView):
    """What is said beside a request; it decides nothing."""

    required_permission = "approvals.view"
    pagination_class = ApprovalPage

    @extend_schema(responses=RemarkOutput(many=True))
    def get(self, request: Request, request_id: int) -> Response:
        found = access_request(self.actor, request_id)
        page = ApprovalPage()
        rows = page.paginate_queryset(found.remarks.all(), request) or []
        return page.get_paginated_response(RemarkOutput(rows, many=True).data)

    @extend_schema(request=RemarkInput, responses={201: RemarkOutput}, description="422 `nothing_said`.")
    def post(self, request: Request, request_id: int) -> Response:
        given = RemarkInput(data=request.data)
        given.is_valid(raise_exception=True)
        access_request(self.actor, request_id)
        return self.once(lambda: (201, self._said(request_id, given.validated_data["text"])))

    def _said(self, request_id: int, text: str) -> Any:
        made = actions.remark(actor=self.actor, request_id=request_id, text=text)
        made.refresh_from_db()
        return RemarkOutput(made).data
