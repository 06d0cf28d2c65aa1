"""label-runs/: shelf labels of a site for a moment, their file, their confirmation by scan."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.access import visible_site_ids_or_all
from catalog.rules.fields import Wrong, instant
from lib.faults import refuse
from pricing import label_serializers as shapes
from pricing import serializers
from pricing.actions.labels import access_run, confirm_label, make_run, reprint_code
from pricing.models import LabelRun
from pricing.queries.labels import label_runs, run_lines
from web.api import ApiView
from web.paging import CursorPage

PROBLEMS = dict.fromkeys((403, 404, 409, 422), serializers.PricingProblem)


class ByNewest(CursorPage):
    ordering = "-id"


class LabelRuns(ApiView):
    pagination_class = ByNewest
    required_permission = {"GET": "prices.view", "POST": "labels.print"}

    @extend_schema(
        parameters=[OpenApiParameter(name, str) for name in ("site", "cursor", "page_size")],
        responses={200: shapes.LabelRunRow(many=True)},
    )
    def get(self, request: Request) -> Response:
        """Runs of the sites in scope, the newest first."""
        paginator = ByNewest()
        site = request.query_params.get("site", "").replace("\x00", "")
        runs = label_runs(visible_site_ids_or_all(self.actor), site)
        page = paginator.paginate_queryset(runs, request, view=self)
        return paginator.get_paginated_response([shapes.run_row(one) for one in page or []])

    @extend_schema(
        request=shapes.LabelRunAsked,
        responses={200: shapes.LabelRunAnswer, 201: shapes.LabelRunAnswer, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        """Make the labels of a site for a moment, or bring the run that is there up to date (200).

        409 nothing_changes; 422 too_far.
        """
        body: Any = request.data

        def effect() -> tuple[int, Any]:
            site, at = asked_of(body)
            made = make_run(actor=self.actor, site_code=site, effective_at=at)
            return 201 if made.is_new else 200, _answer(made.run)

        return self.once(effect)


def asked_of(body: Any) -> tuple[str, Any]:
    """(site code, moment) of a body. Raises Faults 422."""
    given = body if isinstance(body, dict) else {}
    site = given.get("site")
    if not isinstance(site, str) or not site.strip() or "\x00" in site:
        raise refuse("required", "site is needed.", pointer="/site")
    try:
        return site.strip(), instant(given.get("effective_at"))
    except Wrong as fault:
        raise refuse(fault.code, fault.detail, pointer="/effective_at") from fault


def _answer(run: LabelRun) -> dict[str, Any]:
    told = label_runs(None).get(pk=run.pk)
    return {**shapes.run_row(told), "lines": [shapes.label_row(one) for one in run_lines(run.pk)]}


class OneLabelRun(ApiView):
    required_permission = {"GET": "prices.view"}

    @extend_schema(responses={200: shapes.LabelRunAnswer, **PROBLEMS})
    def get(self, request: Request, run_id: int) -> Response:
        """A run with its labels."""
        return Response(_answer(access_run(self.actor, run_id)))


class ConfirmLabel(ApiView):
    required_permission = {"POST": "labels.confirm"}

    @extend_schema(request=shapes.LabelScan, responses={200: shapes.LabelScanned, **PROBLEMS})
    def post(self, request: Request, run_id: int) -> Response:
        """The label of this code hangs on the shelf; a second scan answers as the first with is_new false.

        422 not_in_run.
        """
        code = _code(request.data)

        def effect() -> tuple[int, Any]:
            done = confirm_label(actor=self.actor, run_id=run_id, code=code)
            return 200, {"is_new": done.is_new, "label": shapes.label_row(done.line)}

        return self.once(effect)


class ReprintLabel(ApiView):
    required_permission = {"POST": "labels.print"}

    @extend_schema(request=shapes.LabelScan, responses={200: shapes.Label, **PROBLEMS})
    def post(self, request: Request, run_id: int) -> Response:
        """The label of this code is printed again (lost, torn): it has to be confirmed anew. 422 not_in_run."""
        code = _code(request.data)
        return self.once(
            lambda: (200, shapes.label_row(reprint_code(actor=self.actor, run_id=run_id, code=code)))
        )


def _code(body: Any) -> str:
    """The code of a body. Raises Faults 422."""
    code = body.get("code") if isinstance(body, dict) else None
    if not isinstance(code, str) or not code.strip():
        raise refuse("required", "code is needed.", pointer="/code")
    return code


class LabelFile(ApiView):
    required_permission = {"GET": "prices.view"}

    @extend_schema(
        parameters=[
            OpenApiParameter("form", str, enum=sorted(shapes.CONTENT_TYPES), description="csv unless told.")
        ],
        responses={(200, kind): OpenApiTypes.BINARY for kind in ("text/csv", "application/json")},
    )
    def get(self, request: Request, run_id: int) -> HttpResponse:
        """The run for electronic shelf labels: site, effective_at, action (show, remove), sku, barcode, name, currency,
        price, unit, unit_price, unit_price_unit, old_price, reference_price, is_recommended. docs/labels.md tells each.
        """
        return shapes.label_file(access_run(self.actor, run_id), request.query_params.get("form", "csv"))
