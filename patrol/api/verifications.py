"""REST of verifications: runs with their re-check and signature, cases, plans, accuracy."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.access import access_site, visible_site_ids_or_all, visible_sites
from lib import clock
from lib.faults import refuse
from patrol import actions
from patrol import verification_serializers as shapes
from patrol.models import VerificationCase, VerificationRun
from patrol.queries import verification_cases as cases
from patrol.queries import verifications as queries
from patrol.queries.verification_plans import plans_of
from web.api import ApiView
from web.paging import CursorPage


class NewestFirst(CursorPage):
    ordering = "-id"


def _choice(request: Request, name: str, allowed: list[str]) -> str:
    given = request.query_params.get(name, "")
    if given and given not in allowed:
        raise refuse(f"unknown_{name}", f"There is no {name} {given[:40]!r}.", pointer=f"/{name}")
    return given


def _site(request: Request) -> str:
    return request.query_params.get("site", "").replace("\x00", "")


def _given(shape: Any, request: Request) -> dict[str, Any]:
    given = shape(data=request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


class Verifications(ApiView):
    required_permission = "verifications.view"
    pagination_class = NewestFirst

    @extend_schema(
        parameters=[
            OpenApiParameter("site", str),
            OpenApiParameter("state", str, enum=VerificationRun.State.values),
        ],
        responses=shapes.VerificationOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        state = _choice(request, "state", VerificationRun.State.values)
        page = NewestFirst()
        found = queries.visible_runs(visible_site_ids_or_all(self.actor), state, _site(request))
        rows = page.paginate_queryset(found, request)
        return page.get_paginated_response(shapes.VerificationOutput(rows, many=True).data)


class VerificationDetail(ApiView):
    required_permission = "verifications.view"

    @extend_schema(responses=shapes.VerificationDetailOutput)
    def get(self, request: Request, run_id: int) -> Response:
        parts = {
            "verification": queries.run_by_id(run_id, visible_site_ids_or_all(self.actor)),
            "checks": queries.checks_of(run_id),
            "differences": queries.differences_of(run_id),
            "sample": queries.sample_of(run_id),
        }
        return Response(shapes.VerificationDetailOutput(parts).data)


class SampleAnswer(ApiView):
    """What a person found. A blind line takes `found` and is judged against the books of this moment."""

    required_permission = "verifications.recheck"

    @extend_schema(
        request=shapes.SampleAnswerInput,
        responses=shapes.VerificationSampleOutput,
        description="409 `answered_already, signed_already, not_finished`; 422 `found_required, invalid_figure,"
        " invalid_answer, note_required`.",
    )
    def post(self, request: Request, run_id: int, sample_id: int) -> Response:
        said, now = actions.Found(**_given(shapes.SampleAnswerInput, request)), clock.now()

        def effect() -> tuple[int, Any]:
            row = actions.answer_sample(
                actor=self.actor, run_id=run_id, sample_id=sample_id, said=said, at=now
            )
            return 200, shapes.VerificationSampleOutput(row).data

        return self.once(effect)


class SignVerification(ApiView):
    required_permission = "verifications.sign"

    @extend_schema(
        request=shapes.VerificationSignInput,
        responses=shapes.VerificationOutput,
        description="409 `not_finished, signed_already, sample_open`; 422 `comment_required`.",
    )
    def post(self, request: Request, run_id: int) -> Response:
        comment = _given(shapes.VerificationSignInput, request)["comment"]

        def effect() -> tuple[int, Any]:
            actions.sign_verification(actor=self.actor, run_id=run_id, comment=comment)
            row = queries.run_by_id(run_id, visible_site_ids_or_all(self.actor))
            return 200, shapes.VerificationOutput(row).data

        return self.once(effect)


class VerificationCases(ApiView):
    required_permission = "verifications.view"
    pagination_class = NewestFirst

    @extend_schema(
        parameters=[
            OpenApiParameter("site", str),
            OpenApiParameter("state", str, enum=VerificationCase.State.values),
            OpenApiParameter("check", str),
        ],
        responses=shapes.VerificationCaseOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        state = _choice(request, "state", VerificationCase.State.values)
        check = request.query_params.get("check", "").replace("\x00", "")
        page = NewestFirst()
        found = cases.visible_cases(visible_site_ids_or_all(self.actor), state, _site(request), check)
        rows = page.paginate_queryset(found, request)
        return page.get_paginated_response(shapes.VerificationCaseOutput(rows, many=True).data)


class GiveCase(ApiView):
    required_permission = "verifications.work"

    @extend_schema(
        request=shapes.CaseOwnerInput,
        responses=shapes.VerificationCaseOutput,
        description="Takes the case, or gives it to somebody who works cases at its site. 409 `settled_already`;"
        " 422 `unknown_owner`.",
    )
    def post(self, request: Request, case_id: int) -> Response:
        owner = _given(shapes.CaseOwnerInput, request)["owner"]

        def effect() -> tuple[int, Any]:
            owner_id = cases.person_id(owner) if owner else None
            case = actions.give_case(actor=self.actor, case_id=case_id, owner_id=owner_id)
            return 200, shapes.VerificationCaseOutput(case).data

        return self.once(effect)


class SettleCase(ApiView):
    required_permission = "verifications.work"

    @extend_schema(
        request=shapes.CaseNoteInput,
        responses=shapes.VerificationCaseOutput,
        description="409 `settled_already`; 422 `note_required`.",
    )
    def post(self, request: Request, case_id: int) -> Response:
        note = _given(shapes.CaseNoteInput, request)["note"]

        def effect() -> tuple[int, Any]:
            case = actions.settle_case(actor=self.actor, case_id=case_id, note=note)
            return 200, shapes.VerificationCaseOutput(case).data

        return self.once(effect)


class VerificationPlans(ApiView):
    required_permission = "verifications.view"
    pagination_class = CursorPage

    @extend_schema(responses=shapes.VerificationPlanOutput(many=True))
    def get(self, request: Request) -> Response:
        page = CursorPage()
        sites = page.paginate_queryset(visible_sites(self.actor), request) or []
        return page.get_paginated_response(shapes.VerificationPlanOutput(plans_of(sites), many=True).data)


class SetVerificationPlan(ApiView):
    required_permission = "verifications.manage"

    @extend_schema(
        request=shapes.VerificationPlanInput,
        responses=shapes.VerificationPlanOutput,
        description="422 `invalid_time, three_times, too_close, unknown_owner, invalid_hours`.",
    )
    def post(self, request: Request, code: str) -> Response:
        given, site = _given(shapes.VerificationPlanInput, request), access_site(self.actor, code)

        def effect() -> tuple[int, Any]:
            owner = given["owner"]
            draft = actions.PlanDraft(
                times=given["times"],
                owner_id=cases.person_id(owner) if owner else None,
                case_hours=given["case_hours"],
            )
            actions.set_plan(actor=self.actor, site=site, draft=draft)
            return 200, shapes.VerificationPlanOutput(plans_of([site])[0]).data

        return self.once(effect)
