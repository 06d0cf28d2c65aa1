"""Statements about lots: where they are, what expires, who had them."""

# Rows that hold, or may come to hold, the lot where it can be sold: what a recall blocks.
HOLDERS = """
SELECT s.code, coalesce(o.code, '') FROM inventory_balance b
JOIN catalog_site s ON s.id = b.site_id
LEFT JOIN catalog_supplier o ON o.id = b.owner_id
WHERE b.product_id = %s AND b.lot = %s AND b.state = 'available'
ORDER BY b.site_id, b.owner_id
"""

# What the recall itself blocked and what arrived blocked because of it, as far as it is still there.
BLOCKED_BY_RECALL = """
SELECT s.code, coalesce(o.code, ''), least(b.on_hand, sum(e.quantity)) FROM inventory_entry e
JOIN inventory_balance b ON b.site_id = e.location_id AND b.product_id = e.product_id AND b.lot = e.lot
    AND b.state = e.state AND b.owner_id = e.owner_id
JOIN catalog_site s ON s.id = e.location_id
LEFT JOIN catalog_supplier o ON o.id = e.owner_id
WHERE e.product_id = %(product)s AND e.lot = %(lot)s AND e.state = 'blocked' AND e.quantity > 0 AND b.on_hand > 0
    AND e.recorded_at >= %(since)s
    AND (e.movement_id IN (SELECT id FROM inventory_movement WHERE reference = %(reference)s)
         OR e.movement_id IN (SELECT movement_id FROM inventory_lotfinding
                              WHERE code = 'recalled' AND product_id = %(product)s AND lot = %(lot)s))
GROUP BY s.id, s.code, o.code, b.id, b.on_hand ORDER BY s.id, o.code
"""

# Site by site: what came, what is there by state, what went to customers (named and assumed), what is on its way.
WHERE_IT_IS = """
SELECT s.id, s.code, s.name, e.came, coalesce(b.available, 0), coalesce(b.aside, 0), e.sold, e.assumed, e.scrapped,
       coalesce(w.quantity, 0)
FROM catalog_site s
LEFT JOIN (
    SELECT location_id, coalesce(sum(quantity) FILTER (WHERE quantity > 0 AND counter_id <> location_id), 0) AS came,
           coalesce(-sum(quantity) FILTER (WHERE counter_id = -2), 0) AS sold,
           coalesce(-sum(quantity) FILTER (WHERE counter_id = -2 AND is_assumed), 0) AS assumed,
           coalesce(-sum(quantity) FILTER (WHERE counter_id = -6), 0) AS scrapped
    FROM inventory_entry WHERE product_id = %(product)s AND lot = %(lot)s AND location_id > 0 GROUP BY 1) e
    ON e.location_id = s.id
LEFT JOIN (
    SELECT site_id, sum(on_hand) FILTER (WHERE state = 'available') AS available,
           sum(on_hand) FILTER (WHERE state <> 'available') AS aside
    FROM inventory_balance WHERE product_id = %(product)s AND lot = %(lot)s GROUP BY 1) b ON b.site_id = s.id
LEFT JOIN (
    SELECT destination_id, sum(quantity) AS quantity FROM inventory_entry
    WHERE product_id = %(product)s AND lot = %(lot)s AND location_id = -4 GROUP BY 1 HAVING sum(quantity) <> 0) w
    ON w.destination_id = s.id
WHERE (e.location_id IS NOT NULL OR w.destination_id IS NOT NULL)
    AND (%(sites)s::bigint[] IS NULL OR s.id = ANY(%(sites)s))
ORDER BY s.code
"""

# Movements that took the lot to customers, the newest first.
SOLD_TO = """
SELECT m.id, m.kind, m.reference, s.code, e.occurred_at, -sum(e.quantity), bool_or(e.is_assumed)
FROM inventory_entry e
JOIN inventory_movement m ON m.id = e.movement_id
JOIN catalog_site s ON s.id = e.location_id
WHERE e.product_id = %(product)s AND e.lot = %(lot)s AND e.location_id > 0 AND e.counter_id = -2 AND e.quantity < 0
    AND (%(sites)s::bigint[] IS NULL OR s.id = ANY(%(sites)s))
GROUP BY m.id, m.kind, m.reference, s.code, e.occurred_at ORDER BY e.occurred_at DESC, m.id DESC LIMIT %(limit)s
"""

# Lots with stock at a site, one row a (lot, site); today is the site's own.
_WATCHED = """
SELECT t.id AS lot_id, b.site_id, p.sku, p.name, p.unit, t.code, t.expires_on, t.produced_on, t.is_recalled,
       s.code AS site, s.name AS site_name, s.currency, o.name AS supplier,
       sum(b.on_hand) FILTER (WHERE b.state = 'available') AS available,
       sum(b.on_hand) FILTER (WHERE b.state <> 'available') AS aside, sum(b.value) AS value,
       t.expires_on - (%(now)s AT TIME ZONE s.timezone)::date AS days, p.id AS product_id,
       CASE WHEN t.expires_on IS NULL THEN NULL
            ELSE (t.expires_on - (%(now)s AT TIME ZONE s.timezone)::date)::numeric
                 / nullif(coalesce(t.expires_on - t.produced_on, p.shelf_life_days), 0) END AS life
FROM inventory_balance b
JOIN inventory_lot t ON t.product_id = b.product_id AND t.code = b.lot
JOIN catalog_product p ON p.id = b.product_id
JOIN catalog_site s ON s.id = b.site_id
LEFT JOIN catalog_supplier o ON o.id = t.supplier_id
WHERE b.lot <> '' AND b.on_hand <> 0 AND (%(sites)s::bigint[] IS NULL OR b.site_id = ANY(%(sites)s))
    AND (%(sku)s = '' OR p.sku = %(sku)s) AND (%(lot)s = '' OR t.code = %(lot)s)
    AND (%(site)s = '' OR s.code = %(site)s)
    AND (%(words)s = '' OR p.sku ILIKE %(like)s OR p.name ILIKE %(like)s OR t.code ILIKE %(like)s)
GROUP BY t.id, b.site_id, p.id, s.id, o.name
"""
STATES = {
    "expired": "days < 0 AND coalesce(available, 0) > 0",
    "soon": "days BETWEEN 0 AND %(within)s AND coalesce(available, 0) > 0",
    "blocked": "coalesce(aside, 0) > 0",
    "recalled": "is_recalled",
}
WATCHED = f"SELECT * FROM ({_WATCHED}) w WHERE {{where}} ORDER BY expires_on NULLS LAST, sku, code, site_id"
WATCHED_PAGE = f"""
SELECT * FROM ({_WATCHED}) w WHERE {{where}} AND (%(after)s::bigint[] IS NULL OR (lot_id, site_id) < (%(after_lot)s, %(after_site)s))
ORDER BY lot_id DESC, site_id DESC LIMIT %(limit)s
"""
COUNTED = f"""
SELECT count(*) FILTER (WHERE {STATES["expired"]}), count(*) FILTER (WHERE {STATES["soon"]}),
       count(*) FILTER (WHERE {STATES["blocked"]}), count(*) FILTER (WHERE {STATES["recalled"]}), count(*)
FROM ({_WATCHED}) w
"""

# Sites with what has expired or soon will, one row each, for the patrol.
BY_SITE = f"""
SELECT site_id, site, count(*) FILTER (WHERE {STATES["expired"]}), count(*) FILTER (WHERE {STATES["soon"]}),
       (array_agg(sku || ' ' || code ORDER BY expires_on) FILTER (WHERE {STATES["expired"]}))[1:12],
       (array_agg(sku || ' ' || code ORDER BY expires_on) FILTER (WHERE {STATES["soon"]}))[1:12]
FROM ({_WATCHED}) w GROUP BY site_id, site ORDER BY site
"""
