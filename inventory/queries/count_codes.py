"""What a counter scanned or typed: SKU, barcode or a pack's barcode, or a code that carries lot or weight."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from catalog.models import Site
from inventory.queries.barcodes import read
from lib.faults import Faults


@dataclass(frozen=True, slots=True)
class Named:
    """The product that a code names, how many base units one of what it names is, and the lot it tells ("" for none)."""

    product_id: int
    sku: str
    factor: Decimal = Decimal(1)
    lot: str = ""


def products_named(codes: Collection[str], site: Site) -> dict[str, Named]:
    """Code → product, for the codes that are known: SKU before barcode before a pack's barcode, else as it is read.

    1 query, and up to 4 for each code that is none of the three.
    """
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
        found = {code: Named(product, sku, factor) for code, product, sku, factor in cursor.fetchall()}
    for code in set(codes) - set(found):
        named = _read(code, site)
        if named is not None:
            found[code] = named
    return found


def _read(code: str, site: Site) -> Named | None:
    try:
        scan = read(code, site=site)
    except Faults:
        return None
    factor = scan.quantity if scan.quantity else Decimal(1)
    return Named(scan.product.pk, scan.product.sku, factor, scan.lot)
