"""The price of one piece for a great many (product, site, channel, time) at once: amount, list and change, no steps.

The same sequence as `rules.resolution`, asked set by set: the rows of all promotions, then list after list of the plan,
each only for what is still without a price. Where a price is more than a row as it stands (derived, of several
promotions, in another currency, net of tax) the line goes through `resolve` like any quote.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from catalog.models import Product
from catalog.queries import tax_rates
from catalog.rules.exchange import PIVOT
from lib import clock
from lib.actors import Actor
from pricing.queries.list_book import Books
from pricing.queries.market import SiteFacts, channels, derivation_pairs, site_facts
from pricing.queries.quotes import without_collector
from pricing.queries.references import dated_rows, rows_at
from pricing.queries.timelines import RateHistory
from pricing.rules.resolution import (
    ONE,
    ListFacts,
    Plan,
    Question,
    RateProblem,
    plan_for,
    promotion_stands,
    resolve,
    stands_as_asked,
)

ZERO = Decimal(0)


class PriceAsked(NamedTuple):
    """One piece of a product at a site: channel "" = the site's own, at None = the moment of the whole question."""

    product_id: int
    site: str
    channel: str = ""
    at: datetime | None = None


class BulkPrice(NamedTuple):
    """amount is gross, in the site's currency; None with error_code set, as quotes have them."""

    amount: Decimal | None
    currency: str
    price_list: str
    price_change_id: int | None
    error_code: str = ""


NO_PRICE = BulkPrice(None, "", "", None, "no_price")


@dataclass(slots=True)
class _Place:
    """A site and channel: its plan, and whether its promotions are rows as they stand."""

    site: SiteFacts
    plan: Plan
    promotions: dict[int, ListFacts]
    is_plain: bool


#: What a row says of a line: (list, amount, change).
_Hit = tuple[int, Decimal, int]


@dataclass(slots=True)
class _Work:
    """The lines by number: their place, what was found so far, and which need the rules in full."""

    asked: Sequence[PriceAsked]
    at: datetime
    known_at: datetime | None
    places: list[_Place | None] = field(default_factory=list)
    found: list[BulkPrice | None] = field(default_factory=list)
    in_full: list[int] = field(default_factory=list)
    #: Distinct moments and, per line, which of them; no numbers where all lines ask for the same.
    moments: list[datetime] = field(default_factory=list)
    moment_of: list[int] = field(default_factory=list)


def bulk_prices(
    asked: Sequence[PriceAsked], *, actor: Actor, at: datetime | None = None, known_at: datetime | None = None
) -> list[BulkPrice]:
    """Prices in the order of `asked`, the same as `quote_lines` would answer, as known at `known_at` (now).

    Queries: sites (2), channels, lists, promotions, and one for each place in the longest plan; where some lines need
    the rules in full: products, rows, rates, and taxes for each day asked about.
    Error codes: unknown_site, unknown_channel, no_price, missing_exchange_rate, stale_exchange_rate.
    """
    moment = at or clock.now()
    books = Books(known_at)
    with without_collector(len(asked)):
        parts = _by_book(asked, books, moment)
        if len(parts) == 1:
            return _answers(_Work(asked, moment, known_at, found=[None] * len(asked)), actor, books)
        found: list[BulkPrice] = [NO_PRICE] * len(asked)
        for places in parts:
            work = _Work([asked[place] for place in places], moment, known_at, found=[None] * len(places))
            for place, one in zip(places, _answers(work, actor, books), strict=True):
                found[place] = one
        return found


def _by_book(asked: Sequence[PriceAsked], books: Books, moment: datetime) -> list[Sequence[int]]:
    """The lines by the way their lists derive at their moment; nearly always one part."""
    moments = {one.at or moment for one in asked} or {moment}
    if not books.moments(min(moments), max(moments) + timedelta(microseconds=1)):
        return [range(len(asked))]
    parts: dict[int, list[int]] = {}
    for place, one in enumerate(asked):
        parts.setdefault(id(books.at(one.at or moment)), []).append(place)
    return list(parts.values())


def _answers(work: _Work, actor: Actor, books: Books) -> list[BulkPrice]:
    """The answers to lines whose lists derive alike."""
    _place_lines(work, actor, books)
    _number_moments(work)
    open_lines = [i for i, place in enumerate(work.places) if place is not None and place.is_plain]
    work.in_full = [i for i, place in enumerate(work.places) if place is not None and not place.is_plain]
    promoted, open_lines = _promoted(work, open_lines)
    _ask_regulars(work, open_lines, promoted)
    _resolve_in_full(work)
    return [NO_PRICE if one is None else one for one in work.found]


def _place_lines(work: _Work, actor: Actor, books: Books) -> None:
    first = next((one.at for one in work.asked), None) or work.at
    sites, channel_ids, book = site_facts(actor), channels(), books.at(first)
    known: dict[tuple[str, str], _Place | None] = {}
    for index, (_product, site_code, channel, _at) in enumerate(work.asked):
        key = (site_code, channel)
        if key not in known:
            site = sites.get(site_code)
            if site is None or (channel and channel not in channel_ids):
                known[key] = None
            else:
                channel_id = channel_ids[channel][0] if channel else site.channel_id
                known[key] = _place(site, plan_for(book, site.place(channel_id)))
        place = known[key]
        work.places.append(place)
        if place is None:
            code = "unknown_channel" if site_code in sites else "unknown_site"
            work.found[index] = BulkPrice(None, "", "", None, code)


def _place(site: SiteFacts, plan: Plan) -> _Place:
    promotions = {facts.id: facts for facts in plan.promotions}
    is_plain = all(
        facts.parent_id is None and stands_as_asked(facts, site.currency) for facts in plan.promotions
    )
    return _Place(site, plan, promotions, is_plain)


def _number_moments(work: _Work) -> None:
    if all(one.at is None for one in work.asked):
        work.moments = [work.at]
        return
    numbers: dict[datetime, int] = {}
    for one in work.asked:
        work.moment_of.append(numbers.setdefault(one.at or work.at, len(numbers) + 1))
    work.moments = list(numbers)


def _hits(
    work: _Work, lines: Sequence[int], lists: list[int], *, any_list: bool
) -> Iterator[tuple[Any, ...]]:
    """(position in `lines` from 1, list, amount, change) of the rows for one piece: of its own list, or of any; 1 query."""
    if not lines or not lists:
        return iter(())
    moment = "(%(moments)s::timestamptz[])[t.moment]" if work.moment_of else "%(at)s::timestamptz"
    known = "upper_inf(p.known)" if work.known_at is None else "p.known @> %(known_at)s::timestamptz"
    columns = {"product": _array([work.asked[i].product_id for i in lines])}
    if work.moment_of:
        columns["moment"] = _array([work.moment_of[i] for i in lines])
    if not any_list:
        columns["list"] = _array(lists)
    arrays = ", ".join(f"%({name})s::bigint[]" for name in columns)
    own = "" if any_list else " AND p.price_list_id = t.list"
    rest: dict[str, Any] = {
        "lists": list(set(lists)),
        "moments": work.moments,
        "at": work.at,
        "known_at": work.known_at,
    }
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT t.line, p.price_list_id, p.amount, p.price_change_id FROM unnest({arrays})"
            f" WITH ORDINALITY AS t ({', '.join(columns)}, line) JOIN pricing_price p ON p.product_id = t.product"
            f" AND p.price_list_id = ANY(%(lists)s){own} AND p.min_quantity <= 1 AND p.valid @> {moment} AND {known}",
            {**columns, **rest},
        )
        return iter(cursor.fetchall())


def _array(numbers: Sequence[int]) -> str:
    """One literal instead of an expression per number, which the database would parse one by one."""
    return "{" + ",".join(map(str, numbers)) + "}"


def _promoted(work: _Work, lines: list[int]) -> tuple[dict[int, _Hit], list[int]]:
    """The one promotion of a line, and the lines still open; those with several rows need the rules in full."""
    lists = {pk for place in {id(p): p for p in work.places if p}.values() for pk in place.promotions}
    hits: dict[int, _Hit] = {}
    several: set[int] = set()
    for number, list_id, amount, change_id in _hits(work, lines, sorted(lists), any_list=True):
        line = lines[number - 1]
        place = work.places[line]
        if place is not None and list_id in place.promotions:
            if line in hits:
                several.add(line)
            hits[line] = (list_id, amount, change_id)
    if several:
        work.in_full += sorted(several)
        lines = [line for line in lines if line not in several]
    return hits, lines


def _ask_regulars(work: _Work, lines: list[int], promoted: dict[int, _Hit]) -> None:
    """List after list of each line's plan, until it has a price."""
    depth = 0
    while lines:
        asking: list[int] = []
        lists: list[int] = []
        regulars: list[ListFacts] = []
        for line in lines:
            place = work.places[line]
            if place is None:
                continue
            if depth >= len(place.plan.regulars):
                work.found[line] = _decided(place, promoted.get(line), None)
            elif not stands_as_asked(facts := place.plan.regulars[depth], place.site.currency):
                work.in_full.append(line)
            else:
                asking.append(line)
                lists.append(facts.id)
                regulars.append(facts)
        lines = _answered(work, asking, lists, (regulars, promoted))
        depth += 1


def _answered(
    work: _Work, asking: list[int], lists: list[int], rest: tuple[list[ListFacts], dict[int, _Hit]]
) -> list[int]:
    """Settle the lines whose list has a row; the lines that remain open."""
    regulars, promoted = rest
    places, found = work.places, work.found
    hit = [False] * len(asking)
    several: set[int] = set()
    for number, list_id, amount, change_id in _hits(work, asking, lists, any_list=False):
        number -= 1
        line = asking[number]
        if hit[number]:
            several.add(line)
        hit[number] = True
        found[line] = _decided(places[line], promoted.get(line), (list_id, amount, change_id))
    for line in several:
        found[line] = None
    work.in_full += sorted(several)
    missed = [(line, regulars[n]) for n, line in enumerate(asking) if not hit[n]]
    work.in_full += [line for line, facts in missed if facts.parent_id is not None]
    return [line for line, facts in missed if facts.parent_id is None]


def _decided(place: _Place | None, promoted: _Hit | None, regular: _Hit | None) -> BulkPrice | None:
    if place is None or (promoted is None and regular is None):
        return None
    hit = regular
    if promoted is not None:
        otherwise = None if regular is None else regular[1]
        if promotion_stands(place.promotions[promoted[0]], promoted[1], otherwise):
            hit = promoted
    assert hit is not None
    return BulkPrice(hit[1], place.site.currency, place.plan.book[hit[0]].code, hit[2])


def _resolve_in_full(work: _Work) -> None:
    """The remaining lines by the rules, over the rows valid at any of their moments."""
    if not work.in_full:
        return
    places = {id(place): place for i in work.in_full if (place := work.places[i]) is not None}
    products = {work.asked[i].product_id for i in work.in_full}
    lists = set().union(*(place.plan.list_ids() for place in places.values()))
    moments = {work.asked[i].at or work.at for i in work.in_full}
    last = max(moments) + timedelta(microseconds=1)
    history = dated_rows(products, lists, min(moments), last, work.known_at)
    classes = dict(Product.objects.filter(pk__in=products).values_list("id", "tax_class"))
    taxes: dict[date, dict[tuple[str, str], Decimal]] = {}
    book = next(iter(places.values())).plan.book
    used = {facts.currency for facts in book.values()} | {p.site.currency for p in places.values()} | {PIVOT}
    used |= {currency for pair in derivation_pairs(book) for currency in pair}
    history_of_rates = RateHistory(used, min(moments).date(), last.date())
    rates = {on: history_of_rates.on(on) for on in {moment.astimezone(UTC).date() for moment in moments}}
    for index in work.in_full:
        place, one = work.places[index], work.asked[index]
        if place is None:
            continue
        moment = one.at or work.at
        on = moment.astimezone(UTC).date()
        if on not in taxes:
            taxes[on] = tax_rates(on)
        tax = taxes[on].get((place.site.country, classes.get(one.product_id, "")), ZERO)
        question = Question(ONE, place.site.currency, tax)
        try:
            rows = rows_at(history.get(one.product_id, ()), moment)
            priced = resolve(place.plan, rows, question, rates[on]) if rows else None
        except RateProblem as problem:
            work.found[index] = BulkPrice(None, "", "", None, problem.code)
            continue
        if priced is not None:
            change_id = priced.row.price_change_id if priced.row else None
            work.found[index] = BulkPrice(priced.amount, question.currency, priced.facts.code, change_id)
