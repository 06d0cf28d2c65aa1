"""Statements of a reconciliation. `stage_count` holds the reported lines of one snapshot: place, sku, lot, quantity."""

# What a delivery holds, with the columns it has; `place` is the number of the line, from 1 on.
STAGE = "CREATE TEMPORARY TABLE {table} ({columns}, place bigint GENERATED ALWAYS AS IDENTITY) ON COMMIT DROP"

GROUPS = "SELECT site, taken_at, count(*) FROM stage_delivery GROUP BY 1, 2 ORDER BY 1, 2"

# The lines of one of several snapshots, numbered anew.
ONE_GROUP = """
CREATE TEMPORARY TABLE stage_count ON COMMIT DROP AS
SELECT sku, {lot} AS lot, quantity, row_number() OVER (ORDER BY place) AS place
FROM stage_delivery WHERE site = %s AND taken_at = %s
"""

MEASURE = "ANALYZE stage_count (sku)"

# Numbers are grouped faster than texts; what the same number may hide is looked at as text only then.
MAYBE_DOUBLED = """
SELECT EXISTS (SELECT FROM stage_count GROUP BY hashtextextended(sku{lot}, 0) HAVING count(*) > 1)
"""
DOUBLED_LINES = """
SELECT sku, max(place) FROM stage_count GROUP BY sku{lot} HAVING count(*) > 1 ORDER BY 2 LIMIT 100
"""

MORE_MEMORY = "SET LOCAL work_mem = '128MB'"
USUAL_MEMORY = "SET LOCAL work_mem TO DEFAULT"

# Lists are read along the table, so place n of each is the same line.
KEEP_LINES = """
INSERT INTO inventory_snapshotpart (snapshot_id, number, skus, lots, quantities)
SELECT %s, place / 10000, array_agg(sku), {lots}, array_agg(quantity) FROM stage_count GROUP BY 2
"""

# The book as of the instant: what is there now less what moved after it; an index by place and time keeps the second part
# short. A product that was counted without lots is compared as a whole; so are all states and owners: the shelf does
# not tell them. Only what differs is kept: every line that was reported and is not in it matched.
COMPARE = """
CREATE TEMPORARY TABLE stage_differing ON COMMIT DROP AS
WITH later AS (
    SELECT product_id, lot, sum(quantity) AS quantity FROM inventory_entry
    WHERE location_id = %(site)s AND occurred_at > %(at)s GROUP BY 1, 2),
counted AS {materialized} (
    SELECT c.sku, {lot} AS lot, c.quantity, p.id AS product_id
    FROM stage_count c LEFT JOIN catalog_product p ON p.sku = c.sku),
by_lot AS (SELECT DISTINCT product_id FROM counted WHERE lot <> '' AND product_id IS NOT NULL),
moved AS (
    SELECT product_id, lot, on_hand AS quantity FROM inventory_balance WHERE site_id = %(site)s
    UNION ALL SELECT product_id, lot, -quantity FROM later),
several AS MATERIALIZED (
    SELECT product_id FROM inventory_balance
    WHERE site_id = %(site)s AND (lot <> '' OR state <> 'available' OR owner_id <> 0)
    UNION SELECT product_id FROM later),
book AS ({book})
SELECT coalesce(c.product_id, b.product_id) AS product_id, c.sku, coalesce(c.lot, b.lot) AS lot,
       coalesce(b.quantity, 0) AS book, coalesce(c.quantity, 0) AS counted, c.sku IS NOT NULL AS is_counted
FROM counted c
FULL JOIN book b ON b.product_id = c.product_id{same_lot}
WHERE coalesce(b.quantity, 0) <> coalesce(c.quantity, 0) AND (c.sku IS NOT NULL OR %(complete)s)
"""

#: The book of whole products: most have one balance and have not moved since, theirs is taken as it is. And that of lots
#: where the site counts a product by lots.
BOOK_WHOLE = """
    SELECT b.product_id, '' AS lot, b.on_hand AS quantity FROM inventory_balance b
    WHERE b.site_id = %(site)s AND b.lot = '' AND b.state = 'available' AND b.owner_id = 0
        AND NOT EXISTS (SELECT FROM several s WHERE s.product_id = b.product_id)
    UNION ALL
    SELECT m.product_id, '', sum(m.quantity) FROM moved m JOIN several s ON s.product_id = m.product_id GROUP BY 1"""
BOOK_BY_LOT = """
    SELECT m.product_id, CASE WHEN n.product_id IS NULL THEN '' ELSE m.lot END AS lot, sum(m.quantity) AS quantity
    FROM moved m LEFT JOIN by_lot n ON n.product_id = m.product_id GROUP BY 1, 2"""

MEASURE_DIFFERING = "ANALYZE stage_differing (product_id)"

COUNT_DIFFERING = "SELECT count(*), count(*) FILTER (WHERE is_counted) FROM stage_differing"

# What is reported of an unknown product is a difference against nothing; nothing reported of it is none.
DIFFERING = """
SELECT c.product_id, coalesce(c.sku, p.sku), c.lot, c.book, c.counted, c.is_counted,
       coalesce(CASE WHEN b.pair_on_hand > 0 AND b.pair_value >= 0 THEN round(b.pair_value / b.pair_on_hand, 6) END,
                b.last_cost)
FROM stage_differing c
LEFT JOIN catalog_product p ON p.id = c.product_id
LEFT JOIN inventory_balance b ON b.site_id = %s AND b.product_id = c.product_id AND b.lot = '' AND b.state = 'available' AND b.owner_id = 0
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

# Adjustments and write-offs that wait for approval: what they would do to the site's book.
PENDING = """
SELECT p.id, m.id, m.reference, m.kind, CASE WHEN l->>'to' = s.code THEN 1 ELSE -1 END * (l->>'quantity')::numeric,
       m.occurred_at
FROM inventory_movement m
CROSS JOIN LATERAL jsonb_array_elements(CASE jsonb_typeof(m.draft->'lines') WHEN 'array' THEN m.draft->'lines' END) l
JOIN catalog_site s ON s.id = %(site)s AND s.code IN (l->>'from', l->>'to')
JOIN catalog_product p ON p.sku = l->>'sku' AND p.id = ANY(%(products)s)
WHERE m.state = 'pending' ORDER BY m.id
"""

# Lines of orders that are due and of which nothing was posted at the site yet.
AWAITED = """
SELECT l.product_id, 0::bigint, o.reference, 'purchase_order', coalesce(l.confirmed_quantity, l.quantity),
       coalesce(l.confirmed_on, o.expected_on, o.ordered_on)::timestamptz
FROM inventory_purchaseorder o JOIN inventory_purchaseorderline l ON l.order_id = o.id
WHERE o.site_id = %(site)s AND o.state IN ('open', 'confirmed') AND l.product_id = ANY(%(products)s)
    AND coalesce(l.confirmed_on, o.expected_on, o.ordered_on) <= (%(at)s + interval '1 day')::date
    AND NOT EXISTS (SELECT FROM inventory_movement m JOIN inventory_entry e ON e.movement_id = m.id
                    WHERE m.reference = o.reference AND e.location_id = %(site)s AND e.product_id = l.product_id
                        AND e.occurred_at <= %(at)s)
ORDER BY 6
"""

# Of what stays unexplained, two counted lines whose differences cancel and that no other line could pair with.
SWAPPED = """
WITH pair AS (
    SELECT min(id) AS one, max(id) AS other FROM inventory_difference
    WHERE reconciliation_id = %(reconciliation)s AND class_code = 'quantity' AND explained = 0 AND abs(difference) >= %(least)s
    GROUP BY abs(difference) HAVING count(*) = 2 AND sum(difference) = 0)
UPDATE inventory_difference d SET class_code = 'swapped', explained = d.difference,
    explanation = jsonb_build_object('code', 'mirrors', 'sku', mirror.sku)
FROM pair JOIN inventory_difference mirror ON mirror.id IN (pair.one, pair.other)
WHERE d.id IN (pair.one, pair.other) AND d.id <> mirror.id
"""

CLASSES = """
SELECT class_code, count(*), count(*) FILTER (WHERE rest = 0) FROM inventory_difference
WHERE reconciliation_id = %s GROUP BY 1 ORDER BY 1
"""

# What was recorded after the comparison and had happened before the snapshot: the book holds it now. Adjustments of
# reconciliations themselves are no news. One that closes the gap settles the difference; a part of what nothing explained is
# taken off it.
LATE = """
WITH late AS (
    SELECT d.id, sum(e.quantity) AS quantity
    FROM inventory_reconciliation r
    JOIN inventory_difference d ON d.reconciliation_id = r.id AND d.state IN ('open', 'recount', 'investigating')
    JOIN inventory_entry e ON e.location_id = r.site_id AND e.product_id = d.product_id AND e.occurred_at <= r.taken_at
        AND e.recorded_at > r.known_at AND (d.lot = '' OR e.lot = d.lot)
    JOIN inventory_movement m ON m.id = e.movement_id AND m.source <> 'count'
    WHERE r.state = 'open' AND (%(reconciliation)s::bigint IS NULL OR r.id = %(reconciliation)s)
    GROUP BY d.id)
UPDATE inventory_difference d SET explained = late.quantity,
    explanation = jsonb_build_object('code', 'recorded_late', 'quantity', trim_scale(late.quantity)::text),
    class_code = CASE WHEN late.quantity = d.difference THEN 'timing' ELSE d.class_code END,
    state = CASE WHEN late.quantity = d.difference THEN 'accepted' ELSE d.state END,
    decided_at = CASE WHEN late.quantity = d.difference THEN now() ELSE d.decided_at END,
    decided_by_policy = CASE WHEN late.quantity = d.difference THEN 'recorded-late' ELSE d.decided_by_policy END
FROM late
WHERE d.id = late.id AND (late.quantity = d.difference OR (d.class_code IN ('quantity', 'not_counted')
    AND late.quantity * d.difference > 0 AND abs(late.quantity) < abs(d.difference) AND d.explained <> late.quantity))
RETURNING d.reconciliation_id, d.state = 'accepted', d.sku
"""

COUNT_EXPLAINED = """
UPDATE inventory_reconciliation r SET explained = (
    SELECT count(*) FROM inventory_difference d WHERE d.reconciliation_id = r.id AND d.rest = 0)
WHERE r.id = ANY(%s)
"""
