"""What stock is worth and how old it is, as of the end of a day, set by set.

The oldest goods are taken to have gone first, so what is there came last: from the newest arrivals back until they make up the
quantity. An arrival is whatever comes to a site (receipts, transfers, returns, counts upwards), by the day it did so
there; a movement taken back and the one that took it back count for nothing, and a change of state is no arrival. What no
arrival of the last 180 days explains is oldest, so older entries are not read: nothing is recorded more than minutes before it
occurred, so partitions by month of recording are left out too. The value is spread like the quantity.
"""

# as of now balances are read; of an earlier day what occurred since is taken off. Our own goods have the pair's value.
HELD_NOW = """
SELECT b.site_id, b.product_id, b.owner_id, sum(b.on_hand) AS quantity, sum(b.value) AS value
FROM inventory_balance b WHERE {scope} GROUP BY 1, 2, 3 HAVING sum(b.on_hand) <> 0 OR sum(b.value) <> 0
"""

HELD_THEN = """
SELECT site_id, product_id, owner_id, sum(quantity) AS quantity, sum(value) AS value
FROM (
    SELECT b.site_id, b.product_id, b.owner_id, b.on_hand AS quantity, b.value FROM inventory_balance b WHERE {scope}
    UNION ALL
    SELECT b.location_id, b.product_id, b.owner_id, -b.quantity, -b.value
    FROM inventory_entry b JOIN ends d ON d.site_id = b.location_id
    WHERE b.occurred_at >= d.ends_at AND b.recorded_at >= %(day)s::date - 1 AND {entry_scope}) c
GROUP BY 1, 2, 3 HAVING sum(quantity) <> 0 OR sum(value) <> 0
"""

AGES = """
WITH ends AS MATERIALIZED (
    SELECT s.id AS site_id, s.code, s.name, s.currency, s.timezone,
           ((%(day)s::date + 1)::timestamp AT TIME ZONE s.timezone) AS ends_at
    FROM catalog_site s WHERE %(sites)s::bigint[] IS NULL OR s.id = ANY(%(sites)s)),
held AS MATERIALIZED ({held}),
undone AS MATERIALIZED (
    SELECT id FROM inventory_movement WHERE reverses_id IS NOT NULL
    UNION SELECT reverses_id FROM inventory_movement WHERE reverses_id IS NOT NULL),
laid AS (
    SELECT site_id, product_id, owner_id, quantity AS held, value, 'infinity'::timestamptz AS came_at, 0 AS came, 0::bigint AS id
    FROM held
    UNION ALL
    SELECT e.location_id, e.product_id, e.owner_id, NULL, NULL, e.occurred_at, e.quantity, e.id
    FROM inventory_entry e JOIN ends d ON d.site_id = e.location_id
    WHERE e.quantity > 0 AND e.counter_id <> e.location_id AND e.occurred_at < d.ends_at AND {entry_scope_e}
        AND e.occurred_at >= %(day)s::date - 183 AND e.recorded_at >= %(day)s::date - 184
        AND e.movement_id NOT IN (SELECT id FROM undone)),
counted AS (
    SELECT l.site_id, l.product_id, l.owner_id, l.came_at, l.held, l.value,
           least(l.came, coalesce(first_value(l.held) OVER w, 0) - (sum(l.came) OVER w - l.came)) AS still
    FROM laid l
    WINDOW w AS (PARTITION BY l.site_id, l.product_id, l.owner_id ORDER BY l.came_at DESC, l.id DESC)),
aged AS (
    SELECT c.site_id, c.product_id, c.owner_id, max(c.held) AS quantity, max(c.value) AS value,
           coalesce(sum(still) FILTER (WHERE days <= 30), 0) AS d30,
           coalesce(sum(still) FILTER (WHERE days BETWEEN 31 AND 60), 0) AS d60,
           coalesce(sum(still) FILTER (WHERE days BETWEEN 61 AND 90), 0) AS d90,
           coalesce(sum(still) FILTER (WHERE days BETWEEN 91 AND 180), 0) AS d180
    FROM counted c
    JOIN ends d ON d.site_id = c.site_id
    CROSS JOIN LATERAL (
        SELECT CASE WHEN c.still > 0 THEN %(day)s::date - (c.came_at AT TIME ZONE d.timezone)::date END AS days) t
    WHERE c.held IS NOT NULL OR c.still > 0
    GROUP BY 1, 2, 3),
rows AS (
    SELECT a.*, greatest(quantity, 0) - d30 - d60 - d90 - d180 AS older,
           CASE WHEN quantity > 0 THEN value / quantity ELSE 0 END AS cost
    FROM aged a)
"""

GROUPED = """
SELECT {key} AS key, {label} AS label, d.currency, count(*), sum(r.quantity), round(sum(r.value), 2),
       round(sum(r.d30 * r.cost), 2), round(sum(r.d60 * r.cost), 2), round(sum(r.d90 * r.cost), 2),
       round(sum(r.d180 * r.cost), 2), round(sum(r.older * r.cost), 2),
       sum(r.d30), sum(r.d60), sum(r.d90), sum(r.d180), sum(r.older)
FROM rows r
JOIN ends d ON d.site_id = r.site_id
JOIN catalog_product p ON p.id = r.product_id
LEFT JOIN catalog_category c ON c.id = p.category_id
LEFT JOIN catalog_supplier o ON o.id = r.owner_id
GROUP BY 1, 2, 3 ORDER BY {order}
"""
