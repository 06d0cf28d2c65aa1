"""What the bounds of guardrails hold a change's lines against; fetched only for the rules that count for a line."""

from collections.abc import Iterable
from datetime import UTC
from decimal import Decimal

from django.db import connection

from pricing.queries.competitors import market_prices
from pricing.queries.market import ProductRows, RateBoard, fetch_rows
from pricing.queries.world import Collected, World, sites_of, with_parents
from pricing.rules.bounds import BoundFacts, Spread
from pricing.rules.findings import LineFacts
from pricing.rules.resolution import ListFacts, RateProblem, Row, list_price

SUPPLIER = """
SELECT DISTINCT ON (product_id, kind, currency) product_id, kind, currency, amount FROM pricing_supplierlimit
 WHERE product_id = ANY(%s) AND valid_from <= %s ORDER BY product_id, kind, currency, valid_from DESC, id DESC
"""


def bound_facts(collected: Collected, rules: set[str]) -> dict[int, BoundFacts]:
    """Line → what its amount is held against, for these rules; a query or two for each rule, none without rules."""
    world = collected.world
    lines = [line for line in collected.lines if line.amount is not None]
    if world is None or not lines or not rules & {
        "band", "map_price", "msrp", "regional_spread", "competitor_distance",
    }:  # fmt: skip
        return {}
    found = {line.line_id: BoundFacts() for line in lines}
    if rules & {"map_price", "msrp"}:
        _fill_supplier(lines, world, found)
    if rules & {"band", "regional_spread"}:
        _fill_lists(lines, world, found)
    if "competitor_distance" in rules:
        _fill_competitors(lines, world, found)
    return found


def _fill_supplier(lines: list[LineFacts], world: World, found: dict[int, BoundFacts]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(SUPPLIER, [list({line.product_id for line in lines}), world.at.astimezone(UTC).date()])
        known = {(row[0], row[1], row[2]): row[3] for row in cursor.fetchall()}
    for line in lines:
        facts = found[line.line_id]
        facts.map_amount = known.get((line.product_id, "map", line.currency))
        facts.msrp_amount = known.get((line.product_id, "msrp", line.currency))


def regional_lists(world: World) -> list[ListFacts]:
    """The lists of whole regions, for everybody."""
    return sorted(
        (
            facts
            for facts in world.book.values()
            if facts.kind == "region" and facts.channel_id is None and facts.customer_group_id is None
        ),
        key=lambda facts: facts.code,
    )


def base_list(world: World, facts: ListFacts) -> ListFacts | None:
    """What a list derives from in the end, else the base list for everybody of the highest priority; None for itself."""
    root = facts
    while root.parent_id is not None:
        root = world.book[root.parent_id]
    if root.id != facts.id:
        return root
    bases = [
        one
        for one in world.book.values()
        if one.kind == "base"
        and (one.region_id, one.channel_id, one.site_id, one.customer_group_id) == (None,) * 4
    ]
    best = max(bases, key=lambda one: (one.priority, -one.id), default=None)
    return None if best is None or best.id == facts.id else best


def changed_rows(lines: Iterable[LineFacts], rows: ProductRows) -> ProductRows:
    """The rows with the change's own amounts laid over them."""
    laid = {product_id: dict(lists) for product_id, lists in rows.items()}
    for line in lines:
        lists = laid.setdefault(line.product_id, {})
        others = [row for row in lists.get(line.list_id, ()) if row.min_quantity != line.min_quantity]
        new = [] if line.amount is None else [Row(line.min_quantity, line.amount, 0)]
        lists[line.list_id] = [*others, *new]
    return laid


def _fill_lists(lines: list[LineFacts], world: World, found: dict[int, BoundFacts]) -> None:
    regions = regional_lists(world)
    bases = {list_id: base_list(world, world.book[list_id]) for list_id in {line.list_id for line in lines}}
    wanted = {one.id for one in regions} | {one.id for one in bases.values() if one}
    products = {line.product_id for line in lines}
    stored = fetch_rows(products, with_parents(world.book, wanted), world.at)
    rows = changed_rows(lines, stored)
    in_spread = with_parents(world.book, {one.id for one in regions})
    for line in lines:
        own = rows.get(line.product_id, {})
        base = bases[line.list_id]
        if base is not None:
            found[line.line_id].base_amount = _asked(line, base, own, world)
        if line.list_id in in_spread and len(regions) > 1:
            found[line.line_id].spread = spread_of(line, regions, own, world)


def spread_of(
    line: LineFacts, regions: list[ListFacts], rows: dict[int, list[Row]], world: World
) -> Spread | None:
    """The dearest and the cheapest region of the line's product and quantity; None where fewer than two have a price."""
    asked = [(_asked(line, one, rows, world), one.code) for one in regions]
    known = [(amount, code) for amount, code in asked if amount is not None]
    if len(known) < 2:
        return None
    (low, low_code), (high, high_code) = min(known), max(known)
    return Spread(low, low_code, high, high_code)


def _asked(line: LineFacts, facts: ListFacts, rows: dict[int, list[Row]], world: World) -> Decimal | None:
    """What a list asks for the line's product and quantity, in the line's currency; None without price or rate."""
    try:
        priced = list_price(facts, world.book, rows, line.min_quantity, world.rates)
        if priced is None:
            return None
        if facts.currency == line.currency:
            return priced.amount
        return priced.amount * world.rates(facts.currency, line.currency).rate
    except RateProblem:
        return None


def _fill_competitors(lines: list[LineFacts], world: World, found: dict[int, BoundFacts]) -> None:
    """The lowest price of competitors in the list's country, or of all where its sites lie in several."""
    country: dict[int, str] = {}
    for list_id in {line.list_id for line in lines}:
        there = {site.country for site in sites_of(world.book[list_id], world.sites)}
        country[list_id] = there.pop() if len(there) == 1 else ""
    by_country: dict[str, list[LineFacts]] = {}
    for line in lines:
        by_country.setdefault(country[line.list_id], []).append(line)
    for one, there_lines in by_country.items():
        seen = market_prices({line.product_id for line in there_lines}, world.at, one or None)
        pairs = {
            (seen[line.product_id].currency, line.currency) for line in there_lines if line.product_id in seen
        }
        rates = RateBoard(pairs, world.at.astimezone(UTC).date())
        for line in there_lines:
            market = seen.get(line.product_id)
            if market is None:
                continue
            facts = found[line.line_id]
            facts.competitor_count = market.count
            try:
                same = market.currency == line.currency
                rate = Decimal(1) if same else rates(market.currency, line.currency).rate
                facts.competitor_amount = market.lowest * rate
            except RateProblem:
                facts.competitor_amount = None
