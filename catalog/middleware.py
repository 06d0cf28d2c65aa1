"""Gives every request `visible_site_ids()`: which sites its actor sees."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from catalog import access
from catalog.queries.sites import chosen_site_ids
from lib.actors import Actor

VisibleSiteIds = Callable[[], frozenset[int] | None]


class ScopeMiddleware:
    """`request.visible_site_ids()` → frozenset of ids, or None for everything; without an actor none.

    `request.chosen_site_ids()` → the same, narrowed to the region or site chosen in the frame: for lists and figures;
    None when everything is seen and nothing is chosen. It is no gate.
    It is worked out when first asked for and again when the actor has changed meanwhile, so it holds for REST too,
    where the token is read after all middleware.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.visible_site_ids = _lazy(request)  # type: ignore[attr-defined]
        request.chosen_site_ids = lambda: _chosen(request)  # type: ignore[attr-defined]
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


def _chosen(request: HttpRequest) -> frozenset[int] | None:
    actor: Actor | None = getattr(request, "actor", None)
    session = getattr(request, "session", None)
    chosen = session.get("scope", "") if session is not None else ""
    if actor is None or not chosen:
        visible: VisibleSiteIds = request.visible_site_ids  # type: ignore[attr-defined]
        return visible()
    return chosen_site_ids(access.visible_sites(actor), chosen)
