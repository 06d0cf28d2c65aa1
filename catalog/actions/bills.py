"""Bills of materials: a version at a time, never edited."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection, transaction

from audit.actions import record
from catalog.models import BillLine, BillOfMaterials
from catalog.queries.bills import bill_row, is_made_of, newest_valid_from
from catalog.queries.products import products_by_sku
from catalog.rules.bills import bill_faults
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse

#: Bills are saved one after another: two at a time could close a circle that neither sees.
_LOCK = 7_640_231


@dataclass(frozen=True)
class BillDraft:
    """A version as asked for: SKUs, not ids."""

    sku: str
    kind: str
    valid_from: datetime
    lines: Sequence[tuple[str, Decimal]]
    reason: str = ""


@transaction.atomic
def save_bill(*, actor: Actor, draft: BillDraft) -> BillOfMaterials:
    """Say what a product is made of from a moment on.

    Raises Faults 422 with every fault: `invalid_kind`, `no_lines`, `lines_not_allowed`, `too_many_lines`,
    `invalid_quantity`, `duplicate_sku`, `unknown_sku`, `too_long`, `not_later` (a version begins after the last one),
    `cycle`.
    Locks: bills, one after another. Records: bill.saved. Allowed: the caller has asked for bills.edit.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    faults = bill_faults(draft.sku, draft.kind, draft.lines)
    known = products_by_sku([draft.sku, *(sku for sku, _quantity in draft.lines)])
    if draft.sku not in known:
        faults.append(Fault("/sku", "unknown_sku", f"There is no product {draft.sku!r}."))
    for number, (sku, _quantity) in enumerate(draft.lines):
        if sku not in known:
            faults.append(Fault(f"/lines/{number}/sku", "unknown_sku", f"There is no product {sku!r}."))
    if len(draft.reason) > 500:
        faults.append(Fault("/reason", "too_long", "A reason has up to 500 characters."))
    if faults:
        raise Faults(faults)
    product = known[draft.sku]
    last = newest_valid_from(product.pk)
    if last is not None and draft.valid_from <= last:
        detail = f"The last version begins at {last.isoformat()}; a new one begins after it."
        raise refuse("not_later", detail, pointer="/valid_from")
    if is_made_of([known[sku].pk for sku, _quantity in draft.lines], product.pk, draft.valid_from):
        raise refuse("cycle", f"One of the components contains {draft.sku} itself.", pointer="/lines")
    made = BillOfMaterials.objects.create(
        product=product,
        kind=draft.kind,
        valid_from=draft.valid_from,
        reason=draft.reason.strip(),
        prepared_by_id=actor.id if actor.kind == "user" else None,
        prepared_by_name=actor.name,
    )
    BillLine.objects.bulk_create(
        BillLine(bill=made, number=number, component=known[sku], quantity=quantity)
        for number, (sku, quantity) in enumerate(draft.lines)
    )
    made.refresh_from_db()
    row = bill_row(made)
    record(actor=actor, kind="bill.saved", subject=f"bill:{draft.sku}", reason=made.reason, after=row)
    return made
