"""What the cheapest competitor asks beside a list's own price, in the list's currency: the grid's column and its formula."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from catalog.models import Site
from pricing.models import PriceList
from pricing.queries.competitors import FRESH_DAYS, market_prices_in, market_sql
from pricing.queries.market import RateBoard
from pricing.rules.resolution import ListFacts, RateProblem

ONE = Decimal(1)
#: The products with a fresh price of a competitor, as a condition on p.
SEEN_SQL = (
    "p.id IN (SELECT seen.product_id FROM pricing_competitorprice seen WHERE seen.is_tax_included"
    " AND seen.observed_at <= %(seen_at)s AND seen.observed_at > %(seen_since)s)"
)


@dataclass(frozen=True)
class MarketCell:
    """The lowest gross price of `count` competitors, unrounded; observed_at is the newest of them."""

    amount: Decimal
    observed_at: datetime
    count: int


def countries_of(lists: Collection[ListFacts | PriceList]) -> dict[int, str]:
    """List → the country of its site or region, "" where its sites lie in several or anywhere. 1 query, or none."""
    if not any(one.site_id or one.region_id for one in lists):
        return {one.id: "" for one in lists}
    sites = list(Site.objects.values_list("id", "region_id", "country"))
    found = {}
    for one in lists:
        if one.site_id is not None:
            there = {country for site_id, _region, country in sites if site_id == one.site_id}
        else:
            there = {country for _site, region_id, country in sites if region_id == one.region_id}
        found[one.id] = there.pop() if len(there) == 1 else ""
    return found


def market_cells(
    product_ids: Collection[int], lists: Collection[ListFacts | PriceList], at: datetime
) -> dict[tuple[int, str], MarketCell]:
    """(product, list code) → what the market asks, as the index of competitors counts it. At most 4 queries.

    Absent: products nobody fresh was seen for, currencies without a rate, and lists whose prices leave tax out, which
    gross prices are not held against.
    """
    gross = [one for one in lists if one.tax_included]
    countries = countries_of(gross)
    seen = market_prices_in(product_ids, at, set(countries.values())) if gross and product_ids else {}
    asked = {one.currency for one in seen.values()}
    rates = RateBoard({(base, one.currency) for base in asked for one in gross}, at.astimezone(UTC).date())
    cells = {}
    for one in gross:
        for product_id in product_ids:
            market = seen.get((countries[one.id], product_id))
            rate = None if market is None else _rate(rates, market.currency, one.currency)
            if market is not None and rate is not None:
                cells[product_id, one.code] = MarketCell(
                    market.lowest * rate, market.observed_at, market.count
                )
    return cells


def _rate(rates: RateBoard, base: str, quote: str) -> Decimal | None:
    try:
        return ONE if base == quote else rates(base, quote).rate
    except RateProblem:
        return None


def market_order_sql(list_code: str, at: datetime) -> tuple[str, dict[str, Any]]:
    """A join that gives each product p its `market.amount` beside one list, with its values; ("", {}) for none. 5 queries."""
    one = PriceList.objects.filter(code=list_code, tax_included=True).first()
    if one is None:
        return "", {}
    since = at - timedelta(days=FRESH_DAYS)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT currency FROM pricing_competitorprice WHERE observed_at <= %s AND observed_at > %s",
            [at, since],
        )
        currencies = [currency for (currency,) in cursor.fetchall()]
    board = RateBoard({(currency, one.currency) for currency in currencies}, at.astimezone(UTC).date())
    rates = {
        currency: rate
        for currency in currencies
        if (rate := _rate(board, currency, one.currency)) is not None
    }
    join = (
        f"LEFT JOIN (SELECT m.product_id, m.lowest * r.rate AS amount FROM ({market_sql(everything=True)}) m"
        " JOIN unnest(%(market_currencies)s::text[], %(market_rates)s::numeric[]) r (currency, rate)"
        " ON r.currency = m.currency) market ON market.product_id = p.id"
    )
    values = {
        "market_currencies": list(rates),
        "market_rates": list(rates.values()),
        "countries": [countries_of([one])[one.id]],
        "market_at": at,
        "market_days": FRESH_DAYS,
    }
    return join, values
