"""What the simulator tries: the lines of a change, or a percentage over a list and category."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection

from lib.faults import refuse
from lib.money import round_money
from pricing.queries.list_book import price_list_book
from pricing.queries.market import RateBoard, derivation_pairs, fetch_rows
from pricing.rules.resolution import Plan, RateProblem, list_price

ONE = Decimal(1)
MOST = 20_000


@dataclass(frozen=True, slots=True)
class NewPrice:
    """A price for one piece that a list would have; the same names as a line of a change."""

    product_id: int
    sku: str
    list_id: int
    currency: str
    amount: Decimal
    min_quantity: Decimal = ONE


@dataclass(frozen=True, slots=True)
class PercentRule:
    """All prices of a list (in a category and what lies below it, "" = all) by `percent` (−90 … +200), rounded."""

    price_list: str
    percent: Decimal
    category: str = ""


def prices_of_change(change_id: int) -> list[NewPrice]:
    """The new prices of a change for one piece; 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT ON (l.price_list_id, l.product_id) l.product_id, p.sku, l.price_list_id, l.currency,"
            " l.amount FROM pricing_pricechangeline l JOIN catalog_product p ON p.id = l.product_id"
            " WHERE l.change_id = %s AND l.amount IS NOT NULL AND l.min_quantity = 1"
            " ORDER BY l.price_list_id, l.product_id, l.valid_from NULLS FIRST LIMIT %s",
            [change_id, MOST + 1],
        )
        return [NewPrice(*row) for row in cursor.fetchall()]


def prices_by_rule(rule: PercentRule, at: datetime) -> list[NewPrice]:
    """What every price of the list would be, own rows and derived ones; ≤ 5 queries.

    Raises Faults 422 `unknown_price_list`, `unknown_category`, `out_of_range`; 413 `too_many`.
    """
    book = price_list_book(at)
    facts = next((one for one in book.values() if one.code == rule.price_list), None)
    if facts is None:
        raise refuse("unknown_price_list", "There is no such price list.", pointer="/price_list")
    if not -90 <= rule.percent <= 200:
        raise refuse("out_of_range", "percent lies from −90 to 200.", pointer="/percent")
    products = _products(rule.category)
    rows = fetch_rows(products, Plan(book, (), (facts,)).list_ids(), at)
    rates = RateBoard(derivation_pairs(book), at.date())
    found = []
    for product_id, sku in products.items():
        try:
            old = list_price(facts, book, rows.get(product_id, {}), ONE, rates)
        except RateProblem:
            continue
        if old is not None:
            amount = round_money(old.amount * (1 + rule.percent / 100), facts.currency)
            found.append(NewPrice(product_id, sku, facts.id, facts.currency, amount))
    return found


def _products(category: str) -> dict[int, str]:
    """Product id → SKU of a category and what lies below it; 1 query, 2 where there is none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.id, p.sku FROM catalog_product p LEFT JOIN catalog_category c ON c.id = p.category_id"
            " WHERE p.status <> 'ended' AND (%(path)s = '' OR c.path = %(path)s"
            " OR starts_with(c.path, %(path)s || ' / ')) ORDER BY p.id LIMIT %(most)s",
            {"path": category, "most": MOST + 1},
        )
        found = dict(cursor.fetchall())
    if len(found) > MOST:
        raise refuse("too_many", f"At most {MOST:,} products at a time; choose a category.", status=413)
    if not found and category:
        raise refuse("unknown_category", "No product lies in this category.", pointer="/category")
    return found
