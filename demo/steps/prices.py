"""Price lists, and the price history that the source's price points tell."""

from django.db.backends.utils import CursorWrapper

from demo.rules import FIRST_AT, LAST_AT
from demo.steps.source import Plan
from lib.actors import Actor
from pricing.actions.bulk import load_history
from pricing.actions.price_lists import upsert_price_lists

BASE, EURO, CHINA, PROMOTION = "UK-BASE", "EUR-REGION", "CNY-REGION", "PROMO-UK"

LISTS = [
    {"code": BASE, "name": "Base list, pounds", "currency": "GBP", "kind": "base", "priority": 0},
    {
        "code": EURO,
        "name": "Eurozone, linked to the rate",
        "currency": "EUR",
        "kind": "region",
        "region": "EUROZONE",
        "parent": BASE,
        "priority": 0,
        "float_fraction": "0.06",
        "ends_in": "0.99",
        "override_policy": "ask",
        "rate_dead_band": "0.01",
        "rate_step_limit": "0.05",
    },
    {
        "code": CHINA,
        "name": "China, linked to the rate",
        "currency": "CNY",
        "kind": "region",
        "region": "CHINA",
        "parent": BASE,
        "priority": 0,
        "float_fraction": "-0.1",
        "ends_in": "0.90",
    },
    {
        "code": PROMOTION,
        "name": "Christmas promotion UK",
        "currency": "GBP",
        "kind": "promotion",
        "region": "UK",
        "priority": 10,
    },
    {
        "code": "UK-STAFF",
        "name": "Staff, 15 % off",
        "currency": "GBP",
        "kind": "base",
        "region": "UK",
        "customer_group": "STAFF",
        "parent": BASE,
        "priority": 0,
        "float_fraction": "-0.15",
        "floor_fraction": "-0.15",
    },
]

_STAGE = """
CREATE TEMPORARY TABLE stage_prices (
    price_list_id bigint, product_id bigint, min_quantity numeric, currency text, amount numeric,
    valid_from timestamptz, valid_until timestamptz, reason text
) ON COMMIT DROP
"""

# The price that most sales lines of a month paid; of equals the higher one. Thin months keep the price before.
_POINTS = """
CREATE TEMPORARY TABLE demo_points ON COMMIT DROP AS
SELECT sku, month, price FROM (
    SELECT sku, month, price, lag(price) OVER (PARTITION BY sku ORDER BY month) AS before FROM (
        SELECT sku, month, price, lines, first_month FROM (
            SELECT sku, date_trunc('month', at) AS month, round(price, 2) AS price, count(*) AS lines,
                   min(date_trunc('month', min(at))) OVER (PARTITION BY sku) AS first_month,
                   row_number() OVER (PARTITION BY sku, date_trunc('month', at)
                                      ORDER BY count(*) DESC, round(price, 2) DESC) AS place
              FROM demo_goods WHERE quantity > 0 AND price > 0 AND invoice NOT LIKE 'C%'
             GROUP BY sku, date_trunc('month', at), round(price, 2)) counted
         WHERE place = 1 AND (lines >= {min_lines} OR month = first_month)) modes) runs
 WHERE price > 0 AND price IS DISTINCT FROM before
"""

_BASE = """
INSERT INTO stage_prices
SELECT {base}, p.product_id, 1, 'GBP', price,
       (CASE WHEN place = 1 THEN timestamp '{first}' ELSE month + interval '{weeks} weeks' END) AT TIME ZONE '{zone}',
       (next_month + interval '{weeks} weeks') AT TIME ZONE '{zone}', 'price points of the source'
  FROM (SELECT sku, month, price, row_number() OVER run AS place, lead(month) OVER run AS next_month
          FROM demo_points WINDOW run AS (PARTITION BY sku ORDER BY month)) r
  JOIN demo_products p USING (sku)
"""

# From twelve pieces on: what most such lines paid, where that is clearly below every price of a single piece.
_BREAKS = """
INSERT INTO stage_prices
SELECT {base}, p.product_id, 12, 'GBP', b.price, timestamp '{first}' AT TIME ZONE '{zone}', NULL,
       'quantity break of the source'
  FROM (SELECT DISTINCT ON (sku) sku, round(price, 2) AS price, count(*) AS lines
          FROM demo_goods WHERE quantity >= 12 AND price > 0 GROUP BY sku, round(price, 2)
         ORDER BY sku, count(*) DESC, round(price, 2)) b
  JOIN demo_products p USING (sku)
  JOIN (SELECT sku, min(price) AS lowest FROM demo_points GROUP BY sku) l USING (sku)
 WHERE b.lines >= 15 AND b.price > 0 AND b.price <= l.lowest * 0.95
"""

# Goods with such a break come in boxes of twelve as well.
_BOXES = """
INSERT INTO catalog_pack (product_id, unit, factor, barcode)
SELECT product_id, 'box', 12, '' FROM stage_prices WHERE price_list_id = {base} AND min_quantity = 12
ON CONFLICT DO NOTHING
"""

# Cheap goods would nearly double to end in .99: they have prices of their own, to five cents.
_CHEAP = """
INSERT INTO stage_prices
SELECT {euro}, p.product_id, 1, 'EUR', greatest(round(s.amount * r.rate * 1.06 * 20) / 20, 0.05),
       timestamp '{first}' AT TIME ZONE '{zone}', NULL, 'simulated: price points below one euro'
  FROM stage_prices s JOIN demo_products p USING (product_id) JOIN demo_first_rates r ON r.currency = 'EUR'
 WHERE s.price_list_id = {base} AND s.min_quantity = 1 AND s.valid_until IS NULL AND s.amount < 0.9
"""

_PROMOTED = """
INSERT INTO stage_prices
SELECT {promotion}, s.product_id, 1, 'GBP', round(s.amount * 0.8, 2),
       (timestamp '{last}' - interval '5 days') AT TIME ZONE '{zone}',
       (timestamp '{last}' + interval '30 days') AT TIME ZONE '{zone}', 'simulated: 20 % off Christmas goods'
  FROM stage_prices s
  JOIN catalog_product c ON c.id = s.product_id
  JOIN catalog_category k ON k.id = c.category_id
 WHERE s.price_list_id = {base} AND s.min_quantity = 1 AND s.valid_until IS NULL
   AND k.path = 'Seasonal / Christmas' AND c.status = 'active' AND s.amount BETWEEN 1 AND 20
 ORDER BY c.sku LIMIT 60
"""


def load_prices(actor: Actor, cursor: CursorWrapper, plan: Plan) -> int:
    """The lists and their history; how many price rows."""
    upsert_price_lists(actor=actor, rows=LISTS, reason="demo")
    cursor.execute("SELECT code, id FROM pricing_pricelist")
    ids = dict(cursor.fetchall())
    values = {
        "base": ids[BASE],
        "euro": ids[EURO],
        "promotion": ids[PROMOTION],
        "first": (FIRST_AT + plan.shift).date(),
        "last": (LAST_AT + plan.shift).date(),
        "weeks": plan.weeks,
        "zone": "Europe/London",
        "min_lines": 1 if plan.sample else 3,
    }
    for statement in (_STAGE, _POINTS, _BASE, _BREAKS, _BOXES, _CHEAP, _PROMOTED):
        cursor.execute(statement.format(**values))
    cursor.execute("ANALYZE stage_prices")
    return load_history(cursor, actor=actor, title="Price history")
