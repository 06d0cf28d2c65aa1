"""/stock/customs/: the list, one consignment with its steps, preparing one, import limits."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from catalog.access import visible_site_ids_or_all
from inventory import customs_forms as forms
from inventory.access import access_consignment
from inventory.actions import customs as actions
from inventory.actions import customs_moving as moving
from inventory.actions.import_limits import add_import_limit, end_import_limit
from inventory.models import CustomsConsignment, ImportLimit
from inventory.queries.customs import (
    counts_by_state,
    figures_of,
    held_too_long,
    import_limits,
    lateness,
    movements_of,
    visible_consignments,
)
from inventory.transfers_forms import day_of, words
from inventory.views.write_offs import asked_of, site_options
from lib import clock
from lib.actors import Actor
from lib.faults import Fault, Faults
from web.gates import actor_of, permission_required

PAGE_SIZE = 50
State = CustomsConsignment.State


@permission_required("stock.view")
@require_GET
def consignments(request: HttpRequest) -> HttpResponse:
    """Consignments in scope, newest first, with their dates and what is late."""
    actor = actor_of(request)
    visible = visible_site_ids_or_all(actor)
    asked = asked_of(request, "site", "state")
    page = Paginator(visible_consignments(visible, asked), PAGE_SIZE).get_page(request.GET.get("page"))
    now = clock.now()
    counts = counts_by_state(visible)
    labels = [(str(code), str(label)) for code, label in State.choices]
    states = [(code, f"{label} · {counts.get(code, 0)}") for code, label in labels]
    filters = [
        {"label": _("Site"), "name": "site", "value": asked["site"], "options": site_options(actor)},
        {
            "label": _("State"),
            "name": "state",
            "value": asked["state"],
            "options": [("open", _("Open")), *states],
        },
    ]
    rows = [_row(one, now) for one in page.object_list]
    return render(request, "inventory/customs.html", {"page_obj": page, "rows": rows, "filters": filters})


def _row(one: CustomsConsignment, now: Any) -> dict[str, Any]:
    lines = list(one.lines.all())
    return {
        "one": one,
        "late": lateness(one, now),
        "is_held_long": bool(held_too_long(one, now)),
        "figures": {
            name: sum(getattr(line, name) for line in lines) for name in ("declared", "cleared", "held")
        },
    }


@permission_required("stock.view")
@require_GET
def consignment(request: HttpRequest, consignment_id: int) -> HttpResponse:
    """One consignment: dates, quantities, what happened, and the steps this person can take."""
    return render(request, "inventory/customs_one.html", _context(request, consignment_id))


def _context(request: HttpRequest, consignment_id: int, faults: list[Fault] | None = None) -> dict[str, Any]:
    actor, now = actor_of(request), clock.now()
    found = access_consignment(actor, consignment_id)
    typed = dict(
        zip(
            zip(request.POST.getlist("sku"), request.POST.getlist("lot"), strict=False),
            request.POST.getlist("quantity"),
            strict=False,
        )
    )
    lines = [
        {
            "line": line,
            "figures": figures_of(line),
            "typed": typed.get((line.product.sku, line.lot), ""),
            "is_held_long": line in held_too_long(found, now),
        }
        for line in found.lines.all()
    ]
    return {
        "one": found,
        "lines": lines,
        "late": lateness(found, now),
        "movements": movements_of(found),
        "typed": request.POST,
        "faults": faults or [],
        **_steps(actor, found, lines),
    }


def _steps(actor: Actor, found: CustomsConsignment, lines: list[dict[str, Any]]) -> dict[str, bool]:
    """Which steps this person can take now."""
    may_declare = actor.may("customs.declare")
    may_move = actor.may("customs.clear") and found.state in (State.DECLARED, State.HELD)
    figures = [row["figures"] for row in lines]
    is_untouched = not any(one.arrived for one in figures)
    return {
        "may_edit": found.state == State.DRAFT and may_declare,
        "may_cancel": found.state in (State.DRAFT, State.DECLARED) and may_declare and is_untouched,
        "may_arrive": may_move and any(one.to_come for one in figures),
        "may_clear": may_move and any(one.free for one in figures),
        "may_release": may_move and any(one.held for one in figures),
        "may_move": may_move and any(one.at_customs or one.to_come for one in figures),
        "may_close": found.state == State.CLEARED and actor.may("customs.clear"),
    }


def _do(
    request: HttpRequest, consignment_id: int, work: Callable[[Actor], object], done: str
) -> HttpResponse:
    """A step: what is refused is told on the page with what was typed."""
    access_consignment(actor_of(request), consignment_id)
    try:
        work(actor_of(request))
    except Faults as refused:
        context = _context(request, consignment_id, refused.faults)
        return render(request, "inventory/customs_one.html", context, status=refused.status)
    messages.success(request, done)
    return redirect("stock-customs-one", consignment_id)


@permission_required("customs.declare")
@require_http_methods(["GET", "POST"])
def new_consignment(request: HttpRequest) -> HttpResponse:
    """Prepare a consignment; what is refused stays typed."""
    return _edited(request, None)


@permission_required("customs.declare")
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, consignment_id: int) -> HttpResponse:
    """Change what is not declared yet."""
    return _edited(request, access_consignment(actor_of(request), consignment_id))


def _edited(request: HttpRequest, one: CustomsConsignment | None) -> HttpResponse:
    if request.method != "POST":
        return _form(request, one)
    try:
        draft = forms.consignment_from(request.POST)
        if one is None:
            made = actions.create_consignment(actor=actor_of(request), draft=draft)
        else:
            made = actions.edit_consignment(actor=actor_of(request), consignment_id=one.pk, draft=draft)
    except Faults as refused:
        return _form(request, one, refused.faults, refused.status)
    return redirect("stock-customs-one", made.pk)


def _form(
    request: HttpRequest, one: CustomsConsignment | None, faults: list[Fault] | None = None, status: int = 200
) -> HttpResponse:
    today = clock.now().date()
    head = forms.head_of(request.POST, one)
    head["arrives_on"] = head["arrives_on"] or (today + timedelta(days=14)).isoformat()
    head["clears_on"] = head["clears_on"] or (today + timedelta(days=17)).isoformat()
    context = {
        "one": one,
        "head": head,
        "rows": forms.form_rows(request.POST) if request.POST or one is None else forms.stored_rows(one),
        "faults": faults or [],
        "sites": site_options(actor_of(request)),
        "regimes": CustomsConsignment.Regime.choices,
        "places": CustomsConsignment.From.choices,
    }
    return render(request, "inventory/customs_new.html", context, status=status)


@permission_required("customs.declare")
@require_POST
def declare(request: HttpRequest, consignment_id: int) -> HttpResponse:
    work = lambda actor: actions.declare_consignment(actor=actor, consignment_id=consignment_id)  # noqa: E731
    return _do(request, consignment_id, work, _("Declared to customs."))


@permission_required("customs.declare")
@require_POST
def cancel(request: HttpRequest, consignment_id: int) -> HttpResponse:
    reason = words(request.POST, "reason")
    work = lambda actor: actions.cancel_consignment(  # noqa: E731
        actor=actor, consignment_id=consignment_id, reason=reason
    )
    return _do(request, consignment_id, work, _("The consignment was cancelled."))


def _move(
    request: HttpRequest, consignment_id: int, action: Callable[..., object], done: str, **asked: Any
) -> HttpResponse:
    """A step over the quantities typed; none typed: all there is, where the action allows that."""

    def work(actor: Actor) -> object:
        parts = forms.parts_from(request.POST)
        return action(actor=actor, consignment_id=consignment_id, parts=parts, **asked)

    return _do(request, consignment_id, work, done)


@permission_required("customs.clear")
@require_POST
def arrive(request: HttpRequest, consignment_id: int) -> HttpResponse:
    return _move(request, consignment_id, moving.arrive_consignment, _("The goods are at customs."))


@permission_required("customs.clear")
@require_POST
def clear(request: HttpRequest, consignment_id: int) -> HttpResponse:
    state = words(request.POST, "to_state", 16) or "available"
    done = _("The goods are cleared into the site.")
    return _move(request, consignment_id, moving.clear_consignment, done, to_state=state)


@permission_required("customs.clear")
@require_POST
def hold(request: HttpRequest, consignment_id: int) -> HttpResponse:
    reason = words(request.POST, "reason")
    return _move(request, consignment_id, moving.hold_goods, _("The goods are held."), reason=reason)


@permission_required("customs.clear")
@require_POST
def release(request: HttpRequest, consignment_id: int) -> HttpResponse:
    reason = words(request.POST, "reason")
    done = _("The goods are released and can be cleared.")
    return _move(request, consignment_id, moving.release_goods, done, reason=reason)


@permission_required("customs.clear")
@require_POST
def send_back(request: HttpRequest, consignment_id: int) -> HttpResponse:
    reason = words(request.POST, "reason")
    return _move(request, consignment_id, moving.send_back, _("The goods go back."), reason=reason)


@permission_required("customs.clear")
@require_POST
def destroy(request: HttpRequest, consignment_id: int) -> HttpResponse:
    reason = words(request.POST, "reason")
    done = _("The goods are noted as destroyed.")
    return _move(request, consignment_id, moving.destroy_goods, done, reason=reason)


@permission_required("customs.clear")
@require_POST
def close(request: HttpRequest, consignment_id: int) -> HttpResponse:
    work = lambda actor: moving.close_consignment(actor=actor, consignment_id=consignment_id)  # noqa: E731
    return _do(request, consignment_id, work, _("The consignment is closed."))


# -- import limits -----------------------------------------------------------------------------------------------------


@permission_required("stock.view")
@require_GET
def limits(request: HttpRequest) -> HttpResponse:
    """What may be imported where, with its source."""
    return _limits(request)


def _limits(request: HttpRequest, faults: list[Fault] | None = None, status: int = 200) -> HttpResponse:
    today = clock.now().date()
    rows = [
        {"limit": one, "is_over": one.valid_to is not None and one.valid_to < today}
        for one in import_limits()
    ]
    context = {
        "rows": rows,
        "faults": faults or [],
        "typed": request.POST,
        "today": today.isoformat(),
        "kinds": ImportLimit.Kind.choices,
        "periods": ImportLimit.Period.choices,
        "may_manage": actor_of(request).may("import_limits.manage"),
    }
    return render(request, "inventory/customs_limits.html", context, status=status)


@permission_required("import_limits.manage")
@require_POST
def add_limit(request: HttpRequest) -> HttpResponse:
    try:
        add_import_limit(actor=actor_of(request), draft=forms.limit_from(request.POST))
    except Faults as refused:
        return _limits(request, refused.faults, refused.status)
    messages.success(request, _("The limit is kept."))
    return redirect("stock-customs-limits")


@permission_required("import_limits.manage")
@require_POST
def end_limit(request: HttpRequest, limit_id: int) -> HttpResponse:
    faults: list[Fault] = []
    last = day_of(request.POST, "valid_to", faults)
    try:
        if faults:
            raise Faults(faults)
        end_import_limit(actor=actor_of(request), limit_id=limit_id, last_day=last)
    except Faults as refused:
        return _limits(request, refused.faults, refused.status)
    messages.success(request, _("The limit ends."))
    return redirect("stock-customs-limits")
