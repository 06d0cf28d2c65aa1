"""price-templates/ and emergency-prices/"""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from pricing import documents, serializers
from pricing import template_documents as bodies
from pricing.actions.emergencies import end_emergency, review_emergency, start_emergency
from pricing.actions.templates import draft_from_template, prepare_template, retire_template
from pricing.queries.price_changes import change_item
from pricing.queries.templates import all_templates, newest_uses
from web.api import ApiView
from web.paging import CursorPage

PROBLEMS = dict.fromkeys((403, 404, 409, 422), serializers.PricingProblem)


class ByNewest(CursorPage):
    ordering = "-id"


class Templates(ApiView):
    pagination_class = ByNewest
    required_permission = {"GET": "prices.view", "POST": "price_templates.manage"}

    @extend_schema(request=bodies.TemplateAsked, responses={201: bodies.TemplateRow, **PROBLEMS})
    def post(self, request: Request) -> Response:
        """A new template. 422 with every fault: unknown_kind, hours_out_of_range, no_lines, out_of_range, name_taken."""

        def prepare() -> tuple[int, Any]:
            made = prepare_template(actor=self.actor, draft=bodies.template_draft(request.data))
            return 201, bodies.template_item(made)

        return self.once(prepare)

    @extend_schema(responses={200: bodies.TemplateRow(many=True)})
    def get(self, request: Request) -> Response:
        """Templates, newest first, retired ones too."""
        paginator = ByNewest()
        page = paginator.paginate_queryset(all_templates(), request, view=self)
        return paginator.get_paginated_response([bodies.template_item(one) for one in page or []])


class Retire(ApiView):
    required_permission = {"POST": "price_templates.manage"}

    @extend_schema(request=None, responses={200: bodies.TemplateRow, **PROBLEMS})
    def post(self, request: Request, template_id: int) -> Response:
        """Nobody may use it any more. 409 retired."""
        return self.once(
            lambda: (200, bodies.template_item(retire_template(actor=self.actor, template_id=template_id)))
        )


class DraftFrom(ApiView):
    required_permission = {"POST": "prices.edit"}

    @extend_schema(request=bodies.WindowAsked, responses={201: serializers.ChangeRow, **PROBLEMS})
    def post(self, request: Request, template_id: int) -> Response:
        """A draft change. 409 is_emergency, retired; 422 until_required, no_price_yet."""

        def draft() -> tuple[int, Any]:
            given = request.data if isinstance(request.data, dict) else {}
            change = draft_from_template(
                actor=self.actor,
                template_id=template_id,
                effective_from=given.get("effective_from"),
                effective_until=given.get("effective_until"),
            )
            return 201, change_item(change)

        return self.once(draft)


class Start(ApiView):
    required_permission = {"POST": "emergency_prices.start"}

    @extend_schema(request=serializers.Comment, responses={201: bodies.UseRow, **PROBLEMS})
    def post(self, request: Request, template_id: int) -> Response:
        """In force at once, until its hours are over. 403 own_template; 409 no_emergency, already_running, retired."""

        def start() -> tuple[int, Any]:
            comment = documents.comment_of(request.data)
            return 201, bodies.use_item(
                start_emergency(actor=self.actor, template_id=template_id, comment=comment)
            )

        return self.once(start)


class Uses(ApiView):
    pagination_class = ByNewest
    required_permission = {"GET": "prices.view"}

    @extend_schema(responses={200: bodies.UseRow(many=True)})
    def get(self, request: Request) -> Response:
        """Uses of emergencies, newest first."""
        paginator = ByNewest()
        page = paginator.paginate_queryset(newest_uses(), request, view=self)
        return paginator.get_paginated_response([bodies.use_item(one) for one in page or []])


class _OfUse(ApiView):
    act: Callable[..., Any]

    @extend_schema(request=serializers.Comment, responses={200: bodies.UseRow, **PROBLEMS})
    def post(self, request: Request, use_id: int) -> Response:
        """{comment} → the use. 403 own_request; 409 reviewed, wrong_state, already_rolled_back, nothing_left."""

        def done() -> tuple[int, Any]:
            type(self).act(actor=self.actor, use_id=use_id, comment=documents.comment_of(request.data))
            return 200, bodies.use_item(newest_uses().get(pk=use_id))

        return self.once(done)


class EndUse(_OfUse):
    required_permission = {"POST": "emergency_prices.start"}
    act = staticmethod(end_emergency)


class ReviewUse(_OfUse):
    required_permission = {"POST": "price_changes.approve"}
    act = staticmethod(review_emergency)
