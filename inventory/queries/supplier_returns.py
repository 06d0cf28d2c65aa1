"""Returns to suppliers as pages and REST show them, and which of them are late."""

import hashlib
from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Prefetch, QuerySet

from audit.actions import to_json
from catalog.models import Supplier
from inventory.models import (
    Movement,
    SupplierCredit,
    SupplierReturn,
    SupplierReturnLine,
    SupplierReturnMovement,
)
from inventory.queries.documents import plain
from inventory.queries.stock_lines import ZERO, book_costs
from inventory.queries.write_offs import evidence_body
from inventory.rules.supplier_returns import Credit, Sent, credit_of, is_overdue
from lib.money import round_money
from web.models import Attachment
from web.stored_files import attachments_of

KIND = "supplier_return"
OPEN_STATES = ("draft", "pending", "approved", "shipped")


def subject_of(found: SupplierReturn) -> str:
    """How approvals and the trail name it."""
    return f"{KIND}:{found.pk}"


def visible_supplier_returns(
    visible: Collection[int] | None, asked: dict[str, str] | None = None
) -> QuerySet[SupplierReturn]:
    """Returns of sites in scope, newest first, with site, supplier, lines and credits. 3 queries."""
    asked = asked or {}
    lines = SupplierReturnLine.objects.select_related("product").order_by("number")
    found = (
        SupplierReturn.objects.select_related("site", "supplier")
        .prefetch_related(
            Prefetch("lines", lines), Prefetch("credits", SupplierCredit.objects.order_by("pk"))
        )
        .order_by("-pk")
    )
    if visible is not None:
        found = found.filter(site_id__in=list(visible))
    for name, field in (("site", "site__code"), ("supplier", "supplier__code")):
        if asked.get(name):
            found = found.filter(**{field: asked[name]})
    if asked.get("state") == "open":
        return found.filter(state__in=OPEN_STATES)
    return found.filter(state=asked["state"]) if asked.get("state") else found


def counts_by_state(visible: Collection[int] | None) -> dict[str, int]:
    """How many returns in scope are in each state. 1 query."""
    found = SupplierReturn.objects.order_by()
    if visible is not None:
        found = found.filter(site_id__in=list(visible))
    return dict(found.values_list("state").annotate(count=Count("pk")))


def suppliers() -> QuerySet[Supplier]:
    """Every supplier by name. 1 query."""
    return Supplier.objects.order_by("name", "code")


def evidence_of(found: SupplierReturn) -> list[Attachment]:
    """Its photos and papers, oldest first. 1 query."""
    return attachments_of(KIND, [found.pk])


def money_of(found: SupplierReturn) -> Credit:
    """What was sent and credited so far; needs lines and credits."""
    return credit_of(
        [Sent(line.shipped, line.value, line.unit_credit) for line in found.lines.all()],
        [credit.amount for credit in found.credits.all()],
    )


def line_rows(found: SupplierReturn) -> list[dict[str, Any]]:
    """Lines with what left, what is left, and their value: of what left, the rest at the book's cost now. 1 query."""
    lines = list(found.lines.all())
    costs = book_costs(found.site_id, [line.product_id for line in lines])
    rows = []
    for line in lines:
        left = line.quantity - line.shipped
        value = line.value + left * costs.get(line.product_id, ZERO)
        rows.append(
            {
                "sku": line.product.sku,
                "name": line.product.name,
                "unit": line.product.unit,
                "lot": line.lot,
                "state": line.state,
                "quantity": line.quantity,
                "shipped": line.shipped,
                "left": left,
                "unit_credit": line.unit_credit,
                "value": round_money(value, found.currency),
            }
        )
    return rows


def weight_of(found: SupplierReturn) -> tuple[Decimal, Decimal]:
    """Units and their value at the book's cost, in the site's currency. 2 queries."""
    rows = line_rows(found)
    return sum((row["quantity"] for row in rows), ZERO), sum((row["value"] for row in rows), ZERO)


def supplier_return_body(found: SupplierReturn, *, with_costs: bool) -> dict[str, Any]:
    """A return as REST shows it, of `visible_supplier_returns`; money only to who may see costs. 2 queries."""
    money = money_of(found)
    names = ("value", "expected", "received", "difference")
    return {
        "id": found.pk,
        "reference": str(found),
        "state": found.state,
        "site": found.site.code,
        "supplier": found.supplier.code,
        "supplier_reference": found.supplier_reference,
        "reason": found.reason,
        "credit_due_on": found.credit_due_on.isoformat(),
        "currency": found.currency,
        "prepared_by": found.prepared_by_name,
        "policy": found.policy,
        "note": found.note,
        "close_note": found.close_note,
        "created_at": found.created_at.isoformat(),
        "shipped_at": found.shipped_at.isoformat() if found.shipped_at else None,
        "credit": {
            name: plain(round_money(getattr(money, name), found.currency)) if with_costs else None
            for name in names
        },
        "credit_notes": [credit_body(one) for one in found.credits.all()] if with_costs else [],
        "lines": [_line_body(row, with_costs=with_costs) for row in line_rows(found)],
        "evidence": [evidence_body(one) for one in evidence_of(found)],
    }


def _line_body(row: dict[str, Any], *, with_costs: bool) -> dict[str, Any]:
    unit_credit = row["unit_credit"]
    return {
        "sku": row["sku"],
        "lot": row["lot"],
        "state": row["state"],
        "quantity": plain(row["quantity"]),
        "shipped": plain(row["shipped"]),
        "value": plain(row["value"]) if with_costs else None,
        "unit_credit": plain(unit_credit) if with_costs and unit_credit is not None else None,
    }


def credit_body(one: SupplierCredit) -> dict[str, Any]:
    """A credit note as REST shows it."""
    return {
        "reference": one.reference,
        "amount": plain(one.amount),
        "received_on": one.received_on.isoformat(),
        "noted_by": one.noted_by_name,
    }


def hash_of(found: SupplierReturn) -> str:
    """What an approval is bound to: site, supplier, lines with what is to be credited, and evidence. 2 queries."""
    lines = SupplierReturnLine.objects.filter(supplier_return=found).order_by("number")
    body = {
        "site": found.site_id,
        "supplier": found.supplier_id,
        "reason": found.reason,
        "lines": [
            [
                line.product_id,
                line.lot,
                line.state,
                plain(line.quantity),
                None if line.unit_credit is None else plain(line.unit_credit),
            ]
            for line in lines
        ],
        "evidence": [one.file.sha256 for one in evidence_of(found)],
    }
    return hashlib.sha256(to_json(body).encode()).hexdigest()


def movements_of(found: SupplierReturn) -> list[dict[str, Any]]:
    """What its shipments posted, oldest first. 2 queries."""
    steps = list(SupplierReturnMovement.objects.filter(supplier_return=found).order_by("pk"))
    movements = Movement.objects.in_bulk([step.movement_id for step in steps])
    return [{"step": step, "movement": movements.get(step.movement_id)} for step in steps]


def overdue_supplier_returns(at: datetime) -> list[SupplierReturn]:
    """Whose day has passed at the site: not sent yet, or not credited in full. 3 queries."""
    found = visible_supplier_returns(None).filter(
        state__in=["approved", "shipped"], credit_due_on__lte=at.date()
    )
    return [one for one in found if is_late(one, at)]


def is_late(one: SupplierReturn, at: datetime) -> bool:
    """Whether its day has passed at its site; needs site, lines and credits."""
    today = at.astimezone(ZoneInfo(one.site.timezone)).date()
    return is_overdue(state=one.state, credit_due_on=one.credit_due_on, today=today, credit=money_of(one))


def shipments_taken_back() -> list[SupplierReturnMovement]:
    """Shipments whose movement was reversed on the movement's own page. 1 query."""
    reversals = Movement.objects.filter(reverses_id__isnull=False).values("reverses_id")
    return list(SupplierReturnMovement.objects.filter(movement_id__in=reversals).order_by("pk"))
