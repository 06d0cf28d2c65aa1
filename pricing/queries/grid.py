"""The price grid: a window of products × lists over the whole catalogue. Kept by the pages of pricing.

Products come by offset, 100 at a time; what a list asks is worked out by `rules.resolution`, the same as for a quote.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from catalog.models import Product, Site
from catalog.queries import tax_rates, unit_costs
from pricing.models import PriceList
from pricing.queries.competitors import FRESH_DAYS
from pricing.queries.limits import LimitBook
from pricing.queries.list_book import price_list_book
from pricing.queries.loads import LoadBook, SubsidyBook
from pricing.queries.market import RateBoard, SiteFacts, channels, derivation_pairs, fetch_rows
from pricing.queries.market_cells import SEEN_SQL, market_order_sql
from pricing.rules.formulas import MarginFacts
from pricing.rules.margins import Left, left_on
from pricing.rules.resolution import Book, RateProblem, list_price

MAX_WINDOW = 500
SORTS = {"sku": "p.sku", "name": "p.name", "cost": "cost.amount", "changed": "moved.at"}


@dataclass(frozen=True)
class GridFilter:
    """search: in SKU, name or barcode; category: a path and what lies below; changed_days: 0 for any.

    draft_id: only products of that draft. is_seen: only those a competitor was seen with lately. order: a key of SORTS,
    "price:<list code>" or "market:<list code>", with "-" for descending.
    """

    search: str = ""
    category: str = ""
    statuses: Sequence[str] = ()
    changed_days: int = 0
    draft_id: int | None = None
    order: str = "sku"
    is_seen: bool = False


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


def grid_products(
    wanted: GridFilter, at: datetime, *, offset: int = 0, limit: int = 100
) -> list[GridProduct]:
    """One window of products. 1 query."""
    joins, order, values = _order_sql(wanted.order, at)
    where, found = where_sql(wanted, at)
    statement = (
        "SELECT p.id, p.sku, p.name, coalesce(c.path, ''), p.status, p.tax_class, p.unit FROM catalog_product p"
        f" LEFT JOIN catalog_category c ON c.id = p.category_id {joins} WHERE {where}"
        f" ORDER BY {order} OFFSET %(offset)s LIMIT %(limit)s"
    )
    window = {"offset": max(offset, 0), "limit": min(max(limit, 1), MAX_WINDOW)}
    with connection.cursor() as cursor:
        cursor.execute(statement, {**values, **found, **window})
        return [GridProduct(*row) for row in cursor.fetchall()]


def has_products() -> bool:
    """Whether the house has any product yet. 1 query."""
    return Product.objects.exists()


def grid_count(wanted: GridFilter, at: datetime) -> int:
    """How many products match. 1 query."""
    where, values = where_sql(wanted, at)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM catalog_product p LEFT JOIN catalog_category c ON c.id = p.category_id"
            f" WHERE {where}",
            values,
        )
        return int(cursor.fetchone()[0])


def where_sql(wanted: GridFilter, at: datetime) -> tuple[str, dict[str, Any]]:
    parts = ["true"]
    values: dict[str, Any] = {}
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
    if wanted.is_seen:
        parts.append(SEEN_SQL)
        values |= {"seen_at": at, "seen_since": at - timedelta(days=FRESH_DAYS)}
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
    if name.startswith("market:"):
        join, values = market_order_sql(name[7:], at)
        return (join, f"market.amount {way}, p.sku", values) if join else ("", "p.sku", {})
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
    found = PriceList.objects.select_related("region", "channel", "site", "parent", "customer_group")
    return sorted(found, key=lambda one: (kinds[one.kind], -one.priority, one.pk))


def list_cells(
    product_ids: Collection[int], list_ids: Collection[int], at: datetime
) -> dict[tuple[int, str], ListCell]:
    """(product, list code) → what the lists ask at `at`; absent where there is no price, or no rate. 3 queries."""
    book = price_list_book(at)
    rates = RateBoard(derivation_pairs(book), at.astimezone(UTC).date())
    cells: dict[tuple[int, str], ListCell] = {}
    for product_id, rows in fetch_rows(product_ids, list(book), at).items():
        for list_id in list_ids:
            try:
                priced = list_price(book[list_id], book, rows, Decimal(1), rates)
            except RateProblem:
                continue
            if priced is not None:
                row = priced.row
                cells[product_id, book[list_id].code] = ListCell(
                    amount=priced.amount,
                    is_derived=list_id not in rows,
                    price_change_id=row.price_change_id if row else None,
                    valid_from=row.valid_from if row else None,
                )
    return cells


@dataclass(frozen=True)
class MarginBook:
    """What prices are weighed against; asked per product and list without further queries."""

    costs: dict[int, tuple[Decimal, str]]
    products: dict[int, tuple[str, int | None]]
    loads: LoadBook
    lists: Book
    rates: RateBoard

    def cost_in(self, product_id: int, currency: str) -> Decimal | None:
        """The net unit cost in `currency`; None when it is unknown or there is no rate."""
        amount, own = self.costs.get(product_id, (None, ""))
        if amount is None or own == currency:
            return amount
        try:
            return amount * self.rates(own, currency).rate
        except RateProblem:
            return None

    def of(self, product_id: int, list_id: int) -> MarginFacts:
        """The facts of one product in one list."""
        facts = self.lists[list_id]
        tax_class, category_id = self.products.get(product_id, ("", None))
        loads = self.loads.of(facts, tax_class, category_id, product_id)
        return MarginFacts(self.cost_in(product_id, facts.currency), loads, facts.tax_included)

    def left_at(self, product_id: int, price_list: str, site: str, net: Decimal) -> Left | None:
        """What a unit at this net price leaves where a list sells at one site; None when the cost is unknown."""
        facts = next(one for one in self.lists.values() if one.code == price_list)
        cost = self.cost_in(product_id, facts.currency)
        tax_class, category_id = self.products.get(product_id, ("", None))
        there = replace(self.loads, sites=[one for one in self.loads.sites if one.code == site], _made={})
        load = there.of(facts, tax_class, category_id, product_id)[0]
        return None if cost is None else left_on(net, load, cost)


def margin_book(product_ids: Collection[int], at: datetime) -> MarginBook:
    """What to weigh prices of these products against at `at`. At most 12 queries, whatever the number of products."""
    book = price_list_book(at)
    on = at.astimezone(UTC).date()
    costs = unit_costs(product_ids, at)
    found = Product.objects.filter(pk__in=list(product_ids)).values_list("pk", "tax_class", "category_id")
    products: dict[int, tuple[str, int | None]] = {
        pk: (tax_class, category_id) for pk, tax_class, category_id in found
    }
    pairs = {(own, facts.currency) for _amount, own in costs.values() for facts in book.values()}
    site_rows = Site.objects.order_by("code").values_list(
        "id", "code", "region_id", "channel_id", "country", "currency"
    )
    sites = [SiteFacts(*row) for row in site_rows]
    loads = LoadBook(sites, tax_rates(on), dict(channels().values()), SubsidyBook(at, book))
    return MarginBook(costs, products, loads, book, RateBoard(pairs, on))


def change_limits(
    product_ids: Collection[int], list_ids: Collection[int]
) -> dict[tuple[int, int], Decimal | None]:
    """(product, list) → how far a price may move in one step before someone reviews it (0–1). At most 5 queries."""
    limits = LimitBook()
    categories = Product.objects.filter(pk__in=list(product_ids)).values_list("pk", "category_id", "status")
    return {
        (product_id, list_id): limits.limits(list_id, category_id, status).change_review
        for product_id, category_id, status in categories
        for list_id in list_ids
    }


def category_counts(limit: int = 200) -> list[tuple[str, int]]:
    """Category paths with their number of products, in order of path. 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.path, count(p.id) FROM catalog_category c JOIN catalog_product p ON p.category_id = c.id"
            " GROUP BY c.path ORDER BY c.path LIMIT %s",
            [limit],
        )
        return [(path, count) for path, count in cursor.fetchall()]
