"""What the guardrails look at, collected for all lines of a change at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from catalog.models import Site
from catalog.queries import tax_rates, unit_costs
from pricing.models import PriceChange
from pricing.queries.law_facts import fill_controls, fill_references
from pricing.queries.list_book import price_list_book
from pricing.queries.loads import LoadBook, SubsidyBook
from pricing.queries.market import RateBoard, SiteFacts, channels, derivation_pairs, fetch_rows
from pricing.queries.world import ZERO, Collected, World, with_parents
from pricing.rules.findings import LineFacts
from pricing.rules.resolution import (
    ListFacts,
    Plan,
    Question,
    RateProblem,
    Row,
    applies_at,
    are_rivals,
    list_price,
    plan_for,
    resolve,
)

NO_PROMOTIONS: tuple[ListFacts, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """The lines of some lists, at the instant that the clocks of some sites give."""

    instant: datetime
    list_ids: tuple[int, ...]
    site_ids: frozenset[int]


def line_facts(change: PriceChange, at: datetime, part: Part | None = None) -> Collected:
    """The facts of all lines at the effective moment (`at`, or effective_from when later), or those of a part.

    A fixed number of queries whatever the number of lines: lines, lists, sites, channels, taxes, costs, rates, rows,
    anchors, pending, scheduled, moved; equal priorities and promotions where the lists give cause.
    """
    begins = part.instant if part else change.effective_from
    moment = max(at, begins) if begins else at
    collected = _lines(change, moment, part)
    lines = collected.lines
    if not lines:
        return collected
    world = collected.world = _world(change, moment, collected)
    rows = fetch_rows(
        {line.product_id for line in lines},
        with_parents(world.book, {line.list_id for line in lines}),
        moment,
    )
    loads = world.loads = LoadBook(world.sites, world.tax, world.commissions, SubsidyBook(moment, world.book))
    if part is not None:
        inside = [site for site in world.sites if site.id in part.site_ids]
        loads = LoadBook(inside or world.sites, world.tax, world.commissions, loads.subsidies)
    for line in lines:
        facts = world.book[line.list_id]
        line.tax_included = facts.tax_included
        line.ends_at = change.effective_until
        line.loads = loads.of(
            facts,
            collected.tax_classes[line.product_id],
            collected.category_ids[line.product_id],
            line.product_id,
        )
        _fill_cost(line, world)
        _fill_old(line, facts, rows.get(line.product_id, {}), world)
    by_id = {line.line_id: line for line in lines}
    _fill_anchors(change, moment, by_id)
    _fill_neighbours(change, moment, by_id)
    _fill_equal(lines, world)
    _fill_promotions(lines, collected, world)
    fill_controls(lines, collected, world)
    return collected


def _lines(change: PriceChange, moment: datetime, part: Part | None) -> Collected:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT l.id, l.product_id, p.sku, l.price_list_id, pl.code, l.currency, l.min_quantity, l.amount,"
            " p.tax_class, p.category_id, p.status FROM pricing_pricechangeline l JOIN catalog_product p ON p.id = l.product_id"
            " JOIN pricing_pricelist pl ON pl.id = l.price_list_id WHERE l.change_id = %s"
            " AND (%s::bigint[] IS NULL OR l.price_list_id = ANY(%s)) ORDER BY l.position, l.id",
            [change.pk, lists := list(part.list_ids) if part else None, lists],
        )
        fetched = cursor.fetchall()
    return Collected(
        [LineFacts(*row[:8]) for row in fetched],
        {row[1]: row[8] for row in fetched},
        {row[1]: row[9] for row in fetched},
        moment,
        {row[1]: row[10] for row in fetched},
    )


def _world(change: PriceChange, moment: datetime, collected: Collected) -> World:
    book = price_list_book(moment)
    on = moment.astimezone(UTC).date()
    costs = unit_costs({line.product_id for line in collected.lines}, moment)
    currencies = {line.currency for line in collected.lines}
    pairs = {
        (cost_currency, currency) for _amount, cost_currency in costs.values() for currency in currencies
    }
    crossings = {(facts.currency, currency) for facts in book.values() for currency in currencies}
    rows = Site.objects.order_by("code").values_list(
        "id", "code", "region_id", "channel_id", "country", "currency"
    )
    return World(
        change,
        moment,
        book,
        [SiteFacts(*row) for row in rows],
        dict(channels().values()),
        tax_rates(on),
        costs,
        RateBoard(pairs | crossings | derivation_pairs(book), on),
    )


def _fill_cost(line: LineFacts, world: World) -> None:
    cost = world.costs.get(line.product_id)
    if cost is None:
        return
    amount, currency = cost
    if currency == line.currency:
        line.unit_cost = amount
        return
    try:
        line.unit_cost = amount * world.rates(currency, line.currency).rate
    except RateProblem as problem:
        line.rate_problem = (problem.code, problem.detail)


def _fill_old(line: LineFacts, facts: ListFacts, rows: dict[int, list[Row]], world: World) -> None:
    try:
        old = list_price(facts, world.book, rows, line.min_quantity, world.rates)
    except RateProblem as problem:
        line.rate_problem = (problem.code, problem.detail)
        return
    line.old_amount = old.amount if old else None


KEY = (
    "p.price_list_id = l.price_list_id AND p.product_id = l.product_id AND p.min_quantity = l.min_quantity"
    " AND p.currency = l.currency AND upper_inf(p.known)"
)


def _fill_anchors(change: PriceChange, moment: datetime, lines: dict[int, LineFacts]) -> None:
    """The last price on the timeline that a person decided and nobody rolled back, else the first; 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT l.id, a.amount FROM pricing_pricechangeline l CROSS JOIN LATERAL (
                  SELECT p.amount FROM pricing_price p JOIN pricing_pricechange c ON c.id = p.price_change_id
                   WHERE {KEY} AND lower(p.valid) <= %(at)s AND c.state <> 'rolled_back'
                   ORDER BY c.decided_by_kind <> 'policy' DESC,
                     extract(epoch FROM lower(p.valid)) * CASE WHEN c.decided_by_kind <> 'policy' THEN -1 ELSE 1 END
                   LIMIT 1) a
               WHERE l.change_id = %(change)s""",
            {"change": change.pk, "at": moment},
        )
        for line_id, amount in cursor.fetchall():
            if line_id in lines:
                lines[line_id].anchor_amount = amount


def _fill_neighbours(change: PriceChange, moment: datetime, lines: dict[int, LineFacts]) -> None:
    """Pending changes of the same price, scheduled rows that would be replaced, base rows that moved; 3 queries."""
    window = "tstzrange(greatest(%(at)s, l.valid_from), least(%(until)s::timestamptz, l.valid_until))"
    values: dict[str, Any] = {"change": change.pk, "at": moment, "until": change.effective_until}
    values["sets"] = change.rolls_back_id is None
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT l.id, min(o.change_id), min(oc.created_at) FROM pricing_pricechangeline l
                  JOIN pricing_pricechangeline o ON o.price_list_id = l.price_list_id AND o.product_id = l.product_id
                   AND o.min_quantity = l.min_quantity AND o.change_id <> l.change_id
                  JOIN pricing_pricechange oc ON oc.id = o.change_id AND oc.state = 'pending'
                   AND tstzrange(greatest(oc.effective_from, o.valid_from), least(oc.effective_until, o.valid_until))
                    && {window}
                 WHERE l.change_id = %(change)s GROUP BY l.id""",
            values,
        )
        for line_id, other_id, created_at in cursor.fetchall():
            if line_id in lines:
                lines[line_id].pending_in = PriceChange(pk=other_id, created_at=created_at).reference
        cursor.execute(
            f"""SELECT l.id, min(lower(p.valid)) FROM pricing_pricechangeline l JOIN pricing_price p ON {KEY}
                   AND p.valid && {window} AND lower(p.valid) > %(at)s
                 WHERE l.change_id = %(change)s AND %(sets)s GROUP BY l.id""",
            values,
        )
        for line_id, begins in cursor.fetchall():
            if line_id in lines:
                lines[line_id].scheduled_from = begins.astimezone(UTC).isoformat(timespec="minutes")
        cursor.execute(
            """SELECT l.id, max(b.amount) FROM pricing_pricechangeline l JOIN pricing_price b ON b.id = ANY(l.base_ids)
                  AND NOT upper_inf(b.known) WHERE l.change_id = %(change)s GROUP BY l.id""",
            values,
        )
        for line_id, was in cursor.fetchall():
            if line_id in lines:
                lines[line_id].base_moved = (was, lines[line_id].old_amount)


def _fill_equal(lines: Sequence[LineFacts], world: World) -> None:
    """Lists of the same kind and priority with overlapping scope that price the same product; at most 1 query."""
    regions = {site.id: site.region_id for site in world.sites}
    rivals: dict[int, list[ListFacts]] = {}
    for list_id in {line.list_id for line in lines}:
        mine = world.book[list_id]
        rivals[list_id] = [other for other in world.book.values() if are_rivals(mine, other, regions)]
    others = {other.id for found in rivals.values() for other in found}
    if not others:
        return
    priced = {(line.product_id, line.list_id) for line in lines} | _priced(lines, others, world)
    for line in lines:
        for other in rivals[line.list_id]:
            if any((line.product_id, one) in priced for one in with_parents(world.book, {other.id})):
                line.equal_to = other.code


def _priced(lines: Sequence[LineFacts], list_ids: set[int], world: World) -> set[tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT product_id, price_list_id FROM pricing_price WHERE product_id = ANY(%s)"
            " AND price_list_id = ANY(%s) AND upper_inf(known) AND valid && tstzrange(%s, %s)",
            [
                list({line.product_id for line in lines}),
                list(with_parents(world.book, list_ids)),
                world.at,
                world.change.effective_until,
            ],
        )
        return {(product_id, list_id) for product_id, list_id in cursor.fetchall()}


def _fill_promotions(lines: Sequence[LineFacts], collected: Collected, world: World) -> None:
    """For lines of promotion lists: the price otherwise asked, and what a reduction is measured against."""
    promoted = [
        line for line in lines if world.book[line.list_id].kind == "promotion" and line.amount is not None
    ]
    if not promoted:
        return
    regular = {one: _regular_plans(world.book[one], world) for one in {line.list_id for line in promoted}}
    wanted = set().union(*(plan.list_ids() for found in regular.values() for _site, plan in found), set())
    rows = fetch_rows({line.product_id for line in promoted}, wanted, world.at)
    for line in promoted:
        tax_class = collected.tax_classes[line.product_id]
        for site, plan in regular[line.list_id]:
            tax = ZERO if not line.tax_included else world.tax.get((site.country, tax_class), ZERO)
            question = Question(line.min_quantity, line.currency, tax)
            _fill_otherwise(
                line, site, resolve_or_none(plan, rows.get(line.product_id, {}), question, world.rates)
            )
    fill_references(promoted, collected, world)


def _fill_otherwise(line: LineFacts, site: SiteFacts, amount: Decimal | None) -> None:
    if amount is not None and (line.otherwise_amount is None or amount < line.otherwise_amount):
        line.otherwise_amount, line.otherwise_site = amount, site.code


def resolve_or_none(
    plan: Plan, rows: dict[int, list[Row]], question: Question, rates: RateBoard
) -> Decimal | None:
    """The amount that applies, or None where none does or a rate is wanting."""
    try:
        found = resolve(plan, rows, question, rates)
    except RateProblem:
        return None
    return found.amount if found else None


def _regular_plans(facts: ListFacts, world: World) -> list[tuple[SiteFacts, Plan]]:
    """One site for each different sequence of lists in a promotion's scope; none for an exclusive one."""
    if facts.exclusive:
        return []
    found: dict[tuple[int, ...], tuple[SiteFacts, Plan]] = {}
    for site in world.sites:
        place = site.place(facts.channel_id or site.channel_id, facts.customer_group_id)
        if applies_at(facts, place):
            plan = plan_for(world.book, place)
            plan = Plan(plan.book, NO_PROMOTIONS, plan.regulars)
            found.setdefault(tuple(one.id for one in plan.regulars), (site, plan))
    return list(found.values())
