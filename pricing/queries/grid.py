"""The price grid: products × lists with cost, margin and last change."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class GridFilter:
    """search: in SKU, name, barcode; category: a path prefix; order: sku, name, -sku, -name."""

    search: str = ""
    category: str = ""
    statuses: Sequence[str] = ()
    skus: Sequence[str] = ()
    order: str = "sku"


@dataclass(frozen=True)
class GridCell:
    """What one list asks for one product now (minimum quantity 1).

    derived: no row of its own. draft_amount: what the shown draft would set. findings: codes of the draft's line.
    """

    amount: Decimal | None = None
    derived: bool = False
    changed_at: datetime | None = None
    price_change_id: int | None = None
    margin_fraction: Decimal | None = None
    draft_amount: Decimal | None = None
    in_draft: bool = False
    findings: tuple[str, ...] = ()


@dataclass(frozen=True)
class GridRow:
    product_id: int
    sku: str
    name: str
    category: str
    status: str
    unit: str
    unit_cost: Decimal | None
    cost_currency: str
    changed_at: datetime | None
    cells: dict[str, GridCell] = field(default_factory=dict)


def grid_rows(
    wanted: GridFilter, list_codes: Sequence[str], *, draft_id: int | None = None, offset: int = 0, limit: int = 100
) -> list[GridRow]:
    """One window of the grid; cells by list code; a fixed number of queries."""
    raise NotImplementedError


def grid_total(wanted: GridFilter) -> int:
    """How many products match; 1 query."""
    raise NotImplementedError


def grid_lists() -> list[Any]:
    """Price lists in the order of the access sequence, base first (PriceList objects); 1 query."""
    raise NotImplementedError
