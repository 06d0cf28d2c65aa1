"""What was ordered and has not arrived."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection
from django.db.models import Prefetch, QuerySet

from inventory.models import PurchaseOrder, PurchaseOrderLine

#: What is to come of each line: confirmed or ordered, less what was received under the reference, the earliest line
#: first. Receipts are the ledger's entries at the order's site; what was reversed counts against itself.
_TO_COME = """
WITH line AS (
  SELECT o.reference, o.site_id, l.product_id, coalesce(l.confirmed_on, o.expected_on) AS expected_on, l.id,
    coalesce(l.confirmed_quantity, l.quantity) AS quantity
  FROM inventory_purchaseorder o JOIN inventory_purchaseorderline l ON l.order_id = o.id
  WHERE o.state IN ('open', 'confirmed') AND (%(sites)s::bigint[] IS NULL OR o.site_id = ANY(%(sites)s))
    AND (%(products)s::bigint[] IS NULL OR l.product_id = ANY(%(products)s))
), received AS (
  SELECT m.reference, e.location_id AS site_id, e.product_id, sum(e.quantity) AS quantity
  FROM (SELECT DISTINCT reference FROM line) r
  JOIN inventory_movement m ON m.reference = r.reference AND m.state = 'posted'
  JOIN inventory_movement base ON base.id = coalesce(m.reverses_id, m.id) AND base.kind = 'receipt'
  JOIN inventory_entry e ON e.movement_id = m.id AND e.recorded_at = m.recorded_at AND e.location_id > 0
  GROUP BY 1, 2, 3
), ahead AS (
  SELECT line.*, coalesce(received.quantity, 0) AS received,
    sum(line.quantity) OVER (PARTITION BY line.reference, line.site_id, line.product_id
      ORDER BY line.expected_on NULLS LAST, line.id) AS running
  FROM line LEFT JOIN received USING (reference, site_id, product_id)
)
SELECT site_id, product_id, sum(least(quantity, greatest(running - received, 0))) AS quantity, expected_on
FROM ahead WHERE running > received AND (%(until)s::date IS NULL OR expected_on <= %(until)s)
GROUP BY site_id, product_id, expected_on ORDER BY site_id, product_id, expected_on NULLS LAST
"""


@dataclass(frozen=True)
class ToCome:
    """How much of a product is still to come to a site on a day; expected_on None: no day was named."""

    site_id: int
    product_id: int
    quantity: Decimal
    expected_on: date | None


def to_come(
    site_ids: Collection[int] | None = None,
    product_ids: Collection[int] | None = None,
    until: date | None = None,
) -> list[ToCome]:
    """What open and confirmed orders have still to bring, by site, product and day; zero is left out. 1 query.

    site_ids, product_ids: only those; None: all. until: only what is expected by that day (not what has no day).
    """
    asked = {
        "sites": None if site_ids is None else sorted(site_ids),
        "products": None if product_ids is None else sorted(product_ids),
        "until": until,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TO_COME, asked)
        return [ToCome(*row) for row in cursor.fetchall() if row[2] > 0]


def orders_by_reference(references: Collection[str]) -> dict[str, tuple[int, str]]:
    """Reference → (id, code of the site) of the orders there are. 1 query."""
    found = PurchaseOrder.objects.filter(reference__in=set(references))
    return {
        reference: (pk, site) for reference, pk, site in found.values_list("reference", "pk", "site__code")
    }


def visible_orders(
    visible: Collection[int] | None, state: str = "", site: str = ""
) -> QuerySet[PurchaseOrder]:
    """Orders of the visible sites (None: of all) with their lines, newest first. 2 queries when read."""
    lines = PurchaseOrderLine.objects.select_related("product").order_by("number")
    found = PurchaseOrder.objects.select_related("site").prefetch_related(Prefetch("lines", lines))
    if visible is not None:
        found = found.filter(site__in=list(visible))
    if state:
        found = found.filter(state=state)
    if site:
        found = found.filter(site__code=site)
    return found.order_by("-id")
