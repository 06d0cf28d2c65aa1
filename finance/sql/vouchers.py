"""Statements of vouchers: what occurred on some local days and became known in a window, summed for booking.

A site's day is its own (time zone). Goods in transit and at customs belong to the site they are for. A fact's kind is read
from its movement, the other side of its entry and the document that made it; nothing is left out: what is stock's value is
summed whole, and the voucher is refused when that is not what the balances moved by.
"""

#: No transaction that still runs can write an earlier recorded_at: it is taken from the clock after the transaction began.
KNOWN_UNTIL = """
SELECT least(clock_timestamp(), min(xact_start)) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""

BOUNDS = """
CREATE TEMP TABLE finance_bound ON COMMIT DROP AS
SELECT s.id AS site_id, s.code, s.legal_entity_id AS entity_id, s.country, s.timezone, s.currency,
       %(from)s::date::timestamp AT TIME ZONE s.timezone AS starts_at,
       %(until)s::date::timestamp AT TIME ZONE s.timezone AS ends_at
FROM catalog_site s WHERE s.legal_entity_id = ANY(%(entities)s);
CREATE TEMP TABLE finance_known ON COMMIT DROP AS
SELECT v.legal_entity_id AS entity_id, v.currency, max(v.known_until) AS known_from
FROM finance_voucher v
WHERE v.legal_entity_id = ANY(%(entities)s) AND v.days = daterange(%(from)s::date, %(until)s::date)
GROUP BY 1, 2;
CREATE TEMP TABLE finance_group (
    entity_id bigint, currency varchar(3), site_id bigint, category_id bigint, kind text, place text, reason text,
    amount numeric, quantity numeric, count bigint, unpriced bigint) ON COMMIT DROP;
ANALYZE finance_bound, finance_known;
"""

BACK = """
DROP TABLE IF EXISTS pg_temp.finance_bound, pg_temp.finance_known, pg_temp.finance_group
"""

_DOCUMENTS = """
landed AS MATERIALIZED (
    SELECT movement_id AS id, id AS landed_cost_id FROM inventory_landedcost WHERE movement_id IS NOT NULL
    UNION ALL SELECT reversal_movement_id, id FROM inventory_landedcost WHERE reversal_movement_id IS NOT NULL),
written AS MATERIALIZED (
    SELECT w.movement_id AS id, r.code FROM inventory_writeoff w JOIN inventory_writeoffreason r ON r.id = w.reason_id
    WHERE w.movement_id IS NOT NULL)
"""

_IN_WINDOW = """
    {at} >= b.starts_at AND {at} < b.ends_at AND {row}.recorded_at < %(known_until)s
    AND (k.known_from IS NULL OR {row}.recorded_at >= k.known_from)
    AND {at} >= %(first)s AND {at} < %(last)s AND {row}.recorded_at >= %(first)s - interval '1 day'
"""

# The giver of a line, for the few entries without goods that may be the margin of a sale between legal entities.
_GIVER = """
LEFT JOIN LATERAL (
    SELECT g.location_id AS site_id, s.legal_entity_id AS entity_id FROM inventory_entry g
    JOIN catalog_site s ON s.id = g.location_id
    WHERE e.quantity = 0 AND m.kind = 'transfer' AND g.movement_id = e.movement_id AND g.recorded_at = e.recorded_at
        AND g.line = e.line AND g.quantity < 0 AND g.location_id > 0 LIMIT 1) giver ON true
"""

#: The same, asked only of such entries.
_GIVER_ENTITY = """(
        SELECT s.legal_entity_id FROM inventory_entry g JOIN catalog_site s ON s.id = g.location_id
        WHERE g.movement_id = e.movement_id AND g.recorded_at = e.recorded_at AND g.line = e.line AND g.quantity < 0
            AND g.location_id > 0 LIMIT 1)"""

LEDGER = f"""
WITH {_DOCUMENTS}
INSERT INTO finance_group
SELECT b.entity_id, e.currency, b.site_id, p.category_id, c.kind,
       CASE e.location_id WHEN -4 THEN 'transit' WHEN -5 THEN 'customs' ELSE 'site' END,
       CASE c.kind WHEN 'write_off' THEN coalesce(w.code, '') ELSE '' END,
       sum(e.value), sum(e.quantity), count(*), 0
FROM inventory_entry e
JOIN finance_bound b ON b.site_id = CASE WHEN e.location_id > 0 THEN e.location_id ELSE e.destination_id END
JOIN inventory_movement m ON m.id = e.movement_id
JOIN catalog_product p ON p.id = e.product_id
LEFT JOIN finance_known k ON k.entity_id = b.entity_id AND k.currency = e.currency
LEFT JOIN written w ON w.id = coalesce(m.reverses_id, m.id)
LEFT JOIN landed l ON l.id = m.id
LEFT JOIN catalog_site o ON o.id = CASE WHEN e.counter_id > 0 THEN e.counter_id
    WHEN e.counter_id IN (-4, -5) AND e.location_id > 0 THEN coalesce(e.destination_id, e.location_id) END
CROSS JOIN LATERAL (SELECT CASE
    WHEN l.id IS NOT NULL THEN 'landed_cost'
    WHEN m.kind = 'valuation' THEN 'revaluation'
    WHEN e.quantity = 0 AND e.counter_id = -3 AND m.kind = 'transfer' AND {_GIVER_ENTITY} <> b.entity_id THEN 'intercompany'
    WHEN e.quantity = 0 AND e.counter_id = -3 THEN 'variance'
    WHEN w.id IS NOT NULL OR e.counter_id = -6 THEN 'write_off'
    WHEN e.counter_id = -7 THEN 'production'
    WHEN e.counter_id = -3 THEN CASE WHEN e.quantity > 0 THEN 'gain' ELSE 'loss' END
    WHEN e.counter_id = -2 THEN CASE WHEN m.kind IN ('return', 'issue') THEN m.kind ELSE 'sale' END
    WHEN e.counter_id = -1 THEN CASE WHEN m.kind = 'issue' THEN 'supplier_return' ELSE 'receipt' END
    WHEN o.legal_entity_id <> b.entity_id THEN 'intercompany'
    ELSE 'transfer' END AS kind) c
WHERE (e.location_id > 0 OR e.location_id IN (-4, -5)) AND {_IN_WINDOW.format(at="e.occurred_at", row="e")}
GROUP BY 1, 2, 3, 4, 5, 6, 7
"""

# Values that no stock takes: charges of goods that have gone, and the seller's side of a sale between legal entities.
BESIDE = f"""
WITH {_DOCUMENTS}
INSERT INTO finance_group
SELECT b.entity_id, e.currency, b.site_id, p.category_id, CASE WHEN e.counter_id < -3 OR e.counter_id > 0 THEN 'margin'
           ELSE 'landed_variance' END, 'site', '',
       sum(CASE WHEN e.counter_id < -3 OR e.counter_id > 0 THEN -e.value ELSE e.value END), 0, count(*), 0
FROM inventory_entry e
JOIN inventory_movement m ON m.id = e.movement_id
JOIN catalog_product p ON p.id = e.product_id
{_GIVER}
LEFT JOIN LATERAL (
    SELECT x.site_id FROM landed JOIN inventory_landedline x ON x.landed_cost_id = landed.landed_cost_id
    WHERE landed.id = m.id AND x.product_id = e.product_id ORDER BY x.number <> e.line, x.number LIMIT 1) charged ON true
LEFT JOIN LATERAL (
    SELECT coalesce(t.location_id, t.destination_id) AS site_id FROM inventory_entry t
    WHERE e.counter_id IN (-4, -5, -2, -1) AND t.movement_id = e.movement_id AND t.recorded_at = e.recorded_at
        AND t.line = e.line AND (t.location_id > 0) LIMIT 1) beside ON true
JOIN finance_bound b ON b.site_id = CASE WHEN e.counter_id < -3 OR e.counter_id > 0 THEN giver.site_id
    ELSE coalesce(charged.site_id, beside.site_id) END
LEFT JOIN catalog_site taker ON taker.id = CASE WHEN e.counter_id > 0 THEN e.counter_id ELSE e.destination_id END
LEFT JOIN finance_known k ON k.entity_id = b.entity_id AND k.currency = e.currency
WHERE e.location_id = -3 AND e.quantity = 0 AND {_IN_WINDOW.format(at="e.occurred_at", row="e")}
    AND CASE WHEN e.counter_id < -3 OR e.counter_id > 0
        THEN m.kind = 'transfer' AND giver.entity_id <> taker.legal_entity_id ELSE e.counter_id <> -3 END
GROUP BY 1, 2, 3, 4, 5
"""

# What was paid, by the tax rate of the day where the goods were sold; a site's prices include tax as its narrowest list says.
SALES = f"""
WITH summed AS MATERIALIZED (
    SELECT b.entity_id, l.currency, b.site_id, b.country, p.category_id, p.tax_class, l.quantity > 0 AS is_sale,
           (l.sold_at AT TIME ZONE b.timezone)::date AS on_day, sum(l.quantity * l.unit_price) AS paid,
           sum(l.quantity) AS quantity, count(*) AS count, count(*) FILTER (WHERE l.unit_price IS NULL) AS unpriced
    FROM sales_saleline l
    JOIN finance_bound b ON b.site_id = l.site_id
    JOIN catalog_product p ON p.id = l.product_id
    LEFT JOIN finance_known k ON k.entity_id = b.entity_id AND k.currency = l.currency
    WHERE {_IN_WINDOW.format(at="l.sold_at", row="l")}
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8),
included AS MATERIALIZED (
    SELECT s.id AS site_id, coalesce((
        SELECT x.tax_included FROM pricing_pricelist x
        WHERE x.kind <> 'promotion' AND x.currency = s.currency
            AND (x.site_id = s.id OR x.site_id IS NULL) AND (x.channel_id = s.channel_id OR x.channel_id IS NULL)
            AND (x.region_id = s.region_id OR x.region_id IS NULL)
        ORDER BY x.site_id IS NULL, x.channel_id IS NULL, x.region_id IS NULL, x.priority DESC, x.id LIMIT 1), true)
        AS is_included
    FROM catalog_site s JOIN finance_bound b ON b.site_id = s.id),
taxed AS (
    SELECT g.*, coalesce(t.rate, 0) AS rate,
           CASE WHEN i.is_included THEN round(coalesce(g.paid, 0) / (1 + coalesce(t.rate, 0)), 6)
                ELSE coalesce(g.paid, 0) END AS net,
           CASE WHEN i.is_included THEN coalesce(g.paid, 0)
                ELSE round(coalesce(g.paid, 0) * (1 + coalesce(t.rate, 0)), 6) END AS gross
    FROM summed g
    JOIN included i ON i.site_id = g.site_id
    LEFT JOIN LATERAL (
        SELECT x.rate_fraction AS rate FROM catalog_taxrate x
        WHERE x.country = g.country AND x.tax_class = g.tax_class AND x.valid_from <= g.on_day
        ORDER BY x.valid_from DESC LIMIT 1) t ON true)
INSERT INTO finance_group
SELECT entity_id, currency, site_id, category_id, part.kind, 'site', trim_scale(rate)::text,
       sum(part.amount), sum(part.quantity), sum(part.count), sum(part.unpriced)
FROM taxed
CROSS JOIN LATERAL (VALUES
    (CASE WHEN is_sale THEN 'sales' ELSE 'sales_return' END, net, quantity, count, unpriced),
    ('sales_tax', gross - net, 0, 0, 0)) AS part (kind, amount, quantity, count, unpriced)
WHERE part.kind <> 'sales_tax' OR part.amount <> 0
GROUP BY 1, 2, 3, 4, 5, 7
"""

GROUPED = """
SELECT g.entity_id, g.currency, g.kind, g.place, g.reason, g.site_id, b.code, g.category_id, coalesce(c.path, ''),
       g.amount, g.quantity, g.count, g.unpriced
FROM finance_group g
JOIN finance_bound b ON b.site_id = g.site_id
LEFT JOIN catalog_category c ON c.id = g.category_id
ORDER BY g.entity_id, g.currency, b.code, g.kind, g.place, g.reason, coalesce(c.path, '')
"""

# What sites and transit held before and after the days, as known at the window's end; one statement, so one snapshot.
HELD = """
SELECT b.entity_id, b.currency, sum(x.value) - coalesce(sum(x.since_start), 0), sum(x.value) - coalesce(sum(x.since_end), 0)
FROM (
    SELECT h.site_id, h.value + h.in_transit_value AS value, 0 AS since_start, 0 AS since_end
    FROM inventory_balance h JOIN finance_bound b ON b.site_id = h.site_id
    UNION ALL
    SELECT b.site_id, 0, e.value,
           CASE WHEN e.occurred_at >= b.ends_at OR e.recorded_at >= %(known_until)s THEN e.value ELSE 0 END
    FROM inventory_entry e
    JOIN finance_bound b ON b.site_id = CASE WHEN e.location_id > 0 THEN e.location_id ELSE e.destination_id END
    WHERE (e.location_id > 0 OR e.location_id = -4) AND e.recorded_at >= %(first)s - interval '1 day'
        AND (e.occurred_at >= b.starts_at OR e.recorded_at >= %(known_until)s)) x
JOIN finance_bound b ON b.site_id = x.site_id
GROUP BY 1, 2
"""

#: What the days' vouchers have booked so far, by places that balances hold.
CHAIN = """
SELECT v.legal_entity_id, v.currency, coalesce(sum(l.exact), 0)
FROM finance_voucher v JOIN finance_voucherline l ON l.voucher_id = v.id
WHERE v.legal_entity_id = ANY(%(entities)s) AND v.days = daterange(%(from)s::date, %(until)s::date)
    AND l.is_stock AND l.place <> 'customs'
GROUP BY 1, 2
"""

SERIES = """
INSERT INTO finance_voucherseries (legal_entity_id, year, last_number)
SELECT entity, %(year)s, 0 FROM unnest(%(entities)s::bigint[]) AS entity ORDER BY 1
ON CONFLICT (legal_entity_id, year) DO NOTHING
"""

LINES = """
INSERT INTO finance_voucherline (voucher_id, number, account, cost_centre, kind, place, reason, site_id, category_id,
    debit, credit, is_stock, exact, quantity, count, event_id)
SELECT %(voucher)s, l.*, %(event)s
FROM unnest(%(number)s::int[], %(account)s::text[], %(cost_centre)s::text[], %(kind)s::text[], %(place)s::text[],
    %(reason)s::text[], %(site_id)s::bigint[], %(category_id)s::bigint[], %(debit)s::numeric[], %(credit)s::numeric[],
    %(is_stock)s::bool[], %(exact)s::numeric[], %(quantity)s::numeric[], %(count)s::bigint[]) AS l
ORDER BY 1
"""
