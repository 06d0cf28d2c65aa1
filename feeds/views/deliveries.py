"""Pages of feeds: feeds with their lag, deliveries, quarantine; fragments for Watch and the status bar."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from feeds import actions, feed_access, queries
from feeds.models import Delivery
from feeds.queries.streams import lag_histories
from lib import clock
from web.answers import done
from web.gates import actor_of, permission_required

PAGE_SIZE = 50
WATCHED_ROWS = 14


@require_GET
@permission_required("feeds.view")
def overview(request: HttpRequest) -> HttpResponse:
    """Every feed with its lag and keys, and the deliveries, newest first."""
    name, state = request.GET.get("feed", ""), request.GET.get("state", "")
    rows = feed_access.visible_deliveries(
        actor_of(request), name, state if state in Delivery.State.values else ""
    )
    context = {
        "lags": feed_access.visible_lags(actor_of(request), queries.all_lags(clock.now())),
        "histories": lag_histories(clock.now()),
        "feed_name": name,
        "state": state,
        "states": Delivery.State.choices,
        "page_obj": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "may_manage": actor_of(request).may("feeds.manage"),
        "may_push": actor_of(request).may("feeds.push"),
    }
    return render(request, "feeds/overview.html", context)


@require_GET
@permission_required("feeds.view")
def delivery(request: HttpRequest, delivery_id: int) -> HttpResponse:
    """One delivery, what came of it and the rows in quarantine."""
    found = feed_access.access_delivery(actor_of(request), delivery_id)
    actor = actor_of(request)
    context = {
        "delivery": found,
        "rows": queries.quarantine_of(delivery_id),
        "may_work": actor.may("quarantine.work"),
        "may_push": actor.may("feeds.push"),
    }
    return render(request, "feeds/delivery.html", context)


@require_POST
@permission_required("feeds.manage")
def new_key(request: HttpRequest, name: str) -> HttpResponse:
    """A new signing key, shown once."""
    actor = actor_of(request)
    name = feed_access.access_feed(actor, name).name
    made = []

    def act() -> None:
        made.append(actions.create_key(actor=actor, feed_name=name))

    answer = done(request, "/feeds/", act, _("The key is made."))
    return render(request, "feeds/key.html", {"key": made[0], "name": name}) if made else answer


@require_POST
@permission_required("feeds.manage")
def revoke_key(request: HttpRequest, key_id: int) -> HttpResponse:
    """End a key now."""
    actor = actor_of(request)
    key_id = feed_access.access_key(actor, key_id)
    return done(
        request, "/feeds/", lambda: actions.revoke_key(actor=actor, key_id=key_id), _("The key is revoked.")
    )


@require_GET
@permission_required("watch.view")
def watch_card(request: HttpRequest) -> HttpResponse:
    """Feeds against their limit, worst first: a fragment for Watch."""
    rows = feed_access.visible_lags(actor_of(request), queries.lags(clock.now()))
    context = {
        "lags": rows[:WATCHED_ROWS],
        "total": len(rows),
        "late": sum(lag.state == "late" for lag in rows),
        "near": sum(lag.state == "near" for lag in rows),
        "may_open": actor_of(request).may("feeds.view"),
    }
    return render(request, "feeds/watch_card.html", context)


@require_GET
@permission_required("watch.view")
def late(request: HttpRequest) -> HttpResponse:
    """Late feeds in the status bar; nothing when none is."""
    rows = queries.lags(clock.now())
    context = {"late": sum(lag.state == "late" for lag in rows), "total": len(rows)}
    return render(request, "feeds/late.html", context)


@require_GET
@permission_required("watch.view")
def late_count(request: HttpRequest) -> HttpResponse:
    """Late feeds as a count for the handover strip."""
    return render(
        request,
        "feeds/late_count.html",
        {"count": sum(lag.state == "late" for lag in queries.lags(clock.now()))},
    )
