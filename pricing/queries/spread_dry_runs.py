"""How far regions would have lain apart after the changes of the last 12 months: what the spread rule would have found.

Derived prices are not stored, so each placed line is judged by the code that judges a line today
(`queries.bound_facts`), with the rows, the derivation and the rates of its moment.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any, NamedTuple

from django.db import connection

from pricing.models import Guardrail, ListRule, PriceChange
from pricing.queries.bound_facts import changed_rows, regional_lists, spread_of
from pricing.queries.dry_run_rows import SHOWN, YEAR, Caught, DryRun
from pricing.queries.list_book import Books
from pricing.queries.market import ProductRows, RateBoard
from pricing.queries.world import World, with_parents
from pricing.rules.bounds import spread_beyond
from pricing.rules.findings import BLOCK, REVIEW, LineFacts
from pricing.rules.resolution import Row

CODE = Guardrail.Rule.SPREAD.value
#: Changes are read together up to so many lines.
BATCH = 20_000
IN_SCOPE = """(%(list)s::bigint IS NULL OR l.price_list_id = %(list)s) AND (%(status)s = '' OR p.status = %(status)s)
    AND (%(path)s::text IS NULL OR k.path = %(path)s OR starts_with(k.path, %(path)s || ' / '))"""
PLACED = "c.placed_at >= %(since)s AND c.placed_at < %(until)s AND l.amount IS NOT NULL"
JOINED = """pricing_pricechange c JOIN pricing_pricechangeline l ON l.change_id = c.id
    JOIN catalog_product p ON p.id = l.product_id LEFT JOIN catalog_category k ON k.id = p.category_id"""


class _Change(NamedTuple):
    id: int
    title: str
    placed_at: datetime
    moment: datetime
    line_count: int


@dataclass(frozen=True, slots=True)
class _Line:
    """A line with what an example of it shows. is_asked: in the scope of the rule, so that it is judged."""

    facts: LineFacts
    old_amount: Decimal | None
    is_asked: bool


class _Past:
    """Lists and rates at a moment, as a change of that time met them: a query for each version of a list and each day."""

    def __init__(self) -> None:
        known = ListRule.objects.order_by("known_from").values_list("known_from", flat=True)
        self._cuts = [one for one in known if one is not None]
        self._books: dict[int, Books] = {}
        self._boards: dict[date, RateBoard] = {}

    def world(self, change: _Change) -> World:
        place = bisect_right(self._cuts, change.placed_at)
        if place not in self._books:
            self._books[place] = Books(change.placed_at)
        book = self._books[place].at(change.moment)
        on = change.moment.astimezone(UTC).date()
        if on not in self._boards:
            currencies = {facts.currency for facts in book.values()}
            self._boards[on] = RateBoard({(a, b) for a in currencies for b in currencies}, on)
        return World(PriceChange(), change.moment, book, [], {}, {}, {}, self._boards[on])


def spread_dry_run(rule: Guardrail, at: datetime) -> DryRun:
    """The spread rule over the lines that were placed in the year before `at`.

    Five queries, two for every 20,000 lines, and one for each day and each version of a list. The rates of a day are
    as they are known now; of a change with local times the first instant counts; a profile narrows nothing.
    """
    values = {
        "since": at - YEAR,
        "until": at,
        "list": rule.price_list_id,
        "path": rule.category.path if rule.category else None,
        "status": rule.status,
        "code": CODE,
    }
    lines, changes, found_then = _looked_at(values)
    caught: list[Caught] = []
    past = _Past()
    for batch in _batches(_changes(values)):
        worlds = {change.id: past.world(change) for change in batch}
        caught += _caught(rule, batch, worlds, values)
    ordered = sorted(caught, key=lambda one: (one.severity, -one.value, one.change_id, one.sku))
    return DryRun(
        lines,
        changes,
        sum(one.severity == BLOCK for one in caught),
        sum(one.severity == REVIEW for one in caught),
        len({one.change_id for one in caught}),
        found_then,
        ordered[:SHOWN],
    )


def _looked_at(values: dict[str, Any]) -> tuple[int, int, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT count(*), count(DISTINCT c.id), count(*) FILTER (WHERE EXISTS (SELECT FROM pricing_finding f
                WHERE f.line_id = l.id AND f.code = %(code)s)) FROM {JOINED} WHERE {PLACED} AND {IN_SCOPE}""",
            values,
        )
        lines, changes, found_then = cursor.fetchone()
    return lines, changes, found_then


def _changes(values: dict[str, Any]) -> list[_Change]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, title, placed_at, greatest(effective_from, placed_at), line_count FROM pricing_pricechange"
            " WHERE placed_at >= %(since)s AND placed_at < %(until)s ORDER BY id",
            values,
        )
        return [_Change(*row) for row in cursor.fetchall()]


def _batches(changes: Iterable[_Change]) -> Iterator[list[_Change]]:
    batch: list[_Change] = []
    size = 0
    for change in changes:
        if batch and size + change.line_count > BATCH:
            yield batch
            batch, size = [], 0
        batch.append(change)
        size += change.line_count
    if batch:
        yield batch


def _caught(
    rule: Guardrail, batch: Sequence[_Change], worlds: dict[int, World], values: dict[str, Any]
) -> Iterator[Caught]:
    regions = {change_id: regional_lists(world) for change_id, world in worlds.items()}
    lists = {
        change_id: with_parents(worlds[change_id].book, {one.id for one in found})
        for change_id, found in regions.items()
        if len(found) > 1
    }
    wanted = sorted(set().union(*lists.values())) if lists else []
    if not wanted:
        return
    lines = _lines(sorted(lists), wanted, values)
    rows = _rows(sorted(lists), wanted)
    for change in batch:
        mine = [one for one in lines.get(change.id, ()) if one.facts.list_id in lists.get(change.id, ())]
        laid = changed_rows((one.facts for one in mine), rows.get(change.id, {}))
        for one in mine:
            if not one.is_asked or one.facts.amount is None:
                continue
            facts = one.facts
            spread = spread_of(facts, regions[change.id], laid.get(facts.product_id, {}), worlds[change.id])
            apart, severity = spread_beyond(spread, rule.review_at, rule.block_at)
            if severity:
                yield Caught(
                    change.id,
                    change.title,
                    change.placed_at,
                    facts.sku,
                    facts.price_list,
                    facts.currency,
                    one.old_amount,
                    one.facts.amount,
                    apart,
                    severity,
                )


def _lines(change_ids: list[int], list_ids: list[int], values: dict[str, Any]) -> dict[int, list[_Line]]:
    """Every line of the changes in these lists, whatever the rule's scope: they count for one another."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT c.id, l.id, l.product_id, p.sku, l.price_list_id, pl.code, l.currency, l.min_quantity, l.amount,
                   l.old_amount, {IN_SCOPE}
              FROM {JOINED} JOIN pricing_pricelist pl ON pl.id = l.price_list_id
             WHERE c.id = ANY(%(changes)s) AND l.price_list_id = ANY(%(lists)s) ORDER BY c.id, l.position, l.id""",
            {**values, "changes": change_ids, "lists": list_ids},
        )
        return {
            change_id: [_Line(LineFacts(*row[1:9]), row[9], bool(row[10])) for row in group]
            for change_id, group in groupby(cursor.fetchall(), key=lambda row: row[0])
        }


def _rows(change_ids: list[int], list_ids: list[int]) -> dict[int, ProductRows]:
    """What stood on the timeline at the moment of each change, as known right before it was placed."""
    found: dict[int, ProductRows] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT x.id, r.product_id, r.price_list_id, r.min_quantity, r.amount, r.price_change_id
                 FROM (SELECT DISTINCT c.id, c.placed_at, greatest(c.effective_from, c.placed_at) AS moment, l.product_id
                         FROM pricing_pricechange c JOIN pricing_pricechangeline l ON l.change_id = c.id
                        WHERE c.id = ANY(%(changes)s) AND l.price_list_id = ANY(%(lists)s)) x
                 JOIN pricing_price r ON r.product_id = x.product_id AND r.price_list_id = ANY(%(lists)s)
                  AND r.valid @> x.moment AND lower(r.known) < x.placed_at
                  AND (upper_inf(r.known) OR upper(r.known) >= x.placed_at)""",
            {"changes": change_ids, "lists": list_ids},
        )
        for change_id, product_id, list_id, minimum, amount, set_by in cursor.fetchall():
            lists = found.setdefault(change_id, {}).setdefault(product_id, {})
            lists.setdefault(list_id, []).append(Row(minimum, amount, set_by))
    return found
