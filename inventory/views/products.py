"""/stock/: products with stock; /stock/products/<sku>/: one product site by site."""

from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from catalog.access import access_site, visible_site_ids_or_all, visible_sites
from catalog.models import Product
from catalog.queries import products_by_sku
from catalog.queries.bills import kind_at
from inventory.actions.safety_stock import give_safety_stock
from inventory.queries import stock
from inventory.views.product_page import grouped, product_totals
from inventory.views.texts import csv_response, kind_word, place_word
from lib import clock
from lib.faults import Faults
from web.gates import actor_of, permission_required

MAX_COVER = 500


def _asked(request: HttpRequest) -> stock.StockAsked:
    site = request.GET.get("site", "")
    ids = (
        frozenset({access_site(actor_of(request), site).pk}) if site else request.chosen_site_ids()  # type: ignore[attr-defined]
    )
    return stock.StockAsked(
        words=request.GET.get("q", "").replace("\x00", "").strip()[:100],
        category=request.GET.get("category", "").replace("\x00", "")[:300],
        state=request.GET.get("state", ""),
        site_ids=ids,
        sort=request.GET.get("sort", "sku"),
    )


class _Rows:
    """A list that reads only the page it is asked for; the total comes with it."""

    ordered = True

    def __init__(self, asked: stock.StockAsked) -> None:
        self.asked = asked
        self.first, self.total = stock.stock_rows(asked)

    def __len__(self) -> int:
        return self.total

    def __getitem__(self, part: slice) -> list[dict[str, Any]]:
        if part.start in (0, None):
            return self.first[: part.stop]
        return stock.stock_rows(self.asked, offset=part.start, limit=part.stop - part.start)[0]


@permission_required("stock.view")
@require_GET
def products(request: HttpRequest) -> HttpResponse:
    """Products with on hand, available, in transit and cover, filtered and sorted by the server."""
    asked = _asked(request)
    paginator: Paginator[Any] = Paginator(_Rows(asked), stock.PAGE_SIZE)  # type: ignore[arg-type]
    page = paginator.get_page(request.GET.get("page"))
    context = {"page_obj": page, "asked": asked, "filters": _filters(request), "sort": "sku", "most_days": 30}
    return render(request, "inventory/products.html", context)


def _filters(request: HttpRequest) -> list[dict[str, Any]]:
    sites = [(site.code, site.name) for site in visible_sites(actor_of(request)).order_by("name")]
    states = [
        ("negative", _("Below zero")),
        ("out", _("Selling, none left")),
        ("below", _("Below safety stock")),
        ("transit", _("On its way")),
    ]
    return [
        {"label": _("Site"), "name": "site", "value": request.GET.get("site", ""), "options": sites},
        {"label": _("State"), "name": "state", "value": request.GET.get("state", ""), "options": states},
    ]


@permission_required("stock.view")
@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """What the list shows, as CSV, up to 20,000 products."""
    rows, _total = stock.stock_rows(_asked(request), limit=stock.EXPORT_ROWS)
    names = (
        "sku",
        "name",
        "category",
        "unit",
        "on_hand",
        "reserved",
        "available",
        "in_transit",
        "per_day",
        "cover",
    )
    return csv_response("stock.csv", names, [[row[name] for name in names] for row in rows])


@permission_required("stock.view")
@require_GET
def cover(request: HttpRequest) -> JsonResponse:
    """?skus=A,B → {sku: {available, per_day, cover_days}} over the sites chosen; for other apps' pages."""
    skus = [sku for sku in request.GET.get("skus", "").replace("\x00", "").split(",") if sku][:MAX_COVER]
    known = products_by_sku(skus)
    ids = request.chosen_site_ids()  # type: ignore[attr-defined]
    covers = stock.stock_cover([product.pk for product in known.values()], ids)
    return JsonResponse(
        {
            sku: {name: None if value is None else str(value) for name, value in covers[product.pk].items()}
            for sku, product in known.items()
            if product.pk in covers
        }
    )


def _product(sku: str) -> Product:
    found = products_by_sku([sku]).get(sku)
    if found is None:
        raise Http404(sku)
    return found


@permission_required("stock.view")
@require_GET
def product(request: HttpRequest, sku: str) -> HttpResponse:
    """Figures, sites by region with cover, and for the chosen site chart, ledger and lots."""
    actor, found = actor_of(request), _product(sku)
    rows = stock.product_sites(found.pk, visible_site_ids_or_all(actor))
    chosen = next((row for row in rows if row["code"] == request.GET.get("site")), rows[0] if rows else None)
    only_below = request.GET.get("below") == "1"
    context = {
        "product": found,
        "regions": grouped([row for row in rows if row["is_below"] or not only_below]),
        "totals": product_totals(rows),
        "chosen": chosen,
        "made_as": kind_at(found.sku, clock.now()),
        "only_below": only_below,
        "ledger": _ledger(found.pk, chosen["id"]) if chosen else [],
        "lots": stock.product_lots(found.pk, chosen["id"]) if chosen else [],
        "may_post": actor.may("stock.post"),
        "may_give": actor.may("safety_stock.edit"),
    }
    return render(request, "inventory/product.html", context)


def _ledger(product_id: int, site_id: int) -> list[dict[str, Any]]:
    rows = stock.product_ledger(product_id, site_id)
    for row in rows:
        row["kind_word"], row["counter"] = kind_word(row["kind"]), place_word(row["counter"])
    return rows


@permission_required("stock.view")
@require_GET
def chart(request: HttpRequest, sku: str) -> JsonResponse:
    """On hand, demand and safety stock of one site over 90 days."""
    site = access_site(actor_of(request), request.GET.get("site", ""))
    line = stock.stock_line(_product(sku).pk, site.pk, site.timezone, clock.now())
    return JsonResponse(
        {
            "points": [[at.isoformat(), float(quantity)] for at, quantity in line["points"]],
            "demand": [[day, float(quantity)] for day, quantity in line["demand"]],
            "safety": None if line["safety"] is None else float(line["safety"]),
            "words": {
                "on_hand": _("On hand"),
                "demand": _("Demand per day"),
                "safety": _("Safety stock"),
                "label": _("Stock, demand and safety stock of %(sku)s at %(site)s")
                % {"sku": sku, "site": site.name},
            },
        }
    )


@permission_required("safety_stock.edit")
@require_POST
def safety(request: HttpRequest, sku: str) -> HttpResponse:
    """Give a site's safety stock by hand; empty gives it back to the computation."""
    text, site = request.POST.get("units", "").strip(), request.POST.get("site", "")
    try:
        units = Decimal(text) if text else None
        give_safety_stock(
            actor=actor_of(request),
            site_code=site,
            product_id=_product(sku).pk,
            units=units,
            reason=request.POST.get("reason", "")[:500],
        )
        messages.success(request, _("Safety stock is kept."))
    except InvalidOperation:
        messages.error(request, _("This is not a number. Nothing was changed."))
    except Faults as refused:
        messages.error(request, refused.faults[0].detail)
    response = redirect("stock-product", sku)
    response["Location"] += f"?{urlencode({'site': site})}"
    return response
