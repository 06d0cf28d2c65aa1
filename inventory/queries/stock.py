"""Stock for people: the list of products, one product site by site, its chart, ledger and lots."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from inventory.rules.locations import CUSTOMS, VIRTUAL_CODES
from inventory.rules.safety_stock import cover_days

PAGE_SIZE = 50
EXPORT_ROWS = 20_000
CHART_DAYS = 90
STATES = {
    "negative": "b.negatives > 0",
    "out": "b.usable <= 0 AND coalesce(k.per_day, 0) > 0",
    "below": "coalesce(k.below, 0) > 0",
    "transit": "b.in_transit > 0",
}
SORTS = {
    "sku": "p.sku",
    "name": "p.name",
    "on_hand": "b.on_hand",
    "available": "b.usable - b.reserved",
    "in_transit": "b.in_transit",
    "per_day": "coalesce(k.per_day, 0)",
    "cover": "CASE WHEN coalesce(k.per_day, 0) > 0 THEN (b.usable - b.reserved) / k.per_day::numeric END",
    "below": "coalesce(k.below, 0)",
}


@dataclass(frozen=True)
class StockAsked:
    """Filters of the list; site_ids None: every site. sort: a name of SORTS, "-" before it for descending."""

    words: str = ""
    category: str = ""
    state: str = ""
    site_ids: Collection[int] | None = None
    sort: str = "sku"


def stock_rows(
    asked: StockAsked, *, offset: int = 0, limit: int = PAGE_SIZE
) -> tuple[list[dict[str, Any]], int]:
    """Products with stock summed over the sites asked for, and how many there are. 1 query."""
    descending = asked.sort.startswith("-")
    order = SORTS.get(asked.sort.removeprefix("-"), "p.sku") + (
        " DESC NULLS LAST" if descending else " NULLS LAST"
    )
    where = ["true"]
    if asked.words:
        where.append("(p.sku ILIKE %(like)s OR p.name ILIKE %(like)s OR p.barcode = %(words)s)")
    if asked.category:
        where.append("(c.path = %(category)s OR starts_with(c.path, %(category)s || ' / '))")
    if asked.state in STATES:
        where.append(STATES[asked.state])
    sites = "" if asked.site_ids is None else "WHERE x.site_id = ANY(%(sites)s)"
    statement = f"""
        WITH b AS (SELECT x.product_id, sum(x.on_hand) AS on_hand, sum(x.reserved) AS reserved,
                          coalesce(sum(x.on_hand) FILTER (WHERE x.state = 'available'), 0) AS usable,
                          sum(x.in_transit) AS in_transit, count(*) FILTER (WHERE x.on_hand < 0) AS negatives
                   FROM inventory_balance x {sites} GROUP BY 1),
        k AS (SELECT x.product_id, sum(x.demand_mean) AS per_day,
                     sum(coalesce(x.given_units, x.computed_units)) AS safety,
                     count(*) FILTER (WHERE z.pair_on_hand + z.in_transit
                                      < coalesce(x.given_units, x.computed_units)) AS below
              FROM inventory_safetystock x
              JOIN inventory_balance z ON z.site_id = x.site_id AND z.product_id = x.product_id AND z.lot = '' AND z.state = 'available' AND z.owner_id = 0
              {sites} GROUP BY 1)
        SELECT p.id, p.sku, p.name, p.unit, coalesce(c.path, ''), b.on_hand, b.reserved,
               b.usable - b.reserved, b.in_transit, coalesce(k.per_day, 0), coalesce(k.safety, 0),
               coalesce(k.below, 0), b.negatives, count(*) OVER ()
        FROM b JOIN catalog_product p ON p.id = b.product_id
        LEFT JOIN catalog_category c ON c.id = p.category_id
        LEFT JOIN k ON k.product_id = p.id
        WHERE {" AND ".join(where)} ORDER BY {order}, p.sku LIMIT %(limit)s OFFSET %(offset)s"""
    values = {
        "words": asked.words,
        "like": f"%{_like(asked.words)}%",
        "category": asked.category,
        "sites": list(asked.site_ids) if asked.site_ids is not None else None,
        "limit": limit,
        "offset": offset,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows = cursor.fetchall()
    return [_stock_row(row) for row in rows], (rows[0][13] if rows else 0)


def _like(words: str) -> str:
    return words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _stock_row(row: tuple[Any, ...]) -> dict[str, Any]:
    names = (
        "id", "sku", "name", "unit", "category", "on_hand", "reserved", "available", "in_transit", "per_day", "safety",
        "below", "negatives",
    )  # fmt: skip
    made = dict(zip(names, row, strict=False))
    made["cover"] = cover_days(float(made["available"]), made["per_day"])
    made["safety_days"] = cover_days(float(made["safety"]), made["per_day"])
    return made


def stock_cover(product_ids: Collection[int], site_ids: Collection[int] | None) -> dict[int, dict[str, Any]]:
    """Product → available, units per day and days of cover over the sites (None: all). 1 query."""
    sites = "" if site_ids is None else "AND b.site_id = ANY(%s)"
    values: list[Any] = [list(product_ids)] + ([] if site_ids is None else [list(site_ids)])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT b.product_id, coalesce(sum(b.on_hand) FILTER (WHERE b.state = 'available'), 0) - sum(b.reserved),"
            " coalesce(sum(k.demand_mean), 0) FROM inventory_balance b LEFT JOIN inventory_safetystock k"
            f" ON k.site_id = b.site_id AND k.product_id = b.product_id AND b.lot = '' AND b.state = 'available' AND b.owner_id = 0"
            f" WHERE b.product_id = ANY(%s) {sites} GROUP BY 1",
            values,
        )
        return {
            product: {
                "available": available,
                "per_day": per_day,
                "cover_days": cover_days(float(available), per_day),
            }
            for product, available, per_day in cursor.fetchall()
        }


def product_sites(product_id: int, site_ids: Collection[int] | None) -> list[dict[str, Any]]:
    """The product site by site, by region and kind, warehouses first; only sites that had or expect it. 1 query."""
    sites = "" if site_ids is None else "AND s.id = ANY(%(sites)s)"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT s.id, s.code, s.name, s.kind, s.currency, s.timezone, r.name,
                   h.on_hand, h.usable, h.reserved,
                   z.in_transit, coalesce(c.quantity, 0), z.pair_value, coalesce(k.demand_mean, 0),
                   coalesce(k.given_units, k.computed_units), k.given_units IS NOT NULL
            FROM inventory_balance z
            JOIN catalog_site s ON s.id = z.site_id
            JOIN catalog_region r ON r.id = s.region_id
            CROSS JOIN LATERAL (
                SELECT sum(b.on_hand) AS on_hand, sum(b.reserved) AS reserved,
                       coalesce(sum(b.on_hand) FILTER (WHERE b.state = 'available'), 0) AS usable
                FROM inventory_balance b WHERE b.site_id = s.id AND b.product_id = z.product_id) h
            LEFT JOIN inventory_safetystock k ON k.site_id = s.id AND k.product_id = z.product_id
            LEFT JOIN (SELECT coalesce(destination_id, counter_id) AS site_id, sum(quantity) AS quantity
                       FROM inventory_entry WHERE product_id = %(product)s AND location_id = {CUSTOMS}
                       GROUP BY 1) c ON c.site_id = s.id
            WHERE z.product_id = %(product)s AND z.lot = '' AND z.state = 'available' AND z.owner_id = 0 {sites}
            ORDER BY r.name, (s.kind <> 'warehouse'), (s.kind = 'online'), s.name""",
            {"product": product_id, "sites": list(site_ids) if site_ids is not None else None},
        )
        names = (
            "id", "code", "name", "kind", "currency", "timezone", "region", "on_hand", "usable", "reserved", "in_transit",
            "customs", "value", "per_day", "safety", "is_given",
        )  # fmt: skip
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    for row in rows:
        _judge(row)
    return rows


def _judge(row: dict[str, Any]) -> None:
    """Available, cover and tone: red below a quarter of safety stock or at zero, amber below safety stock."""
    row["available"] = row["usable"] - row["reserved"]
    row["cover"] = cover_days(float(row["available"]), row["per_day"])
    row["safety_days"] = (
        cover_days(float(row["safety"]), row["per_day"]) if row["safety"] is not None else None
    )
    safety = row["safety"] or Decimal(0)
    row["is_below"] = row["available"] + row["in_transit"] < safety
    is_bad = row["available"] < 0 or (row["per_day"] > 0 and row["available"] < safety / 4)
    row["tone"] = "bad" if is_bad else "amber" if row["available"] < safety else "accent"


def product_ledger(product_id: int, site_id: int, limit: int = 12) -> list[dict[str, Any]]:
    """The newest entries of the pair with their document and the balance after each. 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT e.id, e.occurred_at, m.kind, m.id, m.reference, e.lot, e.counter_id, s.name, e.quantity,
                   b.on_hand - coalesce(sum(e.quantity) OVER (
                       ORDER BY e.occurred_at DESC, e.id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)
            FROM (SELECT * FROM inventory_entry WHERE product_id = %s AND location_id = %s
                  ORDER BY occurred_at DESC, id DESC LIMIT %s) e
            JOIN inventory_movement m ON m.id = e.movement_id
            CROSS JOIN LATERAL (SELECT sum(b.on_hand) AS on_hand FROM inventory_balance b
                                WHERE b.site_id = e.location_id AND b.product_id = e.product_id) b
            LEFT JOIN catalog_site s ON s.id = e.counter_id
            ORDER BY e.occurred_at DESC, e.id DESC""",
            [product_id, site_id, limit],
        )
        names = (
            "id", "occurred_at", "kind", "movement_id", "reference", "lot", "counter_id", "counter", "quantity",
            "balance",
        )  # fmt: skip
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    for row in rows:
        row["counter"] = row["counter"] or VIRTUAL_CODES.get(row["counter_id"], "")
    return rows


def product_lots(product_id: int, site_id: int) -> list[tuple[str, Decimal, date | None, int | None]]:
    """(lot, on hand, expires on, id) of the pair where lots are kept, by first expiry. 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT b.lot, sum(b.on_hand), t.expires_on, t.id FROM inventory_balance b"
            " LEFT JOIN inventory_lot t ON t.product_id = b.product_id AND t.code = b.lot"
            " WHERE b.product_id = %s AND b.site_id = %s AND b.lot <> ''"
            " GROUP BY b.lot, t.id HAVING sum(b.on_hand) <> 0 ORDER BY t.expires_on NULLS LAST, b.lot",
            [product_id, site_id],
        )
        return cursor.fetchall()  # type: ignore[no-any-return]


def stock_line(product_id: int, site_id: int, timezone: str, at: datetime) -> dict[str, Any]:
    """On hand as steps and demand by local day over the last 90 days. 2 queries."""
    since = at - timedelta(days=CHART_DAYS)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.occurred_at, sum(e.quantity), coalesce(-sum(e.quantity) FILTER (WHERE e.counter_id = -2), 0)"
            " FROM inventory_entry e WHERE e.product_id = %s AND e.location_id = %s AND e.occurred_at > %s"
            " GROUP BY 1 ORDER BY 1",
            [product_id, site_id, since],
        )
        moved = cursor.fetchall()
        cursor.execute(
            "SELECT (SELECT sum(a.on_hand) FROM inventory_balance a WHERE a.site_id = b.site_id"
            " AND a.product_id = b.product_id), coalesce(k.given_units, k.computed_units) FROM inventory_balance b"
            " LEFT JOIN inventory_safetystock k ON k.site_id = b.site_id AND k.product_id = b.product_id"
            " WHERE b.product_id = %s AND b.site_id = %s AND b.lot = '' AND b.state = 'available' AND b.owner_id = 0",
            [product_id, site_id],
        )
        now, safety = cursor.fetchone() or (Decimal(0), None)
    running = now - sum((quantity for _at, quantity, _sold in moved), Decimal(0))
    points = [(since, running)]
    demand: dict[str, Decimal] = {}
    for moved_at, quantity, sold in moved:
        running += quantity
        points.append((moved_at, running))
        if sold > 0:
            day = moved_at.astimezone(ZoneInfo(timezone)).date().isoformat()
            demand[day] = demand.get(day, Decimal(0)) + sold
    points.append((at, running))
    return {"points": points, "demand": sorted(demand.items()), "safety": safety}
