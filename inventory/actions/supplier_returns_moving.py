"""Returns to suppliers from their approval on: shipped, credited, closed; overdue ones raise an alert."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from alerts.actions import AlertDraft, raise_alerts, resolve_alerts_except
from inventory.actions.movements import check_right, post_document
from inventory.actions.supplier_returns import State, fresh, locked, record_step
from inventory.models import (
    Movement,
    SupplierCredit,
    SupplierReturn,
    SupplierReturnLine,
    SupplierReturnMovement,
)
from inventory.queries.documents import movement_draft, plain
from inventory.queries.stock_lines import ZERO, values_by_line
from inventory.queries.supplier_returns import (
    money_of,
    overdue_supplier_returns,
    shipments_taken_back,
    visible_supplier_returns,
)
from inventory.rules.drafts import LineDraft, MovementDraft
from inventory.rules.stock_lines import StockLine, stock_line_faults
from lib import clock
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse
from lib.money import amount_fault, round_money

OVERDUE = "supplier_return_overdue:"
Key = tuple[str, str, str]


@transaction.atomic
def ship_supplier_return(*, actor: Actor, return_id: int, lines: Sequence[StockLine] = ()) -> SupplierReturn:
    """Send goods back; they leave the books at what they are worth there.

    lines: what leaves now; empty for all that is left.
    Raises Faults 403; 409 `wrong_state`; 422 `not_requested`, `over_shipment`, `nothing_left`, `insufficient_stock` and
    others of a posting; Http404.
    Locks: the return, then as a posting. Records: movement.posted, supplier_return.shipped.
    Allowed: supplier_returns.ship, the site in scope.
    """
    check_right(actor, "supplier_returns.ship")
    found = locked(actor, return_id, State.APPROVED, State.SHIPPED)
    rows = list(
        SupplierReturnLine.objects.filter(supplier_return=found).select_related("product").order_by("number")
    )
    leaving = list(lines) or [
        StockLine(row.product.sku, row.quantity - row.shipped, row.lot, row.state)
        for row in rows
        if row.quantity > row.shipped
    ]
    if not leaving:
        raise refuse("nothing_left", "Everything that was asked for has been shipped.")
    by_key = {(row.product.sku, row.lot, row.state): row for row in rows}
    _check_shipment(by_key, leaving)
    movement = post_document(actor, _movement(found, leaving), None)
    values = values_by_line(movement, found.site)
    for number, line in enumerate(leaving):
        row = by_key[line.key]
        row.shipped += line.quantity
        row.value += values.get(number, ZERO)
    SupplierReturnLine.objects.bulk_update(rows, ["shipped", "value"])
    SupplierReturnMovement.objects.create(supplier_return=found, movement_id=movement.pk)
    SupplierReturn.objects.filter(pk=found.pk).update(
        state=State.SHIPPED, shipped_at=found.shipped_at or Now()
    )
    after = {"movement": movement.pk, "value": plain(sum(values.values(), ZERO)), "currency": found.currency}
    record_step(actor, found, "shipped", after=after)
    return fresh(found)


def _check_shipment(by_key: dict[Key, SupplierReturnLine], leaving: Sequence[StockLine]) -> None:
    faults = stock_line_faults(leaving, {sku for sku, _lot, _state in by_key} | {one.sku for one in leaving})
    for number, line in enumerate(leaving):
        row = by_key.get(line.key)
        if row is None:
            detail = f"{line.sku} {line.lot} {line.state} was not asked for.".replace("  ", " ")
            faults.append(Fault(f"/lines/{number}/sku", "not_requested", detail))
        elif line.quantity.is_finite() and line.quantity > row.quantity - row.shipped:
            detail = f"{line.sku}: {plain(row.quantity - row.shipped)} are left to ship."
            faults.append(Fault(f"/lines/{number}/quantity", "over_shipment", detail))
    if faults:
        raise Faults(faults)


def _movement(found: SupplierReturn, lines: Sequence[StockLine]) -> MovementDraft:
    code = found.site.code
    return MovementDraft(
        reference=str(found),
        kind="issue",
        lines=tuple(
            LineDraft(line.sku, code, "supplier", line.quantity, line.lot, from_state=line.state)
            for line in lines
        ),
        reason=f"{found} to {found.supplier.name}: {found.reason}"[:500],
        source="return",
    )


@transaction.atomic
def note_credit(
    *, actor: Actor, return_id: int, reference: str, amount: Decimal, received_on: date
) -> SupplierReturn:
    """Note what the supplier credited, for finance; the difference to what is expected shows at once.

    Raises Faults 403; 409 `wrong_state`, `already_noted`; 422 `reference_required`, `invalid_amount`, `in_future`;
    Http404.
    Locks: the return. Records: supplier_return.credited. Allowed: supplier_returns.credit.
    """
    check_right(actor, "supplier_returns.credit")
    found = locked(actor, return_id, State.SHIPPED)
    faults = []
    if not reference.strip() or len(reference) > 64:
        faults.append(Fault("/reference", "reference_required", "Give the number of the credit note."))
    if not amount.is_finite() or amount == 0 or amount_fault(abs(amount), found.currency):
        detail = f"An amount in {found.currency}, not zero."
        faults.append(Fault("/amount", "invalid_amount", detail))
    if received_on > clock.now().date():
        faults.append(Fault("/received_on", "in_future", "A credit note is not from the future."))
    if faults:
        raise Faults(faults)
    try:
        with transaction.atomic():
            SupplierCredit.objects.create(
                supplier_return=found,
                reference=reference.strip(),
                amount=amount,
                received_on=received_on,
                noted_by_id=actor.id if actor.kind == "user" else None,
                noted_by_name=actor.name,
            )
    except IntegrityError as error:
        raise refuse("already_noted", "This credit note was noted before.", status=409) from error
    money = money_of(visible_supplier_returns(None).get(pk=found.pk))
    after = {
        "credit_note": reference.strip(),
        "amount": plain(amount),
        "expected": plain(round_money(money.expected, found.currency)),
        "received": plain(money.received),
        "currency": found.currency,
    }
    record_step(actor, found, "credited", after=after)
    return fresh(found)


@transaction.atomic
def close_supplier_return(*, actor: Actor, return_id: int, comment: str = "") -> SupplierReturn:
    """Finish it: what was not shipped will not be, and a credit that differs is accepted with a reason.

    Raises Faults 403; 409 `wrong_state`; 422 `difference_unexplained`; Http404.
    Locks: the return. Records: supplier_return.closed with the difference. Allowed: supplier_returns.credit.
    """
    check_right(actor, "supplier_returns.credit")
    found = locked(actor, return_id, State.SHIPPED)
    money = money_of(visible_supplier_returns(None).get(pk=found.pk))
    difference = round_money(money.difference, found.currency)
    if difference and not comment.strip():
        detail = f"The credit differs by {plain(difference)} {found.currency}; say why that is accepted."
        raise refuse("difference_unexplained", detail, pointer="/comment")
    SupplierReturn.objects.filter(pk=found.pk).update(
        state=State.CLOSED, ended_at=Now(), close_note=comment.strip()[:500]
    )
    after = {"difference": plain(difference), "currency": found.currency}
    record_step(actor, found, "closed", reason=comment, after=after)
    return fresh(found)


def settle_taken_back(*, actor: Actor) -> int:
    """Shipments whose movement was reversed count as not shipped; returns how many.

    Locks: each return. Records: supplier_return.taken_back. Allowed: the loop.
    """
    steps = shipments_taken_back()
    for step in steps:
        with transaction.atomic():
            found = locked(actor, step.supplier_return_id, State.SHIPPED, State.CLOSED)
            if SupplierReturnMovement.objects.filter(pk=step.pk).delete()[0]:
                _give_back(actor, found, Movement.objects.get(pk=step.movement_id))
    return len(steps)


def _give_back(actor: Actor, found: SupplierReturn, movement: Movement) -> None:
    rows = {
        (row.product.sku, row.lot, row.state): row
        for row in SupplierReturnLine.objects.filter(supplier_return=found).select_related("product")
    }
    values = values_by_line(movement, found.site)
    for number, line in enumerate(movement_draft(movement).lines):
        row = rows[line.sku, line.lot, line.from_state]
        row.shipped -= line.quantity
        row.value -= values.get(number, ZERO)
    SupplierReturnLine.objects.bulk_update(rows.values(), ["shipped", "value"])
    is_any = any(row.shipped for row in rows.values())
    SupplierReturn.objects.filter(pk=found.pk).update(state=State.SHIPPED if is_any else State.APPROVED)
    record_step(actor, found, "taken_back", after={"movement": movement.pk})


def alert_overdue_returns(*, actor: Actor) -> int:
    """One alert for each return whose day has passed; those of the others are resolved. Returns how many.

    Locks: the alerts. Records: through alerts. Allowed: the loop.
    """
    drafts = [
        AlertDraft(
            key=f"{OVERDUE}{one.pk}",
            kind="supplier_return_overdue",
            severity="warning",
            title=format_lazy(
                _("Return {name} to {supplier} is not credited in time"),
                name=str(one),
                supplier=one.supplier.name,
            ),
            url=f"/stock/supplier-returns/{one.pk}/",
            site_id=one.site_id,
        )
        for one in overdue_supplier_returns(clock.now())
    ]
    resolve_alerts_except(OVERDUE, [draft.key for draft in drafts], actor=actor)
    raise_alerts(drafts, actor=actor)
    return len(drafts)
