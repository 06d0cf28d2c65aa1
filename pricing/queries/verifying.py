"""Whether what was announced is what stands: every line of an applied change against the timeline at its moment."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from pricing.models import PriceChange

#: The moment of a line is when it first counts; what was known is what its own placing left behind.
OTHERWISE = """
WITH looked AS (
  SELECT c.id, c.placed_at, c.effective_from, c.effective_until,
         coalesce((SELECT min(p.known_from) FROM pricing_price p WHERE p.price_change_id = c.id), c.placed_at) AS known
    FROM pricing_pricechange c
   WHERE c.applied_at >= %(since)s AND c.applied_at < %(until)s AND c.placed_at IS NOT NULL
), asked AS (
  SELECT k.id, k.known, l.price_list_id, l.product_id, l.min_quantity, l.currency, l.amount,
         greatest(k.known, k.effective_from, l.valid_from) AS moment,
         least(k.effective_until, l.valid_until) AS ends
    FROM looked k JOIN pricing_pricechangeline l ON l.change_id = k.id
)
SELECT a.id, count(*), min(s.sku) FROM asked a JOIN catalog_product s ON s.id = a.product_id
  LEFT JOIN pricing_price p ON p.price_list_id = a.price_list_id AND p.product_id = a.product_id
   AND p.min_quantity = a.min_quantity AND p.currency = a.currency AND p.valid @> a.moment AND p.known @> a.known
 WHERE (a.ends IS NULL OR a.ends > a.moment) AND p.amount IS DISTINCT FROM a.amount
 GROUP BY a.id ORDER BY a.id LIMIT %(limit)s
"""


@dataclass(frozen=True)
class Otherwise:
    """A change whose announced prices do not stand: in how many lines, and the SKU of one."""

    change: PriceChange
    lines: int
    sku: str


def applied_otherwise(since: datetime, until: datetime, limit: int = 200) -> list[Otherwise]:
    """Changes applied in that time whose lines are not what the timeline says at their moment. 2 queries."""
    with connection.cursor() as cursor:
        cursor.execute(OTHERWISE, {"since": since, "until": until, "limit": limit})
        rows = cursor.fetchall()
    changes = PriceChange.objects.in_bulk([change_id for change_id, _lines, _sku in rows])
    return [Otherwise(changes[change_id], lines, sku) for change_id, lines, sku in rows]
