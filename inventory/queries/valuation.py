"""Documents that change values, receipt lines with what they cost, standard costs."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from catalog.models import Supplier
from inventory.models import (
    Balance,
    LandedCost,
    LandedLine,
    Movement,
    Revaluation,
    RevaluationLine,
    StandardCost,
)
from inventory.queries.documents import plain
from inventory.sql import landing as sql


def visible_revaluations(visible: Collection[int] | None, state: str = "") -> QuerySet[Revaluation]:
    """Revaluations all of whose sites are in scope, newest first."""
    found = Revaluation.objects.order_by("-id")
    if state:
        found = found.filter(state=state)
    if visible is not None:
        lines = RevaluationLine.objects.filter(revaluation=OuterRef("pk"))
        found = found.filter(~Exists(lines.exclude(site_id__in=list(visible))))
    return found


def visible_landed_costs(visible: Collection[int] | None, state: str = "") -> QuerySet[LandedCost]:
    """Landed costs all of whose sites are in scope, newest first."""
    found = LandedCost.objects.order_by("-id")
    if state:
        found = found.filter(state=state)
    if visible is not None:
        lines = LandedLine.objects.filter(landed_cost=OuterRef("pk"))
        found = found.filter(~Exists(lines.exclude(site_id__in=list(visible))))
    return found


def revaluation_lines(document: Revaluation) -> list[RevaluationLine]:
    """The lines with site and product. 1 query."""
    return list(document.lines.select_related("site", "product").order_by("number"))


def landed_lines(document: LandedCost) -> list[LandedLine]:
    """The lines with site and product. 1 query."""
    return list(document.lines.select_related("site", "product").order_by("number"))


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """A posted receipt line at a real site. weight: kilograms of one unit, where the product tells; entry_id: its own."""

    receipt_id: int
    line: int
    reference: str
    occurred_at: datetime
    site_id: int
    site: str
    currency: str
    product_id: int
    sku: str
    name: str
    lot: str
    quantity: Decimal
    value: Decimal
    weight: Decimal | None
    entry_id: int


def receipt_lines(
    receipt_ids: Sequence[int] = (), reference: str = "", visible: Collection[int] | None = None
) -> list[ReceiptLine]:
    """Receipt lines of these movements, or of those with this reference. 1 query."""
    which = "m.id = ANY(%(ids)s)" if receipt_ids else "m.reference = %(reference)s"
    if visible is not None:
        which += " AND e.location_id = ANY(%(visible)s)"
    values: dict[str, Any] = {
        "ids": list(receipt_ids),
        "reference": reference,
        "visible": list(visible or ()),
    }
    with connection.cursor() as cursor:
        cursor.execute(sql.RECEIPT_LINES.format(which=which), values)
        return [ReceiptLine(*row) for row in cursor.fetchall()]


def came_later(lines: Sequence[LandedLine]) -> dict[tuple[int, int], Decimal]:
    """(receipt, line) → what came to the same pair after it. 1 query."""
    columns = zip(*((x.receipt_id, x.receipt_line, x.site_id, x.product_id) for x in lines), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(sql.CAME_LATER, [list(column) for column in columns])
        return {(receipt, line): quantity for receipt, line, quantity in cursor.fetchall()}


def taken_back(receipt_ids: Collection[int]) -> set[int]:
    """Which of these movements were reversed. 1 query."""
    found = Movement.objects.filter(reverses_id__in=list(receipt_ids)).values_list("reverses_id", flat=True)
    return {number for number in found if number is not None}


def layered_lines(receipt_ids: Collection[int]) -> set[tuple[int, int]]:
    """(receipt, line) that made a layer. 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(sql.LAYERED, [sorted(receipt_ids)])
        return set(cursor.fetchall())


def standard_costs(sku: str = "") -> QuerySet[StandardCost]:
    """Standard costs, newest first."""
    found = StandardCost.objects.select_related("product").order_by("-id")
    return found.filter(product__sku=sku) if sku else found


def standard_body(one: StandardCost) -> dict[str, Any]:
    """A standard cost as REST shows it. No query."""
    return {
        "id": one.pk, "sku": one.product.sku, "currency": one.currency, "amount": plain(one.amount),
        "valid_from": one.valid_from.isoformat(), "reason": one.reason,
    }  # fmt: skip


def revaluation_body(document: Revaluation) -> dict[str, Any]:
    """A revaluation as REST shows it. 1 query."""
    lines = []
    for one in revaluation_lines(document):
        row: dict[str, Any] = {"site": one.site.code, "sku": one.product.sku}
        for name in ("amount", "unit_cost", "posted"):
            figure = getattr(one, name)
            if figure is not None:
                row[name] = plain(figure)
        lines.append(row)
    return _head(document) | {"lines": lines}


def landed_body(document: LandedCost) -> dict[str, Any]:
    """A landed cost as REST shows it. 2 queries."""
    charges = [
        {
            "kind": one.kind,
            "amount": plain(one.amount),
            "currency": one.currency,
            "converted": plain(one.converted),
            "note": one.note,
        }
        for one in document.charges.order_by("id")
    ]
    lines = []
    for one in landed_lines(document):
        row = {
            "receipt": one.receipt_id, "line": one.receipt_line, "site": one.site.code, "sku": one.product.sku,
            "quantity": plain(one.quantity), "share": plain(one.share),
        }  # fmt: skip
        if one.to_stock is not None and one.to_variance is not None:
            row |= {"to_stock": plain(one.to_stock), "to_variance": plain(one.to_variance)}
        lines.append(row)
    return _head(document) | {"basis": document.basis, "charges": charges, "lines": lines}


def _head(document: Revaluation | LandedCost) -> dict[str, Any]:
    return {
        "id": document.pk, "reference": document.reference, "state": document.state, "reason": document.reason,
        "currency": document.currency, "total": plain(document.total), "made_at": document.made_at.isoformat(),
        "movement": document.movement_id, "reversal": document.reversal_movement_id,
    }  # fmt: skip


def open_valuations_before(site_id: int, ends_at: datetime) -> list[Revaluation | LandedCost]:
    """Documents of a site made before an instant that still wait for a decision. 2 queries."""
    asked: dict[str, Any] = {"state": "pending", "made_at__lt": ends_at, "lines__site_id": site_id}
    found: list[Revaluation | LandedCost] = list(
        Revaluation.objects.filter(**asked).distinct().order_by("pk")
    )
    return found + list(LandedCost.objects.filter(**asked).distinct().order_by("pk"))


def receipt_references(document: LandedCost) -> dict[int, str]:
    """Receipt → its reference, of a document's lines. 1 query."""
    receipts = document.lines.values("receipt_id")
    return dict(Movement.objects.filter(pk__in=receipts).values_list("pk", "reference"))


def supplier_options() -> list[tuple[str, str]]:
    """Suppliers whose goods lie at some site: code and name. 1 query."""
    owners = Balance.objects.exclude(owner_id=0).values("owner_id")
    return list(Supplier.objects.filter(pk__in=owners).order_by("name").values_list("code", "name"))
