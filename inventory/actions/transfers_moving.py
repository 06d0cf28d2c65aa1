"""Transfers on their way: shipped, received with every difference settled, closed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models.functions import Now

from catalog.access import visible_site_ids_or_all
from inventory.actions.movements import check_right, post_document
from inventory.actions.reservations import Wanted
from inventory.actions.transfers import State, fresh, locked, record_step
from inventory.models import Movement, Transfer, TransferLine, TransferMovement, TransferParcel
from inventory.queries.documents import plain
from inventory.rules import transfers as rules
from inventory.rules.drafts import LineDraft, MovementDraft
from inventory.rules.states import AVAILABLE, BLOCKED, INSPECT
from inventory.rules.transfers import ZERO, Came
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse

Step = TransferMovement.Step


def _check_site(actor: Actor, site_id: int, what: str) -> None:
    visible = visible_site_ids_or_all(actor)
    if visible is not None and site_id not in visible:
        raise refuse("not_your_site", f"Only the {what} site does this.", status=403)


@transaction.atomic
def ship_transfer(*, actor: Actor, transfer_id: int, lines: Sequence[Wanted] = ()) -> Transfer:
    """Send goods off: from the sender into transit, for the destination. May be done in parts and by lots.

    lines: what leaves now; empty for all that is left, from the lots asked for.
    Raises Faults 403 `not_allowed`, `not_your_site`; 409 `wrong_state`; 422 `not_requested`, `over_shipment`,
    `invalid_quantity`, `duplicate_sku`, `nothing_left`, `insufficient_stock` and others of a posting; Http404.
    Locks: the transfer, then as a posting. Records: movement.posted, transfer.shipped.
    Allowed: transfers.ship with the sender in scope.
    """
    check_right(actor, "transfers.ship")
    transfer = locked(actor, transfer_id, State.APPROVED, State.IN_TRANSIT, State.RECEIVED)
    _check_site(actor, transfer.source_id, "sending")
    rows = list(TransferLine.objects.filter(transfer=transfer).select_related("product").order_by("number"))
    leaving = list(lines) or [
        Wanted(row.product.sku, row.requested - row.shipped, row.lot)
        for row in rows
        if row.requested > row.shipped
    ]
    if not leaving:
        raise refuse("nothing_left", "Everything that was asked for has been shipped.")
    pairs = _matched(rows, leaving)
    code = transfer.source.code
    drafts = [LineDraft(line.sku, code, "transit", line.quantity, line.lot) for line in leaving]
    movement = post_document(actor, _draft(transfer, "transfer", drafts, "shipped"), None)
    quantities: dict[int, Decimal] = {}
    for row, lot, quantity in _by_lot(pairs, movement):
        row.shipped += quantity
        parcel, _made = TransferParcel.objects.get_or_create(line=row, lot=lot, defaults={"shipped": ZERO})
        parcel.shipped += quantity
        parcel.save(update_fields=["shipped"])
        quantities[parcel.pk] = quantities.get(parcel.pk, ZERO) + quantity
    TransferLine.objects.bulk_update(rows, ["shipped"])
    Transfer.objects.filter(pk=transfer.pk).update(
        state=State.IN_TRANSIT, shipped_at=transfer.shipped_at or Now()
    )
    _note(transfer, movement, Step.SHIP, quantities)
    record_step(actor, transfer, "shipped", after={"movement": movement.pk})
    return fresh(transfer)


def _by_lot(
    pairs: Sequence[tuple[TransferLine, Wanted]], movement: Movement
) -> list[tuple[TransferLine, str, Decimal]]:
    """What left, by the lots that were taken for it."""
    if movement.taken is None:
        return [(row, line.lot, line.quantity) for row, line in pairs]
    return [(pairs[one.asked_number][0], one.lot, one.quantity) for one in movement.taken]


def _matched(rows: Sequence[TransferLine], leaving: Sequence[Wanted]) -> list[tuple[TransferLine, Wanted]]:
    """Each shipped line with the line it was asked for in: the one of its lot, else the one of any lot."""
    by_key = {(row.product.sku, row.lot): row for row in rows}
    left = {row.pk: row.requested - row.shipped for row in rows}
    faults = rules.doubled_faults([(line.sku, line.lot) for line in leaving])
    pairs = []
    for number, line in enumerate(leaving):
        at = f"/lines/{number}"
        wrong = rules.quantity_faults(at, [("quantity", line.quantity)], may_be_zero=False)
        row = by_key.get((line.sku, line.lot)) or by_key.get((line.sku, ""))
        if row is None:
            wrong.append(Fault(f"{at}/sku", "not_requested", f"{line.sku} was not asked for."))
        elif not wrong:
            left[row.pk] -= line.quantity
            if left[row.pk] < 0:
                most = plain(left[row.pk] + line.quantity)
                wrong.append(
                    Fault(f"{at}/quantity", "over_shipment", f"{line.sku}: {most} are left to ship.")
                )
            pairs.append((row, line))
        faults += wrong
    if faults:
        raise Faults(faults)
    return pairs


def _draft(transfer: Transfer, kind: str, lines: Iterable[LineDraft], why: str) -> MovementDraft:
    return MovementDraft(
        reference=str(transfer),
        kind=kind,
        lines=tuple(lines),
        destination=transfer.destination.code,
        reason=f"{transfer} {why}",
        source="transfer",
    )


def _note(
    transfer: Transfer, movement: Movement, step: TransferMovement.Step, quantities: dict[int, Decimal]
) -> None:
    TransferMovement.objects.create(
        transfer=transfer,
        movement_id=movement.pk,
        step=step,
        quantities={str(number): plain(quantity) for number, quantity in quantities.items()},
    )


@dataclass
class _Found:
    """A parcel with what the receiver found of it, and how much of that came beyond what was sent."""

    parcel: TransferParcel
    came: Came
    over: Decimal


@transaction.atomic
def receive_transfer(*, actor: Actor, transfer_id: int, lines: Sequence[Came]) -> Transfer:
    """Take in what came and settle what did not: short to adjustment, damaged blocked or scrapped, refused back.

    What is named in no way stays on its way. Adjustments and scraps go through their own policy: beyond it they wait
    for approval, and what an approver refuses counts as on its way again.
    Raises Faults 403 `not_allowed`, `not_your_site`; 409 `wrong_state`; 422 `not_shipped`, `over_receipt`,
    `invalid_quantity`, `duplicate_sku`, `no_lines`; Http404.
    Locks: the transfer, then as a posting. Records: movement.*, transfer.received.
    Allowed: transfers.receive with the destination in scope.
    """
    check_right(actor, "transfers.receive")
    transfer = locked(actor, transfer_id, State.IN_TRANSIT)
    _check_site(actor, transfer.destination_id, "receiving")
    found = _found(transfer, lines)
    _post_all(actor, transfer, found)
    for one in found:
        parcel, came = one.parcel, one.came
        parcel.received += came.received - one.over
        parcel.damaged += came.damaged + came.scrapped
        parcel.short += came.short
        parcel.refused += came.refused
        parcel.over += one.over
    TransferParcel.objects.bulk_update(
        [one.parcel for one in found], ["received", "damaged", "short", "refused", "over"]
    )
    is_done = not _outstanding(transfer)
    Transfer.objects.filter(pk=transfer.pk).update(
        state=State.RECEIVED if is_done else State.IN_TRANSIT, received_at=Now()
    )
    after: dict[str, object] = {"lines": [_told(one) for one in found[:50]], "settled": is_done}
    record_step(actor, transfer, "received", after=after)
    return fresh(transfer)


def _told(one: _Found) -> dict[str, str]:
    figures = {name: plain(amount) for name, amount in one.came.amounts.items() if amount}
    return {
        "sku": one.came.sku,
        "lot": one.came.lot,
        **figures,
        **({"over": plain(one.over)} if one.over else {}),
    }


def _parcels(transfer: Transfer) -> list[TransferParcel]:
    found = TransferParcel.objects.filter(line__transfer=transfer).select_related("line__product")
    return list(found.order_by("line__number", "lot"))


def _left(parcel: TransferParcel) -> Decimal:
    return parcel.shipped - parcel.received - parcel.damaged - parcel.short - parcel.refused


def _outstanding(transfer: Transfer) -> bool:
    return any(_left(parcel) > 0 for parcel in _parcels(transfer))


def _found(transfer: Transfer, lines: Sequence[Came]) -> list[_Found]:
    """Each line with its parcel. Raises Faults with every fault."""
    by_key = {(parcel.line.product.sku, parcel.lot): parcel for parcel in _parcels(transfer)}
    faults = rules.doubled_faults([(line.sku, line.lot) for line in lines])
    found = []
    for number, came in enumerate(lines):
        at = f"/lines/{number}"
        wrong = rules.quantity_faults(at, came.amounts.items(), may_be_zero=True)
        parcel = by_key.get((came.sku, came.lot))
        if parcel is None:
            wrong.append(
                Fault(
                    f"{at}/sku", "not_shipped", f"{came.sku} {came.lot} was not shipped.".replace("  ", " ")
                )
            )
        elif not wrong:
            over = rules.over_units(came, _left(parcel), parcel.shipped)
            if over is None:
                text = f"{came.sku}: {plain(came.total)} counted, {plain(_left(parcel))} are on their way."
                wrong.append(Fault(f"{at}/received", "over_receipt", text))
            elif came.total:
                found.append(_Found(parcel, came, over))
        faults += wrong
    if not faults and not found:
        faults.append(Fault("/lines", "no_lines", "Say what came."))
    if faults:
        raise Faults(faults)
    return found


def _post_all(actor: Actor, transfer: Transfer, found: Sequence[_Found]) -> None:
    """One movement for what is taken in, and one each for what is short, scrapped and over."""
    here, back = transfer.destination.code, transfer.source.code
    taken = [
        LineDraft(one.came.sku, "transit", to, quantity, one.came.lot, to_state=state)
        for one in found
        for to, state, quantity in (
            (here, AVAILABLE, one.came.received - one.over),
            (here, BLOCKED, one.came.damaged),
            (back, INSPECT, one.came.refused),
        )
        if quantity
    ]
    if taken:
        movement = post_document(actor, _draft(transfer, "transfer", taken, "received"), None)
        _note(transfer, movement, Step.RECEIVE, {})
    for step, kind, ends, name in (
        (Step.SHORT, "adjustment", ("transit", "adjustment"), "short"),
        (Step.DAMAGED, "scrap", ("transit", "scrap"), "scrapped"),
        (Step.OVER, "adjustment", ("adjustment", here), "over"),
    ):
        parts = [
            (one, one.over if name == "over" else getattr(one.came, name))
            for one in found
            if (one.over if name == "over" else getattr(one.came, name))
        ]
        if parts:
            lines = [LineDraft(one.came.sku, *ends, quantity, one.came.lot) for one, quantity in parts]
            movement = post_document(actor, _draft(transfer, kind, lines, str(name)), None)
            _note(transfer, movement, step, {one.parcel.pk: quantity for one, quantity in parts})


@transaction.atomic
def close_transfer(*, actor: Actor, transfer_id: int) -> Transfer:
    """Finish it: all that was shipped is settled, and what was not shipped will not be.

    Raises Faults 403; 409 `wrong_state`, `waiting_for_approval`; Http404.
    Locks: the transfer. Records: transfer.closed. Allowed: transfers.receive with the destination in scope.
    """
    check_right(actor, "transfers.receive")
    transfer = locked(actor, transfer_id, State.RECEIVED)
    _check_site(actor, transfer.destination_id, "receiving")
    if give_back_refused(actor, transfer):
        return fresh(transfer)
    waiting = Movement.objects.filter(
        pk__in=TransferMovement.objects.filter(transfer=transfer).values("movement_id"),
        state=Movement.State.PENDING,
    )
    if waiting.exists():
        raise refuse("waiting_for_approval", "A difference still waits for approval.", status=409)
    Transfer.objects.filter(pk=transfer.pk).update(state=State.CLOSED, ended_at=Now())
    record_step(actor, transfer, "closed")
    return fresh(transfer)


FIELDS = {Step.SHORT: "short", Step.DAMAGED: "damaged", Step.OVER: "over"}


def give_back_refused(actor: Actor, transfer: Transfer) -> bool:
    """What an approver refused to write off counts as on its way again; True when there was any."""
    refused = Movement.objects.filter(state__in=[Movement.State.REFUSED, Movement.State.WITHDRAWN])
    steps = list(
        TransferMovement.objects.filter(
            transfer=transfer, is_void=False, step__in=list(FIELDS), movement_id__in=refused.values("pk")
        )
    )
    for step in steps:
        name = FIELDS[Step(step.step)]
        for number, quantity in step.quantities.items():
            parcel = TransferParcel.objects.get(pk=int(number))
            setattr(parcel, name, getattr(parcel, name) - Decimal(quantity))
            parcel.save(update_fields=[name])
        TransferMovement.objects.filter(pk=step.pk).update(is_void=True)
    if not steps:
        return False
    state = State.IN_TRANSIT if _outstanding(transfer) else State.RECEIVED
    Transfer.objects.filter(pk=transfer.pk).update(state=state)
    record_step(actor, transfer, "reopened", after={"movements": [step.movement_id for step in steps]})
    return True


def reopen_refused(*, actor: Actor) -> int:
    """`give_back_refused` for every received transfer that has such a movement; returns how many.

    Locks: each transfer. Records: transfer.reopened. Allowed: the loop.
    """
    refused = Movement.objects.filter(state__in=[Movement.State.REFUSED, Movement.State.WITHDRAWN])
    steps = TransferMovement.objects.filter(
        is_void=False, step__in=list(FIELDS), transfer__state__in=[State.RECEIVED, State.IN_TRANSIT]
    ).filter(movement_id__in=refused.values("pk"))
    count = 0
    for number in sorted(set(steps.values_list("transfer_id", flat=True))):
        with transaction.atomic():
            count += give_back_refused(actor, locked(actor, number, State.RECEIVED, State.IN_TRANSIT))
    return count
