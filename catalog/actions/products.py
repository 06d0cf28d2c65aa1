"""Products with their categories and packs, written by lists."""

from collections.abc import Iterable
from typing import Any

from django.db import connection, transaction

from catalog import queries
from catalog.actions import upserts
from catalog.actions.upserts import Column, Counts, Rows, Story, Target, Written
from catalog.models import Pack, Product
from catalog.rules.rows import PRODUCT, checked_rows
from lib.actors import Actor
from lib.faults import Fault

_STAGE = {
    "sku": "text",
    "name": "text",
    "category": "text",
    "unit": "text",
    "barcode": "text",
    "status": "text",
    "tax_class": "text",
    "net_content": "numeric",
    "net_content_unit": "text",
    "has_net_content": "boolean",
}

_TARGET = Target(
    table="catalog_product",
    key=["sku"],
    key_values=["s.sku"],
    joins="LEFT JOIN catalog_category c ON c.path = s.category",
    columns=[
        Column("name", "s.name"),
        Column("category_id", "c.id"),
        Column("unit", "s.unit"),
        Column("barcode", "coalesce(s.barcode, t.barcode, '')"),
        Column("status", "coalesce(s.status, t.status, 'active')"),
        Column("tax_class", "coalesce(s.tax_class, t.tax_class, 'standard')"),
        Column("net_content", "CASE WHEN s.has_net_content THEN s.net_content ELSE t.net_content END"),
        Column("net_content_unit", "coalesce(s.net_content_unit, t.net_content_unit, '')"),
        Column("abc_class", "coalesce(t.abc_class, '')"),
    ],
)


@transaction.atomic
def upsert_products(*, actor: Actor, rows: Any, reason: str = "") -> Counts:
    """Create or update products by SKU; all or nothing.

    rows: as the contract's `POST products/` takes them, plus `packs` ([{unit, factor, barcode?}], replaces the stored
    ones). An optional field that is absent keeps its stored value. A category path is created with all above it.
    Raises Faults 422 with every fault of every row: those of `catalog.rules.rows`, barcode_taken, unit_fixed (a stored
    product's unit never changes: its stock is counted in it), net_content_unit_needed; 409 conflict.
    Locks: categories, then products, each in the order of its key. Records: product.upserted.
    Allowed: the edge asks for products.edit.
    """
    clean, faults = checked_rows(rows, PRODUCT)
    upserts.refuse_all(faults + _content_faults(clean) + _reference_faults(clean))
    before = _by_sku(Product.objects.filter(sku__in=[r["sku"] for r in clean])) if _is_short(clean) else None
    _create_categories({row["category"] for row in clean if row["category"]})
    upserts.stage("catalog_stage_products", _STAGE, (_staged(row) for row in clean))
    written = _with_packs(clean, upserts.upsert(_TARGET, "catalog_stage_products"))
    upserts.record(
        actor,
        written,
        Story("product", before, lambda ids: _by_sku(Product.objects.filter(pk__in=ids)), reason),
    )
    return written.counts


def _is_short(rows: Rows) -> bool:
    return len(rows) <= upserts.DETAILED_ROWS


def _staged(row: dict[str, Any]) -> list[Any]:
    return [*(row.get(name) for name in list(_STAGE)[:-1]), "net_content" in row]


def _by_sku(found: Any) -> dict[str, Any]:
    products = found.select_related("category").prefetch_related("packs")
    return {row["sku"]: row for row in queries.product_rows(products)}


def _content_faults(rows: Rows) -> list[Fault]:
    detail = "Net content and its unit belong together."
    return [
        Fault(f"/{index}/net_content_unit", "net_content_unit_needed", detail)
        for index, row in enumerate(rows)
        if (row.get("net_content") is None) != (not row.get("net_content_unit"))
        and ("net_content" in row or "net_content_unit" in row)
    ]


def _reference_faults(rows: Rows) -> list[Fault]:
    barcodes = [row["barcode"] for row in rows if row.get("barcode")]
    owners = dict(Product.objects.filter(barcode__in=barcodes).values_list("barcode", "sku"))
    stored_units = dict(
        Product.objects.filter(sku__in=[r.get("sku") for r in rows]).values_list("sku", "unit")
    )
    faults = []
    for index, row in enumerate(rows):
        barcode, sku = row.get("barcode"), row.get("sku")
        if barcode and sku and owners.setdefault(barcode, sku) != sku:
            detail = f"The barcode {barcode} belongs to {owners[barcode]}."
            faults.append(Fault(f"/{index}/barcode", "barcode_taken", detail))
        unit = stored_units.get(sku or "")
        if unit and "unit" in row and row["unit"] != unit:
            faults.append(
                Fault(f"/{index}/unit", "unit_fixed", f"{sku} is counted in {unit}; that cannot change.")
            )
    return faults


def _create_categories(paths: set[str]) -> None:
    """The nodes of `paths` and all above them, level by level so that a parent is there before its children."""
    levels: dict[int, set[str]] = {}
    for path in paths:
        names = path.split(" / ")
        for depth in range(1, len(names) + 1):
            levels.setdefault(depth, set()).add(" / ".join(names[:depth]))
    for _depth, found in sorted(levels.items()):
        nodes = [(path, *_name_and_parent(path)) for path in sorted(found)]
        columns: Iterable[Any] = (list(column) for column in zip(*nodes, strict=True))
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO catalog_category (path, name, parent_id, costing_method)"
                " SELECT n.path, n.name, p.id, coalesce(p.costing_method, 'average') FROM unnest(%s::text[], %s::text[], %s::text[]) n(path, name, above)"
                " LEFT JOIN catalog_category p ON p.path = n.above"
                " WHERE NOT EXISTS (SELECT FROM catalog_category c WHERE c.path = n.path)"
                " ORDER BY n.path ON CONFLICT (path) DO NOTHING",
                list(columns),
            )


def _name_and_parent(path: str) -> tuple[str, str]:
    parent, _stroke, name = path.rpartition(" / ")
    return name, parent


def _with_packs(rows: Rows, written: Written) -> Written:
    """Replace the packs of rows that name some; a product whose packs alone changed counts as updated."""
    wanted = {row["sku"]: {_pack_key(pack) for pack in row["packs"]} for row in rows if "packs" in row}
    if not wanted:
        return written
    found = Product.objects.filter(sku__in=wanted).prefetch_related("packs").order_by("sku")
    changed = [p for p in found if {(k.unit, k.factor, k.barcode) for k in p.packs.all()} != wanted[p.sku]]
    Pack.objects.filter(product__in=changed).delete()
    Pack.objects.bulk_create(
        Pack(product=product, unit=unit, factor=factor, barcode=barcode)
        for product in changed
        for unit, factor, barcode in sorted(wanted[product.sku])
    )
    only_packs = [product.pk for product in changed if product.pk not in set(written.ids)]
    counts = Counts(
        written.counts.created,
        written.counts.updated + len(only_packs),
        written.counts.unchanged - len(only_packs),
    )
    return Written(counts, written.created_ids, [*written.updated_ids, *only_packs])


def _pack_key(pack: dict[str, Any]) -> tuple[str, Any, str]:
    return pack["unit"], pack["factor"], pack["barcode"]
