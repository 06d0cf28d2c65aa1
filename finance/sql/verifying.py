"""The proof that every ledger entry and sale line of vouchered days is in exactly one voucher.

For each run of days the facts that were known by its last voucher are counted and summed anew from ledger and sales, with
steps of their own, and laid beside what the vouchers say.
"""

VERIFY = """
WITH chain AS MATERIALIZED (
    SELECT coalesce(base_id, id) AS id, legal_entity_id AS entity_id, currency, days,
           max(known_until) AS known_until, sum(entries) AS entries, sum(sale_lines) AS sale_lines, sum(value) AS value,
           min(year || '-' || lpad(number::text, 5, '0')) AS name
    FROM finance_voucher GROUP BY 1, 2, 3, 4),
place AS MATERIALIZED (
    SELECT c.id AS chain_id, c.currency, c.known_until, s.id AS site_id,
           lower(c.days)::timestamp AT TIME ZONE s.timezone AS starts_at,
           upper(c.days)::timestamp AT TIME ZONE s.timezone AS ends_at
    FROM chain c JOIN catalog_site s ON s.legal_entity_id = c.entity_id),
ledger AS (
    SELECT p.chain_id, count(*) AS entries, sum(e.value) AS value
    FROM inventory_entry e
    JOIN place p ON p.site_id = CASE WHEN e.location_id > 0 THEN e.location_id ELSE e.destination_id END
        AND p.currency = e.currency AND e.occurred_at >= p.starts_at AND e.occurred_at < p.ends_at
        AND e.recorded_at < p.known_until
    WHERE e.location_id > 0 OR e.location_id IN (-4, -5) GROUP BY 1),
sold AS (
    SELECT p.chain_id, count(*) AS sale_lines
    FROM sales_saleline l
    JOIN place p ON p.site_id = l.site_id AND p.currency = l.currency AND l.sold_at >= p.starts_at
        AND l.sold_at < p.ends_at AND l.recorded_at < p.known_until GROUP BY 1)
SELECT 'vouchers of ' || e.code || ' ' || c.currency || ' ' || c.days || ' (' || c.name || '): ' || x.what || ' is '
       || x.told || ', the books hold ' || x.held
FROM chain c
JOIN catalog_legalentity e ON e.id = c.entity_id
LEFT JOIN ledger l ON l.chain_id = c.id
LEFT JOIN sold s ON s.chain_id = c.id
CROSS JOIN LATERAL (VALUES ('entries', c.entries, coalesce(l.entries, 0)), ('value', c.value, coalesce(l.value, 0)),
    ('sale lines', c.sale_lines, coalesce(s.sale_lines, 0))) AS x (what, told, held)
WHERE x.told <> x.held
ORDER BY 1
"""

#: Facts of vouchered days that became known since, and days between vouchers that none holds: what still wants a voucher.
LATE = """
WITH chain AS MATERIALIZED (
    SELECT legal_entity_id AS entity_id, currency, days, max(known_until) AS known_until
    FROM finance_voucher WHERE legal_entity_id = ANY(%(entities)s) GROUP BY 1, 2, 3),
place AS MATERIALIZED (
    SELECT c.*, s.id AS site_id, lower(c.days)::timestamp AT TIME ZONE s.timezone AS starts_at,
           upper(c.days)::timestamp AT TIME ZONE s.timezone AS ends_at
    FROM chain c JOIN catalog_site s ON s.legal_entity_id = c.entity_id)
SELECT p.entity_id, p.currency, p.days, count(*), min(e.recorded_at)
FROM inventory_entry e
JOIN place p ON p.site_id = CASE WHEN e.location_id > 0 THEN e.location_id ELSE e.destination_id END
    AND p.currency = e.currency AND e.occurred_at >= p.starts_at AND e.occurred_at < p.ends_at
WHERE (e.location_id > 0 OR e.location_id IN (-4, -5)) AND e.recorded_at >= p.known_until
    AND e.recorded_at >= (SELECT min(known_until) FROM chain)
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
