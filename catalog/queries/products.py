"""Products: by SKU, as rows of the contract, by search."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Prefetch, QuerySet

from catalog.models import Pack, Product

MIN_SEARCH_LENGTH = 2


def products_by_sku(skus: Collection[str]) -> dict[str, Product]:
    """The products of `skus` that exist. 1 query."""
    return {product.sku: product for product in Product.objects.filter(sku__in=set(skus))}


def products(sku: str = "", category: str = "", status: str = "", barcode: str = "") -> QuerySet[Product]:
    """Products with category and packs, filtered; a category includes those below it. 2 queries when read."""
    found = Product.objects.select_related("category").prefetch_related(
        Prefetch("packs", queryset=Pack.objects.order_by("factor", "id"))
    )
    if sku:
        found = found.filter(sku=sku)
    if barcode:
        found = found.filter(barcode=barcode)
    if status:
        found = found.filter(status=status)
    if category:
        found = found.filter(category__path=category) | found.filter(
            category__path__startswith=f"{category} / "
        )
    return found


def product_rows(found: Iterable[Product]) -> list[dict[str, Any]]:
    """Products with the fields they are posted with; decimals as text without trailing zeros. No query."""
    return [
        {
            "sku": product.sku,
            "name": product.name,
            "category": product.category.path if product.category else "",
            "unit": product.unit,
            "barcode": product.barcode,
            "status": product.status,
            "tax_class": product.tax_class,
            "net_content": None if product.net_content is None else plain(product.net_content),
            "net_content_unit": product.net_content_unit,
            "packs": [
                {"unit": pack.unit, "factor": plain(pack.factor), "barcode": pack.barcode}
                for pack in product.packs.all()
            ],
        }
        for product in found
    ]


def plain(number: Any) -> str:
    """A decimal as text, without trailing zeros and without an exponent."""
    return f"{number.normalize():f}"


@dataclass(frozen=True)
class ProductHit:
    """A product found by search."""

    id: int
    sku: str
    name: str
    barcode: str
    category: str
    status: str


def search_products(text: str, limit: int = 10) -> Sequence[ProductHit]:
    """Products whose SKU, barcode or name matches `text`, best first: exact, SKU from the start, name. 1 query.

    Fewer than two characters find nothing. Trigram indexes carry it.
    """
    text = text.strip()
    if len(text) < MIN_SEARCH_LENGTH or "\x00" in text:
        return []
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.id, p.sku, p.name, p.barcode, coalesce(c.path, ''), p.status"
            " FROM catalog_product p LEFT JOIN catalog_category c ON c.id = p.category_id"
            " WHERE p.sku ILIKE %(inside)s OR p.name ILIKE %(inside)s OR (p.barcode <> '' AND p.barcode = %(text)s)"
            " ORDER BY (upper(p.sku) = upper(%(text)s) OR p.barcode = %(text)s) DESC, p.sku ILIKE %(start)s DESC,"
            " p.name ILIKE %(start)s DESC, similarity(p.name, %(text)s) DESC, p.sku LIMIT %(limit)s",
            {"inside": f"%{escaped}%", "start": f"{escaped}%", "text": text, "limit": limit},
        )
        return [ProductHit(*row) for row in cursor.fetchall()]
