"""Statements behind balances and entries over REST: a page after a position, codes instead of ids."""

# {scope} narrows locations; position is the last row's (location, product, lot).
BALANCES_NOW = """
SELECT b.site_id, b.product_id, b.lot, s.code, p.sku, b.on_hand, b.reserved, b.in_transit, b.value,
       CASE WHEN b.on_hand = 0 THEN NULL WHEN z.pair_on_hand <> 0 THEN round(z.pair_value / z.pair_on_hand, 6)
            ELSE z.last_cost END
FROM inventory_balance b
JOIN inventory_balance z ON z.site_id = b.site_id AND z.product_id = b.product_id AND z.lot = ''
JOIN catalog_site s ON s.id = b.site_id
JOIN catalog_product p ON p.id = b.product_id
WHERE (b.last_occurred_at IS NOT NULL OR b.in_transit <> 0) AND {scope}
    AND (b.site_id, b.product_id, b.lot) > (%(site_after)s, %(product_after)s, %(lot_after)s)
ORDER BY b.site_id, b.product_id, b.lot LIMIT %(limit)s
"""

# The cut: what had happened by `at`, as known at `known_at`. `in transit` belongs to its destination's row.
BALANCES_CUT = """
WITH cut AS (
    SELECT CASE WHEN %(virtual)s IS NULL AND e.location_id = -4 THEN e.destination_id ELSE e.location_id END
               AS location_id,
           e.product_id, CASE WHEN %(virtual)s IS NULL AND e.location_id = -4 THEN '' ELSE e.lot END AS lot,
           CASE WHEN %(virtual)s IS NULL AND e.location_id = -4 THEN 0 ELSE e.quantity END AS quantity,
           CASE WHEN %(virtual)s IS NULL AND e.location_id = -4 THEN e.quantity ELSE 0 END AS in_transit,
           CASE WHEN %(virtual)s IS NULL AND e.location_id = -4 THEN 0 ELSE e.value END AS value
    FROM inventory_entry e
    WHERE (%(at)s::timestamptz IS NULL OR e.occurred_at <= %(at)s)
        AND (%(known_at)s::timestamptz IS NULL OR e.recorded_at <= %(known_at)s) AND {scope}),
rows AS (
    SELECT location_id, product_id, lot, sum(quantity) AS on_hand, sum(in_transit) AS in_transit,
           sum(value) AS value,
           sum(sum(quantity)) OVER pair AS pair_on_hand, sum(sum(value)) OVER pair AS pair_value
    FROM cut GROUP BY location_id, product_id, lot WINDOW pair AS (PARTITION BY location_id, product_id))
SELECT r.location_id, r.product_id, r.lot, s.code, p.sku, r.on_hand, 0::numeric, r.in_transit, r.value,
       CASE WHEN r.on_hand = 0 THEN NULL WHEN r.pair_on_hand <> 0 THEN round(r.pair_value / r.pair_on_hand, 6) END
FROM rows r
LEFT JOIN catalog_site s ON s.id = r.location_id
JOIN catalog_product p ON p.id = r.product_id
WHERE (r.location_id, r.product_id, r.lot) > (%(site_after)s, %(product_after)s, %(lot_after)s)
ORDER BY r.location_id, r.product_id, r.lot LIMIT %(limit)s
"""

# The balance runs by (occurred_at, id) over all lots of a pair: what lay before the page, and the page's own rows.
ENTRIES = """
WITH page AS (
    SELECT e.* FROM inventory_entry e
    WHERE {scope} AND (%(from)s::timestamptz IS NULL OR e.occurred_at >= %(from)s)
        AND (%(to)s::timestamptz IS NULL OR e.occurred_at <= %(to)s)
        AND (%(at_after)s::timestamptz IS NULL OR (e.occurred_at, e.id) > (%(at_after)s, %(id_after)s))
    ORDER BY e.occurred_at, e.id LIMIT %(limit)s),
opening AS (
    SELECT f.location_id, f.product_id, coalesce(o.quantity, 0) AS quantity
    FROM (SELECT DISTINCT ON (location_id, product_id) location_id, product_id, occurred_at, id
          FROM page ORDER BY location_id, product_id, occurred_at, id) f
    CROSS JOIN LATERAL (
        SELECT sum(e.quantity) AS quantity FROM inventory_entry e
        WHERE e.product_id = f.product_id AND e.location_id = f.location_id
            AND (e.occurred_at, e.id) < (f.occurred_at, f.id)) o)
SELECT e.id, e.movement_id, coalesce(s.code, e.location_id::text), p.sku, e.lot, e.quantity,
       o.quantity + sum(e.quantity) OVER (PARTITION BY e.location_id, e.product_id ORDER BY e.occurred_at, e.id),
       e.unit_cost, e.occurred_at, e.recorded_at, e.location_id
FROM page e
JOIN opening o ON o.location_id = e.location_id AND o.product_id = e.product_id
JOIN catalog_product p ON p.id = e.product_id
LEFT JOIN catalog_site s ON s.id = e.location_id
ORDER BY e.occurred_at, e.id
"""
