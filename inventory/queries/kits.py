"""Bundles and kits with their stock: what can be sold of a bundle is counted when it is asked, never stored."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from inventory.queries.documents import plain

# The bill in force of every product; bundles inside bundles come down to goods; the least component decides.
_IN_FORCE = """
force AS (
    SELECT DISTINCT ON (product_id) id, product_id, kind, valid_from FROM catalog_billofmaterials
    WHERE valid_from <= %(at)s ORDER BY product_id, valid_from DESC)"""

_BUNDLES = f"""
WITH RECURSIVE {_IN_FORCE},
parts AS (
    SELECT f.product_id AS bundle_id, l.component_id, l.quantity::numeric AS quantity
    FROM force f JOIN catalog_product p ON p.id = f.product_id JOIN catalog_billline l ON l.bill_id = f.id
    WHERE f.kind = 'bundle' AND (%(sku)s = '' OR p.sku = %(sku)s)
    UNION ALL
    SELECT p.bundle_id, l.component_id, p.quantity * l.quantity
    FROM parts p JOIN force f ON f.product_id = p.component_id AND f.kind = 'bundle'
    JOIN catalog_billline l ON l.bill_id = f.id),
goods AS (
    SELECT p.bundle_id, p.component_id, sum(p.quantity) AS quantity FROM parts p
    WHERE NOT EXISTS (SELECT FROM force f WHERE f.product_id = p.component_id AND f.kind = 'bundle')
    GROUP BY 1, 2),
have AS (
    SELECT b.site_id, b.product_id, sum(b.on_hand) FILTER (WHERE b.state = 'available') - sum(b.reserved) AS available
    FROM inventory_balance b
    WHERE b.product_id IN (SELECT component_id FROM goods) AND b.owner_id = 0
        AND (%(sites)s::bigint[] IS NULL OR b.site_id = ANY(%(sites)s))
    GROUP BY 1, 2),
places AS (SELECT DISTINCT g.bundle_id, h.site_id FROM goods g JOIN have h ON h.product_id = g.component_id)
SELECT s.code, s.name, p.sku, p.name, r.available, r.component, r.parts
FROM places l
JOIN catalog_site s ON s.id = l.site_id
JOIN catalog_product p ON p.id = l.bundle_id
CROSS JOIN LATERAL (
    SELECT min(floor(greatest(coalesce(h.available, 0), 0) / g.quantity)) AS available,
           (array_agg(c.sku ORDER BY floor(greatest(coalesce(h.available, 0), 0) / g.quantity), c.sku))[1] AS component,
           json_agg(json_build_object('sku', c.sku, 'name', c.name, 'quantity', g.quantity::text,
               'available', coalesce(h.available, 0)::text) ORDER BY c.sku) AS parts
    FROM goods g JOIN catalog_product c ON c.id = g.component_id
    LEFT JOIN have h ON h.site_id = l.site_id AND h.product_id = g.component_id
    WHERE g.bundle_id = l.bundle_id) r
WHERE (s.code, p.sku) > (%(after_site)s, %(after_sku)s) AND (%(site)s = '' OR s.code = %(site)s)
ORDER BY s.code, p.sku LIMIT %(limit)s
"""


@dataclass(frozen=True)
class BundleAsked:
    """Which bundles where; site_ids None: every site."""

    at: datetime
    site: str = ""
    sku: str = ""
    site_ids: Collection[int] | None = None


def bundle_page(
    asked: BundleAsked, after: list[Any] | None = None, limit: int = 1000
) -> tuple[list[dict[str, Any]], list[Any] | None]:
    """How many of each bundle can be sold at each site that has a component, and which one decides. 1 query.

    Rows by (site, sku) with the position of the next page, None after the last.
    """
    cursor_site, cursor_sku = (str(after[0]), str(after[1])) if after and len(after) == 2 else ("", "")
    values: dict[str, Any] = {
        "at": asked.at,
        "site": asked.site,
        "sku": asked.sku,
        "sites": None if asked.site_ids is None else list(asked.site_ids),
        "after_site": cursor_site,
        "after_sku": cursor_sku,
        "limit": limit + 1,
    }
    with connection.cursor() as cursor:
        cursor.execute(_BUNDLES, values)
        rows = [_bundle_row(row) for row in cursor.fetchall()]
    if len(rows) <= limit:
        return rows, None
    return rows[:limit], [rows[limit - 1]["site"], rows[limit - 1]["sku"]]


def _bundle_row(row: tuple[Any, ...]) -> dict[str, Any]:
    site, site_name, sku, name, available, component, parts = row
    for part in parts:
        part["quantity"], part["available"] = (
            plain(Decimal(part["quantity"])),
            plain(Decimal(part["available"])),
        )
    return {
        "site": site,
        "site_name": site_name,
        "sku": sku,
        "name": name,
        "available": plain(available),
        "limited_by": component,
        "components": parts,
    }


_KITS = f"""
WITH {_IN_FORCE},
stock AS (
    SELECT b.product_id, sum(b.on_hand) AS on_hand FROM inventory_balance b
    WHERE b.product_id IN (SELECT product_id FROM force)
        AND (%(sites)s::bigint[] IS NULL OR b.site_id = ANY(%(sites)s)) GROUP BY 1)
SELECT p.sku, p.name, f.kind, f.valid_from, coalesce(t.on_hand, 0), l.parts, count(*) OVER ()
FROM force f
JOIN catalog_product p ON p.id = f.product_id
LEFT JOIN stock t ON t.product_id = f.product_id
CROSS JOIN LATERAL (
    SELECT json_agg(json_build_object('sku', c.sku, 'name', c.name, 'unit', c.unit, 'quantity', l.quantity::text)
                    ORDER BY l.number) AS parts
    FROM catalog_billline l JOIN catalog_product c ON c.id = l.component_id WHERE l.bill_id = f.id) l
WHERE f.kind <> 'ended' AND (%(kind)s = '' OR f.kind = %(kind)s)
    AND (%(words)s = '' OR p.sku ILIKE %(like)s OR p.name ILIKE %(like)s)
ORDER BY p.sku LIMIT %(limit)s OFFSET %(offset)s
"""


def kit_rows(
    at: datetime,
    site_ids: Collection[int] | None,
    asked: dict[str, str],
    place: tuple[int, int],
) -> tuple[list[dict[str, Any]], int]:
    """Products with a bill in force and what they are made of, and how many there are; asked: words, kind.

    place: (offset, limit). A kit has its own stock; for a bundle what can be sold is added up over sites. 2 queries.
    """
    words = asked.get("words", "")
    like = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    values: dict[str, Any] = {
        "at": at,
        "sites": None if site_ids is None else list(site_ids),
        "kind": asked.get("kind", ""),
        "words": words,
        "like": f"%{like}%",
        "offset": place[0],
        "limit": place[1],
    }
    with connection.cursor() as cursor:
        cursor.execute(_KITS, values)
        found = cursor.fetchall()
    sellable = _sellable(at, site_ids)
    rows = [
        {
            "sku": sku,
            "name": name,
            "kind": kind,
            "valid_from": since,
            "stock": sellable.get(sku, Decimal(0)) if kind == "bundle" else on_hand,
            "parts": [{**part, "quantity": Decimal(part["quantity"])} for part in parts or []],
        }
        for sku, name, kind, since, on_hand, parts, _count in found
    ]
    return rows, found[0][6] if found else 0


def _sellable(at: datetime, site_ids: Collection[int] | None) -> dict[str, Decimal]:
    """Bundle → how many can be sold over all sites."""
    found: dict[str, Decimal] = {}
    for row in bundle_page(BundleAsked(at, site_ids=site_ids), limit=10_000)[0]:
        found[row["sku"]] = found.get(row["sku"], Decimal(0)) + Decimal(row["available"])
    return found


def parts_stock(site_id: int, skus: Collection[str]) -> dict[str, dict[str, Any]]:
    """What a site has of products: name, unit, what is free, and its average cost, by SKU. 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.sku, p.name, p.unit, coalesce(h.free, 0), z.average FROM catalog_product p"
            " LEFT JOIN LATERAL (SELECT sum(b.on_hand) FILTER (WHERE b.state = 'available') - sum(b.reserved) AS free"
            "   FROM inventory_balance b WHERE b.site_id = %(site)s AND b.product_id = p.id AND b.owner_id = 0) h ON true"
            " LEFT JOIN LATERAL (SELECT CASE WHEN b.pair_on_hand > 0 THEN b.pair_value / b.pair_on_hand ELSE b.last_cost"
            "   END AS average FROM inventory_balance b WHERE b.site_id = %(site)s AND b.product_id = p.id"
            "   AND b.lot = '' AND b.state = 'available' AND b.owner_id = 0) z ON true WHERE p.sku = ANY(%(skus)s)",
            {"site": site_id, "skus": sorted(set(skus))},
        )
        return {
            sku: {"name": name, "unit": unit, "free": free, "average": average}
            for sku, name, unit, free, average in cursor.fetchall()
        }
