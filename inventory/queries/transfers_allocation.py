"""Who could help whom: what sites are short of against what warehouses can spare."""

from collections.abc import Collection
from decimal import Decimal
from typing import Any

from django.db import connection

MAX_ROWS = 5000

# Needs and surpluses of a product and legal entity are laid end to end, each in its order; where a stretch of needs
# meets a stretch of surplus, so much goes from there to here. What open transfers will still bring or take counts.
_PLAN = """
WITH open AS (
    SELECT t.source_id, t.destination_id, l.product_id, sum(l.requested - l.shipped) AS units
    FROM inventory_transferline l JOIN inventory_transfer t ON t.id = l.transfer_id
    WHERE t.state IN ('draft', 'pending', 'approved', 'in_transit') AND l.requested > l.shipped
    GROUP BY 1, 2, 3),
held AS (
    SELECT b.site_id, b.product_id, sum(b.on_hand - b.reserved) FILTER (WHERE b.state = 'available') AS usable,
           sum(b.in_transit) AS coming
    FROM inventory_balance b WHERE b.owner_id = 0 GROUP BY 1, 2),
pairs AS (
    SELECT site_id, product_id FROM inventory_safetystock
    UNION
    SELECT h.site_id, h.product_id FROM held h JOIN catalog_site s ON s.id = h.site_id AND s.kind = 'warehouse'),
figures AS (
    SELECT k.site_id, k.product_id, s.kind, s.legal_entity_id, s.region_id, p.unit,
           coalesce(f.given_units, f.computed_units, 0) AS safety,
           coalesce(h.usable, 0) AS usable, coalesce(h.coming, 0) AS coming,
           coalesce((SELECT sum(o.units) FROM open o WHERE o.product_id = k.product_id
                     AND o.destination_id = k.site_id), 0) AS asked,
           coalesce((SELECT sum(o.units) FROM open o WHERE o.product_id = k.product_id
                     AND o.source_id = k.site_id), 0) AS promised
    FROM pairs k
    LEFT JOIN inventory_safetystock f ON f.site_id = k.site_id AND f.product_id = k.product_id
    JOIN catalog_site s ON s.id = k.site_id
    JOIN catalog_product p ON p.id = k.product_id AND p.status = 'active'
    LEFT JOIN held h ON h.site_id = k.site_id AND h.product_id = k.product_id),
needs AS (
    SELECT *, CASE WHEN unit IN ('pcs', 'box', 'set') THEN ceil(safety - usable - coming - asked)
                   ELSE safety - usable - coming - asked END AS units
    FROM figures WHERE kind <> 'warehouse' AND safety > 0 AND safety > usable + coming + asked),
spare AS (
    SELECT *, CASE WHEN unit IN ('pcs', 'box', 'set') THEN floor(usable - promised - safety)
                   ELSE usable - promised - safety END AS units
    FROM figures WHERE kind = 'warehouse' AND usable - promised - safety >= 1),
need_line AS (
    SELECT *, sum(units) OVER w - units AS starts, sum(units) OVER w AS ends FROM needs
    WINDOW w AS (PARTITION BY product_id, legal_entity_id ORDER BY (usable + coming + asked) / safety, site_id
                 ROWS UNBOUNDED PRECEDING)),
spare_line AS (
    SELECT *, sum(units) OVER w - units AS starts, sum(units) OVER w AS ends FROM spare
    WINDOW w AS (PARTITION BY product_id, legal_entity_id ORDER BY units DESC, site_id ROWS UNBOUNDED PRECEDING))
SELECT a.id, a.code, a.name, b.id, b.code, b.name, p.sku, p.name, n.usable, n.coming + n.asked, n.safety, s.units,
       least(n.ends, s.ends) - greatest(n.starts, s.starts)
FROM need_line n
JOIN spare_line s ON s.product_id = n.product_id AND s.legal_entity_id IS NOT DISTINCT FROM n.legal_entity_id
    AND n.starts < s.ends AND s.starts < n.ends
JOIN catalog_site a ON a.id = s.site_id
JOIN catalog_site b ON b.id = n.site_id
JOIN catalog_product p ON p.id = n.product_id
WHERE (%(visible)s::bigint[] IS NULL OR b.id = ANY(%(visible)s) OR a.id = ANY(%(visible)s))
    AND (%(site)s = '' OR %(site)s IN (a.code, b.code))
ORDER BY a.code, b.code, (n.usable + n.coming + n.asked) / n.safety, p.sku
LIMIT %(most)s
"""
_NAMES = (
    "source_id", "source", "source_name", "destination_id", "destination", "destination_name", "sku", "name",
    "available", "coming", "safety", "spare", "quantity",
)  # fmt: skip


def allocation(visible: Collection[int] | None, site: str = "", most: int = MAX_ROWS) -> list[dict[str, Any]]:
    """Proposed lines, by pair of sites, the shortest product first; at most `most`. 1 query.

    A site is short by what safety stock lacks after what it has, what is coming and what is asked for already; a
    warehouse spares what is above its safety stock (none where it has no figure) and not promised. Only within a legal entity: beyond it is a sale.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _PLAN,
            {"visible": list(visible) if visible is not None else None, "site": site, "most": most},
        )
        return [dict(zip(_NAMES, row, strict=True)) for row in cursor.fetchall()]


def by_pair(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The proposals of each (source, destination): lines, units, and the rows."""
    pairs: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        key = (row["source"], row["destination"])
        pair = pairs.setdefault(
            key,
            {
                **{name: row[name] for name in ("source", "source_name", "destination", "destination_name")},
                "key": "|".join(key),
                "units": Decimal(0),
                "rows": [],
            },
        )
        pair["units"] += row["quantity"]
        pair["rows"].append(row)
    return list(pairs.values())
