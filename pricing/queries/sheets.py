"""Reading price sheets, and the live prices they are compared with."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, QuerySet
from django.http import Http404

from pricing.models import PriceChange, PriceSheet, PriceSheetRow
from pricing.queries.grid import list_cells
from pricing.queries.market import fetch_rows

ONE = Decimal(1)
Place = tuple[int, int, Decimal]


def live_amounts(
    places: Collection[Place], codes: dict[int, str], at: datetime
) -> dict[Place, tuple[Decimal, int | None]]:
    """(product, list, minimum quantity) → (live amount, price change); what has none is absent.

    codes: list id → code. A minimum of 1 counts derived prices, others the list's own rows. At most 4 queries.
    """
    products = {product for product, _list, _minimum in places}
    lists = {list_id for _product, list_id, _minimum in places}
    found: dict[Place, tuple[Decimal, int | None]] = {}
    cells = list_cells(products, lists, at)
    rows = fetch_rows(products, lists, at) if any(minimum != ONE for *_place, minimum in places) else {}
    for place in places:
        product, list_id, minimum = place
        cell = cells.get((product, codes[list_id])) if minimum == ONE else None
        if cell is not None:
            found[place] = (cell.amount, cell.price_change_id)
            continue
        for row in rows.get(product, {}).get(list_id, ()):
            if row.min_quantity == minimum:
                found[place] = (row.amount, row.price_change_id)
    return found


def sheet_of_owner(sheet_id: int, owner_id: int | None) -> PriceSheet:
    """One's own sheet. Raises Http404. 1 query."""
    found = PriceSheet.objects.select_related("change").filter(pk=sheet_id, owner_id=owner_id).first()
    if found is None:
        raise Http404(sheet_id)
    return found


def own_sheets(owner_id: int | None, limit: int = 20) -> list[PriceSheet]:
    """One's latest sheets; 1 query."""
    return list(PriceSheet.objects.select_related("change").filter(owner_id=owner_id).order_by("-pk")[:limit])


def sheet_rows(sheet_id: int, state: str = "") -> QuerySet[PriceSheetRow]:
    """Its rows in order of line; 1 query."""
    rows = PriceSheetRow.objects.filter(sheet_id=sheet_id).order_by("line", "pk")
    return rows.filter(state=state) if state else rows


def state_counts(sheet_id: int) -> Counter[str]:
    """State → rows; 1 query."""
    rows = PriceSheetRow.objects.filter(sheet_id=sheet_id).values_list("state").annotate(rows=Count("pk"))
    return Counter(dict(rows))


def changes_by_id(ids: Collection[int | None]) -> dict[int, PriceChange]:
    """Price changes with who prepared them; 1 query."""
    found = PriceChange.objects.select_related("prepared_by").filter(pk__in=[pk for pk in ids if pk])
    return {change.pk: change for change in found}
