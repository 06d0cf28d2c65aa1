"""REST of standing in, of policies and their proposals, and of looks at what policies approved."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from approvals import actions, queries
from approvals.api.requests import ApprovalPage
from approvals.models import Delegation
from approvals.policy_documents import document_of
from approvals.serializers import (
    DelegationInput,
    DelegationOutput,
    PolicyOutput,
    ProposalInput,
    ProposalOutput,
    ReviewInput,
    ReviewOutput,
)
from lib import clock
from web.api import ApiView


class Delegations(ApiView):
    """Mine, given and received; everybody's for whoever manages users."""

    required_permission = {"GET": "approvals.view", "POST": "approvals.decide"}
    pagination_class = ApprovalPage

    @extend_schema(responses=DelegationOutput(many=True))
    def get(self, request: Request) -> Response:
        page, now = ApprovalPage(), clock.now()
        found = (
            queries.live_or_coming(now)
            if self.actor.may("users.manage")
            else queries.delegations_of(self.actor.id or 0, now)
        )
        rows = page.paginate_queryset(found, request) or []
        return page.get_paginated_response(DelegationOutput(rows, many=True).data)

    @extend_schema(
        request=DelegationInput,
        responses={201: DelegationOutput},
        description="422 `unknown_user`, `cannot_decide`, `same_person`, `invalid_time`, `reason_required`.",
    )
    def post(self, request: Request) -> Response:
        given = DelegationInput(data=request.data)
        given.is_valid(raise_exception=True)
        draft = actions.DelegationDraft(**given.validated_data)
        return self.once(lambda: (201, _told(actions.delegate(actor=self.actor, draft=draft))))


def _told(made: Delegation) -> Any:
    made.refresh_from_db()
    return DelegationOutput(made).data


class RevokeDelegation(ApiView):
    required_permission = "approvals.view"

    @extend_schema(request=None, responses=DelegationOutput, description="403; 404; 409 `already_ended`.")
    def post(self, request: Request, delegation_id: int) -> Response:
        return self.once(
            lambda: (200, _told(actions.revoke_delegation(actor=self.actor, delegation_id=delegation_id)))
        )


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
