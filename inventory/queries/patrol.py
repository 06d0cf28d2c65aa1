"""Figures for the patrol's checks."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from inventory.queries.kits import BundleAsked, bundle_page

MOST_BUNDLES = 5_000


def _rows(statement: str, values: Any = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()  # type: ignore[no-any-return]


def open_negatives() -> list[tuple[Any, ...]]:
    """(site id, code, cases, SKUs deepest first). 1 query."""
    return _rows(
        "SELECT s.id, s.code, count(*), array_agg(p.sku ORDER BY c.lowest, p.sku) FROM inventory_negativecase c"
        " JOIN catalog_site s ON s.id = c.site_id JOIN catalog_product p ON p.id = c.product_id"
        " WHERE c.state = 'open' GROUP BY 1, 2 ORDER BY 2"
    )


def out_of_stock_with_demand() -> list[tuple[Any, ...]]:
    """(site id, code, products, SKUs by demand): nothing on hand or on its way, but selling. 1 query."""
    return _rows(
        "SELECT s.id, s.code, count(*), array_agg(p.sku ORDER BY k.demand_mean DESC, p.sku)"
        " FROM inventory_safetystock k JOIN inventory_balance b ON b.site_id = k.site_id"
        " AND b.product_id = k.product_id AND b.lot = '' AND b.state = 'available' AND b.owner_id = 0 JOIN catalog_site s ON s.id = k.site_id"
        " JOIN catalog_product p ON p.id = k.product_id"
        " WHERE b.pair_on_hand <= 0 AND b.in_transit <= 0 AND k.demand_mean >= 0.1"
        " GROUP BY 1, 2 ORDER BY 2"
    )


def overdue_reconciliations(at: datetime) -> list[tuple[Any, ...]]:
    """(id, site id, code, unfinished differences, due at). 1 query."""
    return _rows(
        "SELECT r.id, s.id, s.code, (SELECT count(*) FROM inventory_difference d WHERE d.reconciliation_id = r.id"
        " AND NOT (d.state = 'accepted')), r.due_at FROM inventory_reconciliation r"
        " JOIN catalog_site s ON s.id = r.site_id WHERE r.state = 'open' AND r.due_at < %s ORDER BY r.due_at",
        [at],
    )


def sampled_breaches(at: datetime, size: int = 200) -> list[str]:
    """Of `size` balances, other ones every round, those that are not the sum of their entries. 1 query."""
    rows = _rows(
        "SELECT s.code || ' ' || p.sku FROM (SELECT * FROM inventory_balance WHERE id IN (SELECT id FROM"
        " inventory_balance WHERE id >= (SELECT floor(coalesce(max(id), 0) * %s)::bigint FROM inventory_balance)"
        " ORDER BY id LIMIT %s)) b JOIN catalog_site s ON s.id = b.site_id JOIN catalog_product p"
        " ON p.id = b.product_id CROSS JOIN LATERAL (SELECT coalesce(sum(quantity), 0) AS quantity,"
        " coalesce(sum(value), 0) AS value FROM inventory_entry e WHERE e.product_id = b.product_id"
        " AND e.location_id = b.site_id AND e.lot = b.lot AND e.state = b.state AND e.owner_id = b.owner_id) e"
        " WHERE e.quantity <> b.on_hand OR e.value <> b.value ORDER BY 1",
        [(at.hour * 60 + at.minute) / 1440, size],
    )
    return [row[0] for row in rows]


def bundles_nobody_can_buy(at: datetime) -> list[tuple[Any, ...]]:
    """(site id, code, bundles, "SKU (what is missing)"): sold there in the last 28 days, none can be made up now. 2 queries."""
    sold = _rows(
        "SELECT DISTINCT s.id, s.code, p.sku FROM catalog_billofmaterials b JOIN sales_dailyfact f ON f.product_id ="
        " b.product_id AND f.\"on\" > (%(at)s::timestamptz - interval '28 days')::date AND f.units_sold > 0"
        " JOIN catalog_site s ON s.id = f.site_id JOIN catalog_product p ON p.id = b.product_id WHERE b.kind = 'bundle'",
        {"at": at},
    )
    if not sold:
        return []
    rows, _after = bundle_page(BundleAsked(at=at), limit=MOST_BUNDLES)
    none_left = {
        (row["site"], row["sku"]): row["limited_by"] for row in rows if Decimal(row["available"]) <= 0
    }
    by_site: dict[tuple[int, str], list[str]] = {}
    for site_id, code, sku in sorted(sold, key=lambda row: (row[1], row[2])):
        if (code, sku) in none_left:
            by_site.setdefault((site_id, code), []).append(f"{sku} ({none_left[code, sku]})")
    return [(site_id, code, len(words), words) for (site_id, code), words in by_site.items()]


def bundles_with_stock() -> list[tuple[Any, ...]]:
    """(site id, code, bundles, SKUs): a bundle has no stock of its own, yet a balance lies there. 1 query."""
    return _rows(
        "SELECT s.id, s.code, count(DISTINCT p.id), array_agg(DISTINCT p.sku) FROM (SELECT DISTINCT ON (product_id)"
        " product_id, kind FROM catalog_billofmaterials WHERE valid_from <= now() ORDER BY product_id, valid_from DESC) f"
        " JOIN inventory_balance b ON b.product_id = f.product_id AND b.on_hand <> 0"
        " JOIN catalog_site s ON s.id = b.site_id JOIN catalog_product p ON p.id = f.product_id"
        " WHERE f.kind = 'bundle' GROUP BY 1, 2 ORDER BY 2"
    )
