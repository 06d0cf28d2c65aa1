"""Drawing what a person looks at again: goods to count, papers and till receipts to hold against their documents.

What is drawn depends on the seed alone, so that the same run draws the same and nobody chooses.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

# Goods that moved lately first: there a book goes wrong; then the rest.
_GOODS = """
SELECT b.product_id, p.sku, p.name, sum(b.on_hand) AS on_hand
  FROM inventory_balance b JOIN catalog_product p ON p.id = b.product_id
 WHERE b.site_id = %(site)s AND p.sku <> ALL(%(without)s)
 GROUP BY b.product_id, p.sku, p.name HAVING sum(b.on_hand) > 0
 ORDER BY max(b.last_occurred_at) > %(since)s DESC NULLS LAST, md5(b.product_id || %(seed)s) LIMIT %(count)s
"""

_DOCUMENTS = """
SELECT m.id, m.reference, m.kind, count(DISTINCT (e.product_id, e.lot)) AS lines, abs(sum(e.quantity)) AS quantity
  FROM inventory_entry e JOIN inventory_movement m ON m.id = e.movement_id AND m.kind = ANY(%(kinds)s)
 WHERE e.location_id = %(site)s AND e.occurred_at > %(since)s AND e.occurred_at <= %(until)s AND e.quantity <> 0
   AND m.reverses_id IS NULL AND NOT EXISTS (SELECT FROM inventory_movement r WHERE r.reverses_id = m.id)
 GROUP BY m.id, m.reference, m.kind ORDER BY md5(m.id || %(seed)s) LIMIT %(count)s
"""


@dataclass(frozen=True)
class GoodsToCount:
    """A product of a site and what the book says lies there, over all lots, states and owners."""

    product_id: int
    sku: str
    name: str
    on_hand: Decimal


@dataclass(frozen=True)
class PaperToHold:
    """A movement of a site, how many lines and how much of it there."""

    movement_id: int
    reference: str
    kind: str
    lines: int
    quantity: Decimal


def goods_to_count(
    site_id: int, since: datetime, seed: str, count: int, without: Collection[str] = ()
) -> list[GoodsToCount]:
    """Goods that lie at the site, those that moved since `since` first, in the order of the seed. 1 query."""
    values = {"site": site_id, "since": since, "seed": f":{seed}", "count": count, "without": list(without)}
    return [GoodsToCount(*row) for row in _rows(_GOODS, values)]


def papers_to_hold(
    site_id: int, window: tuple[datetime, datetime], seed: str, count: int, kinds: Collection[str]
) -> list[PaperToHold]:
    """Movements of the kinds that occurred in the window and stand, in the order of the seed. 1 query."""
    values = {
        "site": site_id,
        "since": window[0],
        "until": window[1],
        "seed": f":{seed}",
        "count": count,
        "kinds": list(kinds),
    }
    return [PaperToHold(*row) for row in _rows(_DOCUMENTS, values)]


def on_hand_now(site_id: int, product_id: int) -> Decimal:
    """What the book says lies at the site, over all lots, states and owners. 1 query."""
    rows = _rows(
        "SELECT coalesce(sum(on_hand), 0) FROM inventory_balance WHERE site_id = %(site)s AND product_id = %(product)s",
        {"site": site_id, "product": product_id},
    )
    return Decimal(rows[0][0])


def _rows(sql: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())
