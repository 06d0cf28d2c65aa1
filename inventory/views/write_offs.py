"""/stock/write-offs/: the list, one write-off with its evidence and next step, writing off, the reasons."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from approvals.queries import request_of
from catalog.access import visible_site_ids_or_all, visible_sites
from inventory import write_offs_forms as forms
from inventory.access import access_write_off
from inventory.actions import write_offs as actions
from inventory.actions.write_off_reasons import RIGHT as REASONS_RIGHT
from inventory.actions.write_off_reasons import save_reason
from inventory.actions.write_offs_posting import decide_write_off, reverse_write_off, submit_write_off
from inventory.models import StockState, WriteOff, WriteOffReason
from inventory.queries.write_offs import (
    KIND,
    counts_by_state,
    evidence_of,
    line_rows,
    reasons,
    subject_of,
    visible_write_offs,
    weights,
)
from inventory.transfers_forms import words
from lib.actors import Actor
from lib.faults import Fault, Faults
from web.gates import actor_of, permission_required

PAGE_SIZE = 50
State = WriteOff.State


def asked_of(request: HttpRequest, *names: str) -> dict[str, Any]:
    """Parameters of the address without what a database cannot hold."""
    return {name: request.GET.get(name, "").replace("\x00", "") for name in names}


def site_options(actor: Actor) -> list[tuple[str, str]]:
    """(code, name) of the sites in scope."""
    return [(site.code, site.name) for site in visible_sites(actor).order_by("name")]


def zone_of(actor: Actor, code: str) -> str:
    """The zone of a site in scope, UTC for any other."""
    site = visible_sites(actor).filter(code=code).first()
    return site.timezone if site else "UTC"


@permission_required("stock.view")
@require_GET
def write_offs(request: HttpRequest) -> HttpResponse:
    """Write-offs in scope, newest first; what waits for a decision is counted at the head."""
    actor = actor_of(request)
    asked = asked_of(request, "site", "state", "reason")
    visible = visible_site_ids_or_all(actor)
    page = Paginator(visible_write_offs(visible, asked), PAGE_SIZE).get_page(request.GET.get("page"))
    found_reasons = [(one.code, str(one)) for one in reasons(also_retired=True)]
    states = [("open", _("Open")), *((str(code), str(label)) for code, label in State.choices)]
    filters = [
        {"label": _("Site"), "name": "site", "value": asked["site"], "options": site_options(actor)},
        {"label": _("Reason"), "name": "reason", "value": asked["reason"], "options": found_reasons},
        {"label": _("State"), "name": "state", "value": asked["state"], "options": states},
    ]
    weighed = weights([one.pk for one in page.object_list])
    rows = [{"one": one, **weighed.get(one.pk, {})} for one in page.object_list]
    counts = counts_by_state(visible)
    context = {"page_obj": page, "rows": rows, "filters": filters, "pending": counts.get("pending", 0)}
    return render(request, "inventory/write_offs.html", context)


@permission_required("stock.view")
@require_GET
def write_off(request: HttpRequest, write_off_id: int) -> HttpResponse:
    """One write-off: what, why, evidence, and the one thing this person can do next."""
    return render(request, "inventory/write_off.html", _context(request, write_off_id))


@permission_required("stock.view")
@require_GET
def summary(request: HttpRequest, write_off_id: int) -> HttpResponse:
    """Its lines and photos, for the page of its approval request."""
    found = access_write_off(actor_of(request), write_off_id)
    context = {"one": found, "lines": line_rows(found), "evidence": evidence_of(found)}
    return render(request, "inventory/write_off_summary.html", context)


def _context(request: HttpRequest, write_off_id: int, faults: list[Fault] | None = None) -> dict[str, Any]:
    actor = actor_of(request)
    found = access_write_off(actor, write_off_id)
    rows = line_rows(found)
    evidence = evidence_of(found)
    is_mine = found.prepared_by_id == actor.id
    may_request = actor.may("write_offs.request")
    is_draft = found.state == State.DRAFT
    return {
        "one": found,
        "lines": rows,
        "value": sum(row["value"] for row in rows),
        "evidence": evidence,
        "lacks_photo": is_draft and found.reason.needs_photo and not evidence,
        "approval": request_of(KIND, subject_of(found)),
        "faults": faults or [],
        "may_submit": is_draft and may_request and is_mine,
        "may_edit": found.state in (State.DRAFT, State.PENDING, State.REJECTED) and may_request,
        "may_add": is_draft and may_request,
        "may_cancel": found.state in (State.DRAFT, State.PENDING) and may_request,
        "may_decide": found.state == State.PENDING and actor.may("adjustments.approve") and not is_mine,
        "may_reverse": found.state == State.POSTED and actor.may("stock.reverse"),
    }


def _do(request: HttpRequest, write_off_id: int, work: Callable[[Actor], object], done: str) -> HttpResponse:
    """A step: what is refused is told on the page."""
    access_write_off(actor_of(request), write_off_id)
    try:
        work(actor_of(request))
    except Faults as refused:
        context = _context(request, write_off_id, refused.faults)
        return render(request, "inventory/write_off.html", context, status=refused.status)
    messages.success(request, done)
    return redirect("stock-write-off", write_off_id)


@permission_required("write_offs.request")
@require_http_methods(["GET", "POST"])
def new_write_off(request: HttpRequest) -> HttpResponse:
    """Write goods off; what is refused stays typed, what is kept and not yet submitted stands on its own page."""
    actor = actor_of(request)
    faults: list[Fault] = []
    status = 200
    if request.method == "POST":
        try:
            zone = zone_of(actor, words(request.POST, "site", 64))
            made = actions.create_write_off(actor=actor, draft=forms.write_off_from(request.POST, zone))
        except Faults as refused:
            faults, status = refused.faults, refused.status
        else:
            return _evidence_and_submit(request, made)
    return render(request, "inventory/new_write_off.html", _form(request, faults), status=status)


def _form(request: HttpRequest, faults: list[Fault], one: WriteOff | None = None) -> dict[str, Any]:
    typed = request.POST if request.method == "POST" else request.GET
    rows = forms.form_rows(typed) if typed or one is None else forms.stored_rows(one)
    return {
        "one": one,
        "head": forms.write_off_head(typed, one),
        "rows": rows,
        "faults": faults,
        "sites": site_options(actor_of(request)),
        "reasons": reasons(),
        "states": StockState.choices,
    }


def _evidence_and_submit(request: HttpRequest, made: WriteOff) -> HttpResponse:
    """The photos of the form, each that can be kept; then submission when it was asked for."""
    actor = actor_of(request)
    uploads, faults = forms.uploads_from(request)
    try:
        for upload in uploads:
            actions.add_evidence(actor=actor, write_off_id=made.pk, upload=upload)
        if "submit" in request.POST and not faults:
            done = submit_write_off(actor=actor, write_off_id=made.pk)
            messages.success(request, _submitted(done))
    except Faults as refused:
        faults = [*faults, *refused.faults]
    if faults:
        context = _context(request, made.pk, faults)
        return render(request, "inventory/write_off.html", {**context, "is_kept": True}, status=422)
    return redirect("stock-write-off", made.pk)


def _submitted(done: WriteOff) -> str:
    if done.state == State.POSTED:
        return _("Written off: the goods are out of the books.")
    return _("Submitted; it waits for a decision.")


@permission_required("write_offs.request")
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, write_off_id: int) -> HttpResponse:
    """Change what is not posted; it is a draft again."""
    actor = actor_of(request)
    one = access_write_off(actor, write_off_id)
    faults: list[Fault] = []
    if request.method == "POST":
        try:
            zone = zone_of(actor, words(request.POST, "site", 64))
            draft = forms.write_off_from(request.POST, zone)
            made = actions.edit_write_off(actor=actor, write_off_id=write_off_id, draft=draft)
        except Faults as refused:
            faults = refused.faults
        else:
            return _evidence_and_submit(request, made)
    return render(
        request, "inventory/new_write_off.html", _form(request, faults, one), status=422 if faults else 200
    )


@permission_required("write_offs.request")
@require_POST
def evidence(request: HttpRequest, write_off_id: int) -> HttpResponse:
    """Add photos; those that cannot be taken are named, the others are kept."""
    uploads, faults = forms.uploads_from(request)

    def work(actor: Actor) -> None:
        for upload in uploads:
            actions.add_evidence(actor=actor, write_off_id=write_off_id, upload=upload)
        if faults or not uploads:
            raise Faults(faults or [Fault("/file", "required", _("Choose a photo or a paper."))])

    return _do(request, write_off_id, work, _("The evidence is kept."))


@permission_required("write_offs.request")
@require_POST
def remove_evidence(request: HttpRequest, write_off_id: int, attachment_id: int) -> HttpResponse:
    work = lambda actor: actions.remove_evidence(  # noqa: E731
        actor=actor, write_off_id=write_off_id, attachment_id=attachment_id
    )
    return _do(request, write_off_id, work, _("The evidence was taken away."))


@permission_required("write_offs.request")
@require_POST
def submit(request: HttpRequest, write_off_id: int) -> HttpResponse:
    work = lambda actor: submit_write_off(actor=actor, write_off_id=write_off_id)  # noqa: E731
    return _do(request, write_off_id, work, _("The write-off was submitted."))


@permission_required("adjustments.approve")
@require_POST
def decide(request: HttpRequest, write_off_id: int) -> HttpResponse:
    approve = request.POST.get("decision") == "approve"
    asked: dict[str, Any] = {"approve": approve, "comment": words(request.POST, "reason")}
    work = lambda actor: decide_write_off(actor=actor, write_off_id=write_off_id, **asked)  # noqa: E731
    return _do(request, write_off_id, work, _("Approved.") if approve else _("Rejected."))


@permission_required("write_offs.request")
@require_POST
def cancel(request: HttpRequest, write_off_id: int) -> HttpResponse:
    comment = words(request.POST, "comment")
    work = lambda actor: actions.cancel_write_off(  # noqa: E731
        actor=actor, write_off_id=write_off_id, comment=comment
    )
    return _do(request, write_off_id, work, _("The write-off was cancelled."))


@permission_required("stock.reverse")
@require_POST
def reverse(request: HttpRequest, write_off_id: int) -> HttpResponse:
    comment = words(request.POST, "comment")
    work = lambda actor: reverse_write_off(actor=actor, write_off_id=write_off_id, comment=comment)  # noqa: E731
    return _do(request, write_off_id, work, _("The goods are in the books again."))


@permission_required("stock.view")
@require_http_methods(["GET", "POST"])
def reason_list(request: HttpRequest) -> HttpResponse:
    """The reasons people choose from; who may changes them here."""
    actor = actor_of(request)
    faults: list[Fault] = []
    status = 200
    if request.method == "POST":
        try:
            save_reason(actor=actor, draft=forms.reason_from(request.POST))
        except Faults as refused:
            faults, status = refused.faults, refused.status
        else:
            messages.success(request, _("The reason is kept."))
            return redirect("stock-write-off-reasons")
    context = {
        "reasons": reasons(also_retired=True),
        "kinds": WriteOffReason.PostsAs.choices,
        "faults": faults,
        "typed": request.POST,
        "may_manage": actor.may(REASONS_RIGHT),
    }
    return render(request, "inventory/write_off_reasons.html", context, status=status)
