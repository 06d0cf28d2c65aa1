"""REST of sources, feeds, their keys and streams."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from feeds import feed_access
from feeds.actions.accepting import signed_feed
from feeds.actions.keys import create_key, create_source_key, revoke_key
from feeds.actions.sources import FeedDraft, SourceDraft, save_feed, save_source
from feeds.api.deliveries import pushed_by
from feeds.queries.streams import active_streams, awaited_by_stream
from feeds.sources_serializers import (
    FeedInput,
    FeedOutput,
    NewKeyOutput,
    SourceInput,
    SourceOutput,
    StreamOutput,
)
from lib import clock
from web.api import ApiView
from web.paging import CursorPage


class ByCode(CursorPage):
    ordering = "code"


class ByName(CursorPage):
    ordering = "name"


class Sources(ApiView):
    """Systems that deliver, with their feeds and live keys; a POST makes or changes the source of that code."""

    required_permission = {"GET": "feeds.view", "POST": "feeds.manage"}
    pagination_class = ByCode

    @extend_schema(responses=SourceOutput(many=True))
    def get(self, request: Request) -> Response:
        page = ByCode()
        rows = feed_access.visible_sources(self.actor).prefetch_related("feeds", "keys")
        return page.get_paginated_response(
            SourceOutput(page.paginate_queryset(rows, request), many=True).data
        )

    @extend_schema(request=SourceInput, responses={201: SourceOutput})
    def post(self, request: Request) -> Response:
        asked = SourceInput(data=request.data)
        asked.is_valid(raise_exception=True)

        def effect() -> tuple[int, Any]:
            source = save_source(actor=self.actor, draft=SourceDraft(**asked.validated_data))
            return 201, SourceOutput(source).data

        return self.once(effect)


class SourceKeys(ApiView):
    required_permission = "feeds.manage"

    @extend_schema(request=None, responses={201: NewKeyOutput})
    def post(self, request: Request, code: str) -> Response:
        """A new key beside the one that is live; a third is refused."""
        key = create_source_key(actor=self.actor, code=feed_access.access_source(self.actor, code).code)
        return Response(NewKeyOutput(key).data, status=201)


class Feeds(ApiView):
    """Feeds; a POST makes one, or gives it another source or site."""

    required_permission = {"GET": "feeds.view", "POST": "feeds.manage"}
    pagination_class = ByName

    @extend_schema(responses=FeedOutput(many=True))
    def get(self, request: Request) -> Response:
        page = ByName()
        rows = page.paginate_queryset(feed_access.visible_feeds(self.actor), request)
        return page.get_paginated_response(FeedOutput(rows, many=True).data)

    @extend_schema(request=FeedInput, responses={201: FeedOutput})
    def post(self, request: Request) -> Response:
        asked = FeedInput(data=request.data)
        asked.is_valid(raise_exception=True)

        def effect() -> tuple[int, Any]:
            feed = save_feed(actor=self.actor, draft=FeedDraft(**asked.validated_data))
            return 201, FeedOutput(feed).data

        return self.once(effect)


class FeedKeys(ApiView):
    required_permission = "feeds.manage"

    @extend_schema(request=None, responses={201: NewKeyOutput})
    def post(self, request: Request, feed: str) -> Response:
        """A new key of the feed, or of its source; a third live one is refused."""
        key = create_key(actor=self.actor, feed_name=feed_access.access_feed(self.actor, feed).name)
        return Response(NewKeyOutput(key).data, status=201)


class RevokeKey(ApiView):
    required_permission = "feeds.manage"

    @extend_schema(request=None, responses={200: OpenApiTypes.OBJECT})
    def post(self, request: Request, key_id: int) -> Response:
        """End a key now."""
        revoke_key(actor=self.actor, key_id=feed_access.access_key(self.actor, key_id))
        return Response({"id": key_id, "state": "revoked"})


class Streams(ApiView):
    """How far each stream of a feed has come and what it waits for; for people, and for the sender, who signs the
    request as a delivery with an empty body.
    """

    required_permission = "feeds.view"
    pagination_class = ByName

    @property
    def is_sender(self) -> bool:
        return "webhook-signature" in self.request.headers

    def get_permissions(self) -> list[Any]:
        return [] if self.is_sender else [*super().get_permissions()]

    def permission_code(self, method: str) -> str:
        return "" if self.is_sender else super().permission_code(method)

    @extend_schema(
        responses=StreamOutput(many=True),
        parameters=[
            OpenApiParameter(name, str, OpenApiParameter.HEADER, required=False)
            for name in ("webhook-id", "webhook-timestamp", "webhook-signature")
        ],
    )
    def get(self, request: Request, feed: str) -> Response:
        if self.is_sender:
            rows = active_streams(signed_feed(pushed_by(request, feed), clock.now()))
        else:
            found = feed_access.access_feed(self.actor, feed)
            rows = feed_access.visible_streams(self.actor).filter(feed=found, is_active=True)
        page = ByName()
        streams = page.paginate_queryset(rows, request) or []
        context = {"awaited": awaited_by_stream(streams)}
        return page.get_paginated_response(StreamOutput(streams, many=True, context=context).data)
