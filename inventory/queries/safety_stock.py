"""Demand and lead times from the ledger, and what lies below its safety stock."""

from datetime import datetime

from django.db import connection

# Demand by site and local day counts days without sales too; lead time is the time between receipts from the same
# side, which the ledger knows, until orders are kept: at least a day, by default a week with two days' deviation.
_DEMAND = """
WITH sold AS (
    SELECT e.location_id, e.product_id, (e.occurred_at AT TIME ZONE s.timezone)::date AS day,
           greatest(-sum(e.quantity), 0) AS units
    FROM inventory_entry e JOIN catalog_site s ON s.id = e.location_id
    WHERE e.location_id > 0 AND e.counter_id = -2 AND e.occurred_at > %(since)s AND e.occurred_at <= %(at)s
    GROUP BY 1, 2, 3),
demand AS (
    SELECT location_id, product_id, sum(units)::float / %(days)s AS mean,
           sqrt(greatest(sum(units * units)::float / %(days)s - (sum(units)::float / %(days)s) ^ 2, 0)) AS sd
    FROM sold GROUP BY 1, 2),
shipped AS (
    SELECT i.location_id, i.product_id,
           extract(epoch FROM i.occurred_at - lag(i.occurred_at) OVER (
               PARTITION BY i.location_id, i.product_id ORDER BY i.occurred_at)) / 86400 AS days
    FROM inventory_entry i
    WHERE i.location_id > 0 AND i.counter_id IN (-1, -4) AND i.quantity > 0 AND i.occurred_at > %(since)s
        AND i.occurred_at <= %(at)s),
lead AS (
    SELECT location_id, product_id, least(greatest(avg(days), 1), 28)::float AS mean,
           least(coalesce(stddev_samp(days), 2), 14)::float AS sd
    FROM shipped WHERE days >= 0.5 GROUP BY 1, 2)
SELECT d.location_id, d.product_id, d.mean, d.sd, coalesce(l.mean, 7), coalesce(l.sd, 2),
       coalesce(k.service_level, 0.95)::float
FROM demand d
LEFT JOIN lead l USING (location_id, product_id)
LEFT JOIN inventory_safetystock k ON k.site_id = d.location_id AND k.product_id = d.product_id
ORDER BY 1, 2
"""

_SHORT = """
SELECT s.id, s.code, count(*), count(*) FILTER (WHERE b.pair_on_hand <= 0),
       array_agg(p.sku ORDER BY b.pair_on_hand - coalesce(k.given_units, k.computed_units), p.sku)
FROM inventory_safetystock k
JOIN inventory_balance b ON b.site_id = k.site_id AND b.product_id = k.product_id AND b.lot = '' AND b.state = 'available' AND b.owner_id = 0
JOIN catalog_site s ON s.id = k.site_id
JOIN catalog_product p ON p.id = k.product_id
WHERE b.pair_on_hand + b.in_transit < coalesce(k.given_units, k.computed_units)
GROUP BY s.id, s.code ORDER BY s.code
"""


def demand_and_lead_times(
    since: datetime, at: datetime
) -> list[tuple[int, int, float, float, float, float, float]]:
    """(site, product, demand mean and deviation per day, lead time mean and deviation in days, service level). 1 query.

    Pairs that sold between `since` and `at`.
    """
    with connection.cursor() as cursor:
        cursor.execute(_DEMAND, {"since": since, "at": at, "days": (at - since).days})
        return cursor.fetchall()  # type: ignore[no-any-return]


def short_of_safety() -> list[tuple[int, str, int, int, list[str]]]:
    """(site, code, products below safety stock with what is on its way, of them without stock, SKUs worst first). 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(_SHORT)
        return cursor.fetchall()  # type: ignore[no-any-return]
