"""Tax rates and unit costs."""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from catalog.models import TaxRate, UnitCost
from catalog.queries.products import plain


def tax_rates(at: date) -> dict[tuple[str, str], Decimal]:
    """(country, tax class) → the rate (0–1) of the newest `valid_from` ≤ `at`. 1 query."""
    newest = (
        TaxRate.objects.filter(valid_from__lte=at)
        .order_by("country", "tax_class", "-valid_from")
        .distinct("country", "tax_class")
    )
    return {
        (country, tax_class): rate
        for country, tax_class, rate in newest.values_list("country", "tax_class", "rate_fraction")
    }


def unit_costs(product_ids: Collection[int], at: datetime) -> dict[int, tuple[Decimal, str]]:
    """Product → (net cost of one base unit, currency) of the newest `valid_from` ≤ `at`; absent = unknown. 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT ON (product_id) product_id, amount, currency FROM catalog_unitcost"
            " WHERE product_id = ANY(%s) AND valid_from <= %s ORDER BY product_id, valid_from DESC",
            [list(product_ids), at],
        )
        return {product_id: (amount, currency) for product_id, amount, currency in cursor.fetchall()}


def tax_rate_rows(rates: Iterable[TaxRate]) -> list[dict[str, Any]]:
    """Tax rates with the fields they are posted with. No query."""
    return [
        {
            "country": rate.country,
            "tax_class": rate.tax_class,
            "rate_fraction": plain(rate.rate_fraction),
            "valid_from": rate.valid_from.isoformat(),
        }
        for rate in rates
    ]


def unit_cost_rows(costs: Iterable[UnitCost]) -> list[dict[str, Any]]:
    """Unit costs (read with their products) with the fields they are posted with. No query."""
    return [
        {
            "sku": cost.product.sku,
            "amount": plain(cost.amount),
            "currency": cost.currency,
            "valid_from": cost.valid_from.isoformat(),
        }
        for cost in costs
    ]
