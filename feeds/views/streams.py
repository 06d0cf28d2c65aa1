"""Pages of streams: one stream with its lag over the day and what it waits for."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from feeds import feed_access, queries
from feeds.actions.gaps import set_stream_active, skip_gap
from feeds.queries.streams import awaited, lag_history
from lib import clock
from web.answers import done
from web.gates import actor_of, permission_required

NEWEST = 25


@require_GET
@permission_required("feeds.view")
def stream(request: HttpRequest, stream_id: int) -> HttpResponse:
    """One stream: how far it is complete, its lag over 24 hours, what it waits for, its newest deliveries."""
    actor, now = actor_of(request), clock.now()
    found = feed_access.access_stream(actor, stream_id)
    points = lag_history(found, now)
    context: dict[str, Any] = {
        "stream": found,
        "lag": queries.lag_of(found.feed, now, found),
        "awaited": awaited(found),
        "has_points": bool(points),
        "points": json.dumps([[at.isoformat(), round(lag_s / 60, 1)] for at, lag_s in points]),
        "limit": found.feed.alarm_after_s // 60,
        "deliveries": feed_access.visible_deliveries(actor).filter(stream=found)[:NEWEST],
        "may_manage": actor.may("feeds.manage"),
    }
    return render(request, "feeds/stream.html", context)


@require_POST
@permission_required("feeds.manage")
def skip(request: HttpRequest, stream_id: int) -> HttpResponse:
    """Go on without what is missing."""
    actor = actor_of(request)
    found = feed_access.access_stream(actor, stream_id)

    def act() -> None:
        skip_gap(actor=actor, stream_id=found.pk, reason=request.POST.get("reason", ""))

    return done(request, f"/feeds/streams/{found.pk}/", act, _("The stream goes on."))


@require_POST
@permission_required("feeds.manage")
def watch(request: HttpRequest, stream_id: int) -> HttpResponse:
    """Watch the stream no more, or again."""
    actor = actor_of(request)
    found = feed_access.access_stream(actor, stream_id)
    is_active = request.POST.get("active") == "1"

    def act() -> None:
        reason = request.POST.get("reason", "")
        set_stream_active(actor=actor, stream_id=found.pk, is_active=is_active, reason=reason)

    return done(request, f"/feeds/streams/{found.pk}/", act, _("Kept."))
