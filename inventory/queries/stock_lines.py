"""What lies at a site under the lines of a document, and what it is worth."""

from collections.abc import Iterable
from decimal import Decimal

from django.db import connection

from catalog.models import Site
from inventory.models import Entry, Movement

ZERO = Decimal(0)

_HELD = """
SELECT b.product_id, b.lot, b.state, b.on_hand - b.reserved FROM inventory_balance b
WHERE b.site_id = %s AND b.owner_id = 0 AND b.product_id = ANY(%s)
"""

_COSTS = """
SELECT b.product_id, CASE WHEN b.pair_on_hand > 0 THEN round(b.pair_value / b.pair_on_hand, 6)
                          ELSE coalesce(b.last_cost, 0) END
FROM inventory_balance b
WHERE b.site_id = %s AND b.product_id = ANY(%s) AND b.lot = '' AND b.state = 'available' AND b.owner_id = 0
"""


def held_of(site_id: int, product_ids: Iterable[int]) -> dict[tuple[int, str, str], Decimal]:
    """(product, lot, state) → our own goods there that nobody has reserved. 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(_HELD, [site_id, sorted(set(product_ids))])
        return {(product, lot, state): free for product, lot, state, free in cursor.fetchall()}


def book_costs(site_id: int, product_ids: Iterable[int]) -> dict[int, Decimal]:
    """Product → its unit cost in the site's books now, in the site's currency. 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(_COSTS, [site_id, sorted(set(product_ids))])
        return dict(cursor.fetchall())


def values_by_line(movement: Movement, site: Site) -> dict[int, Decimal]:
    """Line number → the value that left the site's books by it. 1 query."""
    found: dict[int, Decimal] = {}
    entries = Entry.objects.filter(
        movement_id=movement.pk, recorded_at=movement.recorded_at, location_id=site.pk
    )
    for line, value in entries.values_list("line", "value"):
        found[line] = found.get(line, ZERO) - value
    return found
