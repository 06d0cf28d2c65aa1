"""Goods of a declared consignment: arrived at customs, held, released, cleared, sent back, destroyed; closed."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from inventory.actions.costs import Rates
from inventory.actions.customs import State, fresh, locked, record_step
from inventory.actions.movements import check_right, post_document
from inventory.models import CustomsConsignment, CustomsLine, CustomsMovement, Movement
from inventory.queries.customs import (
    figures_of,
    undone_steps,
)
from inventory.queries.documents import plain
from inventory.rules.customs import Part, quantity_faults, state_of
from inventory.rules.drafts import LineDraft, MovementDraft
from inventory.rules.states import AVAILABLE, INSPECT, QUARANTINE
from lib import clock
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse

log = logging.getLogger(__name__)

Step = CustomsMovement.Step
RIGHT = "customs.clear"
INTO = (AVAILABLE, QUARANTINE, INSPECT)
FIELDS = {Step.ARRIVE: "arrived", Step.CLEAR: "cleared", Step.REFUSE: "refused", Step.DESTROY: "destroyed"}
UNDER_WAY = (State.DECLARED, State.HELD)


@dataclass
class _Taken:
    """A line and how much of it a step takes."""

    row: CustomsLine
    quantity: Decimal


@dataclass(frozen=True)
class _Posting:
    """What a step posts. at: None for now."""

    step: CustomsMovement.Step
    kind: str
    lines: Sequence[LineDraft]
    at: datetime | None = None
    why: str = ""


@transaction.atomic
def arrive_consignment(
    *, actor: Actor, consignment_id: int, parts: Sequence[Part] = (), at: datetime | None = None
) -> CustomsConsignment:
    """Goods have reached customs: posted from the supplier (or transit) into customs for the site.

    parts: what arrived; empty for all that is to come. at: when, else now. Goods from a supplier are worth their customs
    value, in the site's currency at the rate of the day.
    Raises Faults 403; 409 `wrong_state`; 422 `not_declared`, `over_declared`, `invalid_quantity`, `duplicate_sku`,
    `nothing_left` and those of a posting; Http404.
    Locks: the consignment, then as a posting. Records: movement.posted, customs.arrived. Allowed: customs.clear.
    """
    check_right(actor, RIGHT)
    found = locked(actor, consignment_id, *UNDER_WAY)
    taken = _taken(found, parts, "to_come", "over_declared")
    rates, now = Rates(), at or clock.now()
    lines = [
        LineDraft(
            one.row.product.sku,
            found.comes_from,
            "customs",
            one.quantity,
            one.row.lot,
            unit_cost=_unit_cost(found, one.row, rates, now),
        )
        for one in taken
    ]
    kind = "receipt" if found.comes_from == "supplier" else "transfer"
    _post(actor, found, _Posting(Step.ARRIVE, kind, lines, at), taken)
    if found.arrived_at is None:
        CustomsConsignment.objects.filter(pk=found.pk).update(arrived_at=now)
    return _stepped(actor, found, "arrived", taken)


def _unit_cost(found: CustomsConsignment, row: CustomsLine, rates: Rates, at: datetime) -> Decimal | None:
    """What one is worth in the site's currency by its customs value; None where nothing was declared or known."""
    if found.comes_from != "supplier" or not row.value:
        return None
    rate = Decimal(1)
    if found.currency != found.site.currency:
        rate = rates(found.currency, found.site.currency, at.date())
    return round(row.value * rate / row.declared, 6)


@transaction.atomic
def clear_consignment(
    *, actor: Actor, consignment_id: int, parts: Sequence[Part] = (), to_state: str = AVAILABLE
) -> CustomsConsignment:
    """Customs lets goods go: posted from customs into the site, available, or into quarantine or to be inspected.

    parts: how much; empty for all that is there and not held.
    Raises Faults 403; 409 `wrong_state`; 422 `not_declared`, `not_free`, `invalid_state`, `invalid_quantity`,
    `duplicate_sku`, `nothing_left` and those of a posting; Http404.
    Locks: the consignment, then as a posting. Records: movement.posted, customs.cleared. Allowed: customs.clear.
    """
    check_right(actor, RIGHT)
    found = locked(actor, consignment_id, *UNDER_WAY)
    if to_state not in INTO:
        raise refuse("invalid_state", f"Cleared goods are {', '.join(INTO)}.", pointer="/to_state")
    taken = _taken(found, parts, "free", "not_free")
    code = found.site.code
    lines = [
        LineDraft(one.row.product.sku, "customs", code, one.quantity, one.row.lot, to_state=to_state)
        for one in taken
    ]
    _post(actor, found, _Posting(Step.CLEAR, "transfer", lines), taken)
    return _stepped(actor, found, "cleared", taken, after={"to_state": to_state})


@transaction.atomic
def hold_goods(
    *, actor: Actor, consignment_id: int, parts: Sequence[Part], reason: str
) -> CustomsConsignment:
    """Customs holds goods back: they stay where they are and cannot be cleared until they are released.

    Raises Faults 403; 409 `wrong_state`; 422 `reason_required`, `no_lines`, `not_declared`, `not_free`,
    `invalid_quantity`, `duplicate_sku`; Http404.
    Locks: the consignment. Records: customs.held. Allowed: customs.clear.
    """
    check_right(actor, RIGHT)
    found = locked(actor, consignment_id, *UNDER_WAY)
    taken = _named(found, parts, reason, "free", "not_free")
    for one in taken:
        one.row.held += one.quantity
        one.row.hold_reason = reason.strip()[:500]
        one.row.held_since = one.row.held_since or clock.now()
    _keep(taken, "held", "hold_reason", "held_since")
    return _stepped(actor, found, "held", taken, reason=reason)


@transaction.atomic
def release_goods(
    *, actor: Actor, consignment_id: int, parts: Sequence[Part] = (), reason: str = ""
) -> CustomsConsignment:
    """Customs no longer holds goods: they may be cleared. parts: how much; empty for all that is held.

    Raises Faults 403; 409 `wrong_state`; 422 `not_declared`, `not_held`, `invalid_quantity`, `duplicate_sku`,
    `nothing_left`; Http404.
    Locks: the consignment. Records: customs.released. Allowed: customs.clear.
    """
    check_right(actor, RIGHT)
    found = locked(actor, consignment_id, *UNDER_WAY)
    taken = _taken(found, parts, "held", "not_held")
    _let_go(taken)
    return _stepped(actor, found, "released", taken, reason=reason)


@transaction.atomic
def send_back(*, actor: Actor, consignment_id: int, parts: Sequence[Part], reason: str) -> CustomsConsignment:
    """Customs refuses goods: they go from customs back to the supplier, what was held of them first.

    Raises Faults as `hold_goods`, `not_there` for more than lies at customs, and those of a posting.
    Locks: the consignment, then as a posting. Records: movement.posted, customs.refused. Allowed: customs.clear.
    """
    return _gone(actor, consignment_id, parts, reason, Step.REFUSE)


@transaction.atomic
def destroy_goods(
    *, actor: Actor, consignment_id: int, parts: Sequence[Part], reason: str
) -> CustomsConsignment:
    """Goods are destroyed at customs: scrapped, beyond the policy only when an approver agrees.

    What an approver refuses lies at customs again. Raises, locks and allows as `send_back`.
    Records: movement.posted or movement.requested, customs.destroyed.
    """
    return _gone(actor, consignment_id, parts, reason, Step.DESTROY)


def _gone(
    actor: Actor, consignment_id: int, parts: Sequence[Part], reason: str, step: CustomsMovement.Step
) -> CustomsConsignment:
    check_right(actor, RIGHT)
    found = locked(actor, consignment_id, *UNDER_WAY)
    taken = _named(found, parts, reason, "at_customs", "not_there")
    kind, to = ("issue", "supplier") if step == Step.REFUSE else ("scrap", "scrap")
    _let_go([_Taken(one.row, min(one.quantity, one.row.held)) for one in taken])
    lines = [LineDraft(one.row.product.sku, "customs", to, one.quantity, one.row.lot) for one in taken]
    _post(actor, found, _Posting(step, kind, lines, why=reason), taken)
    return _stepped(actor, found, FIELDS[step], taken, reason=reason)


@transaction.atomic
def close_consignment(*, actor: Actor, consignment_id: int) -> CustomsConsignment:
    """Finish it: everything has arrived and is settled.

    Raises Faults 403; 409 `wrong_state`, `waiting_for_approval`; Http404.
    Locks: the consignment. Records: customs.closed. Allowed: customs.clear.
    """
    check_right(actor, RIGHT)
    found = locked(actor, consignment_id, State.CLEARED)
    posted = CustomsMovement.objects.filter(consignment=found).values("movement_id")
    if Movement.objects.filter(pk__in=posted, state=Movement.State.PENDING).exists():
        raise refuse("waiting_for_approval", "A destruction still waits for approval.", status=409)
    CustomsConsignment.objects.filter(pk=found.pk).update(state=State.CLOSED, ended_at=Now())
    record_step(actor, found, "closed")
    return fresh(found)


# -- what the steps share ----------------------------------------------------------------------------------------------


def _named(
    found: CustomsConsignment, parts: Sequence[Part], reason: str, room: str, code: str
) -> list[_Taken]:
    """`_taken` for a step that needs a reason and says how much of what."""
    faults = []
    if not reason.strip():
        faults.append(Fault("/reason", "reason_required", "Say why."))
    if not parts:
        faults.append(Fault("/lines", "no_lines", "Say how much of which goods."))
    if faults:
        raise Faults(faults)
    return _taken(found, parts, room, code)


def _taken(found: CustomsConsignment, parts: Sequence[Part], room: str, code: str) -> list[_Taken]:
    """Each part with its line, not beyond what `room` of it allows; no parts: all of it. Raises Faults with every one."""
    rows = list(CustomsLine.objects.filter(consignment=found).select_related("product").order_by("number"))
    if not parts:
        everything = [_Taken(row, getattr(figures_of(row), room)) for row in rows]
        taken = [one for one in everything if one.quantity > 0]
        if not taken:
            raise refuse("nothing_left", "Nothing is left to do here.")
        return taken
    by_key = {(row.product.sku, row.lot): row for row in rows}
    faults: list[Fault] = []
    taken, seen = [], set()
    for number, part in enumerate(parts):
        at = f"/lines/{number}"
        wrong = quantity_faults(at, part.quantity)
        row = by_key.get((part.sku, part.lot))
        if (part.sku, part.lot) in seen:
            wrong.append(Fault(f"{at}/sku", "duplicate_sku", f"{part.sku} stands in two lines."))
        seen.add((part.sku, part.lot))
        if row is None:
            name = f"{part.sku} {part.lot}".strip()
            wrong.append(Fault(f"{at}/sku", "not_declared", f"{name} is not in this consignment."))
        elif not wrong:
            left = getattr(figures_of(row), room)
            if part.quantity > left:
                detail = f"{part.sku}: {plain(part.quantity)} asked, {plain(left)} {_LEFT[room]}."
                wrong.append(Fault(f"{at}/quantity", code, detail))
            taken.append(_Taken(row, part.quantity))
        faults += wrong
    if faults:
        raise Faults(faults)
    return taken


_LEFT = {
    "to_come": "are still to come",
    "free": "are at customs and not held",
    "held": "are held",
    "at_customs": "are at customs",
}


def _let_go(taken: Iterable[_Taken]) -> None:
    taken = list(taken)
    for one in taken:
        one.row.held -= one.quantity
        if not one.row.held:
            one.row.hold_reason, one.row.held_since = "", None
    _keep(taken, "held", "hold_reason", "held_since")


def _keep(taken: Iterable[_Taken], *names: str) -> None:
    CustomsLine.objects.bulk_update([one.row for one in taken], names)


def _post(actor: Actor, found: CustomsConsignment, posting: _Posting, taken: Sequence[_Taken]) -> None:
    """Post a step's movement and count it on the lines."""
    name = FIELDS[posting.step]
    draft = MovementDraft(
        reference=str(found),
        kind=posting.kind,
        lines=tuple(posting.lines),
        occurred_at=posting.at,
        destination=found.site.code,
        reason=(posting.why or f"{found} {name}")[:500],
        source="customs",
    )
    movement = post_document(actor, draft, None)
    CustomsMovement.objects.create(
        consignment=found,
        movement_id=movement.pk,
        step=posting.step,
        quantities={str(one.row.pk): plain(one.quantity) for one in taken},
    )
    for one in taken:
        setattr(one.row, name, getattr(one.row, name) + one.quantity)
    _keep(taken, name)


def _stepped(
    actor: Actor,
    found: CustomsConsignment,
    step: str,
    taken: Sequence[_Taken],
    *,
    reason: str = "",
    after: dict[str, object] | None = None,
) -> CustomsConsignment:
    """Set the state that the lines now have, and record the step."""
    told = [
        {"sku": one.row.product.sku, "lot": one.row.lot, "quantity": plain(one.quantity)}
        for one in taken[:50]
    ]
    _settle_state(found)
    record_step(actor, found, step, reason=reason, after={"lines": told, **(after or {})})
    return fresh(found)


def _settle_state(found: CustomsConsignment) -> None:
    state = state_of([figures_of(line) for line in CustomsLine.objects.filter(consignment=found)])
    cleared_at = clock.now() if state == State.CLEARED else None
    CustomsConsignment.objects.filter(pk=found.pk).update(state=state, cleared_at=cleared_at, ended_at=None)


def settle_undone(*, actor: Actor) -> int:
    """Steps whose movement was reversed or not approved count as not done; returns how many.

    Locks: each consignment. Records: customs.taken_back. Allowed: the loop.
    """
    done = 0
    for step in undone_steps():
        try:
            done += _undo(actor, step)
        except IntegrityError:
            log.warning("step %s of %s cannot be taken back", step.pk, step.consignment_id)
    return done


@transaction.atomic
def _undo(actor: Actor, step: CustomsMovement) -> int:
    found = locked(actor, step.consignment_id, *UNDER_WAY, State.CLEARED, State.CLOSED)
    if not CustomsMovement.objects.filter(pk=step.pk).delete()[0]:
        return 0
    rows = CustomsLine.objects.select_related("product").in_bulk([int(key) for key in step.quantities])
    taken = [_Taken(rows[int(key)], Decimal(text)) for key, text in step.quantities.items()]
    name = FIELDS[Step(step.step)]
    for one in taken:
        setattr(one.row, name, getattr(one.row, name) - one.quantity)
    _keep(taken, name)
    _stepped(actor, found, "taken_back", taken, after={"movement": step.movement_id})
    return 1
