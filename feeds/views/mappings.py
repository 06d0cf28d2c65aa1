"""/feeds/<feed>/mappings/: what is remembered of a feed's files; declared for all of them, or for one header."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from catalog.access import visible_site_ids_or_all
from feeds.actions.mappings import forget_mapping, save_mapping
from feeds.actions.registry import KINDS
from feeds.models import Feed, Mapping
from feeds.queries.mappings import mappings_of, reading_of, versions_of
from feeds.queries.uploads import feed_in, mapping_in
from feeds.rules.mappings import Reading, words_of
from feeds.rules.previews import Column
from feeds.views.mapping_form import assigned, declared_choices, field_choices
from lib.faults import Faults
from web.answers import done, whole_number
from web.gates import actor_of, permission_required


@require_GET
@permission_required("feeds.view")
def mappings(request: HttpRequest, name: str) -> HttpResponse:
    """Every mapping of the feed in its newest version."""
    feed = feed_in(visible_site_ids_or_all(actor_of(request)), name)
    rows = [{"row": row, "used": _used(row)} for row in mappings_of(feed)]
    context = {"feed": feed, "mappings": rows, "may_edit": actor_of(request).may("feeds.push")}
    return render(request, "feeds/mappings.html", context)


@require_http_methods(["GET", "POST"])
@permission_required("feeds.push")
def mapping(request: HttpRequest, name: str, mapping_id: int) -> HttpResponse:
    """One mapping to edit (0: the feed's own, for every header); saving makes a new version."""
    actor = actor_of(request)
    sites = visible_site_ids_or_all(actor)
    feed = feed_in(sites, name)
    stored = mapping_in(sites, name, mapping_id) if mapping_id else versions_of(feed, "").first()
    headers = stored.headers if stored else []
    if request.method == "GET":
        return render(request, "feeds/mapping.html", _context(feed, stored, reading_of(stored or Mapping())))
    version = whole_number(request.POST.get("version", ""))
    try:
        data = assigned(request.POST)
        save_mapping(actor=actor, feed=feed, headers=headers, data=data, version=version)
    except Faults as refused:
        draft = Reading(**{**data, "columns": {words_of(h): f for h, f in data["columns"].items()}})
        context = _context(feed, stored, draft) | {"refused": refused.faults}
        return render(request, "feeds/mapping.html", context, status=refused.status)
    messages.success(request, _("Saved; it counts from the next delivery on."))
    return redirect("feed-mappings", name)


@require_POST
@permission_required("feeds.push")
def forget(request: HttpRequest, name: str, mapping_id: int) -> HttpResponse:
    """Read files with this header by their own words again."""
    actor = actor_of(request)
    stored = mapping_in(visible_site_ids_or_all(actor), name, mapping_id)

    def act() -> None:
        forget_mapping(actor=actor, feed=stored.feed, signature=stored.signature)

    return done(request, f"/feeds/{name}/mappings/", act, _("Forgotten; its versions are kept."))


def _used(row: Mapping) -> list[tuple[str, str]]:
    """(header, field) of the columns that are read."""
    return [(header, field) for header in row.headers if (field := row.columns.get(words_of(header), ""))]


def _context(feed: Feed, stored: Mapping | None, reading: Reading) -> dict[str, Any]:
    layout = KINDS[feed.kind].layout
    columns = [
        Column(header, words_of(header), _field(reading, header, layout), "", ())
        for header in (stored.headers if stored else [])
    ]
    return {
        "feed": feed,
        "stored": stored,
        "reading": reading,
        "columns": columns,
        "fields": field_choices(feed, reading, columns),
        "versions": versions_of(feed, stored.signature)[:20] if stored else [],
        **declared_choices(),
    }


def _field(reading: Reading, header: str, layout: Any) -> str:
    words = words_of(header)
    if words in reading.columns:
        return reading.columns[words]
    name = layout.name_of(header)
    return name if name in layout.fields else ""
