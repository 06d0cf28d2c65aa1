CREATE OR REPLACE FUNCTION inventory_open(p_codes text[], p_skus text[], p_lots text[], p_states text[], p_owners text[], p_period_codes text[], p_period_times timestamptz[], p_count int, p_actor_kind text, p_actor_id bigint, p_actor_name text)
RETURNS TABLE (code text, sku text, lot text, state text, owner text, site_id bigint, currency varchar, channel_id bigint, legal_entity_id bigint, product_id bigint, owner_id bigint, row_id bigint, on_hand numeric, reserved numeric, value numeric, in_transit numeric, in_transit_value numeric, pair_on_hand numeric, pair_value numeric, last_cost numeric, last_occurred_at timestamptz, closed_until timestamptz, event_id bigint, movement_ids bigint[], name_hash bytea)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
INSERT INTO inventory_period (site_id, month, starts_at, ends_at, state, line_count, value)
SELECT m.site_id, m.month, m.month::timestamp AT TIME ZONE m.timezone,
       (m.month + interval '1 month') AT TIME ZONE m.timezone, 'open', 0, 0
FROM (
SELECT DISTINCT s.id AS site_id, s.timezone, date_trunc('month', l.at AT TIME ZONE s.timezone)::date AS month
FROM unnest(p_period_codes::text[], p_period_times::timestamptz[]) AS l (code, at)
JOIN catalog_site s ON s.code = l.code
) m
WHERE NOT EXISTS (
    SELECT FROM inventory_period i WHERE i.site_id = m.site_id
        AND (i.month = m.month OR i.month > m.month AND i.state = 'closed'))
ORDER BY 1, 2
ON CONFLICT (site_id, month) DO NOTHING;
INSERT INTO inventory_balance
    (site_id, product_id, lot, state, owner_id, on_hand, reserved, in_transit, value, in_transit_value, pair_on_hand,
     pair_value)
SELECT DISTINCT k.site_id, k.product_id, k.lot, k.state, k.owner_id, 0, 0, 0, 0, 0, 0, 0 FROM (
SELECT l.place, l.code, l.sku, l.lot, l.state, l.owner, s.id AS site_id, s.currency, s.channel_id, s.legal_entity_id,
       p.id AS product_id, CASE l.owner WHEN '' THEN 0 ELSE o.id END AS owner_id
FROM unnest(p_codes::text[], p_skus::text[], p_lots::text[], p_states::text[], p_owners::text[])
    WITH ORDINALITY AS l (code, sku, lot, state, owner, place)
LEFT JOIN catalog_site s ON s.code = l.code
LEFT JOIN catalog_product p ON p.sku = l.sku
LEFT JOIN catalog_supplier o ON l.owner <> '' AND o.code = l.owner
) k
WHERE k.site_id IS NOT NULL AND k.product_id IS NOT NULL AND k.owner_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM inventory_balance b
    WHERE b.site_id = k.site_id AND b.product_id = k.product_id AND b.lot = k.lot AND b.state = k.state
        AND b.owner_id = k.owner_id)
ORDER BY 1, 2, 3, 4, 5
ON CONFLICT (site_id, product_id, lot, state, owner_id) DO NOTHING;
RETURN QUERY WITH h AS MATERIALIZED (
    SELECT i.site_id, i.state, i.ends_at FROM inventory_period i
    JOIN (SELECT site_id, min(month) AS month FROM (
SELECT DISTINCT s.id AS site_id, s.timezone, date_trunc('month', l.at AT TIME ZONE s.timezone)::date AS month
FROM unnest(p_period_codes::text[], p_period_times::timestamptz[]) AS l (code, at)
JOIN catalog_site s ON s.code = l.code
) m GROUP BY 1) a
        ON a.site_id = i.site_id AND i.month >= a.month
    ORDER BY i.site_id, i.month FOR KEY SHARE OF i),
k AS MATERIALIZED (
SELECT l.place, l.code, l.sku, l.lot, l.state, l.owner, s.id AS site_id, s.currency, s.channel_id, s.legal_entity_id,
       p.id AS product_id, CASE l.owner WHEN '' THEN 0 ELSE o.id END AS owner_id
FROM unnest(p_codes::text[], p_skus::text[], p_lots::text[], p_states::text[], p_owners::text[])
    WITH ORDINALITY AS l (code, sku, lot, state, owner, place)
LEFT JOIN catalog_site s ON s.code = l.code
LEFT JOIN catalog_product p ON p.sku = l.sku
LEFT JOIN catalog_supplier o ON l.owner <> '' AND o.code = l.owner
),
b AS MATERIALIZED (
    SELECT b.* FROM inventory_balance b
    JOIN (SELECT DISTINCT site_id, product_id, lot, state, owner_id FROM k) d
        USING (site_id, product_id, lot, state, owner_id)
    WHERE (SELECT count(*) FROM h) >= 0
    ORDER BY b.site_id, b.product_id, b.lot, b.state, b.owner_id FOR UPDATE OF b)
SELECT k.code, k.sku, k.lot, k.state, k.owner, k.site_id, k.currency, k.channel_id, k.legal_entity_id, k.product_id,
       k.owner_id, b.id, b.on_hand, b.reserved, b.value, b.in_transit, b.in_transit_value, b.pair_on_hand, b.pair_value,
       b.last_cost, b.last_occurred_at,
       (SELECT max(h.ends_at) FROM h WHERE h.site_id = k.site_id AND h.state = 'closed'),
       (SELECT nextval('audit_event_id_seq')),
       CASE WHEN k.place = 1 THEN
            (SELECT array_agg(nextval('inventory_movement_id_seq')) FROM generate_series(1, p_count)) END,
       (SELECT hash FROM audit_actorname WHERE actor_kind = p_actor_kind
            AND actor_id IS NOT DISTINCT FROM p_actor_id AND name = p_actor_name ORDER BY id LIMIT 1)
FROM k LEFT JOIN b ON b.site_id = k.site_id AND b.product_id = k.product_id AND b.lot = k.lot AND b.state = k.state
    AND b.owner_id = k.owner_id
ORDER BY k.place;
END $$;

CREATE FUNCTION inventory_write(p_event_id bigint, p_posting jsonb)
RETURNS timestamptz
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
  answer timestamptz;
BEGIN
WITH m AS (
    INSERT INTO inventory_movement (id, reference, kind, state, occurred_at, destination_id, reason, prepared_by_id, reverses_id, source, draft, reported_at, recorded_at, event_id, note)
    SELECT id, reference, kind, state, occurred_at, destination_id, reason, prepared_by_id, reverses_id, source, draft, reported_at, statement_timestamp(), p_event_id, '' FROM jsonb_to_recordset(p_posting->'m') AS m (id bigint, reference text, kind text, state text, occurred_at timestamptz, destination_id bigint, reason text, prepared_by_id bigint, reverses_id bigint, source text, draft jsonb, reported_at timestamptz)
    RETURNING *),
e AS (
    INSERT INTO inventory_entry (movement_id, line, location_id, counter_id, destination_id, product_id, lot, quantity, unit_cost, value, currency, occurred_at, state, owner_id, event_id, recorded_at)
    SELECT movement_id, line, location_id, counter_id, destination_id, product_id, lot, quantity, unit_cost, value, currency, occurred_at, state, owner_id, p_event_id, statement_timestamp() FROM jsonb_to_recordset(p_posting->'e') AS e (movement_id bigint, line int, location_id bigint, counter_id bigint, destination_id bigint, product_id bigint, lot text, quantity numeric, unit_cost numeric, value numeric, currency text, occurred_at timestamptz, state text, owner_id bigint)
    RETURNING *),
b AS (
    UPDATE inventory_balance b SET
        on_hand = n.on_hand, value = n.value, in_transit = n.in_transit, in_transit_value = n.in_transit_value,
        pair_on_hand = n.pair_on_hand, pair_value = n.pair_value, last_cost = n.last_cost,
        last_occurred_at = n.last_occurred_at
    FROM jsonb_to_recordset(p_posting->'n') AS n (id bigint, on_hand numeric, value numeric, in_transit numeric, in_transit_value numeric, pair_on_hand numeric, pair_value numeric, last_cost numeric, last_occurred_at timestamptz) WHERE b.id = n.id),
d AS (
    SELECT 'inventory_entry' AS covered, count(*) AS rows, encode(sha256(string_agg(sha256(convert_to(json_build_array(id, movement_id, line, location_id, counter_id, destination_id, product_id, CASE WHEN state = 'available' AND owner_id = 0 THEN to_json(lot) ELSE json_build_array(lot, state, owner_id) END, quantity, unit_cost, value, currency, occurred_at, recorded_at)::text, 'UTF8')), ''::bytea ORDER BY id)), 'hex') AS sha256
    FROM e HAVING count(*) > 0
    UNION ALL
    SELECT 'inventory_movement', count(*), encode(sha256(string_agg(sha256(convert_to(json_build_array(id, reference, kind, CASE WHEN reported_at IS NULL THEN to_json(occurred_at) ELSE json_build_array(occurred_at, reported_at) END, destination_id, reason, prepared_by_id, reverses_id, source)::text, 'UTF8')), ''::bytea ORDER BY id)), 'hex')
    FROM m WHERE m.event_id = p_event_id HAVING count(*) > 0),
t AS (
    SELECT coalesce(jsonb_agg(jsonb_build_object('table', covered, 'event_column', 'event_id', 'count', rows,
           'sha256', sha256) ORDER BY covered), '[]') AS digests FROM d)
INSERT INTO audit_event (id, actor_hash, actor_kind, actor_id, on_behalf_of_id, channel, address, request_id, job_slot, kind, subject, reason, policy, before, after, site_ids, digests) SELECT ev.id, ev.actor_hash, ev.actor_kind, ev.actor_id::bigint, ev.on_behalf_of_id::bigint, ev.channel, ev.address, ev.request_id, ev.job_slot, ev.kind, ev.subject, ev.reason, ev.policy, ev.before::jsonb, ev.after::jsonb, ev.site_ids::bigint[], digests FROM t, jsonb_to_record(p_posting->'ev') AS ev (id bigint, actor_hash bytea, actor_kind text, actor_id bigint, on_behalf_of_id bigint, channel text, address text, request_id text, job_slot text, kind text, subject text, reason text, policy text, before text, after text, site_ids bigint[]) RETURNING statement_timestamp() INTO STRICT answer;
RETURN answer;
END $$;
