"""The page of sources: systems that deliver, their feeds and keys."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.queries import users_matching
from catalog.access import visible_sites
from feeds import feed_access
from feeds.actions.keys import create_source_key
from feeds.actions.sources import FeedDraft, SourceDraft, save_feed, save_source
from feeds.models import Feed, Source
from feeds.queries import live_keys
from feeds.queries.streams import live_source_keys
from web.answers import done
from web.gates import actor_of, permission_required

PAGE = "/feeds/sources/"


@require_GET
@permission_required("feeds.view")
def sources(request: HttpRequest) -> HttpResponse:
    """Every source with its feeds and, for who may manage them, its live keys."""
    actor = actor_of(request)
    context = {
        "sources": feed_access.visible_sources(actor).prefetch_related("feeds"),
        "loose": feed_access.visible_feeds(actor).filter(source=None),
        "keys": live_source_keys() if actor.may("feeds.manage") else {},
        "feed_keys": live_keys() if actor.may("feeds.manage") else {},
        "may_manage": actor.may("feeds.manage"),
        "kinds": Source.Kind.choices,
        "feed_kinds": Feed.Kind.choices,
        "sites": visible_sites(actor).order_by("code"),
        "people": users_matching(state="active") if actor.may("feeds.manage") else [],
    }
    return render(request, "feeds/sources.html", context)


@require_POST
@permission_required("feeds.manage")
def keep(request: HttpRequest) -> HttpResponse:
    """Make a source, or change the one of this code."""
    actor, asked = actor_of(request), request.POST
    names = ("code", "name", "kind", "site", "owner")
    draft = SourceDraft(**{name: asked.get(name, "") for name in names}, is_active=asked.get("off") != "1")
    return done(request, PAGE, lambda: save_source(actor=actor, draft=draft), _("Kept."))


@require_POST
@permission_required("feeds.manage")
def keep_feed(request: HttpRequest) -> HttpResponse:
    """Make a feed, or give it another source or site."""
    actor, asked = actor_of(request), request.POST
    draft = FeedDraft(**{name: asked.get(name, "") for name in ("name", "kind", "source", "site")})
    return done(request, PAGE, lambda: save_feed(actor=actor, draft=draft), _("Kept."))


@require_POST
@permission_required("feeds.manage")
def new_key(request: HttpRequest, code: str) -> HttpResponse:
    """A new signing key of a source, shown once."""
    actor = actor_of(request)
    source = feed_access.access_source(actor, code)
    made = []

    def act() -> None:
        made.append(create_source_key(actor=actor, code=source.code))

    answer = done(request, PAGE, act, _("The key is made."))
    return render(request, "feeds/key.html", {"key": made[0], "name": source.name}) if made else answer
