"""/stock/reservations/: what is promised to whom until when, and letting it go."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from catalog.access import visible_site_ids_or_all, visible_sites
from inventory.actions.reservations import RIGHT, release
from inventory.models import ReservationEnd
from inventory.queries.reservations import reservations as all_reservations
from lib.faults import Faults
from web.gates import actor_of, permission_required

PAGE_SIZE = 50


@permission_required("stock.view")
@require_GET
def reservations(request: HttpRequest) -> HttpResponse:
    """Reservations in scope, newest first; by default those that hold stock."""
    actor = actor_of(request)
    asked = {name: request.GET.get(name, "").replace("\x00", "") for name in ("site", "state")}
    asked["sku"] = request.GET.get("q", "").replace("\x00", "").strip()
    asked["state"] = asked["state"] or ("open" if not request.GET else "")
    found = all_reservations(visible_site_ids_or_all(actor), asked)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    states = [
        ("open", _("Open")),
        *((str(value), str(label)) for value, label in ReservationEnd.Reason.choices),
    ]
    sites = [(site.code, site.name) for site in visible_sites(actor).order_by("name")]
    filters = [
        {"label": _("Site"), "name": "site", "value": asked["site"], "options": sites},
        {"label": _("State"), "name": "state", "value": asked["state"], "options": states},
    ]
    context = {"page_obj": page, "filters": filters, "asked": asked, "may_release": actor.may(RIGHT)}
    return render(request, "inventory/reservations.html", context)


@permission_required("stock.post")
@require_POST
def release_one(request: HttpRequest, reservation_id: int) -> HttpResponse:
    """Let a reservation go, with a reason."""
    reason = request.POST.get("reason", "").replace("\x00", "")[:500]
    try:
        release(actor=actor_of(request), reservation_id=reservation_id, reason=reason)
    except Faults as refused:
        messages.error(request, "; ".join(str(fault.detail) for fault in refused.faults))
    else:
        messages.success(request, _("The reservation is released; its stock is available again."))
    return redirect("stock-reservations")
