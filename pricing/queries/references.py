"""The reference price of a reduction: the lowest price of the 30 days before it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection

from pricing.rules.resolution import Plan, Question, RateProblem, Rates, Row, resolve

WINDOW = timedelta(days=30)
#: Where an announced reduction must name it: Directive 98/6/EC Art. 6a (EU); for GB shown as evidence.
_EU_AND_GB = "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE GB"
COUNTRIES = frozenset(_EU_AND_GB.split())


@dataclass(frozen=True, slots=True)
class ReferenceAsked:
    """A reduction now in force: of which product, where, since when."""

    index: int
    product_id: int
    country: str
    plan: Plan
    question: Question
    since: datetime | None


#: (list, row, until) of one product.
Dated = tuple[int, Row, datetime | None]


def reference_amounts(
    asked: Sequence[ReferenceAsked], rates: Rates, known_at: datetime | None = None
) -> dict[int, Decimal]:
    """index → the lowest price that applied in the 30 days before the reduction; absent where none did. 1 query.

    Converted at the rates of the question's day.
    """
    wanted = [one for one in asked if one.country in COUNTRIES and one.since is not None]
    if not wanted:
        return {}
    history = _history(wanted, known_at)
    lowest: dict[int, Decimal] = {}
    for one in wanted:
        dated = history.get(one.product_id, [])
        amounts = [a for a in _amounts(one, dated, rates) if a is not None]
        if amounts:
            lowest[one.index] = min(amounts)
    return lowest


def _amounts(one: ReferenceAsked, dated: list[Dated], rates: Rates) -> list[Decimal | None]:
    """The price at each moment of the window at which any row begins or ends."""
    if one.since is None:
        return []
    start = one.since - WINDOW
    moments = {start}
    for _list, row, until in dated:
        moments.update(m for m in (row.valid_from, until) if m is not None and start < m < one.since)
    return [_amount_at(one, dated, moment, rates) for moment in moments]


def _amount_at(one: ReferenceAsked, dated: list[Dated], moment: datetime, rates: Rates) -> Decimal | None:
    try:
        found = resolve(one.plan, rows_at(dated, moment), one.question, rates)
    except RateProblem:
        return None
    return found.amount if found else None


def rows_at(dated: Iterable[Dated], moment: datetime) -> dict[int, list[Row]]:
    """The rows valid at `moment`, by list."""
    rows: dict[int, list[Row]] = {}
    for list_id, row, until in dated:
        if row.valid_from is not None and row.valid_from <= moment and (until is None or moment < until):
            rows.setdefault(list_id, []).append(row)
    return rows


def _history(wanted: Sequence[ReferenceAsked], known_at: datetime | None) -> dict[int, list[Dated]]:
    begins = [one.since for one in wanted if one.since is not None]
    list_ids: set[int] = set().union(*(one.plan.list_ids() for one in wanted))
    return dated_rows(
        {one.product_id for one in wanted}, list_ids, min(begins) - WINDOW, max(begins), known_at
    )


def dated_rows(
    product_ids: Collection[int],
    list_ids: Collection[int],
    since: datetime,
    until: datetime,
    known_at: datetime | None = None,
) -> dict[int, list[Dated]]:
    """Product → the rows valid at any moment of a stretch, as known at `known_at` (None = now). 1 query."""
    known = "upper_inf(known)" if known_at is None else "known @> %(known_at)s::timestamptz"
    history: dict[int, list[Dated]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT product_id, price_list_id, min_quantity, amount, price_change_id, lower(valid), upper(valid)"
            " FROM pricing_price WHERE product_id = ANY(%(products)s) AND price_list_id = ANY(%(lists)s)"
            f" AND valid && tstzrange(%(since)s, %(until)s) AND {known}",
            {
                "products": list(product_ids),
                "lists": list(list_ids),
                "since": since,
                "until": until,
                "known_at": known_at,
            },
        )
        for product_id, list_id, minimum, amount, change_id, start, end in cursor.fetchall():
            dated = (list_id, Row(minimum, amount, change_id, start), end)
            if product_id in history:
                history[product_id].append(dated)
            else:
                history[product_id] = [dated]
    return history
