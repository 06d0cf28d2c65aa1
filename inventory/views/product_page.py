"""Shapes of the product page: sites by region with sums, and the seven figures."""

from decimal import Decimal
from itertools import groupby
from typing import Any

from inventory.rules.safety_stock import cover_days

SUMMED = ("on_hand", "reserved", "available", "in_transit", "customs")


def grouped(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows by region, each with the sums of its sites."""
    return [
        {"name": region, "rows": sites, **_sums(sites)}
        for region, sites in (
            (name, list(part)) for name, part in groupby(rows, key=lambda row: row["region"])
        )
    ]


def product_totals(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Sums over all sites; the value by currency, the largest first."""
    totals = _sums(rows)
    values: dict[str, Decimal] = {}
    for row in rows:
        values[row["currency"]] = values.get(row["currency"], Decimal(0)) + row["value"]
    totals["values"] = sorted(values.items(), key=lambda item: -item[1])
    totals["sites"] = len(rows)
    totals["below"] = sum(row["is_below"] for row in rows)
    totals["on_the_way_to"] = sum(row["in_transit"] > 0 for row in rows)
    return totals


def _sums(rows: list[dict[str, Any]]) -> dict[str, Any]:
    sums: dict[str, Any] = {name: sum((row[name] for row in rows), Decimal(0)) for name in SUMMED}
    sums["per_day"] = sum(row["per_day"] for row in rows)
    sums["cover"] = cover_days(float(sums["available"]), sums["per_day"])
    return sums
