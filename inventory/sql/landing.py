"""Statements of landed costs: receipt lines with what they cost and weigh, and what is left of them."""

# Receipt lines as they came to a real site; {which} narrows them.
RECEIPT_LINES = """
SELECT m.id, e.line, m.reference, m.occurred_at, s.id, s.code, s.currency, p.id, p.sku, p.name, max(e.lot), sum(e.quantity),
       sum(e.value),
       CASE p.net_content_unit WHEN 'kg' THEN p.net_content WHEN 'g' THEN p.net_content / 1000 END AS weight,
       min(e.id)
FROM inventory_movement m
JOIN inventory_entry e ON e.movement_id = m.id AND e.recorded_at = m.recorded_at
JOIN catalog_site s ON s.id = e.location_id
JOIN catalog_product p ON p.id = e.product_id
WHERE m.kind = 'receipt' AND m.state = 'posted' AND m.reverses_id IS NULL AND e.quantity > 0 AND e.owner_id = 0
    AND NOT EXISTS (SELECT FROM inventory_movement r WHERE r.reverses_id = m.id) AND {which}
GROUP BY m.id, e.line, m.reference, m.occurred_at, s.id, s.code, s.currency, p.id, p.sku, p.name,
         p.net_content_unit, p.net_content
ORDER BY m.id, e.line
"""

# What came to the same pair after each receipt line, whatever its way; a change of state is none.
CAME_LATER = """
SELECT k.receipt_id, k.line, coalesce(sum(e.quantity), 0)
FROM unnest(%s::bigint[], %s::int[], %s::bigint[], %s::bigint[]) AS k (receipt_id, line, site_id, product_id)
JOIN inventory_movement m ON m.id = k.receipt_id
CROSS JOIN LATERAL (
    SELECT max(f.id) AS id FROM inventory_entry f
    WHERE f.movement_id = k.receipt_id AND f.recorded_at = m.recorded_at AND f.line = k.line
        AND f.location_id = k.site_id) f
LEFT JOIN inventory_entry e ON e.product_id = k.product_id AND e.location_id = k.site_id AND e.quantity > 0
    AND e.owner_id = 0 AND e.counter_id <> e.location_id AND e.recorded_at >= m.recorded_at AND e.id > f.id
GROUP BY k.receipt_id, k.line
"""

LAYERED = """
SELECT DISTINCT movement_id, line FROM inventory_costlayer WHERE movement_id = ANY(%s)
"""
