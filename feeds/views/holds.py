"""/feeds/held/: deliveries that change too much, released or discarded; /feeds/<feed>/limits/: what a feed may change."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from catalog.access import visible_site_ids_or_all
from feeds.actions.holding import FRACTIONS, discard_delivery, release_delivery, set_hold_limits
from feeds.queries.holds import hold_in, holds_in, stored_limits
from feeds.queries.uploads import feed_in
from lib.faults import Faults
from web.answers import done
from web.gates import actor_of, permission_required

FIGURES = {
    "fewer_rows": gettext_lazy("fewer rows than last time"),
    "removed_rows": gettext_lazy("rows of last time are missing"),
    "changed_rows": gettext_lazy("rows are changed"),
    "jumped_rows": gettext_lazy("amounts jump"),
}
HINTS = {
    "drop_fraction": gettext_lazy("Fewer rows than last time, as a share"),
    "removed_fraction": gettext_lazy("Rows of last time that are missing, as a share"),
    "changed_fraction": gettext_lazy("Rows that are changed, as a share"),
    "jump_fraction": gettext_lazy("An amount jumps when it moves by more than"),
    "jumped_fraction": gettext_lazy("Rows whose amount may jump, as a share"),
}


@require_GET
@permission_required("feeds.view")
def held(request: HttpRequest) -> HttpResponse:
    """What waits for a person, with its figures."""
    actor = actor_of(request)
    rows = [
        {
            "hold": hold,
            "figures": [{**one, "word": FIGURES.get(one["code"], one["code"])} for one in hold.figures],
        }
        for hold in holds_in(visible_site_ids_or_all(actor))[:200]
    ]
    context = {
        "rows": rows,
        "may_release": actor.may("deliveries.release"),
        "may_manage": actor.may("feeds.manage"),
    }
    return render(request, "feeds/held.html", context)


@require_POST
@permission_required("deliveries.release")
def release(request: HttpRequest, delivery_id: int) -> HttpResponse:
    """Let it be applied as it is."""
    return _decided(request, delivery_id, release_delivery, _("Released; it is applied within seconds."))


@require_POST
@permission_required("deliveries.release")
def discard(request: HttpRequest, delivery_id: int) -> HttpResponse:
    """Nothing of it is applied."""
    return _decided(request, delivery_id, discard_delivery, _("Discarded; nothing of it was applied."))


def _decided(request: HttpRequest, delivery_id: int, act: Callable[..., Any], words: str) -> HttpResponse:
    actor, reason = actor_of(request), request.POST.get("reason", "")
    hold_in(visible_site_ids_or_all(actor), delivery_id)
    return done(
        request, "/feeds/held/", lambda: act(actor=actor, delivery_id=delivery_id, reason=reason), words
    )


@require_http_methods(["GET", "POST"])
@permission_required("feeds.manage")
def limits(request: HttpRequest, name: str) -> HttpResponse:
    """What a delivery of the feed may change before a person looks at it."""
    actor = actor_of(request)
    feed = feed_in(visible_site_ids_or_all(actor), name)
    stored = stored_limits(feed)
    values: dict[str, Any] = {field: getattr(stored, field) for field in ("min_rows", *FRACTIONS)}
    context: dict[str, Any] = {"feed": feed, "stored": stored}
    if request.method == "POST":
        values = {field: request.POST.get(field, "").strip() for field in values}
        try:
            set_hold_limits(actor=actor, feed=feed, values=values)
        except Faults as refused:
            context |= {"refused": refused.faults, "min_rows": values["min_rows"], "fields": _fields(values)}
            return render(request, "feeds/limits.html", context, status=refused.status)
        messages.success(request, _("Saved; it counts from the next delivery on."))
        return redirect("feed-limits", name)
    context |= {"min_rows": values["min_rows"], "fields": _fields(values)}
    return render(request, "feeds/limits.html", context)


def _fields(values: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"name": name, "word": word, "value": _shown(values[name])} for name, word in HINTS.items()]


def _shown(value: Any) -> str:
    return "" if value is None else str(value)
