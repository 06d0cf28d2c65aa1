"""/stock/barcodes/: what a code means here, and the rules for numbers that hold a weight or a price."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from catalog.access import access_site, visible_sites
from inventory.actions.barcode_rules import RIGHT, add_barcode_rule, retire_barcode_rule
from inventory.models import BarcodeRule
from inventory.queries import barcodes as queries
from inventory.transfers_forms import words
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse
from web.gates import actor_of, permission_required

MAX_DECIMALS = 5


@permission_required("stock.view")
@require_http_methods(["GET", "POST"])
def rules(request: HttpRequest) -> HttpResponse:
    """Read one code; list the rules; add one (POST)."""
    actor = actor_of(request)
    faults: list[Fault] = []
    status = 200
    if request.method == "POST":
        try:
            _add(actor, request)
        except Faults as refused:
            faults, status = refused.faults, refused.status
        else:
            messages.success(request, _("The rule holds from now on."))
            return redirect("stock-barcodes")
    context = {**_tried(actor, request), "faults": faults, "typed": request.POST}
    context |= {
        "rules": queries.barcode_rules(),
        "measures": BarcodeRule.Measure.choices,
        "sites": list(visible_sites(actor).order_by("name")),
        "may_manage": actor.may(RIGHT),
    }
    return render(request, "inventory/barcodes.html", context, status=status)


def _tried(actor: Actor, request: HttpRequest) -> dict[str, Any]:
    """The code in the address and what it says, or why it says nothing."""
    code, chosen = (request.GET.get(name, "").replace("\x00", "").strip() for name in ("code", "site"))
    if not code:
        return {"code": "", "chosen": chosen}
    try:
        site = access_site(actor, chosen) if chosen else None
        return {"code": code, "chosen": chosen, "scan": queries.read(code, site=site)}
    except Faults as refused:
        return {"code": code, "chosen": chosen, "unread": refused.faults}


def _add(actor: Actor, request: HttpRequest) -> None:
    decimals = words(request.POST, "decimals", 2) or "0"
    if not decimals.isdecimal() or int(decimals) > MAX_DECIMALS:
        raise refuse("invalid_decimals", f"0 to {MAX_DECIMALS} decimals.", pointer="/decimals")
    add_barcode_rule(
        actor=actor,
        country=words(request.POST, "country", 2).upper(),
        pattern=words(request.POST, "pattern", 13).upper(),
        measure=words(request.POST, "measure", 6),
        decimals=int(decimals),
        source=words(request.POST, "source", 200),
    )


@permission_required(RIGHT)
@require_POST
def retire(request: HttpRequest, rule_id: int) -> HttpResponse:
    """End a rule."""
    try:
        retire_barcode_rule(
            actor=actor_of(request), rule_id=rule_id, reason=words(request.POST, "reason", 500)
        )
    except Faults as refused:
        messages.error(request, " ".join(fault.detail for fault in refused.faults))
    else:
        messages.success(request, _("The rule has ended."))
    return redirect("stock-barcodes")
