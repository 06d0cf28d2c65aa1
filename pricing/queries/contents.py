"""What exactly a change asks for, as one hash and as a few rows to tell."""

from typing import Any

from django.db import connection

TOLD_LINES = 100


def content_hash(change_id: int) -> str:
    """SHA-256 over the window, the kind of reason and every line with its base rows; hex. 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT encode(sha256(convert_to(
                 json_build_array(c.id, c.reason_code, extract(epoch FROM c.effective_from),
                                  extract(epoch FROM c.effective_until), c.rolls_back_id)::text
                 || coalesce(string_agg(json_build_array(l.price_list_id, l.product_id, l.min_quantity, l.amount,
                      l.currency, extract(epoch FROM l.valid_from), extract(epoch FROM l.valid_until), l.base_ids)::text,
                      E'\\n' ORDER BY l.price_list_id, l.product_id, l.min_quantity, l.valid_from), ''),
                 'UTF8')), 'hex')
               FROM pricing_pricechange c LEFT JOIN pricing_pricechangeline l ON l.change_id = c.id
              WHERE c.id = %s GROUP BY c.id""",
            [change_id],
        )
        return str(cursor.fetchone()[0])


def told_lines(change_id: int) -> list[dict[str, Any]]:
    """Up to 100 lines, old and new, for the trail. 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pl.code, p.sku, l.min_quantity, l.old_amount, l.amount, l.currency FROM pricing_pricechangeline l"
            " JOIN catalog_product p ON p.id = l.product_id JOIN pricing_pricelist pl ON pl.id = l.price_list_id"
            " WHERE l.change_id = %s ORDER BY l.position, l.id LIMIT %s",
            [change_id, TOLD_LINES],
        )
        return [
            {
                "price_list": code,
                "sku": sku,
                "min_quantity": minimum,
                "old": old,
                "new": new,
                "currency": currency,
            }
            for code, sku, minimum, old, new, currency in cursor.fetchall()
        ]
