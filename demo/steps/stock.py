"""All stock movements: sales, returns and write-offs of the source, and the simulated supply around them.

Supply is computed so that no site falls short: opening stock covers the deepest shortfall of slow goods; goods that sell
well come every four weeks, from the region's warehouse or, where there is none, from the supplier. A few pairs are
left short on purpose, by their last sale, and show as negative stock with a case.
"""

from datetime import datetime

from django.db.backends.utils import CursorWrapper

from catalog.sql import rates_cte
from demo.retailer import HOME, SITES
from demo.rules import FIRST_AT, number_sql
from demo.steps.counts import stage_around
from demo.steps.source import Plan
from inventory.actions.bulk import Loaded, post_from_temp
from lib.actors import Actor

PERIOD_DAYS = 28
FAST_UNITS = 150
SHORT_PAIRS = 12

_STAGE = """
CREATE TEMPORARY TABLE stage_lines (
    movement_key text, kind text, reference text, occurred_at timestamptz, recorded_at timestamptz, line int,
    product_id bigint, from_location bigint, to_location bigint, destination_id bigint, lot text, quantity numeric,
    unit_cost numeric, unit_price numeric, currency text, channel_id bigint, reason text
) ON COMMIT DROP
"""

# Rates of every local day and currency in use; a missing one would leave a price empty, which is checked.
_RATES = f"""
CREATE TEMPORARY TABLE demo_rates ON COMMIT DROP AS
WITH {rates_cte(f"SELECT DISTINCT '{HOME}'::text AS base, currency AS quote, local_on AS asked_on FROM demo_documents")}
SELECT quote AS currency, asked_on AS local_on, rate FROM rates
"""

_SOURCE_LINES = """
INSERT INTO stage_lines
SELECT d.invoice, d.kind, d.invoice, d.occurred_at, d.occurred_at,
       row_number() OVER (PARTITION BY g.invoice ORDER BY g.n), p.product_id,
       CASE WHEN d.kind = 'return' THEN -2 ELSE d.site_id END,
       CASE d.kind WHEN 'return' THEN d.site_id WHEN 'sale' THEN -2 WHEN 'scrap' THEN -6 ELSE -3 END,
       NULL, '', abs(g.quantity), NULL,
       CASE WHEN d.kind IN ('sale', 'return')
            THEN CASE WHEN d.currency = 'GBP' THEN g.price ELSE round(g.price * r.rate, 2) END END,
       d.currency, d.channel_id,
       CASE WHEN d.kind IN ('scrap', 'adjustment') THEN 'write-off in the source: ' || coalesce(g.name, 'no remark')
            ELSE '' END
  FROM demo_goods g
  JOIN demo_documents d USING (invoice)
  JOIN demo_products p USING (sku)
  LEFT JOIN demo_rates r ON r.currency = d.currency AND r.local_on = d.local_on
"""

# Two orders of over 70,000 pieces were cancelled within minutes: they go below zero until then, and no supply is
# made up for them.
GIANT_UNITS = 50_000

# Stock beyond what was sold: for most pairs above their safety stock, for four in a hundred below it.
COVER = """2 + {small} + ceil(coalesce(v.safety, 0) * CASE WHEN {luck} < 4 THEN 0.5 ELSE 1.15 + {luck} / 250.0 END)"""

# What each pair of site and product loses net, line by line, in the order in which it will be recorded.
_FLOWS = """
CREATE TEMPORARY TABLE demo_flows ON COMMIT DROP AS
SELECT site_id, product_id, period, kind, quantity,
       sum(quantity) OVER whole AS run, sum(quantity) OVER within AS period_run,
       row_number() OVER last_first AS from_end
  FROM (SELECT greatest(from_location, to_location) AS site_id, product_id, kind, occurred_at, movement_key, line,
               floor(extract(epoch FROM occurred_at - timestamptz '{first}') / 86400 / {period_days})::int AS period,
               CASE WHEN to_location > 0 THEN quantity ELSE -quantity END AS quantity
          FROM stage_lines WHERE quantity < {giant}) f
WINDOW whole AS (PARTITION BY site_id, product_id ORDER BY occurred_at, movement_key, line),
       within AS (PARTITION BY site_id, product_id, period ORDER BY occurred_at, movement_key, line),
       last_first AS (PARTITION BY site_id, product_id ORDER BY occurred_at DESC, movement_key DESC, line DESC)
"""

# Demand of the last quarter, by day; its safety stock (95 %, lead time a week, or four where the supplier delivers).
_SPREAD = """
CREATE TEMPORARY TABLE demo_spread ON COMMIT DROP AS
SELECT d.site_id, d.product_id,
       1.645 * sqrt(CASE WHEN s.is_sourced THEN 7 ELSE 28 END
                    * greatest(sum(d.units ^ 2) / 91 - (sum(d.units) / 91) ^ 2, 0) + 4 * (sum(d.units) / 91) ^ 2) AS safety
  FROM (SELECT from_location AS site_id, product_id, occurred_at::date AS day, sum(quantity) AS units
          FROM stage_lines WHERE kind = 'sale' AND quantity < {giant}
           AND occurred_at > (SELECT max(occurred_at) FROM stage_lines) - interval '91 days'
         GROUP BY 1, 2, 3) d
  JOIN demo_sources s USING (site_id)
 GROUP BY d.site_id, d.product_id, s.is_sourced
"""

_PAIRS = """
CREATE TEMPORARY TABLE demo_pairs ON COMMIT DROP AS
SELECT f.site_id, f.product_id, greatest(0, -min(f.run)) AS need, sum(f.quantity) AS net,
       bool_and(f.kind IN ('sale', 'return')) AS only_sales,
       min(f.kind) FILTER (WHERE f.from_end = 1) AS last_kind,
       -min(f.quantity) FILTER (WHERE f.from_end = 1) AS last_quantity,
       max(f.period) AS last_period, min(f.period) AS first_period, {cover} AS extra, false AS is_short
  FROM demo_flows f LEFT JOIN demo_spread v USING (site_id, product_id) GROUP BY f.site_id, f.product_id, v.safety
"""

_SHORT = """
UPDATE demo_pairs p SET is_short = true FROM (
    SELECT site_id, product_id FROM demo_pairs
     WHERE only_sales AND last_kind = 'sale' AND need = -net AND need BETWEEN 4 AND {fast}
       AND last_period = (SELECT max(last_period) FROM demo_pairs)
     ORDER BY {order}, site_id, product_id LIMIT {short}) s
 WHERE s.site_id = p.site_id AND s.product_id = p.product_id
"""

# Deliveries: (site, product, period) → units. Period 0 is the opening.
_DELIVERIES = """
CREATE TEMPORARY TABLE demo_deliveries ON COMMIT DROP AS
SELECT site_id, product_id, 0 AS period,
       CASE WHEN is_short THEN need - least(2, last_quantity) ELSE need + extra END AS units
  FROM demo_pairs WHERE need <= {fast} OR is_short
UNION ALL
SELECT f.site_id, f.product_id, f.period,
       greatest(0, -min(f.period_run)) + CASE WHEN f.period = min(p.first_period) THEN min(p.extra) ELSE 0 END
  FROM demo_flows f JOIN demo_pairs p USING (site_id, product_id)
 WHERE p.need > {fast} AND NOT p.is_short
 GROUP BY f.site_id, f.product_id, f.period
"""

_SUPPLY = """
CREATE TEMPORARY TABLE demo_supply ON COMMIT DROP AS
SELECT d.site_id, d.product_id, d.period, d.units, s.source_id, s.timezone, s.currency, s.code, s.is_sourced
  FROM (SELECT site_id, product_id, period, units FROM demo_deliveries WHERE units > 0) d
  JOIN demo_sources s USING (site_id)
UNION ALL
SELECT w.site_id, d.product_id, d.period, sum(d.units), -1,
       w.timezone, w.currency, w.code, false
  FROM demo_deliveries d JOIN demo_sources s USING (site_id) JOIN demo_sources w ON w.site_id = s.source_id
 WHERE d.units > 0 AND d.period > 0 AND s.is_sourced
 GROUP BY w.site_id, d.product_id, d.period, w.timezone, w.currency, w.code
UNION ALL
SELECT w.site_id, p.product_id, 0,
       {stock} + coalesce((SELECT sum(units) FROM demo_transit t
                            WHERE t.source_id = w.site_id AND t.product_id = p.product_id), 0),
       -1, w.timezone, w.currency, w.code, false
  FROM demo_sources w CROSS JOIN demo_products p WHERE w.is_warehouse
"""

# A delivery arrives at 05:00 of its period's first day; a warehouse's own receipt two days before.
_SUPPLY_LINES = """
INSERT INTO stage_lines
SELECT key, kind, key, at, at, row_number() OVER (PARTITION BY key ORDER BY product_id), product_id, from_location,
       site_id, NULL, '', units, unit_cost, NULL, currency, NULL, reason
  FROM (SELECT s.site_id, s.product_id, s.units, s.currency,
               CASE WHEN s.is_sourced AND s.period > 0 THEN 'transfer' ELSE 'receipt' END AS kind,
               CASE WHEN s.is_sourced AND s.period > 0 THEN s.source_id ELSE -1 END AS from_location,
               CASE WHEN s.period = 0 THEN 'OPEN-' || s.code
                    WHEN s.is_sourced THEN 'TR-' || s.code || '-' || to_char(s.period, 'FM00')
                    ELSE 'GR-' || s.code || '-' || to_char(s.period, 'FM00') END AS key,
               (timestamp '{first}' + s.period * interval '{period_days} days'
                - CASE WHEN s.source_id = -1 AND s.code LIKE 'WH-%' THEN interval '2 days' ELSE interval '0' END
                + interval '5 hours') AT TIME ZONE s.timezone AS at,
               CASE WHEN s.is_sourced AND s.period > 0 THEN NULL ELSE round(p.cost * r.rate, 4) END AS unit_cost,
               CASE WHEN s.period = 0 THEN 'simulated: opening stock' WHEN s.is_sourced THEN 'simulated: replenishment'
                    ELSE 'simulated: goods received' END AS reason
          FROM demo_supply s
          JOIN demo_products p USING (product_id)
          JOIN demo_first_rates r USING (currency)
         WHERE s.units > 0) l
"""

# The last deliveries of the load, still on their way: the goods of which a site gets most.
_TRANSIT = """
CREATE TEMPORARY TABLE demo_transit ON COMMIT DROP AS
SELECT site_id, source_id, product_id, code, timezone, currency, least(24, greatest(2, floor(units / 4))) AS units
  FROM (SELECT s.site_id, s.source_id, s.code, s.timezone, s.currency, d.product_id, d.units,
               row_number() OVER (PARTITION BY s.site_id ORDER BY d.units DESC, d.product_id) AS place
          FROM (SELECT site_id, product_id, max(units) AS units FROM demo_deliveries
                 WHERE period > 0 GROUP BY site_id, product_id) d
          JOIN demo_sources s USING (site_id)
         WHERE s.is_sourced AND d.units >= 8) t
 WHERE place <= 12
"""

_TRANSIT_LINES = """
INSERT INTO stage_lines
SELECT key, 'transfer', key, at, at, row_number() OVER (PARTITION BY key ORDER BY product_id), product_id, source_id,
       -4, site_id, '', units, NULL, NULL, currency, NULL, 'simulated: on its way'
  FROM (SELECT 'TT-' || code AS key, site_id, source_id, currency, product_id, units,
               (timestamp '{last_day}' - interval '1 day' + interval '14 hours') AT TIME ZONE timezone AS at
          FROM demo_transit) l
"""

_FIRST_PAIRS = (
    f"SELECT DISTINCT '{HOME}'::text AS base, currency AS quote,"
    " (SELECT min(local_on) FROM demo_documents) AS asked_on FROM demo_sources"
)


def load_stock(actor: Actor, cursor: CursorWrapper, plan: Plan, counted_at: datetime) -> Loaded:
    """Stage every line and post them all; negative stock is left only where it was planted. Safety stock is computed.

    counted_at: when the warehouses are counted; what explains their differences is posted around it.
    """
    first = (FIRST_AT + plan.shift).date()
    values = {
        "first": first,
        "period_days": PERIOD_DAYS,
        "fast": FAST_UNITS,
        "short": SHORT_PAIRS,
        "giant": GIANT_UNITS,
    }
    cursor.execute(_STAGE)
    cursor.execute(_RATES)
    cursor.execute(_SOURCE_LINES)
    cursor.execute("ANALYZE stage_lines")
    cursor.execute(_FLOWS.format(**values))
    _stage_sources(cursor)
    cursor.execute(_SPREAD.format(**values))
    pair = "f.site_id || '-' || f.product_id"
    cover = COVER.format(
        small=number_sql(f"'cover' || {pair}", 20), luck=number_sql(f"'luck' || {pair}", 100)
    )
    cursor.execute(_PAIRS.format(cover=cover))
    order = number_sql("site_id || '-' || product_id", 1_000_003)
    cursor.execute(_SHORT.format(order=order, **values))
    cursor.execute(_DELIVERIES.format(**values))
    cursor.execute(_TRANSIT)
    cursor.execute(_SUPPLY.format(stock="20 + " + number_sql("'depot' || w.code || p.sku", 160)))
    cursor.execute(_SUPPLY_LINES.format(**values))
    cursor.execute(_TRANSIT_LINES.format(last_day=_last_day(cursor), **values))
    stage_around(cursor, counted_at)
    cursor.execute("ANALYZE stage_lines")
    return post_from_temp(
        cursor, actor=actor, source="demo", reason="demo: sales of the source, supply around them simulated"
    )


def _last_day(cursor: CursorWrapper) -> str:
    cursor.execute("SELECT max(local_on) FROM demo_documents")
    return str(cursor.fetchone()[0])


def _stage_sources(cursor: CursorWrapper) -> None:
    """`demo_sources`: who supplies each site; `demo_first_rates`: what a pound was worth on the first day."""
    cursor.execute(
        "CREATE TEMPORARY TABLE demo_sources (site_id bigint, source_id bigint, is_sourced boolean, is_warehouse boolean,"
        " code text, timezone text, currency text) ON COMMIT DROP"
    )
    for seed in SITES:
        cursor.execute(
            "INSERT INTO demo_sources SELECT s.id, coalesce(w.id, -1), w.id IS NOT NULL, s.kind = 'warehouse', s.code,"
            " s.timezone, s.currency FROM catalog_site s LEFT JOIN catalog_site w ON w.code = %s WHERE s.code = %s",
            [seed.source, seed.code],
        )
    cursor.execute(
        "CREATE TEMPORARY TABLE demo_first_rates ON COMMIT DROP AS"
        f" WITH {rates_cte(_FIRST_PAIRS)}"
        " SELECT quote AS currency, rate FROM rates"
    )
