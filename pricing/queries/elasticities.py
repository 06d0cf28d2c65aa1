"""Own-price elasticities of many products at once: sums in SQL, the judgement in rules."""

from collections.abc import Collection
from datetime import date

from django.db import connection

from pricing.rules.elasticity import Elasticity, Sums, estimate

WEEKLY = """
WITH weekly AS (
  SELECT product_id, site_id, date_trunc('week', "on") AS week,
         sum(units_sold - units_returned) AS units, sum(revenue) AS revenue
    FROM sales_dailyfact
   WHERE product_id = ANY(%s) AND site_id = ANY(%s) AND "on" >= %s AND "on" < %s
   GROUP BY 1, 2, 3 HAVING sum(units_sold - units_returned) > 0 AND sum(revenue) > 0
), logs AS (
  SELECT product_id, site_id, ln((revenue / units)::float8) AS x, ln(units::float8) AS y FROM weekly
), centred AS (
  SELECT product_id, site_id, x - avg(x) OVER own AS x, y - avg(y) OVER own AS y,
         max(x) OVER own - min(x) OVER own AS spread
    FROM logs WINDOW own AS (PARTITION BY product_id, site_id)
)
SELECT product_id, count(*), count(DISTINCT site_id), max(spread), sum(x * x), sum(x * y), sum(y * y)
  FROM centred GROUP BY product_id
"""


def elasticities(
    product_ids: Collection[int], site_ids: Collection[int], since: date, until: date
) -> dict[int, Elasticity]:
    """Product → how its units answered to its price from `since` to before `until`; without sales: few_weeks. 1 query."""
    found = dict.fromkeys(product_ids, Elasticity(None, problem="few_weeks"))
    with connection.cursor() as cursor:
        cursor.execute(WEEKLY, [list(product_ids), list(site_ids), since, until])
        for product_id, *sums in cursor.fetchall():
            found[product_id] = estimate(Sums(*sums))
    return found
