"""REST of approvals: the inbox of whoever asks, and a word on a request."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from approvals import actions
from approvals.access import access_request, filtered_requests
from approvals.models import ApprovalRequest
from approvals.serializers import DecideInput, RateProposalOutput, RateProposalsInput, RequestOutput
from catalog.models import RateProposal
from catalog.queries import proposal_row, rate_proposals
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


class RateProposals(ApiView):
    """Rates by hand: what waits and what came of it; a new one waits for a second person."""

    required_permission = {"GET": "products.view", "POST": "rates.edit"}
    pagination_class = ApprovalPage

    @extend_schema(
        parameters=[OpenApiParameter("state", str, enum=RateProposal.State.values)],
        responses=RateProposalOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        state = request.query_params.get("state", "")
        if state and state not in RateProposal.State.values:
            raise refuse("unknown_state", f"There is no state {state!r}.", pointer="/state")
        page = ApprovalPage()
        rows = page.paginate_queryset(rate_proposals(state), request) or []
        return page.get_paginated_response([proposal_row(row) for row in rows])

    @extend_schema(request=RateProposalsInput, responses={201: RateProposalOutput})
    def post(self, request: Request) -> Response:
        given = RateProposalsInput(data=request.data)
        given.is_valid(raise_exception=True)
        fields = {name: given.validated_data[name] for name in ("base", "quote", "rate", "on")}
        return self.once(lambda: (201, self._proposed(fields, given.validated_data)))

    def _proposed(self, row: dict[str, Any], given: dict[str, Any]) -> Any:
        made = actions.ask_for_rate(
            actor=self.actor, row=row, reason=given["reason"], replaces=given.get("replaces")
        )
        return RateProposalOutput(proposal_row(made)).data


class WithdrawRate(ApiView):
    required_permission = "rates.edit"

    @extend_schema(request=None, responses=RateProposalOutput)
    def post(self, request: Request, proposal_id: int) -> Response:
        """Only who proposed it takes it back."""
        return self.once(lambda: (200, self._withdrawn(proposal_id)))

    def _withdrawn(self, proposal_id: int) -> Any:
        closed = actions.withdraw_rate(actor=self.actor, proposal_id=proposal_id)
        return RateProposalOutput(proposal_row(closed)).data
