"""REST of rounds."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from lib.faults import refuse
from patrol import actions, queries
from patrol.access import access_finding, visible_findings
from patrol.models import Round
from patrol.serializers import FindingOutput, RoundDetailOutput, RoundOutput, SignInput
from web.api import ApiView
from web.paging import CursorPage


class NewestFirst(CursorPage):
    ordering = "-slot"


class Rounds(ApiView):
    required_permission = "watch.view"
    pagination_class = NewestFirst

    @extend_schema(
        parameters=[OpenApiParameter("state", str, enum=Round.State.values)], responses=RoundOutput(many=True)
    )
    def get(self, request: Request) -> Response:
        state = request.query_params.get("state", "")
        if state and state not in Round.State.values:
            raise refuse("unknown_state", f"There is no state {state!r}.", pointer="/state")
        page = NewestFirst()
        rows = page.paginate_queryset(queries.rounds(state), request)
        return page.get_paginated_response(RoundOutput(rows, many=True).data)


class RoundDetail(ApiView):
    required_permission = "watch.view"

    @extend_schema(responses=RoundDetailOutput)
    def get(self, request: Request, round_id: int) -> Response:
        found = queries.round_by_id(round_id)
        parts = {
            "round": found,
            "checks": queries.checks_of(round_id),
            "findings": visible_findings(self.actor, round_id),
        }
        return Response(RoundDetailOutput(parts).data)


class SignFinding(ApiView):
    required_permission = "rounds.sign"

    @extend_schema(request=SignInput, responses=FindingOutput)
    def post(self, request: Request, round_id: int, finding_id: int) -> Response:
        comment = _comment(request)
        access_finding(self.actor, round_id, finding_id)

        def effect() -> tuple[int, Any]:
            signed = actions.sign_finding(
                actor=self.actor, round_id=round_id, finding_id=finding_id, comment=comment
            )
            return 200, FindingOutput(signed).data

        return self.once(effect)


class SignRound(ApiView):
    required_permission = "rounds.sign"

    @extend_schema(request=SignInput, responses=RoundOutput)
    def post(self, request: Request, round_id: int) -> Response:
        comment = _comment(request)

        def effect() -> tuple[int, Any]:
            actions.sign_round(actor=self.actor, round_id=round_id, comment=comment)
            return 200, RoundOutput(queries.round_by_id(round_id)).data

        return self.once(effect)


def _comment(request: Request) -> str:
    given = SignInput(data=request.data)
    given.is_valid(raise_exception=True)
    return str(given.validated_data["comment"])
