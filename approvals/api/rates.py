"""REST of rates by hand."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from approvals import actions
from approvals.api.requests import ApprovalPage
from approvals.serializers import RateProposalOutput, RateProposalsInput
from catalog.models import RateProposal
from catalog.queries import proposal_row, rate_proposals
from lib.faults import refuse
from web.api import ApiView


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
