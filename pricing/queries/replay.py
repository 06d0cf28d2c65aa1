"""What a change would have done to margin: real units of the last eight whole weeks at the old and at the new prices.

The same units at both prices: nothing is assumed about how buyers answer (no elasticity).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django.db import connection

from catalog.queries import tax_rates, unit_costs
from lib.actors import Actor
from pricing.queries.lines import LineRow
from pricing.queries.list_book import price_list_book
from pricing.queries.market import (
    ProductFacts,
    ProductRows,
    RateBoard,
    SiteFacts,
    channels,
    fetch_rows,
    product_facts,
    site_facts,
)
from pricing.queries.simulated_lines import NewPrice
from pricing.rules.resolution import (
    Book,
    ListFacts,
    Plan,
    Priced,
    Question,
    RateProblem,
    Row,
    plan_for,
    resolve,
)

WEEKS = 8
MAX_LINES = 2000
ZERO, ONE = Decimal(0), Decimal(1)


@dataclass
class ReplayWeek:
    """One week's margin at both prices, in the replay's currency."""

    start: date
    before: Decimal = ZERO
    after: Decimal = ZERO
    units: Decimal = ZERO


@dataclass
class ListEffect:
    """Per week: what higher and what lower prices of a list add."""

    name: str
    higher: Decimal = ZERO
    lower: Decimal = ZERO


@dataclass
class Replay:
    """Means per week in `currency`. line_effects: (code of the list whose line works, SKU) → what it adds per week."""

    currency: str
    weeks: list[ReplayWeek]
    lists: list[ListEffect] = field(default_factory=list)
    line_effects: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    sale_lines: int = 0
    units: Decimal = ZERO

    @property
    def before(self) -> Decimal:
        return sum((week.before for week in self.weeks), ZERO) / len(self.weeks)

    @property
    def after(self) -> Decimal:
        return sum((week.after for week in self.weeks), ZERO) / len(self.weeks)

    @property
    def effect(self) -> Decimal:
        return self.after - self.before


@dataclass(frozen=True)
class _Sold:
    site_id: int
    product_id: int
    week: date
    units: Decimal
    lines: int


@dataclass
class World:
    """What is read once."""

    book: Book
    sites: dict[int, SiteFacts]
    products: dict[int, ProductFacts]
    plans: dict[int, Plan]
    taxes: dict[tuple[str, str], Decimal]
    commissions: dict[int, Decimal]
    costs: dict[int, tuple[Decimal, str]]
    rates: RateBoard
    before: ProductRows
    after: ProductRows


def replay(
    lines: Collection[LineRow], *, actor: Actor, at: datetime, known_at: datetime | None = None
) -> Replay | None:
    """The change of `lines` on the sales that `actor` may see; None without sales, or for more than 2,000 lines.

    The prices before are those valid at `at` as known at `known_at` (now): for a change that is already placed, the
    instant before. 11 queries. Amounts in the currency of the first base list.
    """
    changed = [line for line in lines if line.min_quantity == ONE and line.amount is not None]
    if not changed or len(changed) > MAX_LINES:
        return None
    monday = at.date() - timedelta(days=at.date().weekday())
    sites = {site.id: site for site in site_facts(actor).values()}
    sold = _sold({line.product_id for line in changed}, sites, monday - timedelta(weeks=WEEKS), monday)
    if not sold:
        return None
    book = price_list_book(at, known_at)
    currency = next((f.currency for f in book.values() if f.kind == "base"), changed[0].currency)
    world = read_world(changed, sites, book, currency, (at, known_at))
    starts = [monday - timedelta(weeks=WEEKS - index) for index in range(WEEKS)]
    result = Replay(currency, [ReplayWeek(start) for start in starts])
    _add_up(result, sold, world)
    return result if result.units else None


def _sold(product_ids: Collection[int], site_ids: Collection[int], since: date, until: date) -> list[_Sold]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT site_id, product_id, date_trunc('week', \"on\")::date, sum(units_sold - units_returned),"
            " sum(lines)"
            ' FROM sales_dailyfact WHERE product_id = ANY(%s) AND site_id = ANY(%s) AND "on" >= %s AND "on" < %s'
            " GROUP BY 1, 2, 3",
            [list(product_ids), list(site_ids), since, until],
        )
        return [_Sold(*row) for row in cursor.fetchall()]


def read_world(
    lines: Sequence[LineRow | NewPrice],
    sites: dict[int, SiteFacts],
    book: Book,
    currency: str,
    when: tuple[datetime, datetime | None],
) -> World:
    at, known_at = when
    on = at.astimezone(UTC).date()
    ids = {line.product_id for line in lines}
    costs = unit_costs(ids, at)
    used = {facts.currency for facts in book.values()} | {site.currency for site in sites.values()}
    used |= {currency} | {own for _amount, own in costs.values()}
    before = fetch_rows(ids, list(book), at, known_at)
    after = {product_id: dict(before.get(product_id, {})) for product_id in ids}
    for line in lines:
        others = [row for row in after[line.product_id].get(line.list_id, []) if row.min_quantity != ONE]
        after[line.product_id][line.list_id] = [Row(ONE, line.amount or ZERO, 0), *others]
    return World(
        book=book,
        sites=sites,
        products={facts.id: facts for facts in product_facts({line.sku for line in lines}).values()},
        plans={site.id: plan_for(book, site.place(site.channel_id)) for site in sites.values()},
        taxes=tax_rates(on),
        commissions=dict(channels().values()),
        costs=costs,
        rates=RateBoard([(a, b) for a in used for b in used], on),
        before=before,
        after=after,
    )


def _add_up(result: Replay, sold: list[_Sold], world: World) -> None:
    weeks = {week.start: week for week in result.weeks}
    effects: dict[str, ListEffect] = {}
    earned: dict[tuple[int, int], _Earned | None] = {}
    for one in sold:
        place = (one.site_id, one.product_id)
        if place not in earned:
            earned[place] = _earned(world, *place, result.currency)
        found = earned[place]
        if found is None or one.week not in weeks:
            continue
        week = weeks[one.week]
        week.before += one.units * found.before
        week.after += one.units * found.after
        week.units += one.units
        result.units += one.units
        result.sale_lines += one.lines
        effect = one.units * (found.after - found.before) / WEEKS
        key = (found.source, world.products[one.product_id].sku)
        result.line_effects[key] = result.line_effects.get(key, ZERO) + effect
        entry = effects.setdefault(found.name, ListEffect(found.name))
        if found.after > found.before:
            entry.higher += effect
        else:
            entry.lower += effect
    result.lists = [entry for entry in effects.values() if entry.higher or entry.lower]


@dataclass(frozen=True)
class _Earned:
    """One unit's margin before and after, the list that applies after, and the code of the list its price comes from."""

    before: Decimal
    after: Decimal
    name: str
    source: str


def _earned(world: World, site_id: int, product_id: int, currency: str) -> _Earned | None:
    """None where it cannot be told: no price, no cost, no rate."""
    site, product = world.sites[site_id], world.products[product_id]
    question = Question(ONE, site.currency, world.taxes.get((site.country, product.tax_class), ZERO))
    try:
        before = resolve(world.plans[site_id], world.before.get(product_id, {}), question, world.rates)
        after = resolve(world.plans[site_id], world.after[product_id], question, world.rates)
        if before is None or after is None or product_id not in world.costs:
            return None
        amount, own = world.costs[product_id]
        cost = amount * world.rates(own, currency).rate if own != currency else amount
        rate = world.rates(site.currency, currency).rate if site.currency != currency else ONE
    except RateProblem:
        return None
    kept = (ONE - world.commissions.get(site.channel_id or 0, ZERO)) * rate
    source = _source(world, after.facts, product_id)
    return _Earned(_net(before) * kept - cost, _net(after) * kept - cost, after.facts.name, source)


def _source(world: World, facts: ListFacts, product_id: int) -> str:
    """The list with a row of its own from which this one's price is derived."""
    rows = world.after[product_id]
    while facts.id not in rows and facts.parent_id is not None:
        facts = world.book[facts.parent_id]
    return facts.code


def _net(priced: Priced) -> Decimal:
    return priced.net if priced.net is not None else priced.amount
