"""compliance-items/ and price-changes/{id}/checklist/"""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from pricing import compliance_serializers as shapes
from pricing import serializers
from pricing.actions.compliance import sign_item
from pricing.actions.compliance_versions import save_item
from pricing.api.laws import body_of
from pricing.queries.compliance import checklist, entry_row, item_row, item_versions, signed_hash
from pricing.queries.price_changes import price_change
from web.api import ApiView
from web.paging import CursorPage

PROBLEMS = dict.fromkeys((403, 404, 409, 422), serializers.PricingProblem)


def checklist_item(change_id: int) -> dict[str, Any]:
    """The checklist of a change. Raises Http404."""
    change = price_change(change_id)
    entries = checklist(change)
    return {
        "content_hash": signed_hash(change.pk),
        "is_complete": not any(entry.is_missing for entry in entries),
        "items": [entry_row(entry) for entry in entries],
    }


class ComplianceItems(ApiView):
    pagination_class = CursorPage
    required_permission = {"GET": "prices.view", "POST": "policies.manage"}

    @extend_schema(request=shapes.ComplianceItemAsked, responses={201: shapes.ComplianceItemRow, **PROBLEMS})
    def post(self, request: Request) -> Response:
        """Propose a new version of an item of the compliance checklist; another person approves it. Faults: required, too_long, not_a_list, not_a_boolean, unknown_country, unknown_profile, unknown_category, unknown_reason, unknown_check, unknown_permission, not_a_date, unchanged, changed_meanwhile, already_pending."""
        return self.once(lambda: (201, item_row(save_item(actor=self.actor, row=body_of(request)))))

    @extend_schema(
        parameters=[OpenApiParameter(name, str) for name in ("code", "cursor", "page_size")],
        responses={200: shapes.ComplianceItemRow(many=True)},
    )
    def get(self, request: Request) -> Response:
        """Every version of the items of the compliance checklist, with source and date."""
        code = request.query_params.get("code", "").replace("\x00", "")
        paginator = CursorPage()
        page = paginator.paginate_queryset(item_versions(code), request, view=self)
        return paginator.get_paginated_response([item_row(one) for one in page or []])


class ChangeChecklist(ApiView):
    required_permission = {"GET": "prices.view", "POST": "prices.view"}

    @extend_schema(responses={200: shapes.Checklist, **PROBLEMS})
    def get(self, request: Request, change_id: int) -> Response:
        """The items that apply to a change's lines, and what signs each."""
        return Response(checklist_item(change_id))

    @extend_schema(request=shapes.SignatureAsked, responses={201: shapes.Checklist, **PROBLEMS})
    def post(self, request: Request, change_id: int) -> Response:
        """Sign an item, with its evidence. Faults: required, too_long, unknown_item, not_allowed, own_change, wrong_state, content_changed, already_signed."""
        body = body_of(request)

        def act() -> tuple[int, dict[str, Any]]:
            sign_item(
                actor=self.actor,
                change_id=change_id,
                item=str(body.get("item") or ""),
                evidence=body.get("evidence") or "",
                expected_hash=str(body.get("content_hash") or ""),
            )
            return 201, checklist_item(change_id)

        return self.once(act)
