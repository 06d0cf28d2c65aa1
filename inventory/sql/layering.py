"""Statements of valuation by layers and standards: what a posting reads after its locks, and what it writes beside."""

LAYERS = """
SELECT l.site_id, l.product_id, l.movement_id, l.line, l.remaining, l.value, l.id, l.quantity
FROM unnest(%s::bigint[], %s::bigint[]) AS k (site_id, product_id)
JOIN inventory_costlayer l ON l.site_id = k.site_id AND l.product_id = k.product_id AND l.remaining > 0
ORDER BY l.id
"""

STANDARDS = """
SELECT DISTINCT ON (s.product_id, s.currency) s.product_id, s.currency, s.amount
FROM inventory_standardcost s
WHERE s.product_id = ANY(%s) AND s.valid_from <= %s
ORDER BY s.product_id, s.currency, s.valid_from DESC
"""

# What a sale took out, by the reference that a return names and the product. Several movements of one reference count together.
ORIGINALS = """
SELECT k.reference, k.sku, e.currency, -sum(e.value), -sum(e.quantity)
FROM unnest(%s::text[], %s::text[]) AS k (reference, sku)
JOIN catalog_product p ON p.sku = k.sku
JOIN inventory_movement m ON m.reference = k.reference AND m.state = 'posted' AND m.kind IN ('sale', 'issue')
    AND m.reverses_id IS NULL
JOIN inventory_entry e ON e.movement_id = m.id AND e.recorded_at = m.recorded_at AND e.product_id = p.id
    AND e.location_id > 0 AND e.counter_id = -2 AND e.owner_id = 0
GROUP BY k.reference, k.sku, e.currency HAVING sum(e.quantity) < 0 AND sum(e.value) <= 0
"""

TAKEN = """
SELECT m.line, l.id, l.movement_id, l.line, -m.quantity, -m.value
FROM inventory_layermove m JOIN inventory_costlayer l ON l.id = m.layer_id
WHERE m.movement_id = %s AND m.quantity < 0 AND m.line >= 0
ORDER BY m.line, l.id
"""

WRITE = """
WITH added AS (
    INSERT INTO inventory_costlayer (id, site_id, product_id, movement_id, line, quantity, remaining, value)
    SELECT * FROM unnest(%(new_id)s::bigint[], %(new_site)s::bigint[], %(new_product)s::bigint[],
        %(new_movement)s::bigint[], %(new_line)s::int[], %(new_came)s::numeric[], %(new_left)s::numeric[],
        %(new_value)s::numeric[])),
kept AS (
    UPDATE inventory_costlayer l SET remaining = n.remaining, value = n.value
    FROM unnest(%(old_id)s::bigint[], %(old_left)s::numeric[], %(old_value)s::numeric[]) AS n (id, remaining, value)
    WHERE l.id = n.id),
flagged AS (
    UPDATE inventory_balance b SET is_layered = n.is_layered
    FROM unnest(%(flag_id)s::bigint[], %(flag_is)s::boolean[]) AS n (id, is_layered) WHERE b.id = n.id)
INSERT INTO inventory_layermove (layer_id, movement_id, line, quantity, value, event_id)
SELECT n.*, %(event_id)s FROM unnest(%(move_layer)s::bigint[], %(move_movement)s::bigint[], %(move_line)s::int[],
    %(move_quantity)s::numeric[], %(move_value)s::numeric[]) AS n
"""

NUMBERS = "SELECT nextval(pg_get_serial_sequence('inventory_costlayer', 'id')) FROM generate_series(1, %s)"

_STOCKED = """
SELECT s.code, p.sku
FROM inventory_balance b
JOIN catalog_site s ON s.id = b.site_id
JOIN catalog_product p ON p.id = b.product_id
"""

PAIRS_OF_CATEGORIES = f"""{_STOCKED}
WHERE p.category_id = ANY(%s) AND b.lot = '' AND b.state = 'available' AND b.owner_id = 0
    AND (b.pair_on_hand <> 0 OR b.pair_value <> 0)
ORDER BY b.site_id, b.product_id
"""

PAIRS_OFF_STANDARD = f"""{_STOCKED}
JOIN catalog_category c ON c.id = p.category_id AND c.costing_method = 'standard'
JOIN (SELECT DISTINCT ON (product_id, currency) product_id, currency, amount FROM inventory_standardcost
      WHERE valid_from <= %s ORDER BY product_id, currency, valid_from DESC) n
    ON n.product_id = b.product_id AND n.currency = s.currency
WHERE b.lot = '' AND b.state = 'available' AND b.owner_id = 0
    AND b.pair_value <> round(b.pair_on_hand * n.amount, 6)
ORDER BY b.site_id, b.product_id
"""
