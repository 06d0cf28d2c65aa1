"""The simulator: new prices on the real sales of the last 90 or 365 days, with and without the buyers' answer.

Before and after are what the one resolver says of today and of today with the new rows; units are those really sold. With
elasticity the units of a product answer to its own price, as estimated from its own weeks; where the data do not allow
an estimate its units stay as they were, and it is counted under the reason why.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from catalog.models import Site
from lib.actors import Actor
from lib.faults import refuse
from pricing.queries.elasticities import elasticities
from pricing.queries.list_book import price_list_book
from pricing.queries.market import SiteFacts, site_facts
from pricing.queries.replay import World, read_world
from pricing.queries.simulated_lines import NewPrice
from pricing.rules.elasticity import Elasticity, units_factor
from pricing.rules.resolution import Priced, Question, RateProblem, resolve

DAYS = (90, 365)
#: Elasticity always looks back this far: 90 days hold too few prices.
ESTIMATE_DAYS = 365
MAX_PRODUCTS = 20_000
ZERO, ONE = Decimal(0), Decimal(1)


@dataclass
class Outcome:
    """Units, net revenue and margin: as they were, at the new prices, and with the buyers' answer."""

    units: Decimal = ZERO
    revenue: Decimal = ZERO
    margin: Decimal = ZERO
    new_revenue: Decimal = ZERO
    new_margin: Decimal = ZERO
    answered_units: Decimal = ZERO
    answered_revenue: Decimal = ZERO
    answered_margin: Decimal = ZERO
    margin_low: Decimal = ZERO
    margin_high: Decimal = ZERO

    def add(self, other: "Outcome") -> None:
        """Sum up."""
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)


@dataclass
class Simulation:
    """Of one set of new prices. currency is the first base list's; weeks are Mondays, oldest first.

    estimates: SKU → elasticity of the products whose price moves. untold: reason → how many of them have none.
    skipped: reason → sold (site, product) pairs that could not be counted.
    """

    days: int
    since: date
    until: date
    currency: str
    total: Outcome = field(default_factory=Outcome)
    weeks: dict[date, Outcome] = field(default_factory=dict)
    categories: dict[str, Outcome] = field(default_factory=dict)
    regions: dict[str, Outcome] = field(default_factory=dict)
    estimates: dict[str, Elasticity] = field(default_factory=dict)
    untold: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    products: int = 0

    @property
    def estimated(self) -> int:
        """How many products have an elasticity."""
        return len(self.estimates) - self.untold.total()


class _Sold(NamedTuple):
    site_id: int
    product_id: int
    category: str
    week: date
    units: Decimal


class _Unit(NamedTuple):
    """One unit at the old and at the new price, net of tax, margin after commission and cost; ratio of what is asked."""

    revenue: Decimal
    margin: Decimal
    new_revenue: Decimal
    new_margin: Decimal
    ratio: float


SOLD = """
SELECT f.site_id, f.product_id, coalesce(c.path, ''), date_trunc('week', f."on")::date,
       sum(f.units_sold - f.units_returned)
  FROM sales_dailyfact f JOIN catalog_product p ON p.id = f.product_id
  LEFT JOIN catalog_category c ON c.id = p.category_id
 WHERE f.product_id = ANY(%s) AND f.site_id = ANY(%s) AND f."on" >= %s AND f."on" < %s
 GROUP BY 1, 2, 3, 4 ORDER BY 4, 1, 2
"""


def simulate(prices: Collection[NewPrice], *, actor: Actor, at: datetime, days: int = 90) -> Simulation:
    """`prices` on the sales of the `days` before the day of `at` that lie in the actor's scope; 14 queries.

    Raises Faults 422 `unknown_days` (neither 90 nor 365), 413 `too_many` products.
    """
    if days not in DAYS:
        raise refuse("unknown_days", "days is 90 or 365.", pointer="/days")
    product_ids = {one.product_id for one in prices}
    if len(product_ids) > MAX_PRODUCTS:
        raise refuse("too_many", f"At most {MAX_PRODUCTS:,} products at a time.", status=413)
    sites = {site.id: site for site in site_facts(actor).values()}
    book = price_list_book(at)
    currency = next((one.currency for one in book.values() if one.kind == "base"), "")
    until = at.date()
    result = Simulation(days, until - timedelta(days=days), until, currency)
    sold = _sold(product_ids, sites, result.since, until)
    if sold:
        world = read_world(list(prices), sites, book, currency or sites[sold[0].site_id].currency, (at, None))
        result.currency = currency or sites[sold[0].site_id].currency
        _run(result, sold, world, elasticities(product_ids, sites, until - timedelta(ESTIMATE_DAYS), until))
    return result


def _sold(product_ids: Collection[int], site_ids: Collection[int], since: date, until: date) -> list[_Sold]:
    with connection.cursor() as cursor:
        cursor.execute(SOLD, [list(product_ids), list(site_ids), since, until])
        return [_Sold(*row) for row in cursor.fetchall()]


def _run(result: Simulation, sold: list[_Sold], world: World, known: dict[int, Elasticity]) -> None:
    regions = dict(Site.objects.filter(pk__in=list(world.sites)).values_list("id", "region__name"))
    units: dict[tuple[int, int], _Unit | str] = {}
    moved: set[int] = set()
    weeks: dict[date, list[Decimal]] = {}
    sums: dict[tuple[int, int], _Sums] = {}
    for site_id, product_id, category, week, count in sold:
        place = (site_id, product_id)
        if place not in units:
            units[place] = found = _unit(world, *place, result.currency)
            if isinstance(found, str):
                result.skipped[found] += 1
            else:
                sums[place] = _Sums.of(found, known[product_id], (category.split(" / ")[0], regions[site_id]))
                if found.ratio != 1:
                    moved.add(product_id)
        one = sums.get(place)
        if one is not None:
            each = one.counted(count)
            before = weeks.get(week)
            weeks[week] = (
                [count * value for value in each]
                if before is None
                else [total + count * value for total, value in zip(before, each, strict=True)]
            )
    result.weeks = {week: Outcome(*values) for week, values in weeks.items()}
    for one in sums.values():
        outcome = one.outcome()
        result.total.add(outcome)
        for groups, key in zip((result.categories, result.regions), one.groups, strict=True):
            groups.setdefault(key, Outcome()).add(outcome)
    result.products = len(
        {product_id for (_site, product_id), unit in units.items() if isinstance(unit, _Unit)}
    )
    for product_id in moved:
        estimate = known[product_id]
        result.estimates[world.products[product_id].sku] = estimate
        if estimate.value is None:
            result.untold[estimate.problem] += 1


@dataclass(slots=True)
class _Sums:
    """What one product sold at one site, by the outcome of one unit: everything is that times units.

    Weeks with more returns than sales stand apart, because no price is held to change those.
    """

    each: list[Decimal]
    each_returned: list[Decimal]
    groups: tuple[str, str]
    sold: Decimal = ZERO
    returned: Decimal = ZERO

    @classmethod
    def of(cls, unit: _Unit, elasticity: Elasticity, groups: tuple[str, str]) -> "_Sums":
        one, back = _outcome(ONE, unit, elasticity), _outcome(-ONE, unit, elasticity)
        return cls(list(vars(one).values()), [-value for value in vars(back).values()], groups)

    def counted(self, units: Decimal) -> list[Decimal]:
        """Count `units`; the outcome of each of them."""
        if units > 0:
            self.sold += units
            return self.each
        self.returned += units
        return self.each_returned

    def outcome(self) -> Outcome:
        return Outcome(
            *(
                self.sold * value + self.returned * back
                for value, back in zip(self.each, self.each_returned, strict=True)
            )
        )


def _outcome(units: Decimal, unit: _Unit, elasticity: Elasticity) -> Outcome:
    def answered(strength: float | None) -> Decimal:
        if strength is None or unit.ratio == 1 or units <= 0:
            return units
        return units * Decimal(repr(units_factor(strength, unit.ratio)))

    middle = answered(elasticity.value)
    bounds = [middle]
    if elasticity.value is not None:
        bounds += [answered(elasticity.low), answered(elasticity.high)]
    margins = [bound * unit.new_margin for bound in bounds]
    return Outcome(
        units,
        units * unit.revenue,
        units * unit.margin,
        units * unit.new_revenue,
        units * unit.new_margin,
        middle,
        middle * unit.new_revenue,
        margins[0],
        min(margins),
        max(margins),
    )


def _unit(world: World, site_id: int, product_id: int, currency: str) -> _Unit | str:
    """One unit's figures, or why they cannot be told: no_price, unknown_cost, or the code of a rate's problem."""
    site, product = world.sites[site_id], world.products[product_id]
    question = Question(ONE, site.currency, world.taxes.get((site.country, product.tax_class), ZERO))
    if product_id not in world.costs:
        return "unknown_cost"
    try:
        before = resolve(world.plans[site_id], world.before.get(product_id, {}), question, world.rates)
        after = resolve(world.plans[site_id], world.after[product_id], question, world.rates)
        if before is None or after is None or not before.amount or not after.amount:
            return "no_price"
        amount, own = world.costs[product_id]
        cost = amount * world.rates(own, currency).rate if own != currency else amount
        rate = world.rates(site.currency, currency).rate if site.currency != currency else ONE
    except RateProblem as problem:
        return problem.code
    kept = ONE - _commission(world, site)
    old, new = _net(before) * rate, _net(after) * rate
    return _Unit(old, old * kept - cost, new, new * kept - cost, float(after.amount / before.amount))


def _commission(world: World, site: SiteFacts) -> Decimal:
    return world.commissions.get(site.channel_id or 0, ZERO)


def _net(priced: Priced) -> Decimal:
    return priced.net if priced.net is not None else priced.amount
