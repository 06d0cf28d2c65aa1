"""/stock/supplier-returns/: the list, one return with its goods and its money, sending something back."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from approvals.queries import request_of
from catalog.access import visible_site_ids_or_all
from inventory import write_offs_forms as forms
from inventory.access import access_supplier_return
from inventory.actions import supplier_returns as actions
from inventory.actions.supplier_returns_moving import (
    close_supplier_return,
    note_credit,
    ship_supplier_return,
)
from inventory.models import StockState, SupplierReturn
from inventory.queries.supplier_returns import (
    KIND,
    evidence_of,
    is_late,
    line_rows,
    money_of,
    movements_of,
    subject_of,
    suppliers,
    visible_supplier_returns,
)
from inventory.transfers_forms import words
from inventory.views.write_offs import asked_of, site_options
from lib import clock
from lib.actors import Actor
from lib.faults import Fault, Faults
from web.gates import actor_of, permission_required

PAGE_SIZE = 50
CREDIT_DAYS = 30
State = SupplierReturn.State


@permission_required("stock.view")
@require_GET
def supplier_returns(request: HttpRequest) -> HttpResponse:
    """Returns in scope, newest first, with what is still to be credited."""
    actor = actor_of(request)
    asked = asked_of(request, "site", "state", "supplier")
    found = visible_supplier_returns(visible_site_ids_or_all(actor), asked)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    now = clock.now()
    rows = [
        {
            "one": one,
            "money": money_of(one),
            "is_late": one.state in (State.APPROVED, State.SHIPPED) and is_late(one, now),
        }
        for one in page.object_list
    ]
    names = [(one.code, one.name) for one in suppliers()]
    states = [("open", _("Open")), *((str(code), str(label)) for code, label in State.choices)]
    filters = [
        {"label": _("Site"), "name": "site", "value": asked["site"], "options": site_options(actor)},
        {"label": _("Supplier"), "name": "supplier", "value": asked["supplier"], "options": names},
        {"label": _("State"), "name": "state", "value": asked["state"], "options": states},
    ]
    context = {"page_obj": page, "rows": rows, "filters": filters}
    return render(request, "inventory/supplier_returns.html", context)


@permission_required("stock.view")
@require_GET
def supplier_return(request: HttpRequest, return_id: int) -> HttpResponse:
    """One return: goods, money, papers, and the one thing this person can do next."""
    return render(request, "inventory/supplier_return.html", _context(request, return_id))


def _context(request: HttpRequest, return_id: int, faults: list[Fault] | None = None) -> dict[str, Any]:
    actor = actor_of(request)
    found = access_supplier_return(actor, return_id)
    rows = line_rows(found)
    return {
        "one": found,
        "lines": rows,
        "money": money_of(found),
        "evidence": evidence_of(found),
        "movements": movements_of(found),
        "approval": request_of(KIND, subject_of(found)),
        "is_late": found.state in (State.APPROVED, State.SHIPPED) and is_late(found, clock.now()),
        "today": clock.now().date().isoformat(),
        "typed": request.POST,
        "faults": faults or [],
        **_steps(actor, found, any(row["left"] > 0 for row in rows)),
    }


def _steps(actor: Actor, found: SupplierReturn, is_left: bool) -> dict[str, bool]:
    """Which steps this person can take now."""
    state, is_mine = found.state, found.prepared_by_id == actor.id
    may_request = actor.may("supplier_returns.request")
    may_credit = state == State.SHIPPED and actor.may("supplier_returns.credit")
    before = (State.DRAFT, State.PENDING, State.APPROVED)
    return {
        "may_submit": state == State.DRAFT and may_request and is_mine,
        "may_add": state == State.DRAFT and may_request,
        "may_edit": state in (*before, State.REJECTED) and may_request,
        "may_cancel": state in before and may_request,
        "may_decide": state == State.PENDING and actor.may("adjustments.approve") and not is_mine,
        "may_ship": state in (State.APPROVED, State.SHIPPED)
        and is_left
        and actor.may("supplier_returns.ship"),
        "may_credit": may_credit,
        "may_close": may_credit,
    }


def _do(request: HttpRequest, return_id: int, work: Callable[[Actor], object], done: str) -> HttpResponse:
    """A step: what is refused is told on the page with what was typed."""
    access_supplier_return(actor_of(request), return_id)
    try:
        work(actor_of(request))
    except Faults as refused:
        context = _context(request, return_id, refused.faults)
        return render(request, "inventory/supplier_return.html", context, status=refused.status)
    messages.success(request, done)
    return redirect("stock-supplier-return", return_id)


@permission_required("supplier_returns.request")
@require_http_methods(["GET", "POST"])
def new_return(request: HttpRequest) -> HttpResponse:
    """Ask to send goods back; what is refused stays typed."""
    return _edited(request, None)


@permission_required("supplier_returns.request")
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, return_id: int) -> HttpResponse:
    """Change what has not left; it is a draft again."""
    return _edited(request, access_supplier_return(actor_of(request), return_id))


def _edited(request: HttpRequest, one: SupplierReturn | None) -> HttpResponse:
    if request.method != "POST":
        return _form(request, one, request.GET)
    actor = actor_of(request)
    try:
        draft = forms.supplier_return_from(request.POST)
        if one is None:
            made = actions.create_supplier_return(actor=actor, draft=draft)
        else:
            made = actions.edit_supplier_return(actor=actor, return_id=one.pk, draft=draft)
    except Faults as refused:
        return _form(request, one, request.POST, refused)
    return redirect("stock-supplier-return", made.pk)


def _form(
    request: HttpRequest, one: SupplierReturn | None, typed: QueryDict, refused: Faults | None = None
) -> HttpResponse:
    today = clock.now().date()
    context = {
        "one": one,
        "head": forms.supplier_return_head(typed, one, today + timedelta(days=CREDIT_DAYS)),
        "rows": forms.form_rows(typed) if typed or one is None else forms.stored_rows(one),
        "faults": refused.faults if refused else [],
        "sites": site_options(actor_of(request)),
        "suppliers": suppliers(),
        "states": StockState.choices,
        "today": today.isoformat(),
    }
    status = refused.status if refused else 200
    return render(request, "inventory/new_supplier_return.html", context, status=status)


@permission_required("supplier_returns.request")
@require_POST
def evidence(request: HttpRequest, return_id: int) -> HttpResponse:
    """Add photos or papers; those that cannot be taken are named, the others are kept."""
    uploads, faults = forms.uploads_from(request)

    def work(actor: Actor) -> None:
        for upload in uploads:
            actions.add_return_evidence(actor=actor, return_id=return_id, upload=upload)
        if faults or not uploads:
            raise Faults(faults or [Fault("/file", "required", _("Choose a photo or a paper."))])

    return _do(request, return_id, work, _("The evidence is kept."))


@permission_required("supplier_returns.request")
@require_POST
def submit(request: HttpRequest, return_id: int) -> HttpResponse:
    work = lambda actor: actions.submit_supplier_return(actor=actor, return_id=return_id)  # noqa: E731
    return _do(request, return_id, work, _("The return was submitted."))


@permission_required("adjustments.approve")
@require_POST
def decide(request: HttpRequest, return_id: int) -> HttpResponse:
    approve = request.POST.get("decision") == "approve"
    asked: dict[str, Any] = {"approve": approve, "comment": words(request.POST, "reason")}
    work = lambda actor: actions.decide_supplier_return(actor=actor, return_id=return_id, **asked)  # noqa: E731
    return _do(request, return_id, work, _("Approved.") if approve else _("Rejected."))


@permission_required("supplier_returns.request")
@require_POST
def cancel(request: HttpRequest, return_id: int) -> HttpResponse:
    comment = words(request.POST, "comment")
    work = lambda actor: actions.cancel_supplier_return(  # noqa: E731
        actor=actor, return_id=return_id, comment=comment
    )
    return _do(request, return_id, work, _("The return was cancelled."))


@permission_required("supplier_returns.ship")
@require_POST
def ship(request: HttpRequest, return_id: int) -> HttpResponse:
    """Send back what the form says, or all that is left."""

    def work(actor: Actor) -> object:
        faults: list[Fault] = []
        lines = forms.lines_from(request.POST, faults) if "sku" in request.POST else ()
        if faults:
            raise Faults(faults)
        leaving = [line for line in lines if line.quantity]
        return ship_supplier_return(actor=actor, return_id=return_id, lines=leaving)

    return _do(request, return_id, work, _("The goods are on their way back."))


@permission_required("supplier_returns.credit")
@require_POST
def credit(request: HttpRequest, return_id: int) -> HttpResponse:
    def work(actor: Actor) -> object:
        reference, amount, day = forms.credit_from(request.POST)
        return note_credit(
            actor=actor, return_id=return_id, reference=reference, amount=amount, received_on=day
        )

    return _do(request, return_id, work, _("The credit is noted."))


@permission_required("supplier_returns.credit")
@require_POST
def close(request: HttpRequest, return_id: int) -> HttpResponse:
    comment = words(request.POST, "comment")
    work = lambda actor: close_supplier_return(actor=actor, return_id=return_id, comment=comment)  # noqa: E731
    return _do(request, return_id, work, _("The return is closed."))
