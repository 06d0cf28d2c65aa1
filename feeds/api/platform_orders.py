"""Where Shopify sends the orders of a shop."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from feeds.actions.platform_orders import PushedOrder, accept_order
from feeds.api.deliveries import RawBody, body_of, sender_of
from feeds.sources_serializers import AcceptedOutput
from lib import clock
from web.api import ApiView


class ShopifyOrders(ApiView):
    """Signed by Shopify (X-Shopify-Hmac-SHA256) instead of a bearer token; becomes a delivery of the shop's feed of sales."""

    authentication_classes = ()
    permission_classes = ()
    parser_classes = (RawBody,)

    @extend_schema(
        request=OpenApiTypes.BINARY,
        responses={202: AcceptedOutput},
        auth=[],
        parameters=[
            OpenApiParameter(name, str, OpenApiParameter.HEADER, required=True)
            for name in ("x-shopify-hmac-sha256", "x-shopify-topic", "x-shopify-webhook-id")
        ],
        description="401 `bad_signature`; 409 `id_reused`; 413 `too_large`; 422 `unknown_topic, no_orders_feed,"
        " invalid_json, not_an_order, invalid_line`.",
    )
    def post(self, request: Request, name: str) -> Response:
        pushed = PushedOrder(
            publication=name,
            webhook_id=request.headers.get("x-shopify-webhook-id", ""),
            topic=request.headers.get("x-shopify-topic", ""),
            signature=request.headers.get("x-shopify-hmac-sha256", ""),
            body=body_of(request),
        )
        answer, is_repeat = accept_order(actor=sender_of(request, name), pushed=pushed, now=clock.now())
        return Response(answer, status=202, headers={"Idempotent-Replay": "true"} if is_repeat else None)
