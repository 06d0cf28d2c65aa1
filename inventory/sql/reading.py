"""Statements behind balances and entries over REST: a page after a position, codes instead of ids."""

# A row is a (location, product, lot, owner) over all its states; `aside` tells what of it is not available.
# {scope} narrows locations; position is the last row's (location, product, lot, owner).
BALANCES_NOW = """
SELECT b.site_id, b.product_id, b.lot, b.owner_id, s.code, p.sku, o.code, b.on_hand, b.reserved, b.aside,
       b.in_transit, b.value,
       CASE WHEN b.on_hand = 0 OR b.owner_id <> 0 THEN NULL
            WHEN z.pair_on_hand <> 0 THEN round(z.pair_value / z.pair_on_hand, 6) ELSE z.last_cost END
FROM (
    SELECT b.site_id, b.product_id, b.lot, b.owner_id, sum(b.on_hand) AS on_hand, sum(b.reserved) AS reserved,
           jsonb_object_agg(b.state, b.on_hand::text) FILTER (WHERE b.state <> 'available' AND b.on_hand <> 0) AS aside,
           sum(b.in_transit) AS in_transit, sum(b.value) AS value
    FROM inventory_balance b
    WHERE {scope} AND (b.site_id, b.product_id, b.lot, b.owner_id)
        > (%(site_after)s, %(product_after)s, %(lot_after)s, %(owner_after)s)
    GROUP BY b.site_id, b.product_id, b.lot, b.owner_id
    HAVING max(b.last_occurred_at) IS NOT NULL OR sum(b.in_transit) <> 0
    ORDER BY b.site_id, b.product_id, b.lot, b.owner_id LIMIT %(limit)s) b
JOIN inventory_balance z ON z.site_id = b.site_id AND z.product_id = b.product_id AND z.lot = ''
    AND z.state = 'available' AND z.owner_id = 0
JOIN catalog_site s ON s.id = b.site_id
JOIN catalog_product p ON p.id = b.product_id
LEFT JOIN catalog_supplier o ON o.id = b.owner_id
ORDER BY b.site_id, b.product_id, b.lot, b.owner_id
"""

# The cut: what had happened by `at`, as known at `known_at`. `in transit` belongs to its destination's row.
_CUT = """
    SELECT CASE WHEN %(virtual)s IS NULL AND e.location_id = -4 THEN e.destination_id ELSE e.location_id END
               AS location_id,
           e.product_id, CASE WHEN %(virtual)s IS NULL AND e.location_id = -4 THEN '' ELSE e.lot END AS lot,
           e.state, e.owner_id,
           CASE WHEN %(virtual)s IS NULL AND e.location_id = -4 THEN 0 ELSE e.quantity END AS quantity,
           CASE WHEN %(virtual)s IS NULL AND e.location_id = -4 THEN e.quantity ELSE 0 END AS in_transit,
           CASE WHEN %(virtual)s IS NULL AND e.location_id = -4 THEN 0 ELSE e.value END AS value
    FROM inventory_entry e
    WHERE (%(at)s::timestamptz IS NULL OR e.occurred_at <= %(at)s)
        AND (%(known_at)s::timestamptz IS NULL OR e.recorded_at <= %(known_at)s) AND {scope}"""

# As known now a cut starts from the last month that a site had closed by then: nothing before its end ever changes.
_SINCE_CLOSE = """
    SELECT c.site_id AS location_id, c.product_id, c.lot, c.state, c.owner_id, c.quantity, c.in_transit, c.value
    FROM site JOIN inventory_closingbalance c ON c.period_id = site.period_id
    WHERE (%(product)s::bigint IS NULL OR c.product_id = %(product)s)
    UNION ALL
    SELECT site.id, e.product_id, e.lot, e.state, e.owner_id, e.quantity, 0, e.value
    FROM site CROSS JOIN LATERAL (
        SELECT * FROM inventory_entry e WHERE e.location_id = site.id AND {product}
            AND e.occurred_at >= site.since AND e.occurred_at <= %(at)s) e
    UNION ALL
    SELECT site.id, e.product_id, '', 'available', 0, 0, e.quantity, 0
    FROM site CROSS JOIN LATERAL (
        SELECT * FROM inventory_entry e WHERE e.location_id = -4 AND e.destination_id = site.id AND {product}
            AND e.occurred_at >= site.since AND e.occurred_at <= %(at)s) e"""

_SITES = """site AS MATERIALIZED (
    SELECT s.id, i.id AS period_id, coalesce(i.ends_at, '-infinity') AS since
    FROM catalog_site s LEFT JOIN LATERAL (
        SELECT i.id, i.ends_at FROM inventory_period i
        WHERE i.site_id = s.id AND i.state = 'closed' AND i.ends_at <= %(at)s ORDER BY i.month DESC LIMIT 1) i ON true
    WHERE (%(location)s::bigint IS NULL OR s.id = %(location)s)
        AND (%(visible)s::bigint[] IS NULL OR s.id = ANY(%(visible)s))),
"""

# The same for one site whose last close is known, so that the plan is made for its own figures.
_SINCE_ITS_CLOSE = """
    SELECT c.site_id AS location_id, c.product_id, c.lot, c.state, c.owner_id, c.quantity, c.in_transit, c.value
    FROM inventory_closingbalance c
    WHERE c.period_id = %(period)s AND (%(product)s::bigint IS NULL OR c.product_id = %(product)s)
    UNION ALL
    SELECT e.location_id, e.product_id, e.lot, e.state, e.owner_id, e.quantity, 0, e.value
    FROM inventory_entry e
    WHERE e.location_id = %(location)s AND {product} AND e.occurred_at >= %(since)s AND e.occurred_at <= %(at)s
    UNION ALL
    SELECT e.destination_id, e.product_id, '', 'available', 0, 0, e.quantity, 0
    FROM inventory_entry e
    WHERE e.location_id = -4 AND e.destination_id = %(location)s AND {product} AND e.occurred_at >= %(since)s
        AND e.occurred_at <= %(at)s"""

LAST_CLOSE = """
SELECT id, ends_at FROM inventory_period
WHERE site_id = %(location)s AND state = 'closed' AND ends_at <= %(at)s ORDER BY month DESC LIMIT 1
"""

_ROWS = """
WITH {sites}cut AS ({cut}),
states AS (
    SELECT location_id, product_id, lot, owner_id, state, sum(quantity) AS on_hand, sum(in_transit) AS in_transit,
           sum(value) AS value
    FROM cut GROUP BY location_id, product_id, lot, owner_id, state),
rows AS (
    SELECT location_id, product_id, lot, owner_id, sum(on_hand) AS on_hand, sum(in_transit) AS in_transit,
           sum(value) AS value,
           jsonb_object_agg(state, on_hand::text) FILTER (WHERE state <> 'available' AND on_hand <> 0) AS aside,
           sum(sum(on_hand) FILTER (WHERE owner_id = 0)) OVER pair AS pair_on_hand,
           sum(sum(value)) OVER pair AS pair_value
    FROM states GROUP BY location_id, product_id, lot, owner_id
    WINDOW pair AS (PARTITION BY location_id, product_id))
SELECT r.location_id, r.product_id, r.lot, r.owner_id, s.code, p.sku, o.code, r.on_hand, 0::numeric, r.aside,
       r.in_transit, r.value,
       CASE WHEN r.on_hand = 0 OR r.owner_id <> 0 THEN NULL
            WHEN r.pair_on_hand <> 0 THEN round(r.pair_value / r.pair_on_hand, 6) END
FROM rows r
LEFT JOIN catalog_site s ON s.id = r.location_id
LEFT JOIN catalog_supplier o ON o.id = r.owner_id
JOIN catalog_product p ON p.id = r.product_id
WHERE (r.location_id, r.product_id, r.lot, r.owner_id)
    > (%(site_after)s, %(product_after)s, %(lot_after)s, %(owner_after)s)
ORDER BY r.location_id, r.product_id, r.lot, r.owner_id LIMIT %(limit)s
"""

BALANCES_CUT = _ROWS.replace("{sites}", "").replace("{cut}", _CUT)
BALANCES_AT = _ROWS.replace("{sites}", _SITES).replace("{cut}", _SINCE_CLOSE)
BALANCES_AT_ONE = _ROWS.replace("{sites}", "").replace("{cut}", _SINCE_ITS_CLOSE)

# Every place there is: the entries' index begins with the place.
EVERYWHERE = "e.location_id = ANY(ARRAY(SELECT id FROM catalog_site) || %(virtual_places)s::bigint[])"

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
