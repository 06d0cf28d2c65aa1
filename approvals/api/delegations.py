"""REST of standing in."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from approvals import actions, queries
from approvals.api.requests import ApprovalPage
from approvals.models import Delegation
from approvals.serializers import DelegationInput, DelegationOutput
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
