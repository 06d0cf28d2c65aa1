"""Statements of a reconciliation. `stage_count` holds the reported lines: place, sku, lot, quantity, product_id."""

STAGE = """
CREATE TEMPORARY TABLE stage_count (place int, sku text, lot text, quantity numeric, product_id bigint) ON COMMIT DROP
"""

RESOLVE = "UPDATE stage_count c SET product_id = p.id FROM catalog_product p WHERE p.sku = c.sku"

KEEP_LINES = """
INSERT INTO inventory_snapshotpart (snapshot_id, number, skus, lots, quantities)
SELECT %s, place / 10000, array_agg(sku ORDER BY place),
       CASE WHEN bool_or(lot <> '') THEN array_agg(lot ORDER BY place) END, array_agg(quantity ORDER BY place)
FROM stage_count GROUP BY 2
"""

# The book as of the instant: what is there now less what moved after it; BRIN keeps the second part short. A product
# that was counted without lots is compared as a whole; so are all states and owners: the shelf does not tell them.
COMPARE = """
CREATE TEMPORARY TABLE stage_compared ON COMMIT DROP AS
WITH later AS (
    SELECT product_id, lot, sum(quantity) AS quantity FROM inventory_entry
    WHERE location_id = %(site)s AND occurred_at > %(at)s GROUP BY 1, 2),
held AS (
    SELECT product_id, lot, sum(on_hand) AS on_hand FROM inventory_balance WHERE site_id = %(site)s GROUP BY 1, 2),
by_lot AS MATERIALIZED (SELECT DISTINCT product_id FROM stage_count WHERE lot <> '' AND product_id IS NOT NULL),
book AS (
    SELECT b.product_id, CASE WHEN n.product_id IS NULL THEN '' ELSE b.lot END AS lot,
           sum(b.on_hand - coalesce(l.quantity, 0)) AS quantity
    FROM held b
    LEFT JOIN later l ON l.product_id = b.product_id AND l.lot = b.lot
    LEFT JOIN by_lot n ON n.product_id = b.product_id GROUP BY 1, 2)
SELECT coalesce(c.product_id, b.product_id) AS product_id, c.sku, coalesce(c.lot, b.lot) AS lot,
       coalesce(b.quantity, 0) AS book, coalesce(c.quantity, 0) AS counted, c.sku IS NOT NULL AS is_counted
FROM stage_count c
FULL JOIN book b ON b.product_id = c.product_id AND b.lot = c.lot
WHERE c.sku IS NOT NULL OR (%(complete)s AND b.quantity <> 0)
"""

# What is reported of an unknown product is a difference against nothing; nothing reported of it is none.
DIFFERING = """
SELECT c.product_id, coalesce(c.sku, p.sku), c.lot, c.book, c.counted, c.is_counted,
       coalesce(CASE WHEN b.pair_on_hand > 0 AND b.pair_value >= 0 THEN round(b.pair_value / b.pair_on_hand, 6) END,
                b.last_cost)
FROM stage_compared c
LEFT JOIN catalog_product p ON p.id = c.product_id
LEFT JOIN inventory_balance b ON b.site_id = %s AND b.product_id = c.product_id AND b.lot = '' AND b.state = 'available' AND b.owner_id = 0
WHERE c.book <> c.counted
ORDER BY 2, 3
"""

PACKS = "SELECT product_id, factor FROM catalog_pack WHERE product_id = ANY(%s) AND factor <> 1 ORDER BY 1, 2"

NEARBY = """
SELECT e.product_id, e.movement_id, m.reference, m.kind, e.quantity, e.occurred_at
FROM inventory_entry e JOIN inventory_movement m ON m.id = e.movement_id
WHERE e.location_id = %(site)s AND e.product_id = ANY(%(products)s) AND e.quantity <> 0
    AND e.occurred_at BETWEEN %(at)s - %(window)s AND %(at)s + %(window)s
ORDER BY e.product_id, abs(extract(epoch FROM e.occurred_at - %(at)s)), e.id
"""

DOUBLED = """
SELECT e.product_id, max(e.movement_id), m.reference, m.kind, e.quantity, max(e.occurred_at)
FROM inventory_entry e JOIN inventory_movement m ON m.id = e.movement_id
WHERE e.location_id = %(site)s AND e.product_id = ANY(%(products)s) AND e.quantity <> 0
    AND e.occurred_at BETWEEN %(at)s - %(window)s AND %(at)s
    AND m.reverses_id IS NULL AND NOT EXISTS (SELECT FROM inventory_movement r WHERE r.reverses_id = m.id)
GROUP BY e.product_id, m.reference, m.kind, e.quantity
HAVING count(DISTINCT e.movement_id) > 1
"""

ON_THE_WAY = """
SELECT e.product_id, e.movement_id, m.reference, m.kind, e.quantity, e.occurred_at
FROM inventory_entry e
JOIN inventory_movement m ON m.id = e.movement_id
JOIN inventory_balance b ON b.site_id = %(site)s AND b.product_id = e.product_id AND b.lot = '' AND b.state = 'available' AND b.owner_id = 0
    AND b.in_transit >= e.quantity
WHERE e.location_id = -4 AND e.destination_id = %(site)s AND e.product_id = ANY(%(products)s) AND e.quantity > 0
    AND e.occurred_at BETWEEN %(at)s - %(window)s AND %(at)s
ORDER BY e.product_id, e.occurred_at
"""
