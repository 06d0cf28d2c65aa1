"""/prices/lists/: every price list, what it is derived from and how much stands in it."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET

from lib import clock
from lib.sheets.writing import CONTENT_TYPES, csv_bytes, xlsx_bytes
from pricing.access import editable_lists
from pricing.models import PriceList
from pricing.queries.grid import grid_lists
from pricing.queries.list_counts import ListCounts, list_counts
from pricing.queries.list_rules import lists_waiting
from web.gates import actor_of, permission_required


@permission_required("prices.view")
@require_GET
def lists(request: HttpRequest) -> HttpResponse:
    """Lists in the order of the access sequence, base first; with format=csv or xlsx as a file."""
    counts = list_counts(clock.now())
    rows = [{"list": one, "counts": counts.get(one.pk)} for one in grid_lists()]
    if (form := request.GET.get("format", "")) in CONTENT_TYPES:
        return _file(rows, form)
    actor = actor_of(request)
    stoppable = editable_lists(actor) if actor.may("promotions.stop") else {}
    return render(
        request,
        "pricing/lists.html",
        {
            "rows": rows,
            "stoppable": stoppable,
            "may_edit_lists": actor.may("price_lists.edit"),
            "waiting": lists_waiting(),
        },
    )


def _file(rows: Sequence[dict[str, Any]], form: str) -> HttpResponse:
    columns = [
        _("Code"), pgettext("product", "Name"), _("Kind"), _("Applies to"), _("Currency"), _("Priority"),
        _("Derived from"), _("Own prices"), _("To come"), _("Last change"),
    ]  # fmt: skip
    cells = (_line(row["list"], row["counts"]) for row in rows)
    made = csv_bytes(columns, cells) if form == "csv" else xlsx_bytes(_("Price lists"), columns, cells)
    answer = HttpResponse(made, content_type=CONTENT_TYPES[form])
    answer["Content-Disposition"] = f'attachment; filename="price-lists.{form}"'
    return answer


def _line(one: PriceList, counts: ListCounts | None) -> list[Any]:
    places = (one.site or one.region, one.channel, one.customer_group)
    return [
        one.code,
        one.name,
        one.get_kind_display(),
        " · ".join(place.name for place in places if place) or _("everywhere"),
        one.currency,
        one.priority,
        one.parent.code if one.parent else "",
        counts.valid if counts else 0,
        counts.scheduled if counts else 0,
        counts.last_at.isoformat() if counts and counts.last_at else "",
    ]
