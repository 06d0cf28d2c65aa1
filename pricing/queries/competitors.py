"""What the market asks for products: the newest fresh price of each competitor."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from pricing.models import CompetitorPrice

FRESH_DAYS = 14
SQL = """
WITH asked AS (SELECT unnest(%(countries)s::text[]) AS country),
newest AS (
    SELECT DISTINCT ON (a.country, p.product_id, p.competitor_id, p.currency)
           a.country, p.product_id, p.currency, p.amount, p.observed_at
      FROM asked a JOIN pricing_competitor c ON a.country = '' OR c.country IN ('', a.country)
      JOIN pricing_competitorprice p ON p.competitor_id = c.id
     WHERE {products} AND p.is_tax_included
       AND p.observed_at <= %(market_at)s AND p.observed_at > %(market_at)s - make_interval(days => %(market_days)s)
     ORDER BY a.country, p.product_id, p.competitor_id, p.currency, p.observed_at DESC, p.id DESC
)
SELECT DISTINCT ON (country, product_id) country, product_id, min(amount) AS lowest,
       (percentile_disc(0.5) WITHIN GROUP (ORDER BY amount)
        + percentile_disc(0.5) WITHIN GROUP (ORDER BY amount DESC)) / 2 AS median,
       currency, max(observed_at) AS observed_at, count(*) AS count
  FROM newest GROUP BY country, product_id, currency
 ORDER BY country, product_id, count(*) DESC, currency
"""


def market_sql(*, everything: bool = False) -> str:
    """The newest fresh price of each competitor by country and product; of `products`, or of every product."""
    return SQL.format(
        products="p.product_id IS NOT NULL" if everything else "p.product_id = ANY(%(products)s)"
    )


@dataclass(frozen=True)
class MarketPrice:
    """Gross prices of `count` competitors; observed_at is the newest of them."""

    lowest: Decimal
    median: Decimal
    currency: str
    observed_at: datetime
    count: int


def market_prices(
    product_ids: Collection[int], at: datetime, country_or_region: str | None = None
) -> dict[int, MarketPrice]:
    """By product, those with a price seen within FRESH_DAYS before `at`; others are absent. 1 query.

    country_or_region is a country's code: competitors of other countries are left out. Prices without tax are left
    out. Currencies are never mixed: the one most competitors ask in is taken, then the first by code.
    """
    country = country_or_region or ""
    found = market_prices_in(product_ids, at, {country})
    return {product_id: one for (_country, product_id), one in found.items()}


def market_prices_in(
    product_ids: Collection[int], at: datetime, countries: Collection[str]
) -> dict[tuple[str, int], MarketPrice]:
    """(country, product) → the same for several countries at once, "" for everywhere. 1 query."""
    values: dict[str, Any] = {
        "products": list(product_ids),
        "countries": list(countries),
        "market_at": at,
        "market_days": FRESH_DAYS,
    }
    with connection.cursor() as cursor:
        cursor.execute(market_sql(), values)
        return {(row[0], row[1]): MarketPrice(*row[2:]) for row in cursor.fetchall()}


def observations() -> QuerySet[CompetitorPrice]:
    """What was seen, with competitor and product."""
    return CompetitorPrice.objects.select_related("competitor", "product")


def observation_row(one: CompetitorPrice) -> dict[str, Any]:
    """An observation as REST shows it."""
    return {
        "id": one.pk,
        "competitor": one.competitor.code,
        "code": one.code,
        "sku": one.sku,
        "gtin": one.gtin,
        "product": one.product.sku if one.product else None,
        "amount": format(one.amount, "f"),
        "currency": one.currency,
        "is_tax_included": one.is_tax_included,
        "is_promotion": one.is_promotion,
        "source": one.source,
        "observed_at": one.observed_at.isoformat(),
    }
