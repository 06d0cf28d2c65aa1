"""REST of feeds: signed deliveries in, and what became of them."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from feeds import actions, feed_access
from feeds.serializers import DeliveryOutput
from feeds.sources_serializers import AcceptedOutput
from lib import clock
from lib.actors import Actor
from lib.faults import refuse
from web.api import ApiView
from web.paging import CursorPage


class RawBody(BaseParser):
    """Takes every media type and reads nothing: the signature is over the raw bytes."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> dict[str, Any]:
        return {}


class NewestFirst(CursorPage):
    ordering = "-id"


class Deliver(ApiView):
    """Signed by Standard Webhooks instead of a bearer token; reading one's deliveries asks for feeds.view."""

    authentication_classes = ()
    permission_classes = ()
    parser_classes = (RawBody,)

    @extend_schema(
        request=OpenApiTypes.BINARY,
        responses={202: AcceptedOutput},
        auth=[],
        parameters=[
            OpenApiParameter(name, str, OpenApiParameter.HEADER, required=True)
            for name in ("webhook-id", "webhook-timestamp", "webhook-signature")
        ],
    )
    def post(self, request: Request, feed: str) -> Response:
        actor = sender_of(request, feed)
        pushed = pushed_by(request, feed)
        answer, is_repeat = actions.accept_delivery(actor=actor, pushed=pushed, now=clock.now())
        return Response(answer, status=202, headers={"Idempotent-Replay": "true"} if is_repeat else None)


def pushed_by(request: Request, feed: str) -> actions.PushedDelivery:
    """The request as a push to `feed`. Raises Faults 413 `too_large`."""
    return actions.PushedDelivery(
        feed=feed,
        webhook_id=request.headers.get("webhook-id", ""),
        timestamp=request.headers.get("webhook-timestamp", ""),
        signature=request.headers.get("webhook-signature", ""),
        media_type=request.content_type or "",
        body=body_of(request),
    )


def body_of(request: Request) -> bytes:
    try:
        return bytes(request._request.body)
    except RequestDataTooBig as error:
        raise refuse("too_large", "The body is too large.", status=413) from error


def sender_of(request: Request, feed: str) -> Actor:
    """The feed itself, as the trail knows it."""
    address = str(request.META.get("REMOTE_ADDR", ""))
    request_id = str(getattr(request._request, "request_id", ""))
    return Actor(
        kind="system",
        id=None,
        name=f"feed {feed}"[:200],
        address=address,
        request_id=request_id,
        channel="api",
    )


class Deliveries(ApiView):
    required_permission = "feeds.view"
    pagination_class = NewestFirst

    @extend_schema(
        parameters=[OpenApiParameter("feed", str), OpenApiParameter("state", str)],
        responses=DeliveryOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        page = NewestFirst()
        asked = request.query_params
        rows = page.paginate_queryset(
            feed_access.visible_deliveries(self.actor, asked.get("feed", ""), asked.get("state", "")), request
        )
        return page.get_paginated_response(DeliveryOutput(rows, many=True).data)


class DeliveryDetail(ApiView):
    required_permission = "feeds.view"

    @extend_schema(responses=DeliveryOutput)
    def get(self, request: Request, delivery_id: int) -> Response:
        return Response(DeliveryOutput(feed_access.access_delivery(self.actor, delivery_id)).data)
