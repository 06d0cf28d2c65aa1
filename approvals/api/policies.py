"""REST of policies in force and of versions that are proposed."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from approvals import actions, queries
from approvals.api.requests import ApprovalPage
from approvals.policy_documents import document_of
from approvals.serializers import PolicyOutput, ProposalInput, ProposalOutput
from web.api import ApiView


class Policies(ApiView):
    """The policies in force, in the order they are tried."""

    required_permission = "policies.view"
    pagination_class = ApprovalPage

    @extend_schema(responses=PolicyOutput(many=True))
    def get(self, request: Request) -> Response:
        page = ApprovalPage()
        rows = page.paginate_queryset(queries.active_policies(), request) or []
        told = [{"id": one.pk, "name": one.name, "version": one.version, **document_of(one)} for one in rows]
        return page.get_paginated_response(PolicyOutput(told, many=True).data)


class Proposals(ApiView):
    """Versions that are proposed; one counts once another person approves its request."""

    required_permission = {"GET": "policies.view", "POST": "policies.manage"}
    pagination_class = ApprovalPage

    @extend_schema(responses=ProposalOutput(many=True))
    def get(self, request: Request) -> Response:
        page = ApprovalPage()
        rows = page.paginate_queryset(queries.proposals(), request) or []
        return page.get_paginated_response(ProposalOutput(rows, many=True).data)

    @extend_schema(
        request=ProposalInput,
        responses={201: ProposalOutput},
        description="`document` holds the fields that change. 409 `changed_meanwhile`, `already_pending`; 422 names each"
        " fault of the document with its place.",
    )
    def post(self, request: Request) -> Response:
        given = ProposalInput(data=request.data)
        given.is_valid(raise_exception=True)
        asked = given.validated_data
        proposed = actions.Proposed(
            asked["name"], asked["document"], reason=asked["reason"], base_version=asked["base_version"]
        )
        return self.once(lambda: (201, self._proposed(proposed)))

    def _proposed(self, proposed: actions.Proposed) -> Any:
        made = actions.propose_policy(actor=self.actor, proposed=proposed)
        return ProposalOutput(queries.proposals().get(pk=made.pk)).data


class WithdrawProposal(ApiView):
    required_permission = "policies.manage"

    @extend_schema(
        request=None, responses=ProposalOutput, description="403 `not_yours`; 404; 409 `wrong_state`."
    )
    def post(self, request: Request, proposal_id: int) -> Response:
        return self.once(lambda: (200, self._withdrawn(proposal_id)))

    def _withdrawn(self, proposal_id: int) -> Any:
        made = actions.withdraw_proposal(actor=self.actor, proposal_id=proposal_id)
        return ProposalOutput(made).data
