"""/stock/transfers/: the board, one transfer with its next step, asking for one."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from approvals.queries import request_of
from catalog.access import visible_site_ids_or_all, visible_sites
from inventory import transfers_forms as forms
from inventory.access import access_transfer
from inventory.actions import transfers as actions
from inventory.actions.transfers_moving import close_transfer, receive_transfer, ship_transfer
from inventory.actions.transfers_templates import review_release
from inventory.models import Transfer
from inventory.queries.transfers import (
    all_sites,
    counts_by_state,
    leaving_rows,
    line_rows,
    movements_of,
    subject_of,
    visible_transfers,
)
from lib import clock
from lib.actors import Actor
from lib.faults import Fault, Faults
from web.gates import actor_of, permission_required

SHOWN = 50
State = Transfer.State
COLUMNS = (State.DRAFT, State.PENDING, State.APPROVED, State.IN_TRANSIT, State.RECEIVED, State.CLOSED)


@permission_required("stock.view")
@require_GET
def board(request: HttpRequest) -> HttpResponse:
    """Transfers in scope by state, each with its deadline; ended ones the latest only."""
    actor = actor_of(request)
    visible = visible_site_ids_or_all(actor)
    site = request.GET.get("site", "").replace("\x00", "")
    found = visible_transfers(visible, {"site": site})
    columns = [
        {
            "state": str(state),
            "rows": _cards(list(found.filter(state=state).order_by("expected_on", "pk")[:SHOWN])),
        }
        for state in COLUMNS
    ]
    sites = [(one.code, one.name) for one in visible_sites(actor).order_by("name")]
    filters = [{"label": _("Site"), "name": "site", "value": site, "options": sites}]
    counts = counts_by_state(visible)
    context = {"columns": columns, "filters": filters, "count": sum(counts.values())}
    return render(request, "inventory/transfers.html", context)


def _cards(found: list[Transfer]) -> list[dict[str, Any]]:
    return [{"transfer": one, "lines": len(one.lines.all())} for one in found]


@permission_required("stock.view")
@require_GET
def transfer(request: HttpRequest, transfer_id: int) -> HttpResponse:
    """One transfer: lines, what was posted, and the one thing this person can do next."""
    return render(request, "inventory/transfer.html", _context(request, transfer_id))


def _context(request: HttpRequest, transfer_id: int, refused: Faults | None = None) -> dict[str, Any]:
    actor = actor_of(request)
    found = access_transfer(actor, transfer_id)
    rows = line_rows(found)
    approval = request_of(actions.KIND, subject_of(found))
    return {
        "transfer": found,
        "lines": rows,
        "parcels": _outstanding(request, rows),
        "leaving": _leaving(request, found, rows),
        "movements": movements_of(found),
        "approval": approval,
        "faults": refused.faults if refused else [],
        **_steps(actor, found, any(row["left"] > 0 for row in rows)),
    }


def _outstanding(request: HttpRequest, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The receive form: what is on its way, with what was typed when that was refused."""
    parcels = [
        {"sku": row["sku"], "name": row["name"], **parcel}
        for row in rows
        for parcel in row["parcels"]
        if parcel["outstanding"] > 0
    ]
    for number, parcel in enumerate(parcels):
        columns = {name: request.POST.getlist(name) for name in forms.FIGURES}
        parcel["typed"] = {
            name: column[number] if number < len(column) else "" for name, column in columns.items()
        }
    return parcels


def _leaving(request: HttpRequest, found: Transfer, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The ship form: what is left, with what was typed when that was refused."""
    leaving = leaving_rows(found, rows)
    typed = request.POST.getlist("quantity")
    for number, row in enumerate(leaving):
        left = "" if row["ships"] is None else f"{row['ships'].normalize():f}"
        row["typed"] = typed[number] if len(typed) == len(leaving) else left
    return leaving


def _steps(actor: Actor, found: Transfer, is_left: bool) -> dict[str, bool]:
    """Which steps this person can take now."""
    visible = visible_site_ids_or_all(actor)
    is_sender = visible is None or found.source_id in visible
    is_receiver = visible is None or found.destination_id in visible
    state = found.state
    is_mine = found.prepared_by_id == actor.id
    return {
        "may_submit": state == State.DRAFT and actor.may("transfers.request") and is_mine,
        "may_decide": state == State.PENDING and actor.may("transfers.approve") and not is_mine,
        "may_ship": state in (State.APPROVED, State.IN_TRANSIT, State.RECEIVED)
        and is_left
        and is_sender
        and actor.may("transfers.ship"),
        "may_receive": state == State.IN_TRANSIT and is_receiver and actor.may("transfers.receive"),
        "may_edit": state in (State.DRAFT, State.PENDING, State.APPROVED) and actor.may("transfers.request"),
        "may_close": state == State.RECEIVED and is_receiver and actor.may("transfers.receive"),
        "may_cancel": state in (State.DRAFT, State.PENDING, State.APPROVED)
        and actor.may("transfers.request"),
        "may_review": found.released_by_id is not None
        and found.reviewed_at is None
        and found.released_by_id != actor.id
        and actor.may("transfers.approve"),
    }


def _do(request: HttpRequest, transfer_id: int, work: Callable[[Actor], object], done: str) -> HttpResponse:
    """A step: what is refused is told on the page with what was typed."""
    access_transfer(actor_of(request), transfer_id)
    try:
        work(actor_of(request))
    except Faults as refused:
        context = _context(request, transfer_id, refused)
        return render(request, "inventory/transfer.html", context, status=refused.status)
    messages.success(request, done)
    return redirect("stock-transfer", transfer_id)


@permission_required("transfers.request")
@require_POST
def submit(request: HttpRequest, transfer_id: int) -> HttpResponse:
    work = lambda actor: actions.submit_transfer(actor=actor, transfer_id=transfer_id)  # noqa: E731
    return _do(request, transfer_id, work, _("The transfer was submitted."))


@permission_required("transfers.request")
@require_POST
def cancel(request: HttpRequest, transfer_id: int) -> HttpResponse:
    reason = forms.words(request.POST, "reason")
    work = lambda actor: actions.cancel_transfer(actor=actor, transfer_id=transfer_id, reason=reason)  # noqa: E731
    return _do(request, transfer_id, work, _("The transfer was cancelled."))


@permission_required("transfers.approve")
@require_POST
def decide(request: HttpRequest, transfer_id: int) -> HttpResponse:
    approve = request.POST.get("decision") == "approve"
    asked: dict[str, Any] = {"approve": approve, "comment": forms.words(request.POST, "reason")}
    work = lambda actor: actions.decide_transfer(actor=actor, transfer_id=transfer_id, **asked)  # noqa: E731
    return _do(request, transfer_id, work, _("Approved.") if approve else _("Rejected."))


@permission_required("transfers.ship")
@require_POST
def ship(request: HttpRequest, transfer_id: int) -> HttpResponse:
    """Send off what the form names, in parts and by lots; all that is left when it names nothing."""

    def work(actor: Actor) -> object:
        lines = forms.leaving_from(request.POST)
        return ship_transfer(actor=actor, transfer_id=transfer_id, lines=lines)

    return _do(request, transfer_id, work, _("The goods are on their way."))


@permission_required("transfers.receive")
@require_POST
def receive(request: HttpRequest, transfer_id: int) -> HttpResponse:
    """Take in what the form says."""

    def work(actor: Actor) -> object:
        lines = forms.receipt_from(request.POST)
        return receive_transfer(actor=actor, transfer_id=transfer_id, lines=lines)

    return _do(request, transfer_id, work, _("What came is in the books."))


@permission_required("transfers.receive")
@require_POST
def close(request: HttpRequest, transfer_id: int) -> HttpResponse:
    work = lambda actor: close_transfer(actor=actor, transfer_id=transfer_id)  # noqa: E731
    return _do(request, transfer_id, work, _("The transfer is closed."))


@permission_required("transfers.approve")
@require_POST
def review(request: HttpRequest, transfer_id: int) -> HttpResponse:
    comment = forms.words(request.POST, "comment")
    work = lambda actor: review_release(actor=actor, transfer_id=transfer_id, comment=comment)  # noqa: E731
    return _do(request, transfer_id, work, _("The review is kept."))


@permission_required("transfers.request")
@require_http_methods(["GET", "POST"])
def new_transfer(request: HttpRequest) -> HttpResponse:
    """Ask for goods; what is refused stays typed."""
    faults, status = [], 200
    if request.method == "POST":
        try:
            made = actions.request_transfer(actor=actor_of(request), draft=forms.transfer_from(request.POST))
        except Faults as refused:
            faults, status = refused.faults, refused.status
        else:
            return redirect("stock-transfer", made.pk)
    typed = request.POST if request.method == "POST" else request.GET
    return render(request, "inventory/new_transfer.html", _form(typed, faults), status=status)


@permission_required("transfers.request")
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, transfer_id: int) -> HttpResponse:
    """Change what is asked for before anything left; an approval given or asked for is void."""
    found = access_transfer(actor_of(request), transfer_id)
    faults, status = [], 200
    typed = request.POST if request.method == "POST" else forms.edit_fields(found, line_rows(found))
    if request.method == "POST":
        try:
            draft = forms.transfer_from(request.POST)
            actions.edit_transfer(actor=actor_of(request), transfer_id=transfer_id, draft=draft)
        except Faults as refused:
            faults, status = refused.faults, refused.status
        else:
            messages.success(request, _("Changed; it is a draft again."))
            return redirect("stock-transfer", transfer_id)
    context = _form(typed, faults) | {"edited": found}
    return render(request, "inventory/new_transfer.html", context, status=status)


def _form(typed: QueryDict, faults: Sequence[Fault]) -> dict[str, Any]:
    """The form of a request, as typed."""
    return {
        "typed": typed,
        "rows": forms.form_rows(typed),
        "faults": faults,
        "sites": all_sites(),
        "today": clock.now().date().isoformat(),
        "expected": (clock.now().date() + timedelta(days=2)).isoformat(),
    }
