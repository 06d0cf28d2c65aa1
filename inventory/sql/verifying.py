"""The proofs of `verify_ledger`, each a statement whose rows are breaches in words; the whole ledger or one site."""

# Invariant 3: every movement's lines sum to zero, and so do their values where one currency is involved.
SUMS = """
SELECT 'movement ' || e.movement_id || ': product ' || e.product_id || ' sums to ' || sum(e.quantity) || ', not zero'
FROM inventory_entry e GROUP BY e.movement_id, e.product_id, e.lot HAVING sum(e.quantity) <> 0
UNION ALL
SELECT 'movement ' || e.movement_id || ': values sum to ' || sum(e.value) || ', not zero'
FROM inventory_entry e GROUP BY e.movement_id HAVING min(e.currency) = max(e.currency) AND sum(e.value) <> 0
"""

# A posted header without entries, entries without a posted header, or at another instant than their header.
HEADERS = """
SELECT 'movement ' || m.id || ': is ' || m.state || CASE WHEN e.movement_id IS NULL THEN ' without entries'
       ELSE ' but has entries' END
FROM inventory_movement m
LEFT JOIN (SELECT movement_id, min(recorded_at) AS first_at, max(recorded_at) AS last_at
           FROM inventory_entry GROUP BY 1) e ON e.movement_id = m.id
WHERE (m.state = 'posted') <> (e.movement_id IS NOT NULL)
    OR (m.state = 'posted' AND (e.first_at <> m.recorded_at OR e.last_at <> m.recorded_at))
UNION ALL
SELECT 'movement ' || e.movement_id || ': entries without a header'
FROM (SELECT DISTINCT movement_id FROM inventory_entry) e
WHERE NOT EXISTS (SELECT FROM inventory_movement m WHERE m.id = e.movement_id)
UNION ALL
SELECT 'movement ' || a.id || ': reverses ' || a.reverses_id || ', which does not exist'
FROM inventory_movement a WHERE a.reverses_id IS NOT NULL
    AND NOT EXISTS (SELECT FROM inventory_movement b WHERE b.id = a.reverses_id)
"""

# Invariant 4: balance = sum of entries, by lot, over the pair and on the way.
BALANCES = """
SELECT 'balance of site ' || coalesce(s.code, site_id::text) || ', product ' || coalesce(p.sku, product_id::text)
       || CASE WHEN lot <> '' THEN ', lot ' || lot ELSE '' END || ': ' || what || ' is '
       || coalesce(stored::text, 'missing') || ', entries sum to ' || summed
FROM (
    SELECT coalesce(b.site_id, e.site_id) AS site_id, coalesce(b.product_id, e.product_id) AS product_id,
           coalesce(b.lot, e.lot) || CASE WHEN coalesce(b.state, e.state) <> 'available'
               THEN ' ' || coalesce(b.state, e.state) ELSE '' END
               || CASE WHEN coalesce(b.owner_id, e.owner_id) <> 0
               THEN ' of supplier ' || coalesce(b.owner_id, e.owner_id) ELSE '' END AS lot, w.what, w.stored, w.summed
    FROM inventory_balance b
    FULL JOIN (SELECT location_id AS site_id, product_id, lot, state, owner_id, sum(quantity) AS quantity,
                      sum(value) AS value
               FROM inventory_entry WHERE location_id > 0 {entry_site} GROUP BY 1, 2, 3, 4, 5) e
        ON e.site_id = b.site_id AND e.product_id = b.product_id AND e.lot = b.lot AND e.state = b.state
        AND e.owner_id = b.owner_id
    CROSS JOIN LATERAL (VALUES ('on hand', b.on_hand, coalesce(e.quantity, 0)),
                               ('value', b.value, coalesce(e.value, 0))) AS w (what, stored, summed)
    WHERE w.stored IS DISTINCT FROM w.summed {balance_site}
    UNION ALL
    SELECT coalesce(b.site_id, e.site_id), coalesce(b.product_id, e.product_id), '', w.what, w.stored, w.summed
    FROM (SELECT * FROM inventory_balance WHERE lot = '' AND state = 'available' AND owner_id = 0) b
    FULL JOIN (SELECT site_id, product_id, sum(on_hand) AS on_hand, sum(value) AS value
               FROM inventory_balance WHERE owner_id = 0 GROUP BY 1, 2) e USING (site_id, product_id)
    CROSS JOIN LATERAL (VALUES ('pair on hand', b.pair_on_hand, e.on_hand),
                               ('pair value', b.pair_value, e.value)) AS w (what, stored, summed)
    WHERE w.stored IS DISTINCT FROM w.summed {balance_site}
    UNION ALL
    SELECT coalesce(b.site_id, e.site_id), coalesce(b.product_id, e.product_id), '', w.what, w.stored, w.summed
    FROM (SELECT * FROM inventory_balance WHERE lot = '' AND state = 'available' AND owner_id = 0) b
    FULL JOIN (SELECT destination_id AS site_id, product_id, sum(quantity) AS quantity, sum(value) AS value
               FROM inventory_entry WHERE location_id = -4 GROUP BY 1, 2) e USING (site_id, product_id)
    CROSS JOIN LATERAL (VALUES ('in transit', b.in_transit, coalesce(e.quantity, 0)),
                               ('in transit value', b.in_transit_value, coalesce(e.value, 0)))
        AS w (what, stored, summed)
    WHERE w.stored IS DISTINCT FROM w.summed {balance_site}
) d
LEFT JOIN catalog_site s ON s.id = site_id
LEFT JOIN catalog_product p ON p.id = product_id
ORDER BY 1
"""

# Layers are the sum of their moves; those of a pair are its balance, and a pair that is not valued by layers has none left.
LAYERS = """
SELECT 'layer ' || l.id || ': ' || l.remaining || ' worth ' || l.value || ' left, its moves sum to '
       || coalesce(m.quantity, 0) || ' worth ' || coalesce(m.value, 0)
FROM inventory_costlayer l
LEFT JOIN (SELECT layer_id, sum(quantity) AS quantity, sum(value) AS value FROM inventory_layermove GROUP BY 1) m
    ON m.layer_id = l.id
WHERE l.remaining IS DISTINCT FROM coalesce(m.quantity, 0) OR l.value IS DISTINCT FROM coalesce(m.value, 0)
UNION ALL
SELECT 'layers of site ' || coalesce(s.code, d.site_id::text) || ', product ' || coalesce(p.sku, d.product_id::text)
       || ': ' || d.quantity || ' worth ' || d.value || ', its stock is ' || d.held || ' worth ' || d.worth
FROM (
    SELECT site_id, product_id, coalesce(l.quantity, 0) AS quantity, coalesce(l.value, 0) AS value,
           CASE WHEN b.is_layered AND b.pair_on_hand > 0 THEN b.pair_on_hand ELSE 0 END AS held,
           CASE WHEN b.is_layered AND b.pair_on_hand > 0 THEN b.pair_value ELSE 0 END AS worth
    FROM (SELECT site_id, product_id, is_layered, pair_on_hand, pair_value FROM inventory_balance
          WHERE lot = '' AND state = 'available' AND owner_id = 0 AND is_layered) b
    FULL JOIN (SELECT site_id, product_id, sum(remaining) AS quantity, sum(value) AS value
               FROM inventory_costlayer GROUP BY 1, 2) l USING (site_id, product_id)) d
LEFT JOIN catalog_site s ON s.id = d.site_id
LEFT JOIN catalog_product p ON p.id = d.product_id
WHERE d.quantity <> d.held OR d.value <> d.worth
ORDER BY 1
"""

# What is reserved of a balance is the sum of the reservations that have not ended.
RESERVED = """
SELECT 'balance of site ' || coalesce(s.code, d.site_id::text) || ', product ' || coalesce(p.sku, d.product_id::text)
       || CASE WHEN d.lot <> '' THEN ', lot ' || d.lot ELSE '' END || ': reserved is ' || d.stored
       || ', reservations sum to ' || d.summed
FROM (
    SELECT site_id, product_id, lot, coalesce(b.reserved, 0) AS stored, coalesce(r.quantity, 0) AS summed
    FROM (SELECT site_id, product_id, lot, reserved FROM inventory_balance
          WHERE state = 'available' AND owner_id = 0) b
    FULL JOIN (SELECT r.site_id, r.product_id, r.lot, sum(r.quantity) AS quantity FROM inventory_reservation r
               WHERE NOT EXISTS (SELECT FROM inventory_reservationend e WHERE e.reservation_id = r.id)
               GROUP BY 1, 2, 3) r USING (site_id, product_id, lot)
    WHERE coalesce(b.reserved, 0) <> coalesce(r.quantity, 0)) d
LEFT JOIN catalog_site s ON s.id = d.site_id
LEFT JOIN catalog_product p ON p.id = d.product_id
ORDER BY 1
"""

# A negative balance is a fact with an open case, never silent; an open case has a negative balance.
CASES = """
SELECT 'balance of site ' || b.site_id || ', product ' || b.product_id || ' is ' || b.on_hand || ' without a case'
FROM inventory_balance b WHERE b.on_hand < 0 AND NOT EXISTS (
    SELECT FROM inventory_negativecase c
    WHERE c.site_id = b.site_id AND c.product_id = b.product_id AND c.lot = b.lot AND c.owner_id = b.owner_id
        AND c.state = 'open')
"""

# A closed month keeps what it closed with: the sum of every entry that occurred before its end, lot by lot.
CLOSINGS = """
SELECT 'period ' || coalesce(s.code, i.site_id::text) || ' ' || to_char(i.month, 'YYYY-MM') || ', product '
       || coalesce(p.sku, d.product_id::text) || ': closed with ' || d.stored || ' worth ' || d.worth
       || ', entries sum to ' || d.summed || ' worth ' || d.value
FROM (
    SELECT coalesce(c.period_id, e.period_id) AS period_id, coalesce(c.product_id, e.product_id) AS product_id,
           coalesce(c.quantity, 0) AS stored, coalesce(c.value, 0) AS worth, coalesce(e.quantity, 0) AS summed,
           coalesce(e.value, 0) AS value
    FROM inventory_closingbalance c
    FULL JOIN (
        SELECT i.id AS period_id, e.product_id, e.lot, e.state, e.owner_id, sum(e.quantity) AS quantity,
               sum(e.value) AS value
        FROM inventory_period i
        JOIN inventory_entry e ON e.location_id = i.site_id AND e.occurred_at < i.ends_at
        WHERE i.id IN (SELECT DISTINCT ON (site_id) id FROM inventory_period WHERE state = 'closed'
                       ORDER BY site_id, month DESC)
        GROUP BY 1, 2, 3, 4, 5) e
        ON e.period_id = c.period_id AND e.product_id = c.product_id AND e.lot = c.lot AND e.state = c.state
        AND e.owner_id = c.owner_id
    WHERE (c.quantity IS DISTINCT FROM e.quantity OR c.value IS DISTINCT FROM e.value)
        AND coalesce(c.period_id, e.period_id) IN (
            SELECT DISTINCT ON (site_id) id FROM inventory_period WHERE state = 'closed' ORDER BY site_id, month DESC)
        AND (coalesce(e.quantity, 0) <> coalesce(c.quantity, 0) OR coalesce(e.value, 0) <> coalesce(c.value, 0))
) d
JOIN inventory_period i ON i.id = d.period_id
LEFT JOIN catalog_site s ON s.id = i.site_id
LEFT JOIN catalog_product p ON p.id = d.product_id
ORDER BY 1
"""
