"""All regions side by side: what each asks for a product against the base, and which leave their band.

Products come by offset, those furthest outside a band first; the broken ones are found in one statement over the rows
of the regional lists, everything else is worked out for the page alone, by the same resolver as a quote.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from pricing.queries.grid import GridFilter, where_sql
from pricing.queries.limits import LimitBook
from pricing.queries.list_book import price_list_book
from pricing.queries.market import RateBoard, derivation_pairs, fetch_rows
from pricing.queries.world import with_parents
from pricing.rules.resolution import Book, ListFacts, RateProblem, Row, list_price

MOST_ROWS = 20_000
ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class RegionColumn:
    """A regional list with its band around the base, as fractions; rate is None where no rate is to be had."""

    facts: ListFacts
    rate: Decimal | None
    floor: Decimal | None
    ceiling: Decimal | None


@dataclass(frozen=True, slots=True)
class RegionCell:
    """What a region asks: against the base at the day's rate (0–1), and whether that leaves the band."""

    amount: Decimal | None
    is_derived: bool = True
    fraction: Decimal | None = None
    breaks: str = ""


@dataclass(frozen=True, slots=True)
class RegionRow:
    """A product with its base price and a cell for each column."""

    product_id: int
    sku: str
    name: str
    category: str
    base_amount: Decimal | None
    cells: tuple[RegionCell, ...]


@dataclass(frozen=True, slots=True)
class RegionBoard:
    """What the page looks at: the base and the regions at a moment."""

    base: ListFacts | None
    columns: tuple[RegionColumn, ...]
    book: Book
    rates: RateBoard
    at: datetime


def region_board(at: datetime) -> RegionBoard:
    """The base list for everybody of the highest priority and every list of a whole region; at most 6 queries.

    A region's band is its list's floor and ceiling, else the guardrail `band` around the base that counts for the list.
    """
    book = price_list_book(at)
    nowhere = (None, None, None, None)
    bases = [
        one
        for one in book.values()
        if one.kind == "base"
        and (one.region_id, one.channel_id, one.site_id, one.customer_group_id) == nowhere
    ]
    base = max(bases, key=lambda one: (one.priority, -one.id), default=None)
    regions = sorted(
        (
            one
            for one in book.values()
            if one.kind == "region" and (one.channel_id, one.customer_group_id) == (None, None)
        ),
        key=lambda one: one.code,
    )
    pairs = {(base.currency, one.currency) for one in regions} if base else set()
    rates = RateBoard(pairs | derivation_pairs(book), at.astimezone(UTC).date())
    limits = LimitBook()
    columns = [_column(one, base, rates, limits) for one in regions]
    return RegionBoard(base, tuple(columns), book, rates, at)


def _column(one: ListFacts, base: ListFacts | None, rates: RateBoard, limits: LimitBook) -> RegionColumn:
    floor, ceiling = one.floor_fraction, one.ceiling_fraction
    if floor is None and ceiling is None:
        around = [
            bound
            for bound in limits.all_of(one.id, None).bounds
            if bound.rule == "band" and bound.basis == "base"
        ]
        if around:
            floor, ceiling = around[0].floor, around[0].ceiling
    rate: Decimal | None = ONE
    if base is not None and base.currency != one.currency:
        try:
            rate = rates(base.currency, one.currency).rate
        except RateProblem:
            rate = None
    return RegionColumn(one, rate, floor, ceiling)


BROKEN = """broken AS (
  SELECT r.product_id, max(greatest(b.low * base.amount - r.amount, r.amount - b.high * base.amount)
         / nullif(b.rate * base.amount, 0)) AS distance
    FROM unnest(%(lists)s::bigint[], %(rates)s::numeric[], %(lows)s::numeric[], %(highs)s::numeric[])
         AS b(list_id, rate, low, high)
    JOIN pricing_price r ON r.price_list_id = b.list_id AND r.min_quantity = 1 AND upper_inf(r.known)
     AND r.valid @> %(at)s::timestamptz
    JOIN pricing_price base ON base.price_list_id = %(base)s AND base.product_id = r.product_id
     AND base.min_quantity = 1 AND upper_inf(base.known) AND base.valid @> %(at)s::timestamptz
   WHERE r.amount < b.low * base.amount OR r.amount > b.high * base.amount
   GROUP BY r.product_id)"""


def region_rows(
    board: RegionBoard, wanted: GridFilter, *, breaks_only: bool = False, offset: int = 0, limit: int = 50
) -> list[RegionRow]:
    """A window of products, furthest outside a band first, then by SKU. 2 queries."""
    where, values = where_sql(wanted, board.at)
    join = "JOIN" if breaks_only else "LEFT JOIN"
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH {BROKEN} SELECT p.id, p.sku, p.name, coalesce(c.path, '') FROM catalog_product p"
            f" LEFT JOIN catalog_category c ON c.id = p.category_id {join} broken ON broken.product_id = p.id"
            f" WHERE {where} ORDER BY broken.distance DESC NULLS LAST, p.sku OFFSET %(offset)s LIMIT %(limit)s",
            {**values, **_bands(board), "offset": max(offset, 0), "limit": min(max(limit, 1), MOST_ROWS)},
        )
        products = cursor.fetchall()
    return _filled(board, products)


def region_counts(board: RegionBoard, wanted: GridFilter) -> tuple[int, int]:
    """(products, those outside a band) that match. 1 query."""
    where, values = where_sql(wanted, board.at)
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH {BROKEN} SELECT count(*), count(broken.product_id) FROM catalog_product p"
            " LEFT JOIN catalog_category c ON c.id = p.category_id LEFT JOIN broken ON broken.product_id = p.id"
            f" WHERE {where}",
            {**values, **_bands(board)},
        )
        total, broken = cursor.fetchone()
    return int(total), int(broken)


def _bands(board: RegionBoard) -> dict[str, Any]:
    """The columns that have a band and a rate, with the limits as factors of the base's amount."""
    banded = [one for one in board.columns if one.rate and (one.floor, one.ceiling) != (None, None)]
    return {
        "at": board.at,
        "base": board.base.id if board.base else 0,
        "lists": [one.facts.id for one in banded],
        "rates": [one.rate for one in banded],
        "lows": [None if one.floor is None else (one.rate or ONE) * (1 + one.floor) for one in banded],
        "highs": [None if one.ceiling is None else (one.rate or ONE) * (1 + one.ceiling) for one in banded],
    }


def _filled(board: RegionBoard, products: Sequence[tuple[int, str, str, str]]) -> list[RegionRow]:
    if board.base is None:
        return []
    wanted = with_parents(board.book, {board.base.id, *(one.facts.id for one in board.columns)})
    rows = fetch_rows([one[0] for one in products], wanted, board.at)
    found = []
    for product_id, sku, name, category in products:
        own = rows.get(product_id, {})
        base = _asked(board, board.base, own)
        cells = tuple(_cell(board, column, own, base) for column in board.columns)
        found.append(RegionRow(product_id, sku, name, category, base, cells))
    return found


def _asked(board: RegionBoard, facts: ListFacts, rows: dict[int, list[Row]]) -> Decimal | None:
    try:
        priced = list_price(facts, board.book, rows, ONE, board.rates)
    except RateProblem:
        return None
    return priced.amount if priced else None


def _cell(
    board: RegionBoard, column: RegionColumn, rows: dict[int, list[Row]], base: Decimal | None
) -> RegionCell:
    amount = _asked(board, column.facts, rows)
    if amount is None or not base or not column.rate:
        return RegionCell(amount, column.facts.id not in rows)
    even = base * column.rate
    fraction = amount / even - 1
    breaks = ""
    if column.facts.id in rows:
        if column.floor is not None and amount < even * (1 + column.floor):
            breaks = "floor"
        if column.ceiling is not None and amount > even * (1 + column.ceiling):
            breaks = "ceiling"
    return RegionCell(amount, column.facts.id not in rows, fraction, breaks)
