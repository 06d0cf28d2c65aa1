"""The set-based loader's statements, one per step; see inventory.actions.loading.

`lines` is the caller's temporary table. Sides are the two ends of each line; the giving side (0) comes first.
Recording order is (recorded_at, movement_id, line, side).
"""

FAULTS = """
SELECT 'a quantity of zero or less' AS fault, count(*) FROM {lines} WHERE quantity <= 0
UNION ALL SELECT 'the same location twice', count(*) FROM {lines} WHERE from_location = to_location
UNION ALL SELECT 'an unknown product', count(*) FROM {lines} l
    WHERE NOT EXISTS (SELECT FROM catalog_product p WHERE p.id = l.product_id)
UNION ALL SELECT 'an unknown site', count(*) FROM (
    SELECT from_location AS id FROM {lines} UNION SELECT to_location FROM {lines}
    UNION SELECT destination_id FROM {lines}) s
    WHERE s.id > 0 AND NOT EXISTS (SELECT FROM catalog_site c WHERE c.id = s.id)
UNION ALL SELECT 'goods in transit without a destination', count(*) FROM {lines}
    WHERE (to_location = -4 OR from_location = -4) AND destination_id IS NULL
UNION ALL SELECT 'a line in a closed month', count(*) FROM {lines} l WHERE EXISTS (
    SELECT FROM inventory_period i WHERE i.site_id IN (l.from_location, l.to_location) AND i.state = 'closed'
        AND l.occurred_at < i.ends_at)
UNION ALL SELECT 'a pair that lies in cost layers', count(*) FROM {lines} l WHERE EXISTS (
    SELECT FROM inventory_balance b WHERE b.is_layered AND b.product_id = l.product_id
        AND b.site_id IN (l.from_location, l.to_location))
UNION ALL SELECT 'a line without a real site', count(*) FROM {lines}
    WHERE from_location < 0 AND to_location < 0 AND destination_id IS NULL
"""

MOVEMENTS = """
CREATE TEMPORARY TABLE stage_movements ON COMMIT DROP AS
SELECT movement_key, kind, reference, occurred_at, recorded_at, destination_id, reason,
       nextval(pg_get_serial_sequence('inventory_movement', 'id')) AS id
FROM (SELECT movement_key, min(kind) AS kind, min(reference) AS reference, min(occurred_at) AS occurred_at,
             max(recorded_at) AS recorded_at, min(destination_id) AS destination_id,
             coalesce(min(reason), '') AS reason
      FROM {lines} GROUP BY movement_key ORDER BY max(recorded_at), movement_key) m
"""

PARTITIONS = """
SELECT steelyard_ensure_partition('inventory_entry', m.month)
FROM (SELECT DISTINCT date_trunc('month', recorded_at)::date AS month FROM stage_movements) m
"""

SIDES = """
CREATE TEMPORARY TABLE stage_sides ON COMMIT DROP AS
SELECT m.id AS movement_id, l.line, e.side, e.location_id, e.counter_id, m.destination_id, l.product_id,
       coalesce(l.lot, '') AS lot, CASE e.side WHEN 0 THEN -l.quantity ELSE l.quantity END AS quantity,
       l.unit_cost, l.occurred_at, m.recorded_at, m.kind, s.currency,
       CASE WHEN e.location_id > 0 THEN e.location_id
            WHEN e.location_id = -4 THEN -m.destination_id END AS pool_id,
       CASE WHEN e.side = 0 THEN NULL WHEN e.counter_id > 0 THEN e.counter_id
            WHEN e.counter_id = -4 THEN -m.destination_id END AS source_id,
       o.currency AS source_currency
FROM {lines} l
JOIN stage_movements m ON m.movement_key = l.movement_key
CROSS JOIN LATERAL (VALUES (0, l.from_location, l.to_location), (1, l.to_location, l.from_location))
    AS e (side, location_id, counter_id)
LEFT JOIN catalog_site s ON s.id = CASE
    WHEN e.location_id > 0 THEN e.location_id
    WHEN e.location_id IN (-4, -5) AND m.destination_id IS NOT NULL THEN m.destination_id
    WHEN e.counter_id > 0 THEN e.counter_id
    ELSE m.destination_id END
LEFT JOIN catalog_site o ON e.side = 1 AND o.id = CASE
    WHEN e.counter_id > 0 THEN e.counter_id
    WHEN e.counter_id = -4 THEN m.destination_id END
"""

# A pool is what has an average: a site, or (negative) what is on its way to one.
POOLS = "SELECT DISTINCT pool_id, source_id FROM stage_sides WHERE pool_id IS NOT NULL"

VALUES_TABLE = """
CREATE TEMPORARY TABLE stage_values (
    movement_id bigint, line int, side int, pool_id bigint, location_id bigint, destination_id bigint,
    product_id bigint, lot text, quantity numeric, kind text, currency text, occurred_at timestamptz,
    recorded_at timestamptz, held numeric, worth numeric,
    last_cost numeric, value numeric, settlement numeric, is_last boolean
) ON COMMIT DROP
"""

# What a pool takes from another pool comes at the value it left with, converted; opening balances come first.
VALUE_POOLS = """
INSERT INTO stage_values
SELECT movement_id, line, side, pool_id, location_id, destination_id, product_id, lot, quantity, kind, currency,
       occurred_at, recorded_at, state[1], state[2], state[3], state[4], state[5], is_last
FROM (
    SELECT f.*, inventory_average(quantity, cost, fallback) OVER w AS state, lead(side) OVER w IS NULL AS is_last
    FROM (
        SELECT s.movement_id, s.line, s.side, s.pool_id, s.location_id, s.destination_id, s.product_id, s.lot,
               s.quantity, s.kind, s.currency, s.occurred_at, s.recorded_at,
               CASE WHEN g.movement_id IS NULL THEN s.unit_cost
                    ELSE round(-g.value * r.rate, 6) / s.quantity END AS cost,
               f.cost AS fallback
        FROM stage_sides s
        LEFT JOIN stage_values g ON s.source_id IS NOT NULL AND g.movement_id = s.movement_id
            AND g.line = s.line AND g.side = 0
        LEFT JOIN stage_rates r ON r.base = s.source_currency AND r.quote = s.currency
        LEFT JOIN stage_fallbacks f ON f.product_id = s.product_id AND f.currency = s.currency
        WHERE s.pool_id = ANY(%(pools)s)
        UNION ALL
        SELECT 0, 0, 0, b.pool_id, b.pool_id, NULL, b.product_id, '', b.quantity, '', '', NULL, '-infinity',
               b.value / b.quantity, b.value / b.quantity
        FROM (SELECT site_id AS pool_id, product_id, sum(on_hand) AS quantity, sum(value) AS value
              FROM inventory_balance WHERE owner_id = 0 GROUP BY 1, 2
              UNION ALL
              SELECT -site_id, product_id, sum(in_transit), sum(in_transit_value)
              FROM inventory_balance GROUP BY 1, 2) b
        WHERE b.quantity <> 0 AND b.pool_id = ANY(%(pools)s)
    ) f
    WINDOW w AS (PARTITION BY pool_id, product_id ORDER BY recorded_at, movement_id, line, side)
) v
WHERE movement_id > 0
"""

SHORT_COMMANDS = """
SELECT m.reference, v.location_id, v.product_id, v.held
FROM stage_values v JOIN stage_movements m ON m.id = v.movement_id
WHERE v.side = 0 AND v.location_id > 0 AND v.kind IN ('issue', 'transfer', 'adjustment', 'scrap') AND v.held < 0
ORDER BY v.recorded_at, v.movement_id, v.line LIMIT 5
"""

INSERT_MOVEMENTS = """
INSERT INTO inventory_movement
    (id, reference, kind, state, occurred_at, recorded_at, destination_id, reason, prepared_by_id, source, event_id,
     note)
SELECT id, reference, kind, 'posted', occurred_at, recorded_at, destination_id, reason, %(actor_id)s, %(source)s,
       %(event_id)s, ''
FROM stage_movements ORDER BY id
"""

# The side without a pool mirrors the other one. A settlement goes beside, against `adjustment`, without quantity.
INSERT_ENTRIES = """
INSERT INTO inventory_entry
    (movement_id, line, location_id, counter_id, destination_id, product_id, lot, quantity, unit_cost, value,
     currency, occurred_at, event_id, recorded_at)
SELECT movement_id, line, location_id, counter_id, destination_id, product_id, lot, quantity,
       CASE WHEN quantity <> 0 THEN round(value / quantity, 6) END, value, currency, occurred_at, %(event_id)s,
       recorded_at
FROM (
    SELECT s.movement_id, s.line, s.side, s.location_id, s.counter_id, s.destination_id, s.product_id, s.lot,
           s.quantity, CASE WHEN v.side = s.side THEN v.value ELSE coalesce(-v.value, 0) END AS value, s.currency,
           s.occurred_at, s.recorded_at
    FROM stage_sides s
    LEFT JOIN stage_values v ON v.movement_id = s.movement_id AND v.line = s.line
        AND v.side = CASE WHEN s.pool_id IS NULL THEN 1 - s.side ELSE s.side END
    UNION ALL
    SELECT v.movement_id, v.line, 2 + w.way, CASE w.way WHEN 0 THEN v.location_id ELSE -3 END,
           CASE w.way WHEN 0 THEN -3 ELSE v.location_id END, v.destination_id, v.product_id, v.lot, 0,
           CASE w.way WHEN 0 THEN v.settlement ELSE -v.settlement END, v.currency, v.occurred_at, v.recorded_at
    FROM stage_values v CROSS JOIN (VALUES (0), (1)) AS w (way)
    WHERE v.settlement <> 0
) e
ORDER BY recorded_at, movement_id, line, side
"""

# The pair's last average goes to the row with lot "", which so always exists.
ADD_BALANCES = """
INSERT INTO inventory_balance AS b
    (site_id, product_id, lot, state, owner_id, on_hand, reserved, in_transit, value, in_transit_value,
     last_occurred_at, last_cost, pair_on_hand, pair_value)
SELECT site_id, product_id, lot, 'available', 0, sum(on_hand), 0, sum(in_transit), sum(value), sum(in_transit_value),
       max(occurred_at), max(last_cost), coalesce(max(pair_on_hand), 0), coalesce(max(pair_value), 0)
FROM (
    SELECT v.location_id AS site_id, v.product_id, v.lot, v.quantity AS on_hand, v.value + v.settlement AS value,
           0 AS in_transit, 0 AS in_transit_value, v.occurred_at, NULL::numeric AS last_cost,
           NULL::numeric AS pair_on_hand, NULL::numeric AS pair_value
    FROM stage_values v WHERE v.location_id > 0
    UNION ALL
    SELECT v.destination_id, v.product_id, '', 0, 0, v.quantity, v.value + v.settlement, NULL, NULL, NULL, NULL
    FROM stage_values v WHERE v.location_id = -4
    UNION ALL
    SELECT v.location_id, v.product_id, '', 0, 0, 0, 0, NULL, v.last_cost, v.held, v.worth
    FROM stage_values v WHERE v.location_id > 0 AND v.is_last
) a
GROUP BY site_id, product_id, lot ORDER BY site_id, product_id, lot
ON CONFLICT (site_id, product_id, lot, state, owner_id) DO UPDATE SET
    on_hand = b.on_hand + EXCLUDED.on_hand, value = b.value + EXCLUDED.value,
    in_transit = b.in_transit + EXCLUDED.in_transit,
    in_transit_value = b.in_transit_value + EXCLUDED.in_transit_value,
    last_occurred_at = greatest(b.last_occurred_at, EXCLUDED.last_occurred_at),
    last_cost = coalesce(EXCLUDED.last_cost, b.last_cost),
    pair_on_hand = CASE WHEN EXCLUDED.last_cost IS NULL THEN b.pair_on_hand ELSE EXCLUDED.pair_on_hand END,
    pair_value = CASE WHEN EXCLUDED.last_cost IS NULL THEN b.pair_value ELSE EXCLUDED.pair_value END
"""

NEGATIVE_CASES = """
INSERT INTO inventory_negativecase (site_id, product_id, lot, owner_id, movement_id, lowest, state)
SELECT b.site_id, b.product_id, b.lot, b.owner_id, w.movement_id, least(w.lowest, b.on_hand), 'open'
FROM inventory_balance b
JOIN (SELECT DISTINCT ON (location_id, product_id) location_id, product_id, movement_id, held AS lowest
      FROM stage_values WHERE location_id > 0 AND held < 0
      ORDER BY location_id, product_id, held) w
  ON w.location_id = b.site_id AND w.product_id = b.product_id
WHERE b.on_hand < 0
ON CONFLICT (site_id, product_id, lot, owner_id) WHERE state = 'open' DO UPDATE
    SET lowest = least(inventory_negativecase.lowest, EXCLUDED.lowest)
"""

SALE_LINES = """
CREATE TEMPORARY TABLE stage_sale_lines ON COMMIT DROP AS
SELECT CASE WHEN l.from_location > 0 THEN l.from_location ELSE l.to_location END AS site_id, l.channel_id,
       l.product_id, CASE WHEN l.from_location > 0 THEN l.quantity ELSE -l.quantity END AS quantity,
       l.unit_price, l.currency, l.occurred_at AS sold_at, l.reference, m.id AS movement_id, m.recorded_at
FROM {lines} l JOIN stage_movements m ON m.movement_key = l.movement_key
WHERE l.kind IN ('sale', 'return') AND l.unit_price IS NOT NULL
"""
