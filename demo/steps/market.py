"""Competitors and what was seen of their prices: around the base list's, a week ago and yesterday, set-based."""

from datetime import datetime, timedelta

from django.db.backends.utils import CursorWrapper

from demo.steps.prices import BASE
from lib.actors import Actor
from pricing.actions.competitors import record_competitor_prices, save_competitors

COMPETITORS = [
    {"code": "HIGHSTREET", "name": "High Street Gifts", "country": "GB"},
    {"code": "BARGAIN", "name": "Bargain Barn", "country": "GB"},
]
#: Every 12th product that has a base price; factors spread by product so that some are below ours and some above.
_SEEN = """
SELECT c.code, p.sku,
       round(x.amount * (0.9 + 0.2 * abs(hashtext(c.code || p.sku || d.days)) / 2147483648.0)::numeric, 2), d.days
FROM pricing_price x JOIN pricing_pricelist l ON l.id = x.price_list_id AND l.code = %(base)s
JOIN catalog_product p ON p.id = x.product_id
CROSS JOIN (VALUES ('HIGHSTREET'), ('BARGAIN')) AS c (code) CROSS JOIN (VALUES (35), (8), (1)) AS d (days)
WHERE upper_inf(x.known) AND x.valid @> %(at)s::timestamptz AND x.min_quantity = 1 AND x.amount > 0.5
    AND p.id %% 12 = 0 ORDER BY 1, 2, 4 LIMIT 1200
"""


def load_market(cursor: CursorWrapper, actor: Actor, now: datetime) -> int:
    """Two competitors and some hundred observations, a few under codes that mean no product; returns how many."""
    save_competitors(actor=actor, rows=COMPETITORS)
    cursor.execute(_SEEN, {"base": BASE, "at": now})
    rows = [
        {
            "competitor": competitor, "sku": sku, "amount": str(amount), "currency": "GBP",
            "observed_at": now - timedelta(days=days), "source": "demo",
        }
        for competitor, sku, amount, days in cursor.fetchall()
        if amount > 0
    ]  # fmt: skip
    rows += [
        {
            "competitor": "BARGAIN", "code": f"BB-{number}", "amount": "2.95", "currency": "GBP",
            "observed_at": now - timedelta(days=1), "source": "demo",
        }
        for number in (1041, 1042, 1043)
    ]  # fmt: skip
    return record_competitor_prices(actor=actor, rows=rows)
