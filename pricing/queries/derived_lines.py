"""The prices that derived lists would make of a change's lines, as lines of their own for the guardrails."""

from collections.abc import Iterator

from pricing.queries.bound_facts import changed_rows
from pricing.queries.market import RateBoard, fetch_rows
from pricing.queries.world import ZERO, Collected, World, with_parents
from pricing.rules.bounds import BoundFacts
from pricing.rules.findings import LineFacts
from pricing.rules.resolution import ListFacts, RateProblem, list_price


def children_of(world: World, list_id: int) -> list[ListFacts]:
    """All lists that derive from this one, through others too, by code."""
    found: list[ListFacts] = []
    for facts in sorted(world.book.values(), key=lambda one: one.code):
        if facts.id != list_id and list_id in with_parents(world.book, {facts.id}):
            found.append(facts)
    return found


def derived_lines(collected: Collected) -> Iterator[tuple[int, LineFacts, BoundFacts]]:
    """(line, what a child list makes of it, what that is held against): only where the child has no price of its own
    and what it asks moves. One query for the rows, one for the rates and none where no list derives from these."""
    world = collected.world
    lines = [line for line in collected.lines if line.amount is not None]
    if world is None or world.loads is None:
        return
    children = {one: children_of(world, one) for one in {line.list_id for line in lines}}
    wanted = {child.id for found in children.values() for child in found}
    if not wanted:
        return
    moving = [line for line in lines if children[line.list_id]]
    stored = fetch_rows({line.product_id for line in moving}, with_parents(world.book, wanted), world.at)
    laid = changed_rows(collected.lines, stored)
    rates = _cost_rates(world, wanted)
    for line in moving:
        rows = laid[line.product_id]
        tax_class = collected.tax_classes[line.product_id]
        category_id = collected.category_ids[line.product_id]
        for child in children[line.list_id]:
            if child.id in rows:
                continue
            try:
                priced = list_price(child, world.book, rows, line.min_quantity, world.rates)
            except RateProblem:
                continue
            if priced is None:
                continue
            made = LineFacts(
                line.line_id, line.product_id, line.sku, child.id, child.code, child.currency, line.min_quantity,
                priced.amount, child.tax_included, ends_at=line.ends_at,
                loads=world.loads.of(child, tax_class, category_id, line.product_id),
                cost_laws=world.cost_laws(child.id, category_id),
            )  # fmt: skip
            _fill_cost(made, world, rates)
            yield line.line_id, made, _facts(line, made, world)


def _cost_rates(world: World, list_ids: set[int]) -> RateBoard:
    costs = {currency for _amount, currency in world.costs.values()}
    return RateBoard(
        {(one, world.book[list_id].currency) for one in costs for list_id in list_ids}, world.at.date()
    )


def _fill_cost(made: LineFacts, world: World, rates: RateBoard) -> None:
    cost = world.costs.get(made.product_id)
    if cost is None:
        return
    try:
        made.unit_cost = cost[0] * (1 if cost[1] == made.currency else rates(cost[1], made.currency).rate)
    except RateProblem as problem:
        made.rate_problem = (problem.code, problem.detail)


def _facts(line: LineFacts, made: LineFacts, world: World) -> BoundFacts:
    """The base of the child is the line itself when the line is in the list everything derives from."""
    facts = BoundFacts()
    if world.book[line.list_id].parent_id is None:
        try:
            same = line.currency == made.currency
            rate = 1 if same else world.rates(line.currency, made.currency).rate
            facts.base_amount = (line.amount or ZERO) * rate
        except RateProblem:
            facts.base_amount = None
    return facts
