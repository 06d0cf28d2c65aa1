"""Bills of materials: every version that a set of products needs, what is made of what, and pages of bills."""

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Prefetch, QuerySet

from catalog.models import BillLine, BillOfMaterials
from catalog.queries.products import plain
from catalog.rules.bills import BUNDLE, KIT, Version, in_force

_VERSIONS = """
WITH RECURSIVE needed AS (
    SELECT p.id FROM catalog_product p WHERE p.sku = ANY(%(skus)s)
    UNION
    SELECT l.component_id FROM needed n
    JOIN catalog_billofmaterials b ON b.product_id = n.id
    JOIN catalog_billline l ON l.bill_id = b.id)
SELECT p.sku, b.id, b.kind, b.valid_from, c.sku, l.quantity
FROM needed n
JOIN catalog_product p ON p.id = n.id
JOIN catalog_billofmaterials b ON b.product_id = n.id
LEFT JOIN catalog_billline l ON l.bill_id = b.id
LEFT JOIN catalog_product c ON c.id = l.component_id
ORDER BY p.sku, b.valid_from, l.number
"""


def bill_versions(skus: Collection[str]) -> dict[str, list[Version]]:
    """Every version of the products and of all they are made of, by SKU, oldest first. 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(_VERSIONS, {"skus": sorted(set(skus))})
        rows = cursor.fetchall()
    found: dict[str, dict[int, tuple[str, datetime, list[tuple[str, Decimal]]]]] = {}
    for sku, bill_id, kind, valid_from, component, quantity in rows:
        version = found.setdefault(sku, {}).setdefault(bill_id, (kind, valid_from, []))
        if component is not None:
            version[2].append((component, quantity))
    return {
        sku: [Version(kind, valid_from, tuple(lines)) for kind, valid_from, lines in versions.values()]
        for sku, versions in found.items()
    }


def has_bundle(skus: Collection[str]) -> bool:
    """Whether any of them was ever a bundle. 1 query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT catalog_has_bundle(%s::text[])", [sorted(set(skus))])
        return bool(cursor.fetchone()[0])


def bundles_among(skus: Collection[str], at: datetime) -> frozenset[str]:
    """Those of the SKUs that are bundles at `at`. 1 query, one more where one ever was."""
    if not skus or not has_bundle(skus):
        return frozenset()
    versions = bill_versions(skus)
    found = {sku: in_force(versions, sku, at) for sku in skus}
    return frozenset(sku for sku, version in found.items() if version is not None and version.kind == BUNDLE)


_MADE_OF = """
WITH RECURSIVE below AS (
    SELECT unnest(%(components)s::bigint[]) AS id
    UNION
    SELECT l.component_id FROM below n
    JOIN catalog_billofmaterials b ON b.product_id = n.id
    JOIN catalog_billline l ON l.bill_id = b.id
    WHERE b.valid_from >= %(since)s OR b.id = (
        SELECT a.id FROM catalog_billofmaterials a WHERE a.product_id = n.id AND a.valid_from <= %(since)s
        ORDER BY a.valid_from DESC LIMIT 1))
SELECT EXISTS (SELECT FROM below WHERE id = %(product)s)
"""


def is_made_of(component_ids: Collection[int], product_id: int, since: datetime) -> bool:
    """Whether any component contains the product, at whatever depth, from `since` on. 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(_MADE_OF, {"components": sorted(component_ids), "product": product_id, "since": since})
        return bool(cursor.fetchone()[0])


def newest_valid_from(product_id: int) -> datetime | None:
    """When the product's last version begins, None without one. 1 query."""
    bills = BillOfMaterials.objects.filter(product_id=product_id).order_by("-valid_from")
    return bills.values_list("valid_from", flat=True).first()


def kind_at(sku: str, at: datetime) -> str:
    """`bundle` or `kit` where the product is one at `at`, else "". 1 query."""
    bills = BillOfMaterials.objects.filter(product__sku=sku, valid_from__lte=at).order_by("-valid_from")
    kind = bills.values_list("kind", flat=True).first()
    return kind if kind in (BUNDLE, KIT) else ""


def bills(sku: str = "", kind: str = "") -> QuerySet[BillOfMaterials]:
    """Versions with product and lines, newest first. 2 queries when read."""
    found = BillOfMaterials.objects.select_related("product").prefetch_related(
        Prefetch("lines", queryset=BillLine.objects.select_related("component").order_by("number"))
    )
    if sku:
        found = found.filter(product__sku=sku)
    if kind:
        found = found.filter(kind=kind)
    return found.order_by("-valid_from", "-id")


def bill_row(bill: BillOfMaterials) -> dict[str, Any]:
    """A version with the fields it is posted with. No query."""
    return {
        "id": bill.pk,
        "sku": bill.product.sku,
        "kind": bill.kind,
        "valid_from": bill.valid_from.isoformat(),
        "reason": bill.reason,
        "prepared_by": bill.prepared_by_name,
        "recorded_at": bill.recorded_at.isoformat(),
        "lines": [{"sku": line.component.sku, "quantity": plain(line.quantity)} for line in bill.lines.all()],
    }


def units_of(skus: Collection[str]) -> dict[str, tuple[str, list[tuple[str, Decimal]]]]:
    """SKU → (base unit, its packs as (unit, base units in it)), small ones first. 1 query."""
    found: dict[str, tuple[str, list[tuple[str, Decimal]]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.sku, p.unit, k.unit, k.factor FROM catalog_product p"
            " LEFT JOIN catalog_pack k ON k.product_id = p.id WHERE p.sku = ANY(%s) ORDER BY k.factor, k.unit",
            [sorted({sku for sku in skus if "\x00" not in sku})],
        )
        for sku, base, unit, factor in cursor.fetchall():
            packs = found.setdefault(sku, (base, []))[1]
            if unit is not None:
                packs.append((unit, factor))
    return found
