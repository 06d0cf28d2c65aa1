"""The statements of a posting: open the book (make, resolve, lock in one trip), then write everything in one.

{keys}, {entries}, {balances} and {movements} are sources of rows: arrays for one movement, staged tables for many.
"""

from audit.queries import digest_aggregate
from inventory.sql.ledger import ENTRY_COVERED, MOVEMENT_COVERED

_KEYS = """
SELECT l.place, l.code, l.sku, l.lot, s.id AS site_id, s.currency, s.channel_id, p.id AS product_id
FROM unnest(%(codes)s::text[], %(skus)s::text[], %(lots)s::text[]) WITH ORDINALITY AS l (code, sku, lot, place)
LEFT JOIN catalog_site s ON s.code = l.code
LEFT JOIN catalog_product p ON p.sku = l.sku
"""

# Rows are made before any is locked, both in key order: who waits for a new row holds no lock that its maker needs.
OPEN = f"""
INSERT INTO inventory_balance
    (site_id, product_id, lot, on_hand, reserved, in_transit, value, in_transit_value, pair_on_hand, pair_value)
SELECT DISTINCT k.site_id, k.product_id, k.lot, 0, 0, 0, 0, 0, 0, 0 FROM ({_KEYS}) k
WHERE k.site_id IS NOT NULL AND k.product_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM inventory_balance b
    WHERE b.site_id = k.site_id AND b.product_id = k.product_id AND b.lot = k.lot)
ORDER BY 1, 2, 3
ON CONFLICT (site_id, product_id, lot) DO NOTHING;
WITH k AS MATERIALIZED ({_KEYS}),
b AS MATERIALIZED (
    SELECT b.* FROM inventory_balance b
    JOIN (SELECT DISTINCT site_id, product_id, lot FROM k) d USING (site_id, product_id, lot)
    ORDER BY b.site_id, b.product_id, b.lot FOR UPDATE OF b)
SELECT k.code, k.sku, k.lot, k.site_id, k.currency, k.channel_id, k.product_id, b.id, b.on_hand, b.value,
       b.in_transit, b.in_transit_value, b.pair_on_hand, b.pair_value, b.last_cost, b.last_occurred_at,
       (SELECT nextval('audit_event_id_seq')),
       CASE WHEN k.place = 1 THEN
            (SELECT array_agg(nextval('inventory_movement_id_seq')) FROM generate_series(1, %(count)s)) END,
       (SELECT hash FROM audit_actorname WHERE actor_kind = %(actor_kind)s
            AND actor_id IS NOT DISTINCT FROM %(actor_id)s AND name = %(actor_name)s ORDER BY id LIMIT 1)
FROM k LEFT JOIN b ON b.site_id = k.site_id AND b.product_id = k.product_id AND b.lot = k.lot
ORDER BY k.place
"""

TIMELINES = """
SELECT k.site_id, k.product_id, k.lot, e.occurred_at, e.quantity
FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::timestamptz[]) AS k (site_id, product_id, lot, since)
JOIN inventory_entry e ON e.product_id = k.product_id AND e.location_id = k.site_id AND e.lot = k.lot
    AND e.occurred_at > k.since
"""

HELD_AT_CUSTOMS = """
SELECT coalesce(destination_id, counter_id), product_id, sum(quantity), sum(value)
FROM inventory_entry WHERE location_id = -5 AND product_id = ANY(%s)
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

# Everything of one posting in one statement; `recorded_at` is the statement's start, after all locks.
WRITE = f"""
WITH m AS ({{headers}}),
e AS (
    INSERT INTO inventory_entry ({_E}, event_id, recorded_at)
    SELECT {_E}, %(event_id)s, statement_timestamp() FROM {{entries}}
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
    SELECT {_M}, statement_timestamp(), %(event_id)s, '' FROM {{movements}}
    RETURNING *"""

PLACED_HEADER = """
    UPDATE inventory_movement SET state = 'posted', recorded_at = statement_timestamp()
    WHERE id = %(movement_id)s AND state = 'pending'
    RETURNING *"""


def arrays(prefix: str, alias: str, columns: tuple[tuple[str, str], ...]) -> str:
    """`unnest(%(prefix_column)s::type[], …) AS alias (column, …)`, in the order of the arrays."""
    marks = ", ".join(f"%({prefix}_{name})s::{kind}[]" for name, kind in columns)
    return f"unnest({marks}) AS {alias} ({', '.join(name for name, _ in columns)})"


OPEN_CASES = """
INSERT INTO inventory_negativecase (site_id, product_id, lot, movement_id, lowest, state)
SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::bigint[], %s::numeric[])
    AS c (site_id, product_id, lot, movement_id, lowest) CROSS JOIN (VALUES ('open')) s
ORDER BY 1, 2, 3
ON CONFLICT (site_id, product_id, lot) WHERE state = 'open'
    DO UPDATE SET lowest = least(inventory_negativecase.lowest, EXCLUDED.lowest)
"""

SETTLE_CASES = """
UPDATE inventory_negativecase c SET state = 'settled', settled_at = now(), settled_by_movement_id = n.movement_id
FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::bigint[]) AS n (site_id, product_id, lot, movement_id)
WHERE c.state = 'open' AND c.site_id = n.site_id AND c.product_id = n.product_id AND c.lot = n.lot
"""
