"""One product's price over time, by the same rules as a quote."""

from bisect import bisect_right
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise

from catalog.models import ExchangeRate
from catalog.queries import MissingRate, StaleRate, tax_rates
from catalog.rules.exchange import LIMIT_DAYS, PIVOT, resolve_rate
from lib.actors import Actor
from pricing.queries.list_book import Books
from pricing.queries.market import (
    channels,
    customer_groups,
    derivation_pairs,
    kept_since,
    product_facts,
    site_facts,
)
from pricing.queries.quotes import QuoteLine
from pricing.queries.references import WINDOW, Dated, dated_rows, rows_at
from pricing.rules.resolution import Plan, Priced, Question, Rate, RateProblem, plan_for, resolve


@dataclass(frozen=True)
class TimelinePoint:
    """From `start` to `end` (None = open) this amount applied; a gap has amount None.

    lowest_30_days is the lowest amount of the 30 days before `start`, None where there was none.
    """

    start: datetime
    end: datetime | None
    amount: Decimal | None
    price_list: str
    is_promotion: bool
    price_change_id: int | None
    lowest_30_days: Decimal | None = None


class RateHistory:
    """Exchange rates of every day of a stretch, and those that linked lists keep, read at once. 2 queries."""

    def __init__(self, currencies: Collection[str], since: date, until: date) -> None:
        self._stored: dict[tuple[str, str], tuple[list[date], list[Decimal]]] = {}
        for base, quote, on, rate in (
            ExchangeRate.objects.filter(
                base__in=currencies,
                quote__in=currencies,
                on__gte=since - timedelta(days=2 * LIMIT_DAYS),
                on__lte=until,
            )
            .order_by("on")
            .values_list("base", "quote", "on", "rate")
        ):
            days, rates = self._stored.setdefault((base, quote), ([], []))
            days.append(on)
            rates.append(rate)
        self._kept: dict[int, tuple[list[date], list[Rate]]] = {}
        for list_id, begins, kept in kept_since(until):
            own_days, own = self._kept.setdefault(list_id, ([], []))
            own_days.append(begins)
            own.append(kept)

    def on(self, day: date) -> "RateOfDay":
        """The rates that counted on `day`."""
        kept = {}
        for list_id, (days, rates) in self._kept.items():
            place = bisect_right(days, day) - 1
            if place >= 0:
                kept[list_id] = rates[place]
        return RateOfDay(self, day, kept)

    def newest(self, base: str, quote: str, day: date) -> tuple[Decimal, date] | None:
        """The newest stored rate on or before `day`."""
        days, rates = self._stored.get((base, quote), ([], []))
        place = bisect_right(days, day) - 1
        return (rates[place], days[place]) if place >= 0 else None


@dataclass(frozen=True)
class RateOfDay:
    """The rates of one day of a history, called like any other. kept: by list, what a linked list keeps on that day."""

    history: RateHistory
    day: date
    kept: dict[int, Rate] = field(default_factory=dict)

    def __call__(self, base: str, quote: str) -> Rate:
        """The rate. Raises RateProblem."""
        try:
            found = resolve_rate(base, quote, self.day, lambda b, q: self.history.newest(b, q, self.day))
        except (MissingRate, StaleRate) as error:
            raise RateProblem(error.code, str(error)) from error
        return Rate(found.rate, found.on, f"{base}→{quote} {found.path}")


def quote_timeline(
    line: QuoteLine, *, actor: Actor, since: datetime, until: datetime, known_at: datetime | None = None
) -> list[TimelinePoint]:
    """The quoted price of one product at one site from `since` to `until`, by change points.

    Each stretch is what a quote would answer in it: rows, how lists derive then, and where currencies meet the rate of
    each day. Tax as of
    `until`. Empty for an unknown product or site. At most 9 queries.
    """
    product = product_facts([line.sku]).get(line.sku)
    site = site_facts(actor).get(line.site)
    if product is None or site is None:
        return []
    channel_id = channels()[line.channel][0] if line.channel in channels() else site.channel_id
    group_id = customer_groups().get(line.customer_group) if line.customer_group else None
    books = Books(known_at)
    plan = plan_for(books.at(since), site.place(channel_id, group_id))
    tax = tax_rates(until.astimezone(UTC).date()).get((site.country, product.tax_class), Decimal(0))
    question = Question(line.quantity, line.currency or site.currency, tax)
    begin = since - WINDOW
    list_ids = books.list_ids(plan, begin, until)
    dated = dated_rows([product.id], list_ids, begin, until, known_at).get(product.id, [])
    currencies = {facts.currency for facts in plan.promotions + plan.regulars} | {question.currency}
    for book in books.between(begin, until):
        currencies |= {currency for pair in derivation_pairs(book) for currency in pair}
    history = RateHistory(currencies | {PIVOT}, begin.date(), until.date())
    moments = sorted(
        {since, *books.moments(begin, until), *_moments(dated, begin, until, daily=len(currencies) > 1)}
    )
    points = [
        _point(start, end, _priced(books.replanned(plan, start), dated, question, history, start))
        for start, end in pairwise([*moments, until])
    ]
    return _merged(_with_lowest(points), since)


def _moments(dated: Iterable[Dated], begin: datetime, until: datetime, *, daily: bool) -> set[datetime]:
    moments = {begin}
    for _list, row, end in dated:
        moments.update(m for m in (row.valid_from, end) if m is not None and begin < m < until)
    if daily:
        midnight = datetime.combine(begin.date(), time(), UTC) + timedelta(days=1)
        while midnight < until:
            moments.add(midnight)
            midnight += timedelta(days=1)
    return moments


def _priced(
    plan: Plan, dated: list[Dated], question: Question, history: RateHistory, at: datetime
) -> Priced | None:
    try:
        return resolve(plan, rows_at(dated, at), question, history.on(at.astimezone(UTC).date()))
    except RateProblem:
        return None


def _point(start: datetime, end: datetime, priced: Priced | None) -> TimelinePoint:
    if priced is None:
        return TimelinePoint(start, end, None, "", False, None)
    return TimelinePoint(
        start,
        end,
        priced.amount,
        priced.facts.code,
        priced.facts.kind == "promotion",
        priced.row.price_change_id if priced.row else None,
    )


def _with_lowest(points: list[TimelinePoint]) -> list[TimelinePoint]:
    """Each point with the lowest amount of the 30 days before it."""
    filled = []
    for place, point in enumerate(points):
        before = [
            one.amount
            for one in points[:place]
            if one.amount is not None and one.end is not None and one.end > point.start - WINDOW
        ]
        filled.append(
            TimelinePoint(
                point.start,
                point.end,
                point.amount,
                point.price_list,
                point.is_promotion,
                point.price_change_id,
                min(before, default=None),
            )  # fmt: skip
        )
    return filled


def _merged(points: list[TimelinePoint], since: datetime) -> list[TimelinePoint]:
    """Neighbours with the same price as one; what lies before `since` goes."""
    merged: list[TimelinePoint] = []
    for point in points:
        if point.start < since:
            continue
        last = merged[-1] if merged else None
        if last is not None and (last.amount, last.price_list, last.price_change_id) == (
            point.amount,
            point.price_list,
            point.price_change_id,
        ):
            merged[-1] = TimelinePoint(
                last.start, point.end, last.amount, last.price_list, last.is_promotion,
                last.price_change_id, last.lowest_30_days,
            )  # fmt: skip
        else:
            merged.append(point)
    return merged
