"""The page of inlets: folders that are watched, addresses that are asked, and what they brought."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from feeds import feed_access
from feeds.actions.inlets import InletDraft, save_inlet
from feeds.models import Inlet
from feeds.queries.inlets import with_newest
from web.answers import done, whole_number
from web.gates import actor_of, permission_required

PAGE = "/feeds/inlets/"


@require_GET
@permission_required("feeds.view")
def inlets(request: HttpRequest) -> HttpResponse:
    """Every inlet with its last files and what went wrong last."""
    actor = actor_of(request)
    context = {
        "inlets": with_newest(feed_access.visible_inlets(actor)),
        "feeds": feed_access.visible_feeds(actor),
        "kinds": Inlet.Kind.choices,
        "may_manage": actor.may("feeds.manage"),
    }
    return render(request, "feeds/inlets.html", context)


@require_POST
@permission_required("feeds.manage")
def keep(request: HttpRequest) -> HttpResponse:
    """Make an inlet, or change the one of this name."""
    actor, asked = actor_of(request), request.POST
    names = ("name", "feed", "kind", "url", "header_name", "header_value")
    draft = InletDraft(
        **{name: asked.get(name, "").replace("\x00", "").strip()[:600] for name in names},
        interval_s=whole_number(asked.get("interval_s", "")) or 300,
        is_active=asked.get("off") != "1",
    )
    return done(request, PAGE, lambda: save_inlet(actor=actor, draft=draft), _("Kept."))
