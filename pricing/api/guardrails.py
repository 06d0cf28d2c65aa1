"""guardrails/ and guardrails/dry-run/"""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from lib import clock
from pricing import guardrail_serializers, serializers
from pricing.actions.guardrail_versions import save_guardrail
from pricing.actions.guardrails import checked_guardrail
from pricing.api.laws import body_of
from pricing.queries.dry_run_rows import DryRun
from pricing.queries.guardrail_dry_runs import dry_run
from pricing.queries.guardrail_rules import guardrail_row, guardrails
from pricing.queries.price_changes import money_text
from web.api import ApiView
from web.paging import CursorPage


class Guardrails(ApiView):
    pagination_class = CursorPage
    required_permission = {"GET": "prices.view", "POST": "guardrails.manage"}

    @extend_schema(
        request=guardrail_serializers.GuardrailAsked,
        responses={
            201: guardrail_serializers.GuardrailRow,
            409: serializers.PricingProblem,
            422: serializers.PricingProblem,
        },
    )
    def post(self, request: Request) -> Response:
        """Propose a new version of a rule for its scope; another person approves it. Faults: unknown_rule, unknown_price_list, unknown_category, unknown_status, unknown_profile, unknown_reason, invalid_option, already_pending, not_a_number, out_of_bounds, limits_crossed, limit_required, required, unchanged, changed_meanwhile."""
        return self.once(lambda: (201, guardrail_row(save_guardrail(actor=self.actor, row=body_of(request)))))

    @extend_schema(
        parameters=[OpenApiParameter(name, str) for name in ("rule", "cursor", "page_size")],
        responses={200: guardrail_serializers.GuardrailRow(many=True)},
    )
    def get(self, request: Request) -> Response:
        """Every version of every guardrail."""
        paginator = CursorPage()
        wanted = guardrails(request.query_params.get("rule", "").replace("\x00", ""))
        page = paginator.paginate_queryset(wanted, request, view=self)
        return paginator.get_paginated_response([guardrail_row(one) for one in page or []])


class GuardrailDryRun(ApiView):
    required_permission = {"POST": "guardrails.manage"}

    @extend_schema(
        request=guardrail_serializers.GuardrailAsked,
        responses={200: guardrail_serializers.DryRunRow, 422: serializers.PricingProblem},
    )
    def post(self, request: Request) -> Response:
        """What a rule would have found on the changes of the last 12 months; nothing is stored."""
        return Response(dry_run_row(dry_run(checked_guardrail(body_of(request)), clock.now())))


def dry_run_row(found: DryRun) -> dict[str, Any]:
    """The figures and the worst lines."""
    return {
        "lines": found.lines,
        "changes": found.changes,
        "block": found.block,
        "review": found.review,
        "changes_held": found.changes_held,
        "found_then": found.found_then,
        "examples": [
            {
                "price_change": one.change_id,
                "sku": one.sku,
                "price_list": one.price_list,
                "old_amount": money_text(one.old_amount, one.currency),
                "amount": money_text(one.amount, one.currency),
                "value": str(round(one.value, 6)),
                "severity": one.severity,
            }
            for one in found.examples
        ],
    }
