"""The price grid: a window of products × lists over the whole catalogue. Kept by the pages of pricing.

Products come by offset, 100 at a time; what a list asks is worked out by `rules.resolution`, the same as for a quote.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from catalog.queries import exchange_rates, unit_costs
from pricing.models import PriceList
from pricing.rules.resolution import ListFacts, Rate, RateProblem, Row, list_price

MAX_WINDOW = 500
SORTS = {"sku": "p.sku", "name": "p.name", "cost": "cost.amount", "changed": "moved.at"}


@dataclass(frozen=True)
class GridFilter:
    """search: in SKU, name or barcode; category: a path and what lies below; changed_days: 0 for any.

    draft_id: only products of that draft. order: a key of SORTS or "price:<list code>", with "-" for descending.
    """

    search: str = ""
    category: str = ""
    statuses: Sequence[str] = ()
    changed_days: int = 0
    draft_id: int | None = None
    order: str = "sku"


@dataclass(frozen=True)
class GridProduct:
    id: int
    sku: str
    name: str
    category: str
    status: str
    tax_class: str
    unit: str


@dataclass(frozen=True)
class ListCell:
    """What one list asks for one product (minimum quantity 1). is_derived: the list has no row of its own."""

    amount: Decimal
    is_derived: bool
    price_change_id: int | None
    valid_from: datetime | None


def grid_products(wanted: GridFilter, at: datetime, *, offset: int = 0, limit: int = 100) -> list[GridProduct]:
    """One window of products. 1 query."""
    joins, order, values = _order_sql(wanted.order, at)
    where, found = _where_sql(wanted, at)
    statement = (
        "SELECT p.id, p.sku, p.name, coalesce(c.path, ''), p.status, p.tax_class, p.unit FROM catalog_product p"
        f" LEFT JOIN catalog_category c ON c.id = p.category_id {joins} WHERE {where}"
        f" ORDER BY {order} OFFSET %(offset)s LIMIT %(limit)s"
    )
    window = {"offset": max(offset, 0), "limit": min(max(limit, 1), MAX_WINDOW)}
    with connection.cursor() as cursor:
        cursor.execute(statement, {**values, **found, **window})
        return [GridProduct(*row) for row in cursor.fetchall()]


def grid_count(wanted: GridFilter, at: datetime) -> int:
    """How many products match. 1 query."""
    where, values = _where_sql(wanted, at)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM catalog_product p LEFT JOIN catalog_category c ON c.id = p.category_id"
            f" WHERE {where}",
            values,
        )
        return int(cursor.fetchone()[0])


def _where_sql(wanted: GridFilter, at: datetime) -> tuple[str, dict[str, Any]]:
    parts, values = ["true"], {}
    text = wanted.search.replace("\x00", "").strip()
    if text:
        escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        parts.append("(p.sku ILIKE %(inside)s OR p.name ILIKE %(inside)s OR p.barcode = %(text)s)")
        values |= {"inside": f"%{escaped}%", "text": text}
    if wanted.category:
        parts.append("(c.path = %(category)s OR starts_with(c.path, %(below)s))")
        values |= {"category": wanted.category, "below": f"{wanted.category} / "}
    if wanted.statuses:
        parts.append("p.status = ANY(%(statuses)s)")
        values |= {"statuses": list(wanted.statuses)}
    if wanted.changed_days:
        parts.append(
            "EXISTS (SELECT 1 FROM pricing_price x WHERE x.product_id = p.id AND upper_inf(x.known)"
            " AND lower(x.valid) BETWEEN %(since)s AND %(at)s)"
        )
        values |= {"since": at - timedelta(days=wanted.changed_days), "at": at}
    if wanted.draft_id is not None:
        parts.append("p.id IN (SELECT product_id FROM pricing_pricechangeline WHERE change_id = %(draft)s)")
        values |= {"draft": wanted.draft_id}
    return " AND ".join(parts), values


def _order_sql(order: str, at: datetime) -> tuple[str, str, dict[str, Any]]:
    """(joins, order, values); the SKU decides between equals."""
    name = order.removeprefix("-")
    way = "DESC NULLS LAST" if order.startswith("-") else "ASC NULLS LAST"
    if name.startswith("price:"):
        join = (
            "LEFT JOIN pricing_price own ON own.product_id = p.id AND own.min_quantity = 1"
            " AND own.price_list_id = (SELECT id FROM pricing_pricelist WHERE code = %(order_list)s)"
            " AND upper_inf(own.known) AND own.valid @> %(order_at)s::timestamptz"
        )
        return join, f"own.amount {way}, p.sku", {"order_list": name[6:], "order_at": at}
    join = {
        "cost": "LEFT JOIN LATERAL (SELECT u.amount FROM catalog_unitcost u WHERE u.product_id = p.id"
        " AND u.valid_from <= %(order_at)s ORDER BY u.valid_from DESC LIMIT 1) cost ON true",
        "changed": "LEFT JOIN (SELECT x.product_id, max(lower(x.valid)) AS at FROM pricing_price x"
        " WHERE upper_inf(x.known) AND lower(x.valid) <= %(order_at)s GROUP BY 1) moved ON moved.product_id = p.id",
    }.get(name, "")
    column = SORTS.get(name, "p.sku")
    return join, f"{column} {way}" + ("" if column == "p.sku" else ", p.sku"), {"order_at": at}


def grid_lists() -> list[PriceList]:
    """Every price list, base first, then regions, channels, sites, promotions. 1 query."""
    kinds = {"base": 0, "region": 1, "channel": 2, "site": 3, "promotion": 4}
    found = PriceList.objects.select_related("region", "channel", "site", "parent")
    return sorted(found, key=lambda one: (kinds[one.kind], -one.priority, one.code))


def facts_of(one: PriceList) -> ListFacts:
    """A list as the rules see it."""
    return ListFacts(
        id=one.pk, code=one.code, name=one.name, currency=one.currency, kind=one.kind, parent_id=one.parent_id,
        region_id=one.region_id, channel_id=one.channel_id, site_id=one.site_id, priority=one.priority,
        float_fraction=one.float_fraction, ends_in=one.ends_in, tax_included=one.tax_included,
        exclusive=one.exclusive,
    )  # fmt: skip


def price_rows(product_ids: Collection[int], at: datetime) -> dict[int, dict[int, list[Row]]]:
    """Product → list → its rows valid at `at` as known now. 1 query."""
    rows: dict[int, dict[int, list[Row]]] = {product_id: {} for product_id in product_ids}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT product_id, price_list_id, min_quantity, amount, price_change_id, lower(valid)"
            " FROM pricing_price WHERE product_id = ANY(%s) AND upper_inf(known) AND valid @> %s::timestamptz",
            [list(product_ids), at],
        )
        for product_id, list_id, *row in cursor.fetchall():
            rows[product_id].setdefault(list_id, []).append(Row(*row))
    return rows


def list_cells(
    product_ids: Collection[int], lists: Sequence[PriceList], book: Sequence[PriceList], at: datetime
) -> dict[tuple[int, str], ListCell]:
    """(product, list code) → what `lists` ask at `at`; absent where there is no price, or no rate. 2 queries."""
    facts = {one.pk: facts_of(one) for one in book}
    rates = rate_finder({one.currency for one in book}, at)
    cells: dict[tuple[int, str], ListCell] = {}
    for product_id, rows in price_rows(product_ids, at).items():
        for one in lists:
            try:
                priced = list_price(facts[one.pk], facts, rows, Decimal(1), rates)
            except RateProblem:
                continue
            if priced is not None:
                row = priced.row
                cells[product_id, one.code] = ListCell(
                    amount=priced.amount,
                    is_derived=one.pk not in rows,
                    price_change_id=row.price_change_id if row else None,
                    valid_from=row.valid_from if row else None,
                )
    return cells


class rate_finder:  # noqa: N801 - called like the function it stands for
    """Rates between `currencies` on one day, read once. Calling raises RateProblem where there is none. 1 query."""

    def __init__(self, currencies: Collection[str], at: datetime) -> None:
        pairs = [(a, b) for a in currencies for b in currencies if a != b]
        self._found = exchange_rates(pairs, at.date()) if pairs else {}

    def __call__(self, base: str, quote: str) -> Rate:
        if base == quote:
            return Rate(Decimal(1))
        found = self._found.get((base, quote))
        if found is None or isinstance(found, Exception):
            raise RateProblem("missing_exchange_rate", f"There is no rate from {base} to {quote}.")
        return Rate(found.rate, found.on, found.path)


def costs_of(product_ids: Collection[int], at: datetime) -> dict[int, tuple[Decimal, str]]:
    """Product → (net unit cost, currency). 1 query."""
    return unit_costs(product_ids, at)


def category_counts(limit: int = 200) -> list[tuple[str, int]]:
    """Category paths with their number of products, in order of path. 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.path, count(p.id) FROM catalog_category c JOIN catalog_product p ON p.category_id = c.id"
            " GROUP BY c.path ORDER BY c.path LIMIT %s",
            [limit],
        )
        return [(path, count) for path, count in cursor.fetchall()]
