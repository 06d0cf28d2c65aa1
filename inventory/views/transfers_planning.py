"""/stock/allocation/ and /stock/transfer-templates/: proposals and prepared lists that become transfers."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from catalog.access import visible_site_ids_or_all, visible_sites
from inventory import transfers_forms as forms
from inventory.access import access_transfer_template
from inventory.actions.transfers_allocation import request_allocation
from inventory.actions.transfers_templates import release_template, retire_template, save_template
from inventory.queries.transfers import all_sites, visible_templates
from inventory.queries.transfers_allocation import MAX_ROWS, allocation, by_pair
from lib import clock
from lib.faults import Fault, Faults
from web.gates import actor_of, permission_required

TOLD = 12


@permission_required("transfers.request")
@require_http_methods(["GET", "POST"])
def plan(request: HttpRequest) -> HttpResponse:
    """What warehouses could send to sites that are short; the ticked pairs become requests."""
    faults: list[Fault] = []
    status = 200
    if request.method == "POST":
        try:
            made = _request(request)
        except Faults as refused:
            faults, status = refused.faults, refused.status
        else:
            text = ngettext("{count} transfer was asked for.", "{count} transfers were asked for.", made)
            messages.success(request, text.format(count=made))
            return redirect("stock-transfers")
    return render(request, "inventory/transfers_allocation.html", _plan(request, faults), status=status)


def _request(request: HttpRequest) -> int:
    faults: list[Fault] = []
    expected_on: date = forms.day_of(request.POST, "expected_on", faults)
    if faults:
        raise Faults(faults)
    keys = [key.replace("\x00", "").partition("|") for key in request.POST.getlist("pair")]
    pairs = [(source, destination) for source, _bar, destination in keys]
    reason = forms.words(request.POST, "reason") or _("Allocation plan")
    made = request_allocation(actor=actor_of(request), pairs=pairs, expected_on=expected_on, reason=reason)
    return len(made)


def _plan(request: HttpRequest, faults: list[Fault]) -> dict[str, Any]:
    actor = actor_of(request)
    site = request.GET.get("site", "").replace("\x00", "")
    rows = allocation(visible_site_ids_or_all(actor), site)
    pairs = by_pair(rows)
    for pair in pairs:
        pair["line_count"], pair["told"] = len(pair["rows"]), pair["rows"][:TOLD]
    sites = [(one.code, one.name) for one in visible_sites(actor).order_by("name")]
    return {
        "pairs": pairs,
        "count": len(rows),
        "is_cut": len(rows) >= MAX_ROWS,
        "filters": [{"label": _("Site"), "name": "site", "value": site, "options": sites}],
        "faults": faults,
        "today": clock.now().date().isoformat(),
        "expected": (clock.now().date() + timedelta(days=2)).isoformat(),
    }


@permission_required("stock.view")
@require_GET
def templates(request: HttpRequest) -> HttpResponse:
    """Prepared lists in scope, each with its release."""
    return render(request, "inventory/transfers_templates.html", _templates(request))


def _templates(request: HttpRequest, refused: Faults | None = None) -> dict[str, Any]:
    actor = actor_of(request)
    return {
        "templates": visible_templates(visible_site_ids_or_all(actor)),
        "may_release": actor.may("transfers.release"),
        "may_manage": actor.may("transfer_templates.manage"),
        "me": actor.id,
        "sites": all_sites(),
        "typed": request.POST,
        "rows": forms.form_rows(request.POST, 4),
        "faults": refused.faults if refused else [],
    }


def _do(request: HttpRequest, work: Callable[[], object], done: str) -> HttpResponse:
    try:
        made = work()
    except Faults as refused:
        context = _templates(request, refused)
        return render(request, "inventory/transfers_templates.html", context, status=refused.status)
    messages.success(request, done)
    number = getattr(made, "pk", None) if hasattr(made, "released_by_id") else None
    return redirect("stock-transfer", number) if number else redirect("stock-transfer-templates")


@permission_required("transfer_templates.manage")
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    work = lambda: save_template(actor=actor, draft=forms.template_from(request.POST))  # noqa: E731
    return _do(request, work, _("The list is ready."))


@permission_required("transfers.release")
@require_POST
def release(request: HttpRequest, template_id: int) -> HttpResponse:
    actor = actor_of(request)
    access_transfer_template(actor, template_id)
    comment = forms.words(request.POST, "comment")
    work = lambda: release_template(actor=actor, template_id=template_id, comment=comment)  # noqa: E731
    return _do(request, work, _("Released. The sender can ship it; a review follows."))


@permission_required("transfer_templates.manage")
@require_POST
def retire(request: HttpRequest, template_id: int) -> HttpResponse:
    actor = actor_of(request)
    work = lambda: retire_template(actor=actor, template_id=template_id)  # noqa: E731
    return _do(request, work, _("The list is no longer offered."))
