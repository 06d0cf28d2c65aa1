"""/prices/changes/: the list of changes, and the answers of the frame's search."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from catalog.queries import search_products
from lib.sheets.writing import CONTENT_TYPES, csv_bytes, xlsx_bytes
from pricing.forms import whole_number
from pricing.models import PriceChange
from pricing.queries.change_list import ChangeFilter, found_changes
from pricing.queries.price_lists import lists_named
from web.gates import actor_of, permission_required

PAGE = 50
MOST_ROWS = 50_000


@permission_required("prices.view")
@require_GET
def changes(request: HttpRequest) -> HttpResponse:
    """Changes, newest first, by state, preparer and words."""
    actor = actor_of(request)
    state = request.GET.get("state", "")
    wanted = ChangeFilter(
        state=state if state in PriceChange.State.values else "",
        prepared_by_id=actor.id if request.GET.get("who") == "me" else None,
        words=request.GET.get("q", "")[:100],
        order=request.GET.get("sort", ""),
    )
    if (form := request.GET.get("format", "")) in CONTENT_TYPES:
        return _file(found_changes(wanted), form)
    page = Paginator(found_changes(wanted), PAGE).get_page(whole_number(request.GET.get("page"), 1))
    context = {
        "page_obj": page,
        "filters": _filters(wanted),
        "wanted": wanted,
        "may_edit": actor.may("prices.edit"),
    }
    return render(request, "pricing/changes.html", context)


def _file(found: QuerySet[PriceChange], form: str) -> HttpResponse:
    """What is shown, all pages of it up to MOST_ROWS, as CSV or XLSX."""
    columns = [
        _("Reference"), _("Title"), _("State"), _("Lines"), _("Takes effect"), _("Until"), _("Prepared by"), _("Decided by"),
    ]  # fmt: skip
    rows = (
        (
            one.reference,
            one.title,
            one.get_state_display(),
            one.line_count,
            one.effective_from.isoformat() if one.effective_from else "",
            one.effective_until.isoformat() if one.effective_until else "",
            one.prepared_by_name,
            one.decided_by_name,
        )
        for one in found[:MOST_ROWS]
    )
    made = csv_bytes(columns, rows) if form == "csv" else xlsx_bytes(_("Price changes"), columns, rows)
    answer = HttpResponse(made, content_type=CONTENT_TYPES[form])
    answer["Content-Disposition"] = f'attachment; filename="price-changes.{form}"'
    return answer


@permission_required("prices.view")
@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """Rows for the search of the frame."""
    words = request.GET.get("q", "").strip()[:100]
    found = found_changes(ChangeFilter(words=words))[:5] if len(words) > 1 else []
    return render(request, "pricing/parts/search_rows.html", {"changes": found})


@permission_required("prices.view")
@require_GET
def search_prices(request: HttpRequest) -> HttpResponse:
    """Products by their prices over time, and price lists, for the search of the frame."""
    words = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    lists = lists_named(words) if len(words) > 1 else []
    context = {"hits": search_products(words, limit=5), "lists": lists}
    return render(request, "pricing/parts/price_search_rows.html", context)


def _filters(wanted: ChangeFilter) -> list[dict[str, Any]]:
    return [
        {"label": _("State"), "name": "state", "value": wanted.state, "options": PriceChange.State.choices},
        {
            "label": _("Prepared by"),
            "name": "who",
            "icon": "user",
            "value": "me" if wanted.prepared_by_id else "",
            "options": [("me", _("me"))],
        },
    ]
