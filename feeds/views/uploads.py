"""/feeds/upload/ and /feeds/uploads/: a file that somebody brings, its columns assigned, tried, then sent."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from catalog.access import visible_site_ids_or_all
from feeds.actions.uploads import (
    bring_file,
    discard_upload,
    look_again,
    preview_upload,
    send_upload,
    try_upload,
)
from feeds.feed_access import access_delivery
from feeds.field_words import code_word
from feeds.models import Upload
from feeds.queries.uploads import feed_in, upload_in, waiting_uploads
from feeds.views.mapping_form import assigned, declared_choices, delimiter_word, field_choices
from lib.faults import Fault, Faults
from web.gates import actor_of, permission_required

SHOWN_REJECTED = 50


@require_POST
@permission_required("feeds.push")
def bring(request: HttpRequest) -> HttpResponse:
    """Take a file in; one whose header does not fit is looked at first."""
    actor = actor_of(request)
    feed = feed_in(visible_site_ids_or_all(actor), request.POST.get("feed", ""))
    try:
        found = bring_file(
            actor=actor, feed=feed, file=request.FILES.get("file"), look_first="look" in request.POST
        )
    except Faults as refused:
        for fault in refused.faults:
            messages.error(request, fault.detail)
        return redirect("feeds")
    if isinstance(found, Upload):
        return redirect("feed-upload", found.pk)
    messages.success(request, _("Received; it is read within seconds."))
    return redirect("delivery", found.pk)


@require_http_methods(["GET", "POST"])
@permission_required("feeds.push")
def upload(request: HttpRequest, upload_id: int) -> HttpResponse:
    """What the file looks like; a POST checks what was assigned, sends the file, or puts it away."""
    actor = actor_of(request)
    found = upload_in(visible_site_ids_or_all(actor), upload_id)
    if request.method == "GET" or found.state != Upload.State.WAITING:
        return render(request, "feeds/upload.html", _context(found, None))
    data, act = assigned(request.POST), request.POST.get("act", "check")
    try:
        if act == "discard":
            discard_upload(actor=actor, upload_id=found.pk)
            messages.success(request, _("Put away; nothing of it was taken."))
            return redirect("feeds")
        if act == "send":
            delivery = send_upload(actor=actor, upload_id=found.pk, data=data)
            messages.success(request, _("Received; it is read within seconds."))
            return redirect("delivery", delivery.pk)
        tried = try_upload(actor=actor, upload=found, data=data)
    except Faults as refused:
        context = _context(found, data) | {"refused": refused.faults}
        return render(request, "feeds/upload.html", context, status=refused.status)
    return render(request, "feeds/upload.html", _context(found, data) | _tried_context(tried))


@require_POST
@permission_required("feeds.push")
def look(request: HttpRequest, delivery_id: int) -> HttpResponse:
    """The file of a refused delivery once more, to assign its columns."""
    actor = actor_of(request)
    found = access_delivery(actor, delivery_id)
    return redirect("feed-upload", look_again(actor=actor, delivery=found).pk)


@require_GET
@permission_required("feeds.push")
def waiting(request: HttpRequest) -> HttpResponse:
    """Files that wait for their columns: a fragment for the page of feeds."""
    rows = waiting_uploads(visible_site_ids_or_all(actor_of(request)))
    return render(request, "feeds/waiting.html", {"uploads": rows[:10], "total": rows.count()})


def _context(upload: Upload, data: Any) -> dict[str, Any]:
    context: dict[str, Any] = {"upload": upload, **declared_choices()}
    try:
        preview, reading, faults = preview_upload(upload, data)
    except Faults as refused:
        return context | {"unreadable": refused.faults}
    return context | {
        "preview": preview,
        "reading": reading,
        "remembered": reading.version if data is None else 0,
        "fields": field_choices(upload.feed, reading, preview.columns),
        "separator": delimiter_word(preview.found.delimiter),
        "draft_faults": _distinct(faults),
    }


def _tried_context(tried: Any) -> dict[str, Any]:
    rejected = [
        {"number": number, "code": fault.code, "word": code_word(fault.code), "detail": fault.detail}
        for number, fault, _row in tried.rejected[:SHOWN_REJECTED]
    ]
    names = list(dict.fromkeys(name for row in tried.first if isinstance(row, dict) for name in row if name))
    first = [[row.get(name, "") for name in names] for row in tried.first if isinstance(row, dict)]
    return {
        "tried": tried,
        "rejected": rejected,
        "more_rejected": len(tried.rejected) - len(rejected),
        "read_names": names,
        "read_rows": first,
    }


def _distinct(faults: list[Fault]) -> list[Fault]:
    return list({fault.detail: fault for fault in faults}.values())
