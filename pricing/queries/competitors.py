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
WITH newest AS (
    SELECT DISTINCT ON (p.product_id, p.competitor_id, p.currency)
           p.product_id, p.currency, p.amount, p.observed_at
      FROM pricing_competitorprice p JOIN pricing_competitor c ON c.id = p.competitor_id
     WHERE p.product_id = ANY(%(products)s) AND p.is_tax_included
       AND p.observed_at <= %(at)s AND p.observed_at > %(at)s - make_interval(days => %(days)s)
       AND (%(country)s = '' OR c.country IN ('', %(country)s))
     ORDER BY p.product_id, p.competitor_id, p.currency, p.observed_at DESC, p.id DESC
)
SELECT DISTINCT ON (product_id) product_id, min(amount),
       (percentile_disc(0.5) WITHIN GROUP (ORDER BY amount)
        + percentile_disc(0.5) WITHIN GROUP (ORDER BY amount DESC)) / 2,
       currency, max(observed_at), count(*)
  FROM newest GROUP BY product_id, currency
 ORDER BY product_id, count(*) DESC, currency
"""


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
    values: dict[str, Any] = {
        "products": list(product_ids),
        "at": at,
        "days": FRESH_DAYS,
        "country": country_or_region or "",
    }
    with connection.cursor() as cursor:
        cursor.execute(SQL, values)
        return {row[0]: MarketPrice(*row[1:]) for row in cursor.fetchall()}


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
