"""Stock of one site: its figures, its products page by page, its newest movements and open documents."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from catalog.models import Site
from inventory.queries.documents import plain
from inventory.rules.locations import VIRTUAL_CODES

PAGE_SIZE = 50
#: What is shown of a product's pair row; the conditions read z (the pair's row) and k (its safety stock).
STATES = {
    "stock": "z.pair_on_hand <> 0",
    "below": "z.pair_on_hand + z.in_transit < coalesce(k.given_units, k.computed_units)",
    "negative": "EXISTS (SELECT FROM inventory_balance n WHERE n.site_id = z.site_id AND n.product_id = z.product_id"
    " AND n.on_hand < 0)",
    "aside": "EXISTS (SELECT FROM inventory_balance n WHERE n.site_id = z.site_id AND n.product_id = z.product_id"
    " AND n.state <> 'available' AND n.on_hand <> 0)",
    "transit": "z.in_transit <> 0",
    "others": "z.product_id IN (SELECT n.product_id FROM inventory_balance n WHERE n.site_id = %(site)s"
    " AND n.owner_id <> 0 AND n.on_hand <> 0)",
}
SORTS = {
    "sku": "p.sku",
    "name": "p.name",
    "on_hand": "z.pair_on_hand",
    "in_transit": "z.in_transit",
    "value": "z.pair_value",
    "safety": "coalesce(k.given_units, k.computed_units)",
}
_PRODUCTS = "JOIN catalog_product p ON p.id = z.product_id"
_PAIR = "lot = '' AND state = 'available' AND owner_id = 0"


@dataclass(frozen=True)
class SiteAsked:
    """Which products of a site. state: a name of STATES, "" for all with stock, expected or with a safety stock."""

    site_id: int
    words: str = ""
    state: str = ""
    sort: str = "sku"


def site_figures(site_id: int) -> dict[str, Any]:
    """What the site holds in all, of our own goods where a value stands. 1 query over its balances."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT count(*) FILTER (WHERE is_pair AND b.pair_on_hand <> 0), sum(b.pair_value) FILTER (WHERE is_pair),
                   count(*) FILTER (WHERE is_pair AND b.pair_on_hand + b.in_transit
                                    < coalesce(k.given_units, k.computed_units)),
                   count(DISTINCT b.product_id) FILTER (WHERE b.on_hand < 0),
                   count(DISTINCT b.product_id) FILTER (WHERE b.state <> 'available' AND b.on_hand <> 0),
                   count(*) FILTER (WHERE is_pair AND b.in_transit <> 0),
                   sum(b.in_transit_value) FILTER (WHERE is_pair),
                   count(DISTINCT b.product_id) FILTER (WHERE b.owner_id <> 0 AND b.on_hand <> 0)
            FROM (SELECT *, {_PAIR} AS is_pair FROM inventory_balance WHERE site_id = %(site)s) b
            LEFT JOIN inventory_safetystock k ON b.is_pair AND k.site_id = %(site)s AND k.product_id = b.product_id""",
            {"site": site_id},
        )
        row = cursor.fetchone()
    names = ("products", "value", "below", "negative", "aside", "transit", "transit_value", "others")
    return {name: figure or 0 for name, figure in zip(names, row, strict=True)}


def site_rows(
    asked: SiteAsked, *, offset: int = 0, limit: int = PAGE_SIZE, after_sku: str = ""
) -> tuple[list[dict[str, Any]], int]:
    """Products of the site and how many fit; by pages, or after a SKU in its order. 2 queries."""
    where = [STATES.get(asked.state) or f"({STATES['stock']} OR {STATES['transit']} OR {STATES['others']}"
             " OR coalesce(k.given_units, k.computed_units) > 0)"]  # fmt: skip
    if asked.words:
        where.append("(p.sku ILIKE %(like)s OR p.name ILIKE %(like)s OR p.barcode = %(words)s)")
    if after_sku:
        where.append("p.sku > %(after)s")
    descending = asked.sort.startswith("-")
    order = SORTS.get(asked.sort.removeprefix("-"), "p.sku") + (" DESC" if descending else "") + " NULLS LAST"
    like = asked.words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    values: dict[str, Any] = {
        "site": asked.site_id, "words": asked.words, "like": f"%{like}%", "after": after_sku, "limit": limit,
        "offset": offset,
    }  # fmt: skip
    source = f"""
        FROM inventory_balance z {_PRODUCTS}
        LEFT JOIN inventory_safetystock k ON k.site_id = z.site_id AND k.product_id = z.product_id
        WHERE z.site_id = %(site)s AND z.lot = '' AND z.state = 'available' AND z.owner_id = 0
          AND {" AND ".join(where)}"""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT r.*, h.reserved, h.usable, h.aside, h.others FROM (
                SELECT p.id, p.sku, p.name, p.unit, z.pair_on_hand, z.pair_value, z.in_transit,
                       coalesce(k.given_units, k.computed_units), coalesce(k.demand_mean, 0)
                {source} ORDER BY {order}, p.sku LIMIT %(limit)s OFFSET %(offset)s) r
            CROSS JOIN LATERAL (
                SELECT coalesce(sum(b.reserved), 0) AS reserved,
                       coalesce(sum(b.on_hand) FILTER (WHERE b.state = 'available' AND b.owner_id = 0), 0) AS usable,
                       coalesce(sum(b.on_hand) FILTER (WHERE b.state <> 'available'), 0) AS aside,
                       coalesce(sum(b.on_hand) FILTER (WHERE b.owner_id <> 0), 0) AS others
                FROM inventory_balance b WHERE b.site_id = %(site)s AND b.product_id = r.id) h""",
            values,
        )
        rows = [_row(row) for row in cursor.fetchall()]
        if after_sku or (not offset and len(rows) < limit):
            return rows, len(rows)
        # Without words to look for the names need not be read to count.
        counted = source if asked.words else source.replace(_PRODUCTS, "")
        cursor.execute(f"SELECT count(*) {counted}", values)
        return rows, int(cursor.fetchone()[0])


def _row(row: tuple[Any, ...]) -> dict[str, Any]:
    names = (
        "id", "sku", "name", "unit", "on_hand", "value", "in_transit", "safety", "per_day", "reserved", "usable",
        "aside", "others",
    )  # fmt: skip
    made = dict(zip(names, row, strict=True))
    made["available"] = made["usable"] - made["reserved"]
    made["unit_cost"] = made["value"] / made["on_hand"] if made["on_hand"] > 0 else None
    made["is_below"] = made["safety"] is not None and made["on_hand"] + made["in_transit"] < made["safety"]
    return made


def site_row_body(row: dict[str, Any], may_see_costs: bool) -> dict[str, Any]:
    """A product of the site as REST shows it. No query."""
    figures = ("on_hand", "reserved", "available", "in_transit", "aside", "others")
    body = {"sku": row["sku"], "name": row["name"], "unit": row["unit"]}
    body |= {name: plain(row[name]) for name in figures}
    body["safety_stock"] = None if row["safety"] is None else plain(row["safety"])
    body["is_below_safety_stock"] = row["is_below"]
    if may_see_costs:
        body["value"] = plain(row["value"])
    return body


def newest_entries(site_id: int, limit: int = 12) -> list[dict[str, Any]]:
    """What moved last at the site, by the time it occurred, with its documents. 1 query.

    The newest entries belong to the balances that moved last, so a few products' entries are read, not the ledger.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.occurred_at, e.movement_id, m.kind, m.reference, p.sku, p.name, e.quantity, e.counter_id, s.name"
            " FROM (SELECT DISTINCT product_id FROM ("
            "         SELECT product_id FROM inventory_balance WHERE site_id = %(site)s AND last_occurred_at IS NOT NULL"
            "         ORDER BY last_occurred_at DESC LIMIT %(limit)s) b) t"
            " CROSS JOIN LATERAL (SELECT * FROM inventory_entry a WHERE a.product_id = t.product_id"
            "         AND a.location_id = %(site)s AND a.quantity <> 0"
            "         ORDER BY a.occurred_at DESC, a.id DESC LIMIT %(limit)s) e"
            " JOIN inventory_movement m ON m.id = e.movement_id JOIN catalog_product p ON p.id = e.product_id"
            " LEFT JOIN catalog_site s ON s.id = e.counter_id"
            " ORDER BY e.occurred_at DESC, e.id DESC LIMIT %(limit)s",
            {"site": site_id, "limit": limit},
        )
        names = (
            "occurred_at", "movement_id", "kind", "reference", "sku", "name", "quantity", "counter_id", "counter",
        )  # fmt: skip
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    for row in rows:
        row["counter"] = row["counter"] or VIRTUAL_CODES.get(row["counter_id"], "")
    return rows


_OPEN = """
SELECT 'transfers_in', count(*) FROM inventory_transfer WHERE destination_id = %(site)s
    AND state IN ('draft', 'pending', 'approved', 'in_transit', 'received')
UNION ALL SELECT 'transfers_out', count(*) FROM inventory_transfer WHERE source_id = %(site)s
    AND state IN ('draft', 'pending', 'approved', 'in_transit', 'received')
UNION ALL SELECT 'counts', count(*) FROM inventory_count WHERE site_id = %(site)s
    AND state NOT IN ('closed', 'cancelled')
UNION ALL SELECT 'write_offs', count(*) FROM inventory_writeoff WHERE site_id = %(site)s
    AND state IN ('draft', 'pending')
UNION ALL SELECT 'reconciliations', count(*) FROM inventory_reconciliation WHERE site_id = %(site)s AND state <> 'closed'
UNION ALL SELECT 'reservations', count(*) FROM inventory_reservation r WHERE r.site_id = %(site)s
    AND NOT EXISTS (SELECT FROM inventory_reservationend e WHERE e.reservation_id = r.id)
UNION ALL SELECT 'approvals', count(*) FROM inventory_movement m WHERE m.state = 'pending'
    AND EXISTS (SELECT FROM jsonb_array_elements(m.draft->'lines') l
                WHERE %(code)s IN (l->>'from', l->>'to'))
"""


def open_documents(site: Site) -> dict[str, int]:
    """How many documents of each kind wait for somebody at the site. 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, {"site": site.pk, "code": site.code})
        return dict(cursor.fetchall())


def figures_body(site: Site, may_see_costs: bool) -> dict[str, Any]:
    """The site's figures as REST shows them. 2 queries."""
    figures = site_figures(site.pk)
    body: dict[str, Any] = {"site": site.code, "name": site.name, "currency": site.currency}
    body |= {name: figures[name] for name in ("products", "below", "negative", "aside", "transit", "others")}
    if may_see_costs:
        body |= {name: plain(Decimal(figures[name])) for name in ("value", "transit_value")}
    return body | {"open_documents": open_documents(site)}
