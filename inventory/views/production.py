"""/stock/production/: what was produced or taken apart, and doing it."""

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from catalog.access import visible_site_ids_or_all, visible_sites
from catalog.models import Site
from inventory.actions.production import post_production, with_bills
from inventory.actions.spelling import in_base_units
from inventory.kits_forms import part_rows, production_from
from inventory.queries import documents
from inventory.queries.kits import parts_stock
from inventory.rules.production import ProductionDraft, as_movement_draft
from inventory.views.movement_entry import home_site
from lib import clock
from lib.faults import Faults
from web.gates import actor_of, permission_required

PAGE_SIZE = 50


@permission_required("stock.view")
@require_GET
def productions(request: HttpRequest) -> HttpResponse:
    """Productions, newest first."""
    actor = actor_of(request)
    asked = {
        "kind": "production",
        "site": request.GET.get("site", "").replace("\x00", ""),
        "reference": request.GET.get("q", "").replace("\x00", "").strip(),
    }
    found = documents.visible_movements(visible_site_ids_or_all(actor), asked)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    sites = [(site.code, site.name) for site in visible_sites(actor).order_by("name")]
    context = {
        "page_obj": page,
        "rows": documents.production_rows(list(page.object_list)),
        "asked": asked,
        "filters": [{"label": _("Site"), "name": "site", "value": asked["site"], "options": sites}],
        "may_post": actor.may("stock.post"),
    }
    return render(request, "inventory/productions.html", context)


@permission_required("stock.post")
@require_http_methods(["GET", "POST"])
def new_production(request: HttpRequest) -> HttpResponse:
    """Say what goes in or comes out, look at what it takes, then post it."""
    typed = request.POST if request.method == "POST" else request.GET
    faults, status, seen = [], 200, None
    if request.method == "POST":
        try:
            draft = production_from(request.POST)
            if "post" in request.POST:
                made = post_production(actor=actor_of(request), draft=draft)
                messages.success(request, f"{made.reference}: {_('Posted.')}")
                return redirect("stock-movement", made.pk)
            seen = _seen(request, draft)
        except Faults as refused:
            faults, status = refused.faults, refused.status
    context = _form(request, typed) | {"faults": faults, "seen": seen}
    return render(request, "inventory/new_production.html", context, status=status)


def _form(request: HttpRequest, typed: QueryDict) -> dict[str, Any]:
    """The form as typed."""
    sites = list(visible_sites(actor_of(request)).order_by("name"))
    return {
        "typed": typed,
        "sides": [(side, part_rows(typed, side)) for side in ("inputs", "outputs")],
        "sites": sites,
        "home": typed.get("site") or home_site(request, sites),
        "may_see_costs": actor_of(request).may("costs.view"),
    }


def _seen(request: HttpRequest, draft: ProductionDraft) -> dict[str, Any] | None:
    """What posting would take and give as the book stands; None without a site in scope. Raises Faults."""
    site = visible_sites(actor_of(request)).filter(code=draft.site).first()
    if site is None:
        return None
    whole = with_bills(draft, clock.now())
    lines = in_base_units([as_movement_draft(whole)])[0].draft.lines
    stock = parts_stock(site.pk, [line.sku for line in lines])
    taken: list[dict[str, Any]] = []
    made: list[dict[str, Any]] = []
    for line in lines:
        facts = stock.get(line.sku, {"name": "", "unit": "", "free": Decimal(0), "average": None})
        average = facts["average"]
        row = {**facts, "sku": line.sku, "quantity": line.quantity, "lot": line.lot}
        row["cost"] = None if average is None else average * line.quantity
        row["is_short"] = line.quantity > facts["free"]
        (taken if line.to_code == "production" else made).append(row)
    return {"site": site, "inputs": taken, "outputs": made, **_sums(site, taken, draft.added_cost)}


def _sums(site: Site, taken: list[dict[str, Any]], added: Decimal) -> dict[str, Any]:
    is_known = all(row["cost"] is not None for row in taken)
    total = sum((row["cost"] for row in taken if row["cost"] is not None), Decimal(0)) + added
    return {
        "total": total if is_known else None,
        "added": added,
        "currency": site.currency,
        "is_short": any(row["is_short"] for row in taken),
    }
