"""What a counter scanned or typed: SKU, barcode or a pack's barcode."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection


@dataclass(frozen=True, slots=True)
class Named:
    """The product that a code names, and how many base units one of what it names is."""

    product_id: int
    sku: str
    factor: Decimal = Decimal(1)


def products_named(codes: Collection[str]) -> dict[str, Named]:
    """Code → product, for the codes that are known: SKU before barcode before a pack's barcode. 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT DISTINCT ON (code) code, id, sku, factor FROM (
                SELECT p.sku AS code, p.id, p.sku, 1::numeric AS factor, 1 AS place FROM catalog_product p
                WHERE p.sku = ANY(%(codes)s)
                UNION ALL SELECT p.barcode, p.id, p.sku, 1, 2 FROM catalog_product p
                WHERE p.barcode = ANY(%(codes)s) AND p.barcode <> ''
                UNION ALL SELECT k.barcode, p.id, p.sku, k.factor, 3 FROM catalog_pack k
                JOIN catalog_product p ON p.id = k.product_id
                WHERE k.barcode = ANY(%(codes)s) AND k.barcode <> '') n
            ORDER BY code, place, id""",
            {"codes": list(codes)},
        )
        return {code: Named(product, sku, factor) for code, product, sku, factor in cursor.fetchall()}
