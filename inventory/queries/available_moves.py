"""What may be sold of each product at a site, and where that may have moved in a stretch."""

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal

from django.db import connection

AVAILABLE = """
SELECT b.site_id, b.product_id, sum(b.on_hand - b.reserved)
  FROM inventory_balance b
 WHERE b.site_id = ANY(%(sites)s) AND b.state = 'available'
   AND (%(products)s::bigint[] IS NULL OR b.product_id = ANY(%(products)s::bigint[]))
 GROUP BY b.site_id, b.product_id
"""
TOUCHED = """
SELECT product_id, max(recorded_at) FROM (
  SELECT product_id, recorded_at FROM inventory_entry WHERE recorded_at > %(since)s AND location_id = ANY(%(sites)s)
  UNION ALL
  SELECT product_id, recorded_at FROM inventory_reservation WHERE recorded_at > %(since)s AND site_id = ANY(%(sites)s)
  UNION ALL
  SELECT r.product_id, e.recorded_at FROM inventory_reservationend e
    JOIN inventory_reservation r ON r.id = e.reservation_id
   WHERE e.recorded_at > %(since)s AND r.site_id = ANY(%(sites)s)) moves
 GROUP BY product_id
"""


def available_at(
    site_ids: Collection[int], product_ids: Collection[int] | None = None
) -> dict[tuple[int, int], Decimal]:
    """(site, product) → on hand, not set aside, less reserved; of all owners. None: every product. 1 query."""
    products = None if product_ids is None else sorted(product_ids)
    with connection.cursor() as cursor:
        cursor.execute(AVAILABLE, {"sites": sorted(site_ids), "products": products})
        return {(site, product): quantity for site, product, quantity in cursor.fetchall()}


def touched_stock(site_ids: Collection[int], since: datetime) -> dict[int, datetime]:
    """Products with entries or reservations recorded after `since` at the sites → the newest such moment. 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(TOUCHED, {"sites": sorted(site_ids), "since": since})
        return dict(cursor.fetchall())
