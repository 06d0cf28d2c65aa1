"""What a new way of deriving would do to a list's prices, and to those of the lists below it. Nothing is stored."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from catalog.models import Product, Site
from catalog.queries import tax_rates, unit_costs
from pricing.models import PriceChange
from pricing.queries.bound_facts import bound_facts
from pricing.queries.limits import LimitBook, LineLimits
from pricing.queries.list_book import with_all_parents
from pricing.queries.loads import LoadBook, SubsidyBook
from pricing.queries.market import ProductRows, RateBoard, SiteFacts, channels, derivation_pairs
from pricing.queries.price_changes import money_text
from pricing.queries.world import ZERO, Collected, World, with_parents
from pricing.rules.bounds import NOTHING, BoundFacts, derived_findings
from pricing.rules.findings import BLOCK, REVIEW, Found, LineFacts
from pricing.rules.resolution import ONE, Book, ListFacts, RateProblem, Row, Rows, list_price

#: So many of the moved prices and of the findings are told one by one.
TOLD = 50
REASON_CODE = "regular"
#: Rules that a rising price comes nearer to, and those that a falling one does.
TOO_LOW = frozenset({"below_cost", "below_cost_law", "margin_floor", "band_floor", "map_price"})
TOO_HIGH = frozenset({"band_ceiling", "msrp"})


class MovedPrice(NamedTuple):
    """A derived price of one piece before and after; None where there is no price."""

    facts: ListFacts
    product_id: int
    old: Decimal | None
    new: Decimal | None

    @property
    def fraction(self) -> Decimal | None:
        return self.new / self.old - 1 if self.old and self.new is not None else None


@dataclass
class ListEffect:
    """Every derived price that moves, largest first, and what the guardrails find on them."""

    moved: list[MovedPrice] = field(default_factory=list)
    skus: dict[int, str] = field(default_factory=dict)
    found: list[tuple[MovedPrice, Found]] = field(default_factory=list)

    def count(self, severity: str) -> int:
        """How many findings have this severity."""
        return sum(one.severity == severity for _price, one in self.found)


def list_effect(books: tuple[Book, Book], list_id: int, at: datetime) -> ListEffect:
    """What differs between two books (before, after) at `at` in a list and all below it, for one piece.

    Own prices stay as they are and are not among it. A fixed number of queries: rows, rates, products, sites, taxes,
    costs, guardrails and what they need.
    """
    before, after = books
    lists = sorted(_from_here(before, list_id) | _from_here(after, list_id))
    rows = _rows(with_all_parents(books, set(lists)), at)
    on = at.astimezone(UTC).date()
    rates = RateBoard(derivation_pairs(before) | derivation_pairs(after), on)
    effect = ListEffect()
    for product_id, own in rows.items():
        for pk in lists:
            if pk in own:
                continue
            old, new = (_asked(book, pk, own, rates) for book in books)
            if old != new:
                effect.moved.append(MovedPrice(after[pk], product_id, old, new))
    effect.moved.sort(key=_by_size)
    _judge(effect, after, at)
    return effect


def _from_here(book: Book, list_id: int) -> set[int]:
    """The list and everything that derives from it."""
    return {pk for pk in book if list_id in with_parents(book, {pk})}


def _rows(list_ids: set[int], at: datetime) -> ProductRows:
    """Every row of these lists valid at `at`, by product; 1 query."""
    found: ProductRows = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT product_id, price_list_id, min_quantity, amount, price_change_id, lower(valid) FROM pricing_price"
            " WHERE price_list_id = ANY(%s) AND valid @> %s::timestamptz AND upper_inf(known)",
            [list(list_ids), at],
        )
        for product_id, list_id, *row in cursor.fetchall():
            found.setdefault(product_id, {}).setdefault(list_id, []).append(Row(*row))
    return found


def _asked(book: Book, list_id: int, rows: Rows, rates: RateBoard) -> Decimal | None:
    try:
        priced = list_price(book[list_id], book, rows, ONE, rates)
    except RateProblem:
        return None
    return priced.amount if priced else None


def _by_size(one: MovedPrice) -> tuple[bool, Decimal, int, int]:
    """What ends or begins first, then the largest move, up or down."""
    size = abs(one.fraction) if one.fraction is not None else ZERO
    return one.fraction is not None, -size, one.facts.id, one.product_id


def _judge(effect: ListEffect, book: Book, at: datetime) -> None:
    """What each list's guardrails have against the prices it would derive."""
    ids = {one.product_id for one in effect.moved}
    products = {
        pk: (sku, tax_class, category_id, status)
        for pk, sku, tax_class, category_id, status in Product.objects.filter(pk__in=ids).values_list(
            "pk", "sku", "tax_class", "category_id", "status"
        )
    }
    effect.skus = {pk: product[0] for pk, product in products.items()}
    world = _world(book, ids, at)
    lines = list(_lines(effect, products, world))
    collected = Collected(
        lines,
        {pk: product[1] for pk, product in products.items()},
        {pk: product[2] for pk, product in products.items()},
        at,
        {pk: product[3] for pk, product in products.items()},
        world,
    )
    limits = LimitBook()
    counted = [limits.all_of(line.list_id, *products[line.product_id][2:]) for line in lines]
    facts = bound_facts(collected, limits.rules_used())
    for line, limit in zip(lines, counted, strict=True):
        against = facts.get(line.line_id, NOTHING)
        stood = _stood_before(line, against, limit)
        for found in derived_findings(line, against, limit.limits, limit.bounds, REASON_CODE):
            effect.found.append((effect.moved[line.line_id], _eased(line, found, stood)))


def _stood_before(line: LineFacts, against: BoundFacts, limit: LineLimits) -> set[str]:
    """What the guardrails have against the price that is derived now."""
    if line.old_amount is None:
        return set()
    before = replace(line, amount=line.old_amount)
    return {one.code for one in derived_findings(before, against, limit.limits, limit.bounds, REASON_CODE)}


def _eased(line: LineFacts, found: Found, stood: set[str]) -> Found:
    """What blocks is only reviewed where the old price broke the same rule and the new one comes nearer to it."""
    if found.severity != BLOCK or found.code not in stood or line.old_amount is None or line.amount is None:
        return found
    is_nearer = (found.code in TOO_LOW and line.amount > line.old_amount) or (
        found.code in TOO_HIGH and line.amount < line.old_amount
    )
    return Found(found.code, REVIEW, found.params) if is_nearer else found


def _world(book: Book, product_ids: set[int], at: datetime) -> World:
    on = at.astimezone(UTC).date()
    costs = unit_costs(product_ids, at)
    currencies = {facts.currency for facts in book.values()}
    pairs = {(own, one) for _amount, own in costs.values() for one in currencies}
    crossings = {(one, other) for one in currencies for other in currencies}
    fields = ("id", "code", "region_id", "channel_id", "country", "currency")
    return World(
        PriceChange(),
        at,
        dict(book),
        [SiteFacts(*row) for row in Site.objects.order_by("code").values_list(*fields)],
        dict(channels().values()),
        tax_rates(on),
        costs,
        RateBoard(pairs | crossings, on),
    )


def _lines(
    effect: ListEffect, products: Mapping[int, tuple[str, str, int | None, str]], world: World
) -> Iterator[LineFacts]:
    """The moved prices as lines, numbered by their place; what loses its price is held against nothing."""
    loads = LoadBook(world.sites, world.tax, world.commissions, SubsidyBook(world.at, world.book))
    for place, one in enumerate(effect.moved):
        if one.new is None:
            continue
        sku, tax_class, category_id, _status = products[one.product_id]
        line = LineFacts(
            place, one.product_id, sku, one.facts.id, one.facts.code, one.facts.currency, ONE, one.new,
            one.facts.tax_included, old_amount=one.old,
            loads=loads.of(one.facts, tax_class, category_id, one.product_id),
        )  # fmt: skip
        cost = world.costs.get(one.product_id)
        if cost is not None:
            try:
                same = cost[1] == line.currency
                line.unit_cost = cost[0] * (1 if same else world.rates(cost[1], line.currency).rate)
            except RateProblem as problem:
                line.rate_problem = (problem.code, problem.detail)
        yield line


def effect_row(effect: ListEffect) -> dict[str, Any]:
    """The effect as it is stored with a proposal and shown over REST."""
    moved = effect.moved
    lists: dict[str, int] = {}
    for one in moved:
        lists[one.facts.code] = lists.get(one.facts.code, 0) + 1
    return {
        "moved": len(moved),
        "rising": sum(one.fraction is not None and one.fraction > 0 for one in moved),
        "falling": sum(one.fraction is not None and one.fraction < 0 for one in moved),
        "beginning": sum(one.old is None for one in moved),
        "ending": sum(one.new is None for one in moved),
        "lists": dict(sorted(lists.items())),
        "largest": [_moved_row(effect, one) for one in moved[:TOLD]],
        "findings": {severity: effect.count(severity) for severity in ("block", "review", "note")},
        "found": [
            {
                "sku": effect.skus[price.product_id],
                "price_list": price.facts.code,
                "code": found.code,
                "severity": found.severity,
                "params": found.params,
            }
            for price, found in sorted(effect.found, key=lambda one: _severity(one[1]))[:TOLD]
        ],
    }


def _severity(found: Found) -> int:
    return ("block", "review", "note").index(found.severity)


def _moved_row(effect: ListEffect, one: MovedPrice) -> dict[str, Any]:
    currency = one.facts.currency
    return {
        "sku": effect.skus[one.product_id],
        "price_list": one.facts.code,
        "currency": currency,
        "old": None if one.old is None else money_text(one.old, currency),
        "new": None if one.new is None else money_text(one.new, currency),
        "fraction": None if one.fraction is None else f"{round(one.fraction, 6):f}",
    }
