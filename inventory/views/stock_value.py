"""/stock/value/: what stock is worth and how old it is, by site, category, owner or product; /stock/costing/."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_POST

from catalog.access import access_site, visible_sites
from catalog.models import Category
from catalog.queries import products_by_sku
from catalog.queries.categories import categories_with_method
from inventory.access import access_site_ids
from inventory.actions.costing_methods import change_costing_method, set_standard_costs
from inventory.queries.ageing import ValueAsked, ValueRow, stock_value, totals
from inventory.queries.cost_layers import valuation_of
from inventory.queries.valuation import standard_costs, supplier_options
from inventory.transfers_forms import words
from inventory.valuation_forms import standard_from
from inventory.valuation_serializers import read_value_asked
from lib import clock
from lib.faults import Faults
from lib.sheets.writing import CONTENT_TYPES, csv_bytes, xlsx_bytes
from web.gates import actor_of, permission_required

PAGE_SIZE = 100
NAMES = ("group", "site", "category", "owner", "at", "sort")
SHOWN_STANDARDS = 50


@permission_required("costs.view")
@require_GET
def value(request: HttpRequest) -> HttpResponse:
    """Groups with value and age, totals by currency; with format=csv or xlsx as a file."""
    asked = {name: request.GET.get(name, "").replace("\x00", "")[:300] for name in NAMES}
    try:
        wanted = read_value_asked(asked)
    except Faults as refused:
        messages.error(request, refused.faults[0].detail)
        return redirect("stock-value")
    rows = stock_value(replace(wanted, site_ids=access_site_ids(actor_of(request), asked["site"])))
    if (form := request.GET.get("format", "")) in CONTENT_TYPES:
        return _file(wanted, rows, form)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    sums = totals(rows)
    context = {
        "page_obj": page,
        "rows": [_shown(row) for row in page.object_list],
        "sums": [_shown(row) for row in sums],
        "asked": wanted,
        "day": (wanted.day or clock.now().date()).isoformat(),
        "today": clock.now().date().isoformat(),
        "filters": _filters(request, asked, wanted),
    }
    return render(request, "inventory/stock_value.html", context)


def _shown(row: ValueRow) -> dict[str, Any]:
    return {"row": row, "ages": list(zip(bucket_words(), row.values, strict=True))}


def bucket_words() -> list[str]:
    """The buckets' names: days since the goods came."""
    return ["0–30", "31–60", "61–90", "91–180", _("over 180")]


def _filters(request: HttpRequest, asked: dict[str, str], wanted: ValueAsked) -> list[dict[str, Any]]:
    groups = [
        ("site", _("Site")),
        ("category", _("Category")),
        ("owner", pgettext("stock", "Owner")),
        ("product", _("Product")),
    ]
    sorts = [("key", _("Name, code")), ("value", _("Largest value")), ("oldest", _("Most in the oldest"))]
    sites = [(site.code, site.name) for site in visible_sites(actor_of(request)).order_by("name")]
    owners = [("own", _("Our own goods")), *supplier_options()]
    categories = [(one.path, one.path) for one in categories_with_method()]
    return [
        {"label": _("Grouped by"), "name": "group", "value": wanted.group, "options": groups},
        {"label": _("Site"), "name": "site", "value": asked["site"], "options": sites},
        {"label": _("Category"), "name": "category", "value": asked["category"], "options": categories},
        {"label": pgettext("stock", "Owner"), "name": "owner", "value": asked["owner"], "options": owners},
        {"label": _("Order"), "name": "sort", "value": wanted.sort, "options": sorts},
    ]


def _file(wanted: ValueAsked, rows: list[ValueRow], form: str) -> HttpResponse:
    days = bucket_words()
    columns = [
        _("Code"), pgettext("stock", "Name"), _("Currency"), _("Quantity"), _("Value"),
        *(f"{_('Value')} {word} d" for word in days), *(f"{_('Quantity')} {word} d" for word in days),
    ]  # fmt: skip
    cells = (
        [row.key, row.label, row.currency, row.quantity, row.value, *row.values, *row.quantities]
        for row in rows
    )
    made = csv_bytes(columns, cells) if form == "csv" else xlsx_bytes(_("Value of stock"), columns, cells)
    answer = HttpResponse(made, content_type=CONTENT_TYPES[form])
    day = (wanted.day or clock.now().date()).isoformat()
    answer["Content-Disposition"] = f'attachment; filename="stock-value-{wanted.group}-{day}.{form}"'
    return answer


@permission_required("costs.view")
@require_GET
def product_value(request: HttpRequest, sku: str) -> HttpResponse:
    """A fragment: how the product is valued at one site, with its cost layers."""
    site = access_site(actor_of(request), request.GET.get("site", "").replace("\x00", ""))
    product = products_by_sku([sku]).get(sku)
    if product is None:
        raise Http404(sku)
    found = valuation_of(product.pk, site.pk, clock.now())
    method = Category.Costing(found.method).label if found else ""
    return render(request, "inventory/cost_layers.html", {"site": site, "found": found, "method": method})


@permission_required("costs.view")
@require_GET
def costing(request: HttpRequest) -> HttpResponse:
    """How each category's stock is valued, and the newest standard costs."""
    return render(request, "inventory/costing.html", _costing_context(request))


def _costing_context(request: HttpRequest, refused: Faults | None = None) -> dict[str, Any]:
    page = Paginator(categories_with_method(), PAGE_SIZE).get_page(request.GET.get("page"))
    return {
        "page_obj": page,
        "methods": Category.Costing.choices,
        "standards": standard_costs()[:SHOWN_STANDARDS],
        "may_edit": actor_of(request).may("costs.edit"),
        "faults": refused.faults if refused else [],
    }


@permission_required("costs.edit")
@require_POST
def change_method(request: HttpRequest) -> HttpResponse:
    """Value a category by another method; stock on hand only when the form says to take it over."""
    try:
        made = change_costing_method(
            actor=actor_of(request),
            category=words(request.POST, "category", 300),
            method=words(request.POST, "method", 8),
            reason=words(request.POST, "reason"),
            revalue=request.POST.get("revalue") == "on",
        )
    except Faults as refused:
        context = _costing_context(request, refused)
        return render(request, "inventory/costing.html", context, status=refused.status)
    text = _("%(category)s is valued by %(method)s now.")
    messages.success(request, text % {"category": made.path, "method": made.get_costing_method_display()})
    return redirect("stock-costing")


@permission_required("costs.edit")
@require_POST
def set_standard(request: HttpRequest) -> HttpResponse:
    """Set one standard cost from now on; stock on hand is revalued at once."""
    try:
        row = standard_from(request.POST)
        set_standard_costs(actor=actor_of(request), rows=[row], reason=words(request.POST, "reason"))
    except Faults as refused:
        context = _costing_context(request, refused)
        return render(request, "inventory/costing.html", context, status=refused.status)
    messages.success(request, _("The standard of %(sku)s is in force.") % {"sku": row.sku})
    return redirect("stock-costing")
