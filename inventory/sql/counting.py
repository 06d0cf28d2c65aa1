"""Statements of counts. What was found of an item in its latest round: of one place, lot and state the latest scan."""

# Freshly written rows have no statistics: without nested loops the plan is linear whatever the planner believes.
PLAIN_JOINS = "SET LOCAL enable_nestloop = off"
ANY_JOINS = "SET LOCAL enable_nestloop TO DEFAULT"

FORGET = """
DELETE FROM inventory_countresult r USING inventory_countitem i
WHERE r.item_id = i.id AND i.count_id = %(count)s AND i.state IN ('counted', 'final')
"""

UNSTAGE = "DROP TABLE IF EXISTS stage_counted"

# A row for each product, lot and state that was found or that the book holds. A product counted without lots is compared
# as a whole; so are all owners: the shelf does not tell them.
STAGE = """
CREATE TEMPORARY TABLE stage_counted ON COMMIT DROP AS
WITH item AS (
    SELECT i.id, i.product_id, i.round FROM inventory_countitem i
    WHERE i.count_id = %(count)s AND i.state IN ('counted', 'final')),
latest AS (
    SELECT DISTINCT ON (s.item_id, s.zone, s.bin, s.lot, s.state)
           s.item_id, s.lot, s.state, s.quantity, s.scanned_at
    FROM inventory_countscan s JOIN item i ON i.id = s.item_id AND i.round = s.round
    WHERE s.count_id = %(count)s
    ORDER BY s.item_id, s.zone, s.bin, s.lot, s.state, s.scanned_at DESC, s.id DESC),
spans AS (
    SELECT l.item_id, i.product_id, i.round, min(l.scanned_at) AS first_at, max(l.scanned_at) AS last_at,
           bool_or(l.lot <> '') AS by_lot
    FROM latest l JOIN item i ON i.id = l.item_id GROUP BY 1, 2, 3),
found AS (
    SELECT item_id, lot, state, sum(quantity) AS counted, min(scanned_at) AS first_at, max(scanned_at) AS last_at
    FROM latest GROUP BY 1, 2, 3),
held AS (
    SELECT s.item_id, CASE WHEN s.by_lot THEN b.lot ELSE '' END AS lot, b.state, sum(b.on_hand) AS on_hand
    FROM spans s JOIN inventory_balance b ON b.site_id = %(site)s AND b.product_id = s.product_id GROUP BY 1, 2, 3),
keys AS (
    SELECT item_id, lot, state FROM found
    UNION SELECT item_id, lot, state FROM held WHERE state = 'available' OR %(aside)s)
SELECT k.item_id, k.lot, k.state, s.product_id, s.round, s.by_lot, f.counted IS NOT NULL AS is_counted,
       coalesce(f.counted, 0) AS counted, coalesce(h.on_hand, 0) AS on_hand,
       coalesce(f.first_at, s.first_at) AS first_at, coalesce(f.last_at, s.last_at) AS last_at
FROM keys k JOIN spans s USING (item_id)
LEFT JOIN found f USING (item_id, lot, state)
LEFT JOIN held h USING (item_id, lot, state)
"""

MEASURE = "ANALYZE stage_counted"

EARLIEST = "SELECT min(first_at) FROM stage_counted"

# The book at the last scan is what is there now less what moved after it. Where scans of several places lie apart, goods
# that left in between may have been counted or not, and goods that came may have been missed or not: the book is a range.
COMPARE = """
INSERT INTO inventory_countresult (item_id, lot, state, round, counted, book, book_low, book_high, difference, unit_cost,
                                   value, first_at, last_at, is_complete, is_beyond, reason_code)
WITH moved AS (
    SELECT t.item_id, t.lot, t.state, coalesce(sum(e.quantity) FILTER (WHERE e.occurred_at > t.last_at), 0) AS later,
           coalesce(sum(e.quantity) FILTER (WHERE e.occurred_at <= t.last_at AND e.quantity > 0), 0) AS came,
           coalesce(-sum(e.quantity) FILTER (WHERE e.occurred_at <= t.last_at AND e.quantity < 0), 0) AS went
    FROM stage_counted t JOIN inventory_entry e ON e.product_id = t.product_id AND e.location_id = %(site)s
        AND e.occurred_at > t.first_at AND e.state = t.state AND (NOT t.by_lot OR e.lot = t.lot)
    WHERE e.occurred_at > %(earliest)s
    GROUP BY 1, 2, 3),
book AS (
    SELECT t.*, t.on_hand - coalesce(m.later, 0) - coalesce(m.came, 0) AS low,
           t.on_hand - coalesce(m.later, 0) + coalesce(m.went, 0) AS high
    FROM stage_counted t LEFT JOIN moved m USING (item_id, lot, state)),
nearest AS (SELECT b.*, least(greatest(b.counted, b.low), b.high) AS nearest FROM book b),
costed AS (
    SELECT n.*, coalesce(CASE WHEN z.pair_on_hand > 0 AND z.pair_value >= 0
                              THEN round(z.pair_value / z.pair_on_hand, 6) END, z.last_cost) AS unit_cost
    FROM nearest n
    LEFT JOIN inventory_balance z ON z.site_id = %(site)s AND z.product_id = n.product_id AND z.lot = ''
        AND z.state = 'available' AND z.owner_id = 0)
SELECT item_id, lot, state, round, counted, nearest, low, high, counted - nearest, unit_cost,
       round((counted - nearest) * unit_cost, 6), first_at, last_at, last_at <= %(complete_to)s, false, ''
FROM costed WHERE is_counted OR nearest <> 0
"""

OUTCOMES = """
UPDATE inventory_countitem i
SET outcome = CASE WHEN r.is_beyond THEN 'beyond' WHEN r.differs THEN 'within' ELSE 'matched' END
FROM (SELECT r.item_id, bool_or(r.is_beyond) AS is_beyond, bool_or(r.difference <> 0) AS differs
      FROM inventory_countresult r JOIN inventory_countitem j ON j.id = r.item_id
      WHERE j.count_id = %(count)s GROUP BY 1) r
WHERE r.item_id = i.id AND i.count_id = %(count)s AND i.is_open
"""

# An item is counted when each of its known places has a scan of this round, or a scan names no place at all.
MARK_COUNTED = """
UPDATE inventory_countitem i SET state = 'counted'
WHERE i.id = ANY(%(items)s) AND i.state = 'open'
    AND EXISTS (SELECT FROM inventory_countscan s WHERE s.item_id = i.id AND s.round = i.round)
    AND NOT EXISTS (
        SELECT FROM inventory_shelf h WHERE h.site_id = i.site_id AND h.product_id = i.product_id
            AND NOT EXISTS (SELECT FROM inventory_countscan s WHERE s.item_id = i.id AND s.round = i.round
                            AND (s.zone = '' OR s.zone = h.zone AND (h.bin = '' OR s.bin = h.bin))))
"""

ADD_ITEMS = """
INSERT INTO inventory_countitem (count_id, site_id, product_id, is_open, is_unexpected, round, state, outcome)
SELECT %(count)s, %(site)s, p.id, true, false, 1, 'open', '' FROM catalog_product p
LEFT JOIN catalog_category c ON c.id = p.category_id
WHERE {scope} ORDER BY p.id
"""

EVERYTHING = """
(EXISTS (SELECT FROM inventory_balance b WHERE b.site_id = %(site)s AND b.product_id = p.id AND b.on_hand <> 0)
 OR EXISTS (SELECT FROM inventory_shelf h WHERE h.site_id = %(site)s AND h.product_id = p.id))"""

# What nobody found, counted as none at each known place without a scan, or at no place where none is known.
ZERO_SCANS = """
INSERT INTO inventory_countscan (count_id, item_id, line_id, round, zone, bin, lot, state, quantity, way, scanned_at,
                                 skew_s, counted_by_id, counted_by_name)
SELECT i.count_id, i.id, gen_random_uuid(), i.round, coalesce(h.zone, ''), coalesce(h.bin, ''), '', 'available', 0, 'zero',
       %(at)s, 0, %(by)s, %(name)s
FROM inventory_countitem i
LEFT JOIN inventory_shelf h ON h.site_id = i.site_id AND h.product_id = i.product_id
WHERE i.count_id = %(count)s AND i.is_open AND i.state = 'open'
    AND NOT EXISTS (SELECT FROM inventory_countscan s WHERE s.item_id = i.id AND s.round = i.round
                    AND (h.zone IS NULL OR s.zone = '' OR s.zone = h.zone AND (h.bin = '' OR s.bin = h.bin)))
ORDER BY i.id
"""

# Where a product was found is where it stands.
LEARN_SHELVES = """
INSERT INTO inventory_shelf (site_id, zone, bin, product_id)
SELECT DISTINCT i.site_id, s.zone, s.bin, i.product_id
FROM inventory_countscan s JOIN inventory_countitem i ON i.id = s.item_id AND i.round = s.round
WHERE s.count_id = %(count)s AND s.zone <> '' AND s.quantity > 0
ON CONFLICT DO NOTHING
"""

# What a difference may be taken from: our own goods before those of others, the lot that expires first before the next.
HELD = """
SELECT b.product_id, b.state, b.lot, coalesce(o.code, ''), b.on_hand
FROM inventory_balance b
LEFT JOIN catalog_supplier o ON o.id = b.owner_id
LEFT JOIN inventory_lot l ON l.product_id = b.product_id AND l.code = b.lot
WHERE b.site_id = %(site)s AND b.product_id = ANY(%(products)s) AND b.on_hand > 0
ORDER BY b.product_id, b.owner_id <> 0, l.expires_on NULLS LAST, b.lot
"""

# Entries are numbered nearly in the order they are recorded in: from the last one that was there before, less a margin
# for those that were being written, only what is new is read.
LATE = """
WITH recent AS MATERIALIZED (
    SELECT e.product_id, min(e.occurred_at) AS occurred_at FROM inventory_entry e
    WHERE e.id > coalesce((SELECT b.id FROM inventory_entry b WHERE b.recorded_at <= %(since)s
                           ORDER BY b.id DESC LIMIT 1), 0) - 10000
        AND e.recorded_at > %(since)s AND e.location_id = %(site)s
    GROUP BY 1)
SELECT EXISTS (
    SELECT FROM recent n
    JOIN inventory_countitem i ON i.count_id = %(count)s AND i.product_id = n.product_id AND i.is_open
    JOIN inventory_countresult r ON r.item_id = i.id AND r.last_at >= n.occurred_at)
"""
