"""Whose effective price may have moved in a stretch: by the rows of a price change, or by what makes prices without rows."""

import hashlib
from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from django.db import connection

from catalog.models import Channel, Site
from catalog.queries import tax_rates
from catalog.rules.exchange import PIVOT
from pricing.queries.list_book import Books
from pricing.queries.market import derivation_pairs
from pricing.queries.timelines import RateHistory, RateOfDay
from pricing.rules.resolution import Book, Place, Plan, RateProblem, plan_for

TOUCHED = """
SELECT l.product_id, max(CASE WHEN m.until <= %(until)s THEN m.until ELSE m.start END)
  FROM pricing_pricechange c
  JOIN pricing_pricechangeline l ON l.change_id = c.id
 CROSS JOIN LATERAL (SELECT greatest(c.effective_from, l.valid_from, c.placed_at) AS start,
                            least(c.effective_until, l.valid_until) AS until) m
 WHERE c.placed_at IS NOT NULL AND l.price_list_id = ANY(%(lists)s)
   AND (c.placed_at > %(since)s
        OR c.effective_from BETWEEN %(since)s - interval '2 days' AND %(until)s + interval '2 days'
        OR c.effective_until BETWEEN %(since)s - interval '2 days' AND %(until)s + interval '2 days')
   AND (c.placed_at > %(since)s OR m.start > %(since)s AND m.start <= %(until)s
        OR m.until > %(since)s AND m.until <= %(until)s)
 GROUP BY l.product_id
"""


def plans_of(sites: Sequence[Site], channel: Channel | None, at: datetime) -> list[Plan]:
    """Each site's lists as a customer without a group may be asked by them, in a channel (None: the site's). 1 query."""
    book = Books().at(at)
    return [
        plan_for(book, Place(site.pk, site.region_id, channel.pk if channel else site.channel_id, None))
        for site in sites
    ]


def lists_of(plans: Sequence[Plan]) -> set[int]:
    """Every list whose rows matter to the plans, parents of derived ones included."""
    return set().union(*(plan.list_ids() for plan in plans)) if plans else set()


def touched_products(lists: Collection[int], since: datetime, until: datetime) -> dict[int, datetime]:
    """Products of those price changes on the lists that were placed after `since`, or begin or end after it and up to `until`.

    With each the newest such moment. Whatever writes or closes price rows is a price change with lines, so a product
    that is not named here moved only if `derivation_facts` did. 1 query.
    """
    with connection.cursor() as cursor:
        cursor.execute(TOUCHED, {"lists": sorted(lists), "since": since, "until": until})
        return dict(cursor.fetchall())


def products_on(lists: Collection[int], at: datetime) -> list[int]:
    """Products with a row of one of the lists at `at`. 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT product_id FROM pricing_price WHERE price_list_id = ANY(%s) AND upper_inf(known)"
            " AND valid @> %s::timestamptz",
            [sorted(lists), at],
        )
        return [pk for (pk,) in cursor.fetchall()]


def derivation_facts(plans: Sequence[Plan], sites: Sequence[Site], at: datetime) -> str:
    """A hash of all that makes effective prices beside the rows: lists, how they derive, rates and taxes of the day.

    While it stays the same, only rows move prices. 3 queries.
    """
    day = at.astimezone(UTC).date()
    lists = sorted(lists_of(plans))
    book = plans[0].book if plans else {}
    facts = [repr(book[pk]) for pk in lists]
    for plan, site in zip(plans, sites, strict=True):
        order = [one.id for one in plan.promotions + plan.regulars]
        facts.append(f"{site.code} {site.currency} {site.country} {order}")
    taxes = tax_rates(day)
    countries = {site.country for site in sites}
    facts += sorted(f"{key} {rate}" for key, rate in taxes.items() if key[0] in countries)
    facts += _rates(book, lists, {site.currency for site in sites}, at)
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()


def _rates(book: Book, lists: list[int], selling: set[str], at: datetime) -> list[str]:
    mine = {pk: book[pk] for pk in lists}
    pairs = {pair for pair in derivation_pairs(mine) if pair[0] != pair[1]}
    pairs |= {(facts.currency, to) for facts in mine.values() for to in selling if to != facts.currency}
    if not pairs:
        return []
    day = at.astimezone(UTC).date()
    rates = RateHistory({currency for pair in pairs for currency in pair} | {PIVOT}, day, day).on(day)
    kept = [f"{pk} {rate}" for pk, rate in sorted(rates.kept.items()) if pk in mine]
    return kept + [f"{base} {quote} {_rate(rates, base, quote)}" for base, quote in sorted(pairs)]


def _rate(rates: RateOfDay, base: str, quote: str) -> str:
    try:
        return str(rates(base, quote).rate)
    except RateProblem as problem:
        return problem.code
