"""/stock/periods/: the months of each site, and closing one."""

from datetime import date

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from catalog.access import visible_site_ids_or_all, visible_sites
from inventory.actions.periods import RIGHT, close_period
from inventory.models import Period
from inventory.queries.periods import periods as all_periods
from lib.faults import Faults
from web.gates import actor_of, permission_required

PAGE_SIZE = 50


@permission_required("stock.view")
@require_GET
def periods(request: HttpRequest) -> HttpResponse:
    """Months in scope, newest first."""
    return render(request, "inventory/periods.html", _context(request))


def _context(request: HttpRequest, refused: Faults | None = None) -> dict[str, object]:
    actor = actor_of(request)
    asked = {name: request.GET.get(name, "").replace("\x00", "") for name in ("site", "state")}
    page = Paginator(all_periods(visible_site_ids_or_all(actor), **asked), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    sites = [(site.code, site.name) for site in visible_sites(actor).order_by("name")]
    states = [(str(value), str(label)) for value, label in Period.State.choices]
    filters = [
        {"label": _("Site"), "name": "site", "value": asked["site"], "options": sites},
        {"label": _("State"), "name": "state", "value": asked["state"], "options": states},
    ]
    faults = [fault.detail for fault in refused.faults] if refused else []
    return {"page_obj": page, "filters": filters, "may_close": actor.may(RIGHT), "faults": faults}


@permission_required("periods.close")
@require_POST
def close(request: HttpRequest) -> HttpResponse:
    """Close the month of a site; what stands in the way is listed and nothing is changed."""
    try:
        month = date.fromisoformat(f"{request.POST.get('month', '')}-01")
        site = request.POST.get("site", "").replace("\x00", "")
        period = close_period(actor=actor_of(request), site_code=site, month=month)
    except ValueError:
        messages.error(request, _("Say which month to close, like 2026-10."))
        return redirect("stock-periods")
    except Faults as refused:
        return render(request, "inventory/periods.html", _context(request, refused), status=refused.status)
    text = _("%(month)s of %(site)s is closed with %(lines)s balances.")
    messages.success(request, text % {"month": period, "site": period.site.name, "lines": period.line_count})
    return redirect("stock-periods")
