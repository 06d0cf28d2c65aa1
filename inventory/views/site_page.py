"""/stock/sites/<code>/: what lies at one site, what is wrong with it, and what waits there."""

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from catalog.access import access_site, visible_sites
from catalog.models import Site
from inventory.queries import site_stock
from inventory.views.movement_entry import home_site
from inventory.views.texts import csv_response, kind_word, place_word
from web.gates import actor_of, permission_required

EXPORT_ROWS = 20_000


class _Rows:
    """A list that reads only the page it is asked for; the total comes with it."""

    ordered = True

    def __init__(self, asked: site_stock.SiteAsked) -> None:
        self.asked = asked
        self.first, self.total = site_stock.site_rows(asked)

    def __len__(self) -> int:
        return self.total

    def __getitem__(self, part: slice) -> list[dict[str, Any]]:
        if part.start in (0, None):
            return self.first[: part.stop]
        limit = part.stop - part.start
        return site_stock.site_rows(self.asked, offset=part.start, limit=limit)[0]


@permission_required("stock.view")
@require_GET
def sites(request: HttpRequest) -> HttpResponse:
    """The site one works at; its page leads to the others. Raises Http404 without one in scope."""
    found = list(visible_sites(actor_of(request)).order_by("name"))
    if not found:
        raise Http404("no site in scope")
    return redirect("stock-site", home_site(request, found))


@permission_required("stock.view")
@require_GET
def site(request: HttpRequest, code: str) -> HttpResponse:
    """The site's figures, products, newest movements and open documents; as CSV with ?format=csv."""
    actor = actor_of(request)
    found = access_site(actor, code)
    asked = site_stock.SiteAsked(
        found.pk,
        request.GET.get("q", "").replace("\x00", "").strip()[:100],
        request.GET.get("state", ""),
        request.GET.get("sort", "sku"),
    )
    if request.GET.get("format") == "csv":
        return _export(found.code, asked, actor.may("costs.view"))
    return render(request, "inventory/site.html", _context(request, found, asked))


def _context(request: HttpRequest, found: Site, asked: site_stock.SiteAsked) -> dict[str, Any]:
    actor = actor_of(request)
    rows: Any = _Rows(asked)
    page = Paginator(rows, site_stock.PAGE_SIZE).get_page(request.GET.get("page"))
    entries = site_stock.newest_entries(found.pk)
    for entry in entries:
        entry["kind_word"], entry["counter"] = kind_word(entry["kind"]), place_word(entry["counter"])
    return {
        "site": found,
        "sites": visible_sites(actor).order_by("name"),
        "figures": site_stock.site_figures(found.pk),
        "page_obj": page,
        "asked": asked,
        "filters": [_state_filter(asked.state)],
        "entries": entries,
        "waiting": _waiting(site_stock.open_documents(found), found.code),
        "may_see_costs": actor.may("costs.view"),
        "may_post": actor.may("stock.post"),
    }


def _state_filter(state: str) -> dict[str, Any]:
    options = [
        ("stock", _("With stock")),
        ("below", _("Below safety stock")),
        ("negative", _("Below zero")),
        ("aside", _("Set aside")),
        ("transit", _("In transit")),
        ("others", _("Goods of suppliers")),
    ]
    return {"label": _("State"), "name": "state", "value": state, "options": options}


def _waiting(counts: dict[str, int], code: str) -> list[dict[str, Any]]:
    """What waits at the site, in words, with where to look at it."""
    shown = (
        ("transfers_in", "truck-delivery", ngettext("%d transfer to here", "%d transfers to here", counts["transfers_in"]), f"/stock/transfers/?site={code}"),
        ("transfers_out", "truck", ngettext("%d transfer from here", "%d transfers from here", counts["transfers_out"]), f"/stock/transfers/?site={code}"),
        ("counts", "clipboard-list", ngettext("%d count", "%d counts", counts["counts"]), f"/stock/counts/?site={code}"),
        ("write_offs", "trash", ngettext("%d write-off", "%d write-offs", counts["write_offs"]), f"/stock/write-offs/?site={code}"),
        ("reconciliations", "clipboard-check", ngettext("%d reconciliation", "%d reconciliations", counts["reconciliations"]), f"/stock/reconciliations/?site={code}"),
        ("reservations", "lock", ngettext("%d reservation", "%d reservations", counts["reservations"]), f"/stock/reservations/?site={code}&state=open"),
        ("approvals", "checks", ngettext("%d movement to be approved", "%d movements to be approved", counts["approvals"]), f"/stock/movements/?site={code}&state=pending"),
    )  # fmt: skip
    return [
        {"icon": icon, "words": words % counts[name], "url": url}
        for name, icon, words, url in shown
        if counts[name]
    ]


def _export(code: str, asked: site_stock.SiteAsked, may_see_costs: bool) -> HttpResponse:
    rows, _count = site_stock.site_rows(asked, limit=EXPORT_ROWS)
    bodies = [site_stock.site_row_body(row, may_see_costs) for row in rows]
    names = list(bodies[0]) if bodies else ["sku"]
    return csv_response(f"stock-{code}.csv", names, [[body[name] for name in names] for body in bodies])
