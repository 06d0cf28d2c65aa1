"""REST of inlets: folders that are watched, addresses that are asked."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from feeds import feed_access
from feeds.actions.inlets import InletDraft, save_inlet
from feeds.inlet_serializers import InletInput, InletOutput
from web.api import ApiView
from web.paging import CursorPage


class ByName(CursorPage):
    ordering = "name"


class Inlets(ApiView):
    """Where files come in by themselves; a POST makes or changes the inlet of that name."""

    required_permission = {"GET": "feeds.view", "POST": "feeds.manage"}
    pagination_class = ByName

    @extend_schema(responses=InletOutput(many=True))
    def get(self, request: Request) -> Response:
        page = ByName()
        rows = page.paginate_queryset(feed_access.visible_inlets(self.actor), request)
        return page.get_paginated_response(InletOutput(rows, many=True).data)

    @extend_schema(
        request=InletInput,
        responses={201: InletOutput},
        description="422 `invalid_name`, `unknown_feed`, `invalid_interval`, `invalid_header`, `refused_address` …",
    )
    def post(self, request: Request) -> Response:
        asked = InletInput(data=request.data)
        asked.is_valid(raise_exception=True)

        def effect() -> tuple[int, Any]:
            made = save_inlet(actor=self.actor, draft=InletDraft(**asked.validated_data))
            return 201, InletOutput(made).data

        return self.once(effect)
