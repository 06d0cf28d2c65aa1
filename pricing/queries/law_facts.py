"""What the law has to say on the lines of a change: reference prices of reductions, controlled prices."""

from collections.abc import Callable, Sequence
from datetime import UTC
from decimal import Decimal
from functools import cache

from lib.money import round_money
from pricing.queries.laws import Control, LawBook
from pricing.queries.market import RateBoard, SiteFacts
from pricing.queries.references import ReferenceAsked, references
from pricing.queries.world import ZERO, Collected, World, sites_of
from pricing.rules.costs import CostLaw
from pricing.rules.findings import Controlled, LineFacts, Measured
from pricing.rules.laws import breaks_control
from pricing.rules.resolution import ListFacts, Plan, Question, RateProblem, applies_at, plan_for


def fill_references(promoted: Sequence[LineFacts], collected: Collected, world: World) -> None:
    """What each country of a promotion's scope measures the reduction against: one site for each law and sequence."""
    places: dict[int, list[tuple[SiteFacts, Plan]]] = {}
    for list_id in {line.list_id for line in promoted}:
        places[list_id] = _promotion_plans(world.book[list_id], world)
    asked: list[ReferenceAsked] = []
    meant: list[tuple[LineFacts, SiteFacts]] = []
    for line in promoted:
        tax_class = collected.tax_classes[line.product_id]
        for site, plan in places[line.list_id]:
            tax = world.tax.get((site.country, tax_class), ZERO)
            gross = line.amount or ZERO
            if not line.tax_included:
                gross += round_money(gross * tax, line.currency)
            question = Question(line.min_quantity, line.currency, tax)
            asked.append(
                ReferenceAsked(
                    len(meant),
                    line.product_id,
                    site.id,
                    site.country,
                    site.currency,
                    plan,
                    question,
                    world.at,
                    gross,
                    line.list_id,
                    reason_code=world.change.reason_code,
                )
            )
            meant.append((line, site))
    for index, reference in references(asked, world.rates).items():
        line, site = meant[index]
        line.references = (
            *line.references,
            Measured(site.code, site.country, asked[index].amount, reference),
        )


def _promotion_plans(facts: ListFacts, world: World) -> list[tuple[SiteFacts, Plan]]:
    """One site for each country, channel commission apart, and sequence of lists; earlier promotions included.

    Where prices paid in the same shop count, every shop may differ: they are told apart by site when the list names
    one, else the first of each sequence stands for the others and the quote of each site has its own figure.
    """
    found: dict[tuple[str, tuple[int, ...]], tuple[SiteFacts, Plan]] = {}
    for site in sites_of(facts, world.sites):
        place = site.place(facts.channel_id or site.channel_id, facts.customer_group_id)
        if applies_at(facts, place):
            plan = plan_for(world.book, place)
            key = (site.country, tuple(one.id for one in plan.promotions + plan.regulars))
            found.setdefault(key, (site, plan))
    return list(found.values())


def fill_controls(lines: Sequence[LineFacts], collected: Collected, world: World) -> None:
    """Government ceilings and floors that a line's gross price breaks, and the laws against prices below cost.

    2 queries, and the rates where currencies differ.
    """
    book = LawBook({site.country for site in world.sites})
    world.cost_laws = _cost_laws(book, world)
    countries = {
        one: {site.country for site in sites_of(world.book[one], world.sites)}
        for one in {line.list_id for line in lines}
    }
    known: dict[tuple[str, int | None], list[Control]] = {}
    met: list[tuple[LineFacts, Control]] = []
    for line in lines:
        if line.amount is None:
            continue
        category = collected.category_ids[line.product_id]
        line.cost_laws = world.cost_laws(line.list_id, category)
        for country in countries[line.list_id]:
            if (country, category) not in known:
                known[country, category] = book.controls(country, category)
            met += [(line, control) for control in known[country, category]]
    if not met:
        return
    pairs = {(control.currency, line.currency) for line, control in met}
    rates = RateBoard(pairs, world.at.astimezone(UTC).date())
    for line, control in met:
        _hold(line, control, collected.tax_classes[line.product_id], world, rates)


def _cost_laws(book: LawBook, world: World) -> Callable[[int, int | None], tuple[CostLaw, ...]]:
    """The laws against prices below cost of the countries where a list's prices are asked, by country."""

    @cache
    def countries(list_id: int) -> list[str]:
        return sorted({site.country for site in sites_of(world.book[list_id], world.sites)})

    @cache
    def laws(list_id: int, category_id: int | None) -> tuple[CostLaw, ...]:
        found = (book.cost_law(country, category_id) for country in countries(list_id))
        return tuple(law for law in found if law is not None)

    return laws


def _hold(line: LineFacts, control: Control, tax_class: str, world: World, rates: RateBoard) -> None:
    gross = line.amount or ZERO
    if not line.tax_included:
        gross += gross * world.tax.get((control.country, tax_class), ZERO)
    limit: Decimal = control.amount
    if control.currency != line.currency:
        try:
            limit = limit * rates(control.currency, line.currency).rate
        except RateProblem as problem:
            line.rate_problem = (problem.code, problem.detail)
            return
    if breaks_control(control.kind, gross, limit):
        line.controls = (
            *line.controls,
            Controlled(control.kind, control.country, gross, limit, control.source),
        )
