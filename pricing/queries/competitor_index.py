"""Our prices beside the market's: per product and, as an index, per category."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count, Max, QuerySet

from catalog.models import Product
from pricing.models import Competitor, CompetitorPrice, PriceList
from pricing.queries.competitors import FRESH_DAYS, MarketPrice, market_prices
from pricing.queries.grid import list_cells
from pricing.queries.market import RateBoard
from pricing.queries.market_cells import countries_of
from pricing.rules.resolution import RateProblem

#: Products compared at a time: those seen last.
MOST = 20_000
HUNDRED = Decimal(100)


@dataclass(frozen=True)
class Compared:
    """One product: what the list asks and what the market asks, in the list's currency. distance: ours / lowest − 1."""

    sku: str
    name: str
    category: str
    ours: Decimal
    market: MarketPrice
    lowest: Decimal
    median: Decimal

    @property
    def distance(self) -> Decimal:
        return self.ours / self.lowest - 1


@dataclass(frozen=True)
class CategoryIndex:
    """100 = our prices sum to the medians of the market over the products that both have."""

    category: str
    products: int
    index: Decimal


def seen_products(at: datetime) -> list[int]:
    """The ids of up to MOST products with a fresh price of a competitor, seen last first. 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT product_id FROM pricing_competitorprice WHERE product_id IS NOT NULL AND observed_at <= %s"
            " AND observed_at > %s GROUP BY 1 ORDER BY max(observed_at) DESC, 1 LIMIT %s",
            [at, at - timedelta(days=FRESH_DAYS), MOST],
        )
        return [row[0] for row in cursor.fetchall()]


def compared(price_list: PriceList, at: datetime) -> list[Compared]:
    """Every product with both prices at `at`, dearest beside the market first. At most 9 queries.

    A market price in another currency is converted at the day's rate; without a rate the product is left out.
    """
    ids = seen_products(at)
    cells = list_cells(ids, [price_list.pk], at)
    market = market_prices(ids, at, country_of(price_list))
    rates = RateBoard(
        {(one.currency, price_list.currency) for one in market.values()}, at.astimezone(UTC).date()
    )
    rows = []
    names = Product.objects.filter(pk__in=list(market)).values_list("pk", "sku", "name", "category__path")
    for product_id, sku, name, category in names:
        cell, seen = cells.get((product_id, price_list.code)), market[product_id]
        if cell is None:
            continue
        try:
            rate = (
                Decimal(1)
                if seen.currency == price_list.currency
                else rates(seen.currency, price_list.currency).rate
            )
        except RateProblem:
            continue
        rows.append(
            Compared(sku, name, category or "", cell.amount, seen, seen.lowest * rate, seen.median * rate)
        )
    return sorted(rows, key=lambda row: (-row.distance, row.sku))


def country_of(price_list: PriceList) -> str:
    """The country of a list's site or region, "" where its sites lie in several."""
    return countries_of([price_list])[price_list.pk]


def index_by_category(rows: list[Compared]) -> list[CategoryIndex]:
    """One line a category, in order of path; the whole comes first under "" when there is any."""
    sums: dict[str, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0), Decimal(0)])
    for row in rows:
        for key in {"", row.category}:
            total = sums[key]
            total[0] += row.ours
            total[1] += row.median
            total[2] += 1
    return [
        CategoryIndex(category, int(count), (HUNDRED * ours / median).quantize(Decimal("0.1")))
        for category, (ours, median, count) in sorted(sums.items())
    ]


def index_row(one: CategoryIndex) -> dict[str, object]:
    """An index as REST shows it; category "" is the whole."""
    return {"category": one.category, "products": one.products, "index": format(one.index, "f")}


def unmatched(limit: int = 50) -> list[Any]:
    """Codes of competitors that mean no product yet, seen most often first. 1 query."""
    return list(
        CompetitorPrice.objects.filter(product=None)
        .exclude(code="")
        .values("competitor__code", "competitor__name", "code", "sku", "gtin")
        .annotate(rows=Count("pk"), seen=Max("observed_at"))
        .order_by("-rows", "code")[:limit]
    )


def competitors() -> QuerySet[Competitor]:
    """Every competitor with the number of what was seen. 1 query."""
    return Competitor.objects.annotate(rows=Count("prices"), seen=Max("prices__observed_at")).order_by("name")


def price_list_or_first(code: str) -> PriceList | None:
    """The list of `code`, else the first base list; None where there is none. At most 2 queries."""
    lists = PriceList.objects.select_related("site", "region")
    return (lists.filter(code=code).first() if code else None) or lists.filter(kind="base").order_by(
        "pk"
    ).first()
