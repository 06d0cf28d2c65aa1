"""What a phone takes along to count without a connection: products, codes, packs and places; no book when blind."""

import json
from typing import Any

from django.db import connection

from inventory.models import Count
from inventory.queries.counts import count_body
from inventory.queries.documents import plain

MOST = 20_000

_GOODS = """
SELECT p.sku, p.name, p.unit, p.barcode, i.round, i.state, k.packs, h.places, b.on_hand
FROM inventory_countitem i
JOIN catalog_product p ON p.id = i.product_id
LEFT JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_object('barcode', k.barcode, 'unit', k.unit, 'factor', trim_scale(k.factor)::text)
                     ORDER BY k.factor) AS packs
    FROM catalog_pack k WHERE k.product_id = p.id) k ON true
LEFT JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_object('zone', h.zone, 'bin', h.bin) ORDER BY h.zone, h.bin) AS places
    FROM inventory_shelf h WHERE h.product_id = p.id AND h.site_id = i.site_id) h ON true
LEFT JOIN LATERAL (
    SELECT sum(b.on_hand) AS on_hand FROM inventory_balance b
    WHERE NOT %(blind)s AND b.product_id = p.id AND b.site_id = i.site_id AND b.state = 'available') b ON true
WHERE i.count_id = %(count)s AND i.state <> 'skipped' AND (NOT %(again)s OR i.round > 1 AND i.state <> 'final')
ORDER BY h.places->0->>'zone' NULLS LAST, h.places->0->>'bin', p.sku LIMIT %(most)s
"""


def _list(found: Any) -> list[dict[str, str]]:
    """A jsonb array as the driver gives it: as text."""
    made: list[dict[str, str]] = json.loads(found) if isinstance(found, str) else found or []
    return made


def goods_of(count: Count) -> dict[str, Any]:
    """The count and its products in the order of their places; in a recount those to count again. 2 queries."""
    values = {
        "count": count.pk, "blind": count.is_blind, "again": count.state == Count.State.RECOUNT, "most": MOST
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_GOODS, values)
        rows = cursor.fetchall()
    goods = []
    for sku, name, unit, barcode, round_, state, packs, places, book in rows:
        row = {
            "sku": sku, "name": name, "unit": unit, "barcode": barcode, "round": round_, "state": state,
            "packs": _list(packs), "places": _list(places),
        }  # fmt: skip
        if book is not None and not count.is_blind:
            row["book"] = plain(book)
        goods.append(row)
    return {"count": count_body(count), "goods": goods}
