"""/stock/kits/: bundles and kits, what they are made of, and what of them can be sold."""

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from catalog.access import visible_site_ids_or_all
from catalog.models import BillOfMaterials, Product
from catalog.queries import products_by_sku
from catalog.queries.bills import bills
from inventory.actions.kits import RIGHT, set_bill
from inventory.kits_forms import LINES, bill_from
from inventory.queries.kits import BundleAsked, bundle_page, kit_rows
from lib import clock
from lib.faults import Faults
from web.gates import actor_of, permission_required

PAGE_SIZE = 50


class _Rows:
    """A list that reads only the page it is asked for; the total comes with it."""

    ordered = True

    def __init__(self, request: HttpRequest, asked: dict[str, str]) -> None:
        self.asked, self.at = asked, clock.now()
        self.sites = request.chosen_site_ids()  # type: ignore[attr-defined]
        self.first, self.total = kit_rows(self.at, self.sites, asked, (0, PAGE_SIZE))

    def __len__(self) -> int:
        return self.total

    def __getitem__(self, part: slice) -> list[dict[str, Any]]:
        if part.start in (0, None):
            return self.first[: part.stop]
        return kit_rows(self.at, self.sites, self.asked, (part.start, part.stop - part.start))[0]


@permission_required("stock.view")
@require_GET
def kits(request: HttpRequest) -> HttpResponse:
    """Products with a bill in force; ?open=SKU goes to one, with a bill or without."""
    wanted = request.GET.get("open", "").replace("\x00", "").strip()
    if wanted:
        if wanted in products_by_sku([wanted]):
            return redirect("stock-kit", wanted)
        messages.warning(request, _("There is no product %(sku)s.") % {"sku": wanted[:64]})
    asked = {
        "words": request.GET.get("q", "").replace("\x00", "").strip()[:100],
        "kind": request.GET.get("kind", ""),
    }
    rows: Any = _Rows(request, asked)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    kinds = [("bundle", _("Bundle")), ("kit", _("Kit"))]
    context = {
        "page_obj": page,
        "asked": asked,
        "filters": [{"label": _("Kind"), "name": "kind", "value": asked["kind"], "options": kinds}],
        "may_edit": actor_of(request).may(RIGHT),
    }
    return render(request, "inventory/kits.html", context)


@permission_required("stock.view")
@require_GET
def kit(request: HttpRequest, sku: str) -> HttpResponse:
    """One product: what it is made of now, what can be sold where, and every version."""
    return render(request, "inventory/kit.html", _context(request, _product(sku)))


@permission_required("bills.edit")
@require_POST
def save(request: HttpRequest, sku: str) -> HttpResponse:
    """A new version of the bill; what is refused stays typed."""
    product = _product(sku)
    try:
        set_bill(actor=actor_of(request), draft=bill_from(product.sku, request.POST))
    except Faults as refused:
        context = _context(request, product) | {"faults": refused.faults, "typed": request.POST}
        context["rows"] = _typed_rows(request.POST.getlist("sku"), request.POST.getlist("quantity"))
        return render(request, "inventory/kit.html", context, status=refused.status)
    messages.success(request, _("The bill of materials is saved."))
    return redirect("stock-kit", product.sku)


def _product(sku: str) -> Product:
    product = products_by_sku([sku]).get(sku)
    if product is None:
        raise Http404(sku)
    return product


def _context(request: HttpRequest, product: Product) -> dict[str, Any]:
    now, actor = clock.now(), actor_of(request)
    versions = list(bills(sku=product.sku)[:50])
    current = next((bill for bill in versions if bill.valid_from <= now), None)
    lines = list(current.lines.all()) if current else []
    sold = bundle_page(BundleAsked(now, sku=product.sku, site_ids=visible_site_ids_or_all(actor)))[0]
    return {
        "product": product,
        "versions": versions,
        "current": current if current and current.kind != "ended" else None,
        "lines": lines,
        "places": sold,
        "sellable": sum((Decimal(row["available"]) for row in sold), Decimal(0)),
        "kinds": BillOfMaterials.Kind.choices,
        "rows": _typed_rows(
            [line.component.sku for line in lines], [f"{line.quantity.normalize():f}" for line in lines]
        ),
        "may_edit": actor.may(RIGHT),
        "may_post": actor.may("stock.post"),
    }


def _typed_rows(skus: list[str], quantities: list[str]) -> list[tuple[str, str]]:
    typed = list(zip(skus, quantities, strict=False))[:200]
    return typed + [("", "")] * max(LINES - len(typed), 2)
