"""REST of publications: what is told to whom, what stands published since a version, batches, keys."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.access import visible_site_ids_or_all
from feeds import access
from feeds.actions import publications as actions
from feeds.publication_serializers import (
    DispatchAttemptOutput,
    DispatchDetailOutput,
    DispatchOutput,
    NewPublicationKeyOutput,
    PublicationInput,
    PublicationKeyInput,
    PublicationKeyOutput,
    PublicationOutput,
    PublishedPageOutput,
    ReasonInput,
    checked,
)
from feeds.queries import dispatches as dispatch_queries
from feeds.queries.publications import keys_of
from feeds.rules.publication_fields import PublicationDraft
from web.api import ApiView
from web.paging import CursorPage

MANAGE = {"GET": "feeds.view", "POST": "feeds.manage", "PUT": "feeds.manage"}


class ByName(CursorPage):
    ordering = "name"


class NewestDispatch(CursorPage):
    ordering = "-id"


def _draft(data: Any, **fixed: Any) -> PublicationDraft:
    return PublicationDraft(**{**checked(PublicationInput, data), **fixed})


class Publications(ApiView):
    required_permission = MANAGE
    pagination_class = ByName

    @extend_schema(responses=PublicationOutput(many=True))
    def get(self, request: Request) -> Response:
        page = ByName()
        rows = page.paginate_queryset(access.publications_of(self.actor), request)
        return page.get_paginated_response(PublicationOutput(rows, many=True).data)

    @extend_schema(request=PublicationInput, responses={201: PublicationOutput})
    def post(self, request: Request) -> Response:
        draft = _draft(request.data)

        def effect() -> tuple[int, Any]:
            made = actions.create_publication(actor=self.actor, draft=draft)
            return 201, PublicationOutput(made).data

        return self.once(effect)


class PublicationDetail(ApiView):
    required_permission = MANAGE

    @extend_schema(responses=PublicationOutput)
    def get(self, request: Request, name: str) -> Response:
        return Response(PublicationOutput(access.access_publication(self.actor, name)).data)

    @extend_schema(request=PublicationInput, responses=PublicationOutput)
    def put(self, request: Request, name: str) -> Response:
        draft = _draft(request.data)
        access.access_publication(self.actor, name)
        return Response(
            PublicationOutput(actions.change_publication(actor=self.actor, name=name, draft=draft)).data
        )


class PublishedItems(ApiView):
    """What changed after a version, in order of versions; of the sites in the caller's scope."""

    required_permission = "feeds.view"

    @extend_schema(
        parameters=[OpenApiParameter("since", int), OpenApiParameter("page_size", int)],
        responses=PublishedPageOutput,
    )
    def get(self, request: Request, name: str) -> Response:
        publication = access.access_publication(self.actor, name)
        sites = visible_site_ids_or_all(self.actor)
        asked = request.query_params
        page = dispatch_queries.published_page(
            publication, asked.get("since", ""), asked.get("page_size", ""), sites
        )
        return Response(page.as_json(request.build_absolute_uri(request.path)))


class _Act(ApiView):
    """One act on a publication; answers with the publication."""

    required_permission = "feeds.manage"

    def act(self, name: str, reason: str) -> Any:
        raise NotImplementedError

    @extend_schema(request=ReasonInput, responses=PublicationOutput)
    def post(self, request: Request, name: str) -> Response:
        reason = checked(ReasonInput, request.data)["reason"]

        def effect() -> tuple[int, Any]:
            self.act(name, reason)
            return 200, PublicationOutput(access.access_publication(self.actor, name)).data

        return self.once(effect)


class PublishAll(_Act):
    def act(self, name: str, reason: str) -> Any:
        return actions.publish_everything(actor=self.actor, name=name, reason=reason)


class Pause(_Act):
    def act(self, name: str, reason: str) -> Any:
        return actions.pause_publication(actor=self.actor, name=name, reason=reason)


class Resume(_Act):
    def act(self, name: str, reason: str) -> Any:
        return actions.resume_publication(actor=self.actor, name=name, reason=reason)


class SendTest(ApiView):
    required_permission = "feeds.manage"

    @extend_schema(request=None, responses={202: DispatchOutput})
    def post(self, request: Request, name: str) -> Response:
        def effect() -> tuple[int, Any]:
            return 202, DispatchOutput(actions.send_test(actor=self.actor, name=name)).data

        return self.once(effect)


class PublicationKeys(ApiView):
    required_permission = "feeds.manage"
    pagination_class = CursorPage

    @extend_schema(responses=PublicationKeyOutput(many=True))
    def get(self, request: Request, name: str) -> Response:
        publication = access.access_publication(self.actor, name)
        page = CursorPage()
        rows = page.paginate_queryset(keys_of(publication.pk), request)
        return page.get_paginated_response(PublicationKeyOutput(rows, many=True).data)

    @extend_schema(request=PublicationKeyInput, responses={201: NewPublicationKeyOutput})
    def post(self, request: Request, name: str) -> Response:
        given = checked(PublicationKeyInput, request.data)
        key = actions.create_publication_key(actor=self.actor, name=name, **given)
        told = PublicationKeyOutput(key).data
        return Response({**told, "secret": "" if given["secret"] else key.secret}, status=201)


class RevokeKey(ApiView):
    required_permission = "feeds.manage"

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request, name: str, key_id: int) -> Response:
        actions.revoke_publication_key(actor=self.actor, name=name, key_id=key_id)
        return Response(status=204)


class Dispatches(ApiView):
    required_permission = "feeds.view"
    pagination_class = NewestDispatch

    @extend_schema(responses=DispatchOutput(many=True))
    def get(self, request: Request, name: str) -> Response:
        publication = access.access_publication(self.actor, name)
        page = NewestDispatch()
        rows = dispatch_queries.dispatches_of(publication.pk).select_related("publication")
        found = page.paginate_queryset(rows, request)
        return page.get_paginated_response(DispatchOutput(found, many=True).data)


class DispatchDetail(ApiView):
    required_permission = "feeds.view"

    @extend_schema(responses=DispatchDetailOutput)
    def get(self, request: Request, dispatch_id: int) -> Response:
        found = access.access_dispatch(self.actor, dispatch_id)
        tries = DispatchAttemptOutput(dispatch_queries.attempts_of(found.pk), many=True).data
        return Response({**DispatchOutput(found).data, "tries": tries})
