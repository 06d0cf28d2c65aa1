"""The grid as a sheet to edit elsewhere: prices with the base versions that a later upload is merged by."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from pricing.models import PriceList
from pricing.queries.grid import GridFilter, grid_products, list_cells
from pricing.rules.sheets import base_text

WINDOW = 500
MOST_PRODUCTS = 20_000


def sheet_columns(lists: Sequence[PriceList]) -> list[str]:
    """Product, one column per list, then the bases."""
    heads = [f"{one.code} {one.currency}" for one in lists]
    return ["sku", "name", "category", "status", *heads, *(f"{one.code} base" for one in lists)]


def sheet_lines(
    wanted: GridFilter, lists: Sequence[PriceList], at: datetime
) -> Iterator[list[str | Decimal | None]]:
    """One line per product, up to 20,000. 5 queries per 500 products."""
    for offset in range(0, MOST_PRODUCTS, WINDOW):
        products = grid_products(wanted, at, offset=offset, limit=WINDOW)
        cells = list_cells([product.id for product in products], [one.pk for one in lists], at)
        for product in products:
            found = [cells.get((product.id, one.code)) for one in lists]
            amounts = [cell.amount.normalize() if cell else None for cell in found]
            bases = [
                base_text(cell.amount, cell.price_change_id) if cell else base_text(None, None)
                for cell in found
            ]
            yield [product.sku, product.name, product.category, product.status, *amounts, *bases]
        if len(products) < WINDOW:
            return
