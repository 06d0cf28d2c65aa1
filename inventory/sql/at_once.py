"""A plain movement under its key as one statement: claim, locks, decision, entries, balances, event and answer.

Its rules are those of inventory.rules (`plain`, `posting`, `valuation`) once more, for what needs no question: tests hold
both to equal results. Whatever is not that plain fails with SY410 and leaves nothing; then the ordinary way posts it, or
says what is wrong. The migration reads plain_functions.sql, which a test holds to what this module makes.
"""

from inventory.sql import posting as sql
from inventory.sql.functions import event_insert, named
from sales.actions import write_sales_sql

PARAMETERS = (
    ("owner_id", "bigint"),
    ("key", "text"),
    ("sha256", "bytea"),
    ("visible", "bigint[]"),
    ("is_command", "boolean"),
    ("comes", "boolean"),
    ("outside", "bigint"),
    ("site", "text"),
    ("at", "timestamptz"),
    ("skus", "text[]"),
    ("quantities", "numeric[]"),
    ("costs", "numeric[]"),
    ("prices", "numeric[]"),
    ("posting", "jsonb"),
)

_HEADERS = """(SELECT v_id AS id, p_posting->>'reference' AS reference, p_posting->>'kind' AS kind, 'posted' AS state,
        p_at AS occurred_at, NULL::bigint AS destination_id, p_posting->>'reason' AS reason,
        (p_posting->>'by')::bigint AS prepared_by_id, NULL::bigint AS reverses_id, p_posting->>'source' AS source,
        NULL::jsonb AS draft, NULL::timestamptz AS reported_at) m"""

_ENTRIES = """(SELECT v_id AS movement_id, l.place - 1 AS line,
        CASE WHEN e.is_site THEN v_site ELSE p_outside END AS location_id,
        CASE WHEN e.is_site THEN p_outside ELSE v_site END AS counter_id, NULL::bigint AS destination_id, l.product_id,
        '' AS lot, l.quantity * e.sign AS quantity, l.cost AS unit_cost, l.value * e.sign AS value, v_currency AS currency,
        p_at AS occurred_at, 'available' AS state, 0 AS owner_id, false AS is_assumed
    FROM unnest(v_lines, p_quantities, v_costs, v_values) WITH ORDINALITY AS l (product_id, quantity, cost, value, place),
        LATERAL (VALUES (-1, NOT p_comes), (1, p_comes)) AS e (sign, is_site)
    ORDER BY l.place, e.sign) e"""

_BALANCES = """unnest(v_ids, v_on_hand, v_value, v_way, v_way_value, v_pair, v_worth, v_last, v_latest)
    AS n (id, on_hand, value, in_transit, in_transit_value, pair_on_hand, pair_value, last_cost, last_occurred_at)"""

_SALES = """SELECT v_site AS site_id, v_channel AS channel_id, l.product_id, l.quantity, l.price AS unit_price,
       v_currency::text AS currency, p_at AS sold_at, p_posting->>'reference' AS reference, v_id AS movement_id,
       NULL::timestamptz AS recorded_at
FROM unnest(v_lines, p_quantities, p_prices) AS l (product_id, quantity, price) WHERE l.price IS NOT NULL"""

_DECLARED = """
  v_id bigint := nextval('inventory_movement_id_seq');
  p_event_id bigint := nextval('audit_event_id_seq');
  p_recorded_at timestamptz;
  v_site bigint; v_channel bigint; v_currency varchar; v_zone varchar; v_hash bytea; v_month date;
  v_lines bigint[]; v_fits boolean := false; v_products bigint[] := '{}'; v_ids bigint[] := '{}';
  v_on_hand numeric[] := '{}'; v_free numeric[] := '{}'; v_value numeric[] := '{}'; v_way numeric[] := '{}';
  v_way_value numeric[] := '{}'; v_pair numeric[] := '{}'; v_worth numeric[] := '{}'; v_last numeric[] := '{}';
  v_latest timestamptz[] := '{}'; v_costs numeric[] := '{}'; v_values numeric[] := '{}';
  v_cost numeric; v_entry numeric; v_sign int := CASE WHEN p_comes THEN 1 ELSE -1 END; k int; r record;
"""

# Keys, then the site's months, then balances by product: the lock order. Nothing is made here: who lacks a row goes the
# ordinary way.
_HELD = """
  SELECT s.id, s.channel_id, s.currency, s.timezone INTO v_site, v_channel, v_currency, v_zone
  FROM catalog_site s WHERE s.code = p_site;
  SELECT n.hash INTO v_hash FROM audit_actorname n WHERE n.actor_kind = p_posting->'ev'->>'actor_kind'
    AND n.actor_id IS NOT DISTINCT FROM (p_posting->'ev'->>'actor_id')::bigint AND n.name = p_posting->>'actor'
  ORDER BY n.id LIMIT 1;
  SELECT array_agg(p.id ORDER BY l.place), count(p.id) = count(*) AND bool_and(NOT p.tracks_lots
      AND coalesce(g.costing_method, 'average') = 'average'
      AND NOT EXISTS (SELECT FROM catalog_billofmaterials b WHERE b.product_id = p.id AND b.kind = 'bundle'))
  INTO v_lines, v_fits
  FROM unnest(p_skus) WITH ORDINALITY AS l (sku, place)
  LEFT JOIN catalog_product p ON p.sku = l.sku
  LEFT JOIN catalog_category g ON g.id = p.category_id;
  IF v_site IS NULL OR v_hash IS NULL OR NOT v_fits OR NOT coalesce(v_site = ANY (p_visible), true) THEN
    RAISE EXCEPTION 'not plain' USING ERRCODE = 'SY410';
  END IF;
  IF p_key IS NOT NULL THEN
    PERFORM web_claim_with_answer(p_owner_id, p_key, p_sha256, 201,
                                  p_posting->'answer' || jsonb_build_object('id', v_id));
  END IF;
  v_month := date_trunc('month', p_at AT TIME ZONE v_zone)::date;
  v_fits := false;
  FOR r IN SELECT i.month, i.state FROM inventory_period i WHERE i.site_id = v_site AND i.month >= v_month
      ORDER BY i.month FOR KEY SHARE LOOP
    IF r.state = 'closed' THEN
      RAISE EXCEPTION 'not plain' USING ERRCODE = 'SY410';
    END IF;
    v_fits := v_fits OR r.month = v_month;
  END LOOP;
  IF NOT v_fits THEN
    RAISE EXCEPTION 'not plain' USING ERRCODE = 'SY410';
  END IF;
  FOR r IN SELECT b.* FROM inventory_balance b WHERE b.site_id = v_site AND b.product_id = ANY (v_lines) AND b.lot = ''
      AND b.state = 'available' AND b.owner_id = 0 ORDER BY b.product_id FOR UPDATE LOOP
    IF r.is_layered OR r.on_hand < 0 OR r.pair_on_hand < 0 OR (p_is_command AND r.last_occurred_at > p_at) THEN
      RAISE EXCEPTION 'not plain' USING ERRCODE = 'SY410';
    END IF;
    v_products := v_products || r.product_id; v_ids := v_ids || r.id; v_on_hand := v_on_hand || r.on_hand;
    v_free := v_free || r.on_hand - r.reserved; v_value := v_value || r.value; v_way := v_way || r.in_transit;
    v_way_value := v_way_value || r.in_transit_value; v_pair := v_pair || r.pair_on_hand;
    v_worth := v_worth || r.pair_value; v_last := v_last || r.last_cost;
    v_latest := v_latest || greatest(r.last_occurred_at, p_at);
  END LOOP;
  p_recorded_at := clock_timestamp();
"""

# Line by line, as `Pool` values them; division with digits to spare, for its result is rounded once more.
_DECIDED = """
  FOR i IN 1 .. cardinality(p_skus) LOOP
    k := array_position(v_products, v_lines[i]);
    v_cost := CASE WHEN v_pair[k] > 0 AND v_worth[k] >= 0 THEN round(v_worth[k]::numeric(70, 30) / v_pair[k], 6)
              ELSE v_last[k] END;
    IF p_comes THEN
      v_cost := coalesce(p_costs[i], v_cost);
      v_entry := round(p_quantities[i] * v_cost, 6);
    ELSE
      v_cost := coalesce(v_cost, p_costs[i]);
      v_entry := CASE WHEN v_pair[k] = p_quantities[i] THEN v_worth[k]
                 ELSE round((v_worth[k] * p_quantities[i])::numeric(90, 30) / nullif(v_pair[k], 0), 6) END;
    END IF;
    v_free[k] := v_free[k] + v_sign * p_quantities[i];
    v_on_hand[k] := v_on_hand[k] + v_sign * p_quantities[i];
    v_pair[k] := v_pair[k] + v_sign * p_quantities[i];
    IF k IS NULL OR v_cost IS NULL OR v_on_hand[k] < 0 OR v_pair[k] < 0 OR (p_is_command AND v_free[k] < 0) THEN
      RAISE EXCEPTION 'not plain' USING ERRCODE = 'SY410';
    END IF;
    v_value[k] := v_value[k] + v_sign * v_entry;
    v_worth[k] := v_worth[k] + v_sign * v_entry;
    v_last[k] := CASE WHEN v_pair[k] > 0 THEN round(v_worth[k]::numeric(70, 30) / v_pair[k], 6)
                 ELSE coalesce(v_last[k], round(v_cost, 6)) END;
    v_costs := v_costs || round(v_entry::numeric(70, 30) / p_quantities[i], 6);
    v_values := v_values || v_entry;
  END LOOP;
"""


def plain_sql() -> str:
    body = named(
        sql.WRITE.format(
            headers=sql.NEW_HEADERS.format(movements=_HEADERS),
            entries=_ENTRIES,
            balances=_BALANCES,
            event=event_insert("v_event"),
        )
    )
    parameters = ", ".join(f"p_{name} {kind}" for name, kind in PARAMETERS)
    sales = write_sales_sql(_SALES).removesuffix("SELECT count(*) FROM taken")
    return f"""CREATE FUNCTION inventory_post_plain({parameters})
RETURNS TABLE (movement_id bigint, event_id bigint, recorded_at timestamptz)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE{_DECLARED.rstrip()}
  v_event jsonb;
BEGIN
{_HELD.strip()}
{_DECIDED.strip()}
  v_event := p_posting->'ev' || jsonb_build_object('id', p_event_id, 'actor_hash', v_hash::text,
      'subject', 'movement:' || v_id, 'site_ids', jsonb_build_array(v_site));
{body.strip()};
  IF array_remove(p_prices, NULL) <> '{{}}' THEN
{sales}SELECT count(*) INTO k FROM taken;
  END IF;
  RETURN QUERY SELECT v_id, p_event_id, p_recorded_at;
END $$;
"""


CALL = (
    "SELECT * FROM inventory_post_plain("
    + ", ".join(f"%({name})s::{kind}" for name, kind in PARAMETERS)
    + ")"
)
