"""Gives every request `visible_site_ids()`: which sites its actor sees."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from catalog import access
from lib.actors import Actor

VisibleSiteIds = Callable[[], frozenset[int] | None]


class ScopeMiddleware:
    """`request.visible_site_ids()` → frozenset of ids, or None for everything; without an actor none.

    It is worked out when first asked for and again when the actor has changed meanwhile, so it holds for REST too,
    where the token is read after all middleware.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.visible_site_ids = _lazy(request)  # type: ignore[attr-defined]
        return self.get_response(request)


def _lazy(request: HttpRequest) -> VisibleSiteIds:
    known: dict[Actor, frozenset[int] | None] = {}

    def visible_site_ids() -> frozenset[int] | None:
        actor: Actor | None = getattr(request, "actor", None)
        if actor is None:
            return frozenset()
        if actor not in known:
            known[actor] = access.visible_site_ids_or_all(actor)
        return known[actor]

    return visible_site_ids
