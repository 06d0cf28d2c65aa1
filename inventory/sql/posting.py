"""The statements of a posting: open the book (make, resolve, lock in one trip), then write everything in one.

{keys}, {entries}, {balances} and {movements} are sources of rows: arrays for one movement, staged tables for many.
"""

from audit.queries import digest_aggregate
from inventory.sql.ledger import ENTRY_COVERED, MOVEMENT_COVERED

# A site's own months: made when first written into, held FOR KEY SHARE while they are, so that a close waits. What lies
# before a closed month is closed too.
_MONTHS = """
SELECT DISTINCT s.id AS site_id, s.timezone, date_trunc('month', l.at AT TIME ZONE s.timezone)::date AS month
FROM unnest(%(period_codes)s::text[], %(period_times)s::timestamptz[]) AS l (code, at)
JOIN catalog_site s ON s.code = l.code
"""

# use: 0 a row that is needed; 1 one that a line without a lot takes from, so every lot of it; 2 one that only a rule may
# ask for (what arrives recalled or with too little life left is set aside).
_KEYS = """
SELECT l.place, l.code, l.sku, l.lot, l.state, l.owner, l.use, s.id AS site_id, s.currency, s.channel_id,
       s.legal_entity_id, s.timezone, p.id AS product_id, p.tracks_lots, p.shelf_life_days, p.receipt_life_fraction,
       p.sale_life_fraction, coalesce(g.costing_method, 'average')::text AS costing,
       CASE l.owner WHEN '' THEN 0 ELSE o.id END AS owner_id
FROM unnest(%(codes)s::text[], %(skus)s::text[], %(lots)s::text[], %(states)s::text[], %(owners)s::text[],
            %(uses)s::int[]) WITH ORDINALITY AS l (code, sku, lot, state, owner, use, place)
LEFT JOIN catalog_site s ON s.code = l.code
LEFT JOIN catalog_product p ON p.sku = l.sku
LEFT JOIN catalog_category g ON g.id = p.category_id
LEFT JOIN catalog_supplier o ON l.owner <> '' AND o.code = l.owner
"""

# The same without what only rules need to know, for making rows.
_PLAIN_KEYS = """
SELECT l.lot, l.state, l.owner, l.use, s.id AS site_id, p.id AS product_id,
       CASE l.owner WHEN '' THEN 0 ELSE o.id END AS owner_id
FROM unnest(%(codes)s::text[], %(skus)s::text[], %(lots)s::text[], %(states)s::text[], %(owners)s::text[],
            %(uses)s::int[]) AS l (code, sku, lot, state, owner, use)
LEFT JOIN catalog_site s ON s.code = l.code
LEFT JOIN catalog_product p ON p.sku = l.sku
LEFT JOIN catalog_supplier o ON l.owner <> '' AND o.code = l.owner
"""

# Lots that arrive, by the codes given.
_ARRIVING = """
SELECT p.id AS product_id, l.lot, max(l.produced_on) AS produced_on, max(o.id) AS supplier_id,
       coalesce(max(l.expires_on), max(l.produced_on) + max(p.shelf_life_days)) AS expires_on
FROM unnest(%(lot_skus)s::text[], %(lot_codes)s::text[], %(lot_expires)s::date[], %(lot_produced)s::date[],
            %(lot_owners)s::text[]) AS l (sku, lot, expires_on, produced_on, owner)
JOIN catalog_product p ON p.sku = l.sku
LEFT JOIN catalog_supplier o ON l.owner <> '' AND o.code = l.owner
GROUP BY 1, 2
"""

# What arrives of a lot holds the lot's row, so that a recall waits and what comes after it knows. Before balances are
# made and locked: whoever waits for a balance has all its lots.
LOTS = f"""
INSERT INTO inventory_lot (product_id, code, expires_on, produced_on, supplier_id)
SELECT a.product_id, a.lot, a.expires_on, a.produced_on, a.supplier_id FROM ({_ARRIVING}) a
WHERE NOT EXISTS (SELECT FROM inventory_lot t WHERE t.product_id = a.product_id AND t.code = a.lot)
ORDER BY 1, 2
ON CONFLICT (product_id, code) DO NOTHING;
SELECT FROM inventory_lot t JOIN ({_ARRIVING}) a ON a.product_id = t.product_id AND a.lot = t.code
ORDER BY t.product_id, t.code FOR NO KEY UPDATE OF t;
UPDATE inventory_lot t SET expires_on = coalesce(t.expires_on, a.expires_on),
    produced_on = coalesce(t.produced_on, a.produced_on)
FROM ({_ARRIVING}) a WHERE a.product_id = t.product_id AND a.lot = t.code
    AND (t.expires_on IS NULL AND a.expires_on IS NOT NULL OR t.produced_on IS NULL AND a.produced_on IS NOT NULL)
"""

# The rows into which a rule may set aside what arrives: never too few; the rule itself is inventory.rules.lots.
ASIDE_ROWS = f"""
INSERT INTO inventory_balance
    (site_id, product_id, lot, state, owner_id, on_hand, reserved, in_transit, value, in_transit_value, pair_on_hand,
     pair_value)
SELECT DISTINCT k.site_id, k.product_id, k.lot, k.state, k.owner_id, 0, 0, 0, 0, 0, 0, 0 FROM ({_KEYS}) k
JOIN inventory_lot t ON t.product_id = k.product_id AND t.code = k.lot
WHERE k.use = 2 AND k.site_id IS NOT NULL AND k.owner_id IS NOT NULL
    AND CASE k.state WHEN 'blocked' THEN t.is_recalled
        ELSE t.expires_on < current_date + 3 + coalesce(ceil(k.receipt_life_fraction
            * coalesce(t.expires_on - t.produced_on, k.shelf_life_days))::int, 0) END
    AND NOT EXISTS (
        SELECT FROM inventory_balance b
        WHERE b.site_id = k.site_id AND b.product_id = k.product_id AND b.lot = k.lot AND b.state = k.state
            AND b.owner_id = k.owner_id)
ORDER BY 1, 2, 3, 4, 5
ON CONFLICT (site_id, product_id, lot, state, owner_id) DO NOTHING
"""

# Rows are made before any is locked, both in key order: who waits for a new row holds no lock that its maker needs.
# Months are locked before balances: `b` asks for all of `h` first.
OPEN = f"""
INSERT INTO inventory_period (site_id, month, starts_at, ends_at, state, line_count, value)
SELECT m.site_id, m.month, m.month::timestamp AT TIME ZONE m.timezone,
       (m.month + interval '1 month') AT TIME ZONE m.timezone, 'open', 0, 0
FROM ({_MONTHS}) m
WHERE NOT EXISTS (
    SELECT FROM inventory_period i WHERE i.site_id = m.site_id
        AND (i.month = m.month OR i.month > m.month AND i.state = 'closed'))
ORDER BY 1, 2
ON CONFLICT (site_id, month) DO NOTHING;
INSERT INTO inventory_balance
    (site_id, product_id, lot, state, owner_id, on_hand, reserved, in_transit, value, in_transit_value, pair_on_hand,
     pair_value)
SELECT DISTINCT k.site_id, k.product_id, k.lot, k.state, k.owner_id, 0, 0, 0, 0, 0, 0, 0 FROM ({_PLAIN_KEYS}) k
WHERE k.use < 2 AND k.site_id IS NOT NULL AND k.product_id IS NOT NULL AND k.owner_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM inventory_balance b
    WHERE b.site_id = k.site_id AND b.product_id = k.product_id AND b.lot = k.lot AND b.state = k.state
        AND b.owner_id = k.owner_id)
ORDER BY 1, 2, 3, 4, 5
ON CONFLICT (site_id, product_id, lot, state, owner_id) DO NOTHING;
WITH h AS MATERIALIZED (
    SELECT i.site_id, i.state, i.ends_at FROM inventory_period i
    JOIN (SELECT site_id, min(month) AS month FROM ({_MONTHS}) m GROUP BY 1) a
        ON a.site_id = i.site_id AND i.month >= a.month
    ORDER BY i.site_id, i.month FOR KEY SHARE OF i),
k AS MATERIALIZED ({_KEYS}),
b AS MATERIALIZED (
    SELECT b.* FROM inventory_balance b
    JOIN (SELECT site_id, product_id, lot, state, owner_id FROM k
          UNION
          SELECT x.site_id, x.product_id, x.lot, x.state, x.owner_id FROM k
          JOIN inventory_balance x ON x.site_id = k.site_id AND x.product_id = k.product_id
          WHERE k.use = 1 AND k.tracks_lots AND x.owner_id = k.owner_id AND x.state = k.state AND x.on_hand > 0) d
        USING (site_id, product_id, lot, state, owner_id)
    WHERE (SELECT count(*) FROM h) >= 0
    ORDER BY b.site_id, b.product_id, b.lot, b.state, b.owner_id FOR UPDATE OF b)
SELECT k.code, k.sku, coalesce(b.lot::text, k.lot), k.state, k.owner, k.site_id, k.currency, k.channel_id, k.legal_entity_id,
       k.product_id, k.owner_id, b.id, b.on_hand, b.reserved, b.value, b.in_transit, b.in_transit_value, b.pair_on_hand,
       b.pair_value, b.last_cost, b.last_occurred_at,
       (SELECT max(h.ends_at) FROM h WHERE h.site_id = k.site_id AND h.state = 'closed'),
       k.timezone, k.tracks_lots, k.costing || CASE WHEN b.is_layered THEN '+' ELSE '' END, k.shelf_life_days, k.receipt_life_fraction, k.sale_life_fraction,
       CASE WHEN coalesce(b.lot::text, k.lot) <> '' THEN
            (SELECT ARRAY[t.expires_on::text, t.produced_on::text, t.is_recalled::text] FROM inventory_lot t
             WHERE t.product_id = k.product_id AND t.code = coalesce(b.lot::text, k.lot)) END,
       (SELECT nextval('audit_event_id_seq')),
       CASE WHEN k.place = 1 THEN
            (SELECT array_agg(nextval('inventory_movement_id_seq')) FROM generate_series(1, %(count)s)) END,
       (SELECT hash FROM audit_actorname WHERE actor_kind = %(actor_kind)s
            AND actor_id IS NOT DISTINCT FROM %(actor_id)s AND name = %(actor_name)s ORDER BY id LIMIT 1),
       clock_timestamp()
FROM k LEFT JOIN b ON b.site_id = k.site_id AND b.product_id = k.product_id AND b.state = k.state
    AND b.owner_id = k.owner_id AND (b.lot = k.lot OR k.use = 1 AND k.tracks_lots)
ORDER BY k.place
"""

# A fact that came too late for its month goes into the next open one, which must stay open meanwhile.
HOLD_PERIODS = """
SELECT i.site_id, i.ends_at FROM inventory_period i
JOIN unnest(%s::bigint[], %s::timestamptz[]) AS a (site_id, at)
    ON a.site_id = i.site_id AND i.starts_at <= a.at AND a.at < i.ends_at
WHERE i.state = 'closed' ORDER BY i.site_id, i.month FOR KEY SHARE OF i
"""

TIMELINES = """
SELECT k.site_id, k.product_id, k.lot, k.state, k.owner_id, e.occurred_at, e.quantity
FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::timestamptz[])
    AS k (site_id, product_id, lot, state, owner_id, since)
JOIN inventory_entry e ON e.product_id = k.product_id AND e.location_id = k.site_id AND e.lot = k.lot
    AND e.state = k.state AND e.owner_id = k.owner_id AND e.occurred_at > k.since
"""

HELD_AT_CUSTOMS = """
SELECT coalesce(destination_id, counter_id), product_id, sum(quantity), sum(value)
FROM inventory_entry WHERE location_id = -5 AND product_id = ANY(%s) AND owner_id = 0
GROUP BY 1, 2
"""

MOVEMENT_COLUMNS = (
    ("id", "bigint"),
    ("reference", "text"),
    ("kind", "text"),
    ("state", "text"),
    ("occurred_at", "timestamptz"),
    ("destination_id", "bigint"),
    ("reason", "text"),
    ("prepared_by_id", "bigint"),
    ("reverses_id", "bigint"),
    ("source", "text"),
    ("draft", "jsonb"),
    ("reported_at", "timestamptz"),
)
ENTRY_COLUMNS = (
    ("movement_id", "bigint"),
    ("line", "int"),
    ("location_id", "bigint"),
    ("counter_id", "bigint"),
    ("destination_id", "bigint"),
    ("product_id", "bigint"),
    ("lot", "text"),
    ("quantity", "numeric"),
    ("unit_cost", "numeric"),
    ("value", "numeric"),
    ("currency", "text"),
    ("occurred_at", "timestamptz"),
    ("state", "text"),
    ("owner_id", "bigint"),
    ("is_assumed", "boolean"),
)
BALANCE_COLUMNS = (
    ("id", "bigint"),
    ("on_hand", "numeric"),
    ("value", "numeric"),
    ("in_transit", "numeric"),
    ("in_transit_value", "numeric"),
    ("pair_on_hand", "numeric"),
    ("pair_value", "numeric"),
    ("last_cost", "numeric"),
    ("last_occurred_at", "timestamptz"),
)

_M = ", ".join(name for name, _ in MOVEMENT_COLUMNS)
_E = ", ".join(name for name, _ in ENTRY_COLUMNS)

# Everything of one posting in one statement; `recorded_at` is when the book was open, after all locks.
WRITE = f"""
WITH m AS ({{headers}}),
e AS (
    INSERT INTO inventory_entry ({_E}, event_id, recorded_at)
    SELECT {_E}, %(event_id)s, %(recorded_at)s FROM {{entries}}
    RETURNING *),
b AS (
    UPDATE inventory_balance b SET
        on_hand = n.on_hand, value = n.value, in_transit = n.in_transit, in_transit_value = n.in_transit_value,
        pair_on_hand = n.pair_on_hand, pair_value = n.pair_value, last_cost = n.last_cost,
        last_occurred_at = n.last_occurred_at
    FROM {{balances}} WHERE b.id = n.id),
d AS (
    SELECT 'inventory_entry' AS covered, count(*) AS rows, {digest_aggregate(ENTRY_COVERED, "id")} AS sha256
    FROM e HAVING count(*) > 0
    UNION ALL
    SELECT 'inventory_movement', count(*), {digest_aggregate(MOVEMENT_COVERED, "id")}
    FROM m WHERE m.event_id = %(event_id)s HAVING count(*) > 0),
t AS (
    SELECT coalesce(jsonb_agg(jsonb_build_object('table', covered, 'event_column', 'event_id', 'count', rows,
           'sha256', sha256) ORDER BY covered), '[]') AS digests FROM d)
{{event}}
"""

NEW_HEADERS = f"""
    INSERT INTO inventory_movement ({_M}, recorded_at, event_id, note)
    SELECT {_M}, %(recorded_at)s, %(event_id)s, '' FROM {{movements}}
    RETURNING *"""

PLACED_HEADER = """
UPDATE inventory_movement SET state = 'posted', recorded_at = %s WHERE id = %s AND state = 'pending'
"""


# The ids of many entries: their range where nobody else drew one meanwhile.
DRAW_RANGE = (
    "SELECT min(n), max(n) FROM (SELECT nextval('inventory_entry_id_seq') AS n FROM generate_series(1, %s)) d"
)
DRAW_EACH = "SELECT nextval('inventory_entry_id_seq') FROM generate_series(1, %s)"
DRAW_MOVEMENTS = "SELECT array_agg(nextval('inventory_movement_id_seq')) FROM generate_series(1, %s)"

_ARRAYS = ", ".join(f"%({name})s::{kind}[]" for name, kind in BALANCE_COLUMNS)
UPDATE_BALANCES = f"""
UPDATE inventory_balance b SET
    on_hand = n.on_hand, value = n.value, in_transit = n.in_transit, in_transit_value = n.in_transit_value,
    pair_on_hand = n.pair_on_hand, pair_value = n.pair_value, last_cost = n.last_cost,
    last_occurred_at = n.last_occurred_at
FROM unnest({_ARRAYS}) AS n ({", ".join(name for name, _ in BALANCE_COLUMNS)}) WHERE b.id = n.id
"""

OPEN_CASES = """
INSERT INTO inventory_negativecase (site_id, product_id, lot, owner_id, movement_id, lowest, state)
SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::bigint[], %s::bigint[], %s::numeric[])
    AS c (site_id, product_id, lot, owner_id, movement_id, lowest) CROSS JOIN (VALUES ('open')) s
ORDER BY 1, 2, 3, 4
ON CONFLICT (site_id, product_id, lot, owner_id) WHERE state = 'open'
    DO UPDATE SET lowest = least(inventory_negativecase.lowest, EXCLUDED.lowest)
"""

SETTLE_CASES = """
UPDATE inventory_negativecase c SET state = 'settled', settled_at = now(), settled_by_movement_id = n.movement_id
FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::bigint[], %s::bigint[])
    AS n (site_id, product_id, lot, owner_id, movement_id)
WHERE c.state = 'open' AND c.site_id = n.site_id AND c.product_id = n.product_id AND c.lot = n.lot
    AND c.owner_id = n.owner_id
"""
