"""Made-up products and prices in the instance's own tables, inside a transaction that is rolled back."""

from typing import Any

PRICES = """
INSERT INTO pricing_price (price_list_id, product_id, min_quantity, currency, amount, valid, known, known_from,
                           price_change_id, event_id)
SELECT %s, p.id, 1, %s, round((1 + abs(hashint8(p.id)) %% 20000 / 100.0) * %s / 100.0, 2), v.valid,
       tstzrange('2019-01-01', NULL), '2019-01-01', %s, 0
  FROM unnest(%s) AS p (id)
 CROSS JOIN (VALUES (tstzrange('2020-01-01', '2021-01-01')), (tstzrange('2021-01-01', NULL))) AS v (valid)
"""


def made_prices(cursor: Any, products: int) -> dict[str, Any]:
    """Products, a base, a regional and a promotion list, and two rows of each product in each: one of 2020, one since."""
    from pricing.models import PriceChange

    cursor.execute(
        "INSERT INTO catalog_product (sku, name, unit, barcode, status, tax_class, net_content_unit, abc_class)"
        " SELECT 'BENCH-' || n, 'Bench ' || n, 'pcs', '', 'active', 'standard', '', ''"
        " FROM generate_series(1, %s) n RETURNING id",
        [products],
    )
    made: dict[str, Any] = {"products": [row[0] for row in cursor.fetchall()]}
    cursor.execute("SELECT code, region_id FROM catalog_site ORDER BY id LIMIT 1")
    made["site"], region_id = cursor.fetchone()
    made["change"] = PriceChange.objects.create(title="bench", state=PriceChange.State.APPLIED).pk
    for kind, percent in (("base", 100), ("region", 105), ("promotion", 90)):
        cursor.execute(
            "INSERT INTO pricing_pricelist (code, name, currency, kind, region_id, priority, tax_included, exclusive)"
            " SELECT 'BENCH-' || %s, %s, currency, %s, CASE WHEN %s = 'region' THEN %s END, 999, true, false"
            " FROM catalog_site WHERE code = %s RETURNING id, currency",
            [kind, kind, kind, kind, region_id, made["site"]],
        )
        made[kind], made["currency"] = cursor.fetchone()
        cursor.execute(PRICES, [made[kind], made["currency"], percent, made["change"], made["products"]])
    cursor.execute("ANALYZE catalog_product, pricing_price")
    return made
