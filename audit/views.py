"""Pages of the trail, and the fragments other pages include."""

from datetime import timedelta
from typing import Any, cast

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from audit import actions, queries
from audit.access import access_event, access_export
from audit.actions import ExportRequest
from audit.kinds import kind_words
from audit.queries.proofs import SEAL_EVERY_S
from audit.reading import page_filter, sites_of
from audit.spreadsheets import CONTENT_TYPES
from audit.subjects import noun_words
from lib import clock
from lib.faults import Faults
from web.gates import actor_of, permission_required

PAGE_ROWS = 50
COUNT_CEILING = 10_000
CHECK_IS_OLD = timedelta(hours=26)


@require_GET
@never_cache
@permission_required("audit.view")
def trail(request: HttpRequest) -> HttpResponse:
    """The list, the chosen event, the export of what is shown."""
    actor, asked = actor_of(request), request.GET
    wanted = page_filter(asked, actor, sites_of(request))
    below = asked.get("cursor", "")
    before_id = int(below) if below.isascii() and below.isdigit() and len(below) < 19 else None
    rows = queries.events_page(wanted, PAGE_ROWS + 1, before_id)
    if wanted.site_ids is None and before_id is None:
        actions.record_reading(actor=actor, asked=wanted.as_json())
    context: dict[str, Any] = {
        "rows": rows[:PAGE_ROWS],
        "next_cursor": rows[PAGE_ROWS - 1].id if len(rows) > PAGE_ROWS else None,
        "count": queries.events_count(wanted, COUNT_CEILING),
        "ceiling": COUNT_CEILING,
        "filters": _filters(asked),
        "asked": wanted.as_json(),
        **_exports(actor.id),
        **_checked(),
    }
    return render(request, "audit/trail.html", context)


@require_GET
@never_cache
@permission_required("audit.view")
def event(request: HttpRequest, event_id: int) -> HttpResponse:
    """One event with its proof, checked now; a fragment for htmx, else a page."""
    row = access_event(request, event_id)
    is_fragment = request.headers.get("HX-Request") == "true"
    context: dict[str, Any] = {
        "event": row,
        "proof_of": queries.proof_of(event_id),
        "next_seal_s": SEAL_EVERY_S,
        "labels": {},
    }
    return render(request, "audit/event_card.html" if is_fragment else "audit/event.html", context)


@require_GET
@permission_required("audit.view")
def history(request: HttpRequest, subject: str) -> HttpResponse:
    """Fragment: what happened to one subject, the newest first."""
    rows = queries.events_of(subject[:120].replace("\x00", ""), 20, sites_of(request))
    return render(request, "audit/history.html", {"rows": rows, "subject": subject})


@require_GET
@permission_required("audit.view")
def badge(request: HttpRequest, event_id: int) -> HttpResponse:
    """Fragment: the proof badge of one event."""
    access_event(request, event_id)
    context = {"proof_of": queries.proof_of(event_id), "next_seal_s": SEAL_EVERY_S}
    return render(request, "audit/badge.html", context)


@require_GET
@never_cache
@permission_required("today.view")
def seal_status(request: HttpRequest) -> HttpResponse:
    """Fragment of the status bar: the age of the last seal."""
    return render(request, "audit/seal_status.html", {"status": queries.seal_status()})


@require_POST
@permission_required("audit.view")
def verify(request: HttpRequest) -> HttpResponse:
    """Have the whole trail checked."""
    actions.request_verification(actor=actor_of(request))
    messages.success(request, _("The check runs; its outcome stands beside the title when it is done."))
    return redirect(request.POST.get("back", "") if _is_trail(request.POST.get("back", "")) else "trail")


@require_POST
@permission_required("audit.export")
def export(request: HttpRequest) -> HttpResponse:
    """Ask for an export of what is shown."""
    actor = actor_of(request)
    wanted = page_filter(request.POST, actor, sites_of(request))
    asked = ExportRequest(wanted, request.POST.get("format", ""), request.POST.get("reason", ""))
    try:
        actions.request_export(actor=actor, asked=asked)
    except Faults as refused:
        for fault in refused.faults:
            messages.error(request, fault.detail)
    else:
        messages.success(request, _("The export is being written; it will stand below."))
    return redirect(request.POST.get("back", "") if _is_trail(request.POST.get("back", "")) else "trail")


@require_GET
@never_cache
@permission_required("audit.export")
def exports(request: HttpRequest) -> HttpResponse:
    """Fragment: one's own last exports."""
    return render(request, "audit/exports.html", _exports(actor_of(request).id))


@require_GET
@permission_required("audit.export")
def export_file(request: HttpRequest, export_id: int) -> HttpResponse:
    """Download; recorded."""
    found = access_export(request, export_id)
    try:
        path = actions.record_download(actor=actor_of(request), export=found)
    except Faults as refused:
        messages.error(request, refused.faults[0].detail)
        return redirect("trail")
    kind = CONTENT_TYPES[found.format]
    opened = path.open("rb")
    answer = FileResponse(opened, as_attachment=True, filename=path.name, content_type=kind)
    return cast(HttpResponse, answer)


def _is_trail(back: str) -> bool:
    return back.startswith("/trail/")


def _exports(owner_id: int | None) -> dict[str, Any]:
    found = queries.exports_of(owner_id, 5)
    return {"exports": found, "exports_wait": any(one.state in ("queued", "running") for one in found)}


def _checked() -> dict[str, Any]:
    last = queries.last_verification()
    is_old = last is not None and (last.finished_at is None or clock.now() - last.finished_at > CHECK_IS_OLD)
    return {"last_check": last, "check_is_old": is_old}


def _filters(asked: Any) -> list[dict[str, Any]]:
    spans = [
        ("today", _("Today")),
        ("yesterday", _("Yesterday")),
        ("week", _("7 days")),
        ("month", _("30 days")),
    ]
    who = [
        ("user", _("People")),
        ("policy", _("Policies")),
        ("job", _("Loops and jobs")),
        ("system", _("Commands")),
    ]
    people = [(name, name) for name in queries.actor_names(50)]
    nouns = sorted({kind.split(".")[0] for kind in queries.kinds_of_events()})
    kinds = [(noun, noun_words(noun)) for noun in nouns]
    chosen_kind = asked.get("kind", "")
    if chosen_kind and chosen_kind not in nouns:
        kinds.insert(0, (chosen_kind, kind_words(chosen_kind)))
    filters = [
        {"label": _("When"), "name": "span", "options": spans, "icon": "calendar"},
        {"label": _("Who"), "name": "who", "options": who + people, "icon": "user"},
        {"label": _("What"), "name": "kind", "options": kinds, "icon": "bolt"},
    ]
    for name, label in (("subject", _("Subject")), ("field", _("Field changed"))):
        if asked.get(name):
            filters.append(
                {"label": label, "name": name, "options": [(asked[name], asked[name])], "icon": "tag"}
            )
    return [{**one, "value": asked.get(one["name"], "")} for one in filters]
