CREATE OR REPLACE FUNCTION inventory_open(p_codes text[], p_skus text[], p_lots text[], p_states text[], p_owners text[], p_uses int[], p_lot_skus text[], p_lot_codes text[], p_lot_expires date[], p_lot_produced date[], p_lot_owners text[], p_period_codes text[], p_period_times timestamptz[], p_count int, p_actor_kind text, p_actor_id bigint, p_actor_name text)
RETURNS TABLE (code text, sku text, lot text, state text, owner text, site_id bigint, currency varchar, channel_id bigint, legal_entity_id bigint, product_id bigint, owner_id bigint, row_id bigint, on_hand numeric, reserved numeric, value numeric, in_transit numeric, in_transit_value numeric, pair_on_hand numeric, pair_value numeric, last_cost numeric, last_occurred_at timestamptz, closed_until timestamptz, timezone varchar, tracks_lots boolean, costing text, shelf_life_days int, receipt_life_fraction numeric, sale_life_fraction numeric, lot_facts text[], event_id bigint, movement_ids bigint[], name_hash bytea, opened_at timestamptz)
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
IF cardinality(p_lot_codes) > 0 THEN
INSERT INTO inventory_lot (product_id, code, expires_on, produced_on, supplier_id)
SELECT a.product_id, a.lot, a.expires_on, a.produced_on, a.supplier_id FROM (
SELECT p.id AS product_id, l.lot, max(l.produced_on) AS produced_on, max(o.id) AS supplier_id,
       coalesce(max(l.expires_on), max(l.produced_on) + max(p.shelf_life_days)) AS expires_on
FROM unnest(p_lot_skus::text[], p_lot_codes::text[], p_lot_expires::date[], p_lot_produced::date[],
            p_lot_owners::text[]) AS l (sku, lot, expires_on, produced_on, owner)
JOIN catalog_product p ON p.sku = l.sku
LEFT JOIN catalog_supplier o ON l.owner <> '' AND o.code = l.owner
GROUP BY 1, 2
) a
WHERE NOT EXISTS (SELECT FROM inventory_lot t WHERE t.product_id = a.product_id AND t.code = a.lot)
ORDER BY 1, 2
ON CONFLICT (product_id, code) DO NOTHING;
PERFORM FROM inventory_lot t JOIN (
SELECT p.id AS product_id, l.lot, max(l.produced_on) AS produced_on, max(o.id) AS supplier_id,
       coalesce(max(l.expires_on), max(l.produced_on) + max(p.shelf_life_days)) AS expires_on
FROM unnest(p_lot_skus::text[], p_lot_codes::text[], p_lot_expires::date[], p_lot_produced::date[],
            p_lot_owners::text[]) AS l (sku, lot, expires_on, produced_on, owner)
JOIN catalog_product p ON p.sku = l.sku
LEFT JOIN catalog_supplier o ON l.owner <> '' AND o.code = l.owner
GROUP BY 1, 2
) a ON a.product_id = t.product_id AND a.lot = t.code
ORDER BY t.product_id, t.code FOR NO KEY UPDATE OF t;
UPDATE inventory_lot t SET expires_on = coalesce(t.expires_on, a.expires_on),
    produced_on = coalesce(t.produced_on, a.produced_on)
FROM (
SELECT p.id AS product_id, l.lot, max(l.produced_on) AS produced_on, max(o.id) AS supplier_id,
       coalesce(max(l.expires_on), max(l.produced_on) + max(p.shelf_life_days)) AS expires_on
FROM unnest(p_lot_skus::text[], p_lot_codes::text[], p_lot_expires::date[], p_lot_produced::date[],
            p_lot_owners::text[]) AS l (sku, lot, expires_on, produced_on, owner)
JOIN catalog_product p ON p.sku = l.sku
LEFT JOIN catalog_supplier o ON l.owner <> '' AND o.code = l.owner
GROUP BY 1, 2
) a WHERE a.product_id = t.product_id AND a.lot = t.code
    AND (t.expires_on IS NULL AND a.expires_on IS NOT NULL OR t.produced_on IS NULL AND a.produced_on IS NOT NULL);
INSERT INTO inventory_balance
    (site_id, product_id, lot, state, owner_id, on_hand, reserved, in_transit, value, in_transit_value, pair_on_hand,
     pair_value)
SELECT DISTINCT k.site_id, k.product_id, k.lot, k.state, k.owner_id, 0, 0, 0, 0, 0, 0, 0 FROM (
SELECT l.place, l.code, l.sku, l.lot, l.state, l.owner, l.use, s.id AS site_id, s.currency, s.channel_id,
       s.legal_entity_id, s.timezone, p.id AS product_id, p.tracks_lots, p.shelf_life_days, p.receipt_life_fraction,
       p.sale_life_fraction, coalesce(g.costing_method, 'average')::text AS costing,
       CASE l.owner WHEN '' THEN 0 ELSE o.id END AS owner_id
FROM unnest(p_codes::text[], p_skus::text[], p_lots::text[], p_states::text[], p_owners::text[],
            p_uses::int[]) WITH ORDINALITY AS l (code, sku, lot, state, owner, use, place)
LEFT JOIN catalog_site s ON s.code = l.code
LEFT JOIN catalog_product p ON p.sku = l.sku
LEFT JOIN catalog_category g ON g.id = p.category_id
LEFT JOIN catalog_supplier o ON l.owner <> '' AND o.code = l.owner
) k
JOIN inventory_lot t ON t.product_id = k.product_id AND t.code = k.lot
WHERE k.use = 2 AND k.site_id IS NOT NULL AND k.owner_id IS NOT NULL
    AND CASE k.state WHEN 'blocked' THEN t.is_recalled
        ELSE t.expires_on < current_date + 3 + coalesce(ceil(k.receipt_life_fraction
            * coalesce(t.expires_on - t.produced_on, k.shelf_life_days))::int, 0) END
    AND NOT EXISTS (
        SELECT FROM inventory_balance b
        WHERE b.site_id = k.site_id AND b.product_id = k.product_id AND b.lot = k.lot AND b.state = k.state
            AND b.owner_id = k.owner_id)
ORDER BY 1, 2, 3, 4, 5
ON CONFLICT (site_id, product_id, lot, state, owner_id) DO NOTHING;
END IF;
INSERT INTO inventory_balance
    (site_id, product_id, lot, state, owner_id, on_hand, reserved, in_transit, value, in_transit_value, pair_on_hand,
     pair_value)
SELECT DISTINCT k.site_id, k.product_id, k.lot, k.state, k.owner_id, 0, 0, 0, 0, 0, 0, 0 FROM (
SELECT l.lot, l.state, l.owner, l.use, s.id AS site_id, p.id AS product_id,
       CASE l.owner WHEN '' THEN 0 ELSE o.id END AS owner_id
FROM unnest(p_codes::text[], p_skus::text[], p_lots::text[], p_states::text[], p_owners::text[],
            p_uses::int[]) AS l (code, sku, lot, state, owner, use)
LEFT JOIN catalog_site s ON s.code = l.code
LEFT JOIN catalog_product p ON p.sku = l.sku
LEFT JOIN catalog_supplier o ON l.owner <> '' AND o.code = l.owner
) k
WHERE k.use < 2 AND k.site_id IS NOT NULL AND k.product_id IS NOT NULL AND k.owner_id IS NOT NULL AND NOT EXISTS (
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
SELECT l.place, l.code, l.sku, l.lot, l.state, l.owner, l.use, s.id AS site_id, s.currency, s.channel_id,
       s.legal_entity_id, s.timezone, p.id AS product_id, p.tracks_lots, p.shelf_life_days, p.receipt_life_fraction,
       p.sale_life_fraction, coalesce(g.costing_method, 'average')::text AS costing,
       CASE l.owner WHEN '' THEN 0 ELSE o.id END AS owner_id
FROM unnest(p_codes::text[], p_skus::text[], p_lots::text[], p_states::text[], p_owners::text[],
            p_uses::int[]) WITH ORDINALITY AS l (code, sku, lot, state, owner, use, place)
LEFT JOIN catalog_site s ON s.code = l.code
LEFT JOIN catalog_product p ON p.sku = l.sku
LEFT JOIN catalog_category g ON g.id = p.category_id
LEFT JOIN catalog_supplier o ON l.owner <> '' AND o.code = l.owner
),
b AS MATERIALIZED (
    SELECT b.* FROM inventory_balance b
    JOIN (SELECT site_id, product_id, lot, state, owner_id FROM k
          UNION
          SELECT x.site_id, x.product_id, x.lot, x.state, x.owner_id FROM k
          JOIN inventory_balance x ON x.site_id = k.site_id AND x.product_id = k.product_id
          WHERE k.use = 1 AND k.tracks_lots AND x.owner_id = k.owner_id AND x.state = k.state AND x.on_hand > 0) d
        USING (site_id, product_id, lot, state, owner_id)
    WHERE (SELECT count(*) FROM h) >= 0
    ORDER BY b.site_id, b.product_id, b.lot, b.state, b.owner_id FOR UPDATE OF b)
SELECT k.code, k.sku, coalesce(b.lot::text, k.lot), k.state, k.owner, k.site_id, k.currency, k.channel_id, k.legal_entity_id,
       k.product_id, k.owner_id, b.id, b.on_hand, b.reserved, b.value, b.in_transit, b.in_transit_value, b.pair_on_hand,
       b.pair_value, b.last_cost, b.last_occurred_at,
       (SELECT max(h.ends_at) FROM h WHERE h.site_id = k.site_id AND h.state = 'closed'),
       k.timezone, k.tracks_lots, k.costing || CASE WHEN b.is_layered THEN '+' ELSE '' END, k.shelf_life_days, k.receipt_life_fraction, k.sale_life_fraction,
       CASE WHEN coalesce(b.lot::text, k.lot) <> '' THEN
            (SELECT ARRAY[t.expires_on::text, t.produced_on::text, t.is_recalled::text] FROM inventory_lot t
             WHERE t.product_id = k.product_id AND t.code = coalesce(b.lot::text, k.lot)) END,
       (SELECT nextval('audit_event_id_seq')),
       CASE WHEN k.place = 1 THEN
            (SELECT array_agg(nextval('inventory_movement_id_seq')) FROM generate_series(1, p_count)) END,
       (SELECT hash FROM audit_actorname WHERE actor_kind = p_actor_kind
            AND actor_id IS NOT DISTINCT FROM p_actor_id AND name = p_actor_name ORDER BY id LIMIT 1),
       clock_timestamp()
FROM k LEFT JOIN b ON b.site_id = k.site_id AND b.product_id = k.product_id AND b.state = k.state
    AND b.owner_id = k.owner_id AND (b.lot = k.lot OR k.use = 1 AND k.tracks_lots)
ORDER BY k.place;
END $$;

CREATE FUNCTION inventory_write(p_event_id bigint, p_recorded_at timestamptz, p_posting jsonb)
RETURNS void
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
WITH m AS (
    INSERT INTO inventory_movement (id, reference, kind, state, occurred_at, destination_id, reason, prepared_by_id, reverses_id, source, draft, reported_at, recorded_at, event_id, note)
    SELECT id, reference, kind, state, occurred_at, destination_id, reason, prepared_by_id, reverses_id, source, draft, reported_at, p_recorded_at, p_event_id, '' FROM jsonb_to_recordset(p_posting->'m') AS m (id bigint, reference text, kind text, state text, occurred_at timestamptz, destination_id bigint, reason text, prepared_by_id bigint, reverses_id bigint, source text, draft jsonb, reported_at timestamptz)
    RETURNING *),
e AS (
    INSERT INTO inventory_entry (movement_id, line, location_id, counter_id, destination_id, product_id, lot, quantity, unit_cost, value, currency, occurred_at, state, owner_id, is_assumed, event_id, recorded_at)
    SELECT movement_id, line, location_id, counter_id, destination_id, product_id, lot, quantity, unit_cost, value, currency, occurred_at, state, owner_id, is_assumed, p_event_id, p_recorded_at FROM jsonb_to_recordset(p_posting->'e') AS e (movement_id bigint, line int, location_id bigint, counter_id bigint, destination_id bigint, product_id bigint, lot text, quantity numeric, unit_cost numeric, value numeric, currency text, occurred_at timestamptz, state text, owner_id bigint, is_assumed boolean)
    RETURNING *),
b AS (
    UPDATE inventory_balance b SET
        on_hand = n.on_hand, value = n.value, in_transit = n.in_transit, in_transit_value = n.in_transit_value,
        pair_on_hand = n.pair_on_hand, pair_value = n.pair_value, last_cost = n.last_cost,
        last_occurred_at = n.last_occurred_at
    FROM jsonb_to_recordset(p_posting->'n') AS n (id bigint, on_hand numeric, value numeric, in_transit numeric, in_transit_value numeric, pair_on_hand numeric, pair_value numeric, last_cost numeric, last_occurred_at timestamptz) WHERE b.id = n.id),
d AS (
    SELECT 'inventory_entry' AS covered, count(*) AS rows, encode(sha256(string_agg(sha256(convert_to(json_build_array(id, movement_id, line, location_id, counter_id, destination_id, product_id, CASE WHEN is_assumed THEN json_build_array(lot, state, owner_id, 'assumed') WHEN state = 'available' AND owner_id = 0 THEN to_json(lot) ELSE json_build_array(lot, state, owner_id) END, quantity, unit_cost, value, currency, occurred_at, recorded_at)::text, 'UTF8')), ''::bytea ORDER BY id)), 'hex') AS sha256
    FROM e HAVING count(*) > 0
    UNION ALL
    SELECT 'inventory_movement', count(*), encode(sha256(string_agg(sha256(convert_to(json_build_array(id, reference, kind, CASE WHEN reported_at IS NULL THEN to_json(occurred_at) ELSE json_build_array(occurred_at, reported_at) END, destination_id, reason, prepared_by_id, reverses_id, source)::text, 'UTF8')), ''::bytea ORDER BY id)), 'hex')
    FROM m WHERE m.event_id = p_event_id HAVING count(*) > 0),
t AS (
    SELECT coalesce(jsonb_agg(jsonb_build_object('table', covered, 'event_column', 'event_id', 'count', rows,
           'sha256', sha256) ORDER BY covered), '[]') AS digests FROM d)
INSERT INTO audit_event (id, actor_hash, actor_kind, actor_id, on_behalf_of_id, channel, address, request_id, job_slot, kind, subject, reason, policy, before, after, site_ids, digests) SELECT ev.id, ev.actor_hash, ev.actor_kind, ev.actor_id::bigint, ev.on_behalf_of_id::bigint, ev.channel, ev.address, ev.request_id, ev.job_slot, ev.kind, ev.subject, ev.reason, ev.policy, ev.before::jsonb, ev.after::jsonb, ev.site_ids::bigint[], digests FROM t, jsonb_to_record(p_posting->'ev') AS ev (id bigint, actor_hash bytea, actor_kind text, actor_id bigint, on_behalf_of_id bigint, channel text, address text, request_id text, job_slot text, kind text, subject text, reason text, policy text, before text, after text, site_ids bigint[]);
END $$;
