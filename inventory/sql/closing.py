"""Statements of a period close: what stands in its way, and what was there at its end."""

# Documents that would still write into the month or before it.
PENDING = """
SELECT m.id, m.reference FROM inventory_movement m
WHERE m.state = 'pending' AND m.occurred_at < %(ends_at)s AND EXISTS (
    SELECT FROM jsonb_array_elements(m.draft->'lines') AS l
    WHERE %(code)s IN (l->>'from', l->>'to', m.draft->>'destination'))
ORDER BY m.id
"""

EARLIER = """
SELECT month FROM inventory_period WHERE site_id = %(site)s AND month < %(month)s AND state = 'open' ORDER BY month
"""

MAKE = """
INSERT INTO inventory_period (site_id, month, starts_at, ends_at, state, line_count, value)
SELECT s.id, m.month, m.month::timestamp AT TIME ZONE s.timezone,
       (m.month + interval '1 month') AT TIME ZONE s.timezone, 'open', 0, 0
FROM catalog_site s CROSS JOIN (VALUES (%(month)s::date), ((%(month)s::date + interval '1 month')::date)) AS m (month)
WHERE s.id = %(site)s
ORDER BY 2
ON CONFLICT (site_id, month) DO NOTHING
"""

# The balance as it stands, less what occurred after the end; one statement, so one snapshot.
CLOSING = """
INSERT INTO inventory_closingbalance
    (period_id, site_id, product_id, lot, state, owner_id, quantity, value, in_transit, event_id)
SELECT %(period)s, %(site)s, product_id, lot, state, owner_id, sum(quantity), sum(value), sum(in_transit), %(event)s
FROM (
    SELECT product_id, lot, state, owner_id, on_hand AS quantity, value, in_transit
    FROM inventory_balance WHERE site_id = %(site)s
    UNION ALL
    SELECT product_id, lot, state, owner_id, -quantity, -value, 0
    FROM inventory_entry WHERE location_id = %(site)s AND occurred_at >= %(ends_at)s
    UNION ALL
    SELECT product_id, '', 'available', 0, 0, 0, -quantity
    FROM inventory_entry WHERE location_id = -4 AND destination_id = %(site)s AND occurred_at >= %(ends_at)s
) c
GROUP BY product_id, lot, state, owner_id
HAVING sum(quantity) <> 0 OR sum(value) <> 0 OR sum(in_transit) <> 0
"""

TOTAL = """
SELECT count(*), coalesce(sum(value), 0) FROM inventory_closingbalance WHERE period_id = %(period)s
"""
