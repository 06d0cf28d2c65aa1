"""Feeds of purchase orders, their confirmations, and competitors' prices."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from feeds.actions.kinds import MAX_PASSES, Kind, Outcome, faults_by_row, rows_into
from feeds.models import Delivery
from feeds.rules.batches import Batch, Layout
from feeds.rules.documents import checked_row
from feeds.rules.orders import (
    CONFIRMATION_FIELDS,
    CONFIRMATION_OPTIONAL,
    ORDER_FIELDS,
    ORDER_OPTIONAL,
    Group,
    groups_of,
)
from inventory.actions.purchase_orders import (
    Confirmed,
    OrderDraft,
    OrderedLine,
    confirm_purchase_orders,
    keep_purchase_orders,
)
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse
from pricing.actions.competitors import record_competitor_prices

ORDERS_AT_ONCE = 10_000


def apply_orders(actor: Actor, delivery: Delivery, batch: Batch) -> Outcome:
    """Each order whole: with a fault in one of its rows none of it is taken, and the other orders are."""
    groups = groups_of(batch.rows, batch.numbers, (ORDER_FIELDS, ORDER_OPTIONAL), by=("reference",))
    outcome = Outcome()
    for group in groups:
        _agree(group, ("supplier", "site", "currency", "ordered_on", "expected_on", "state"))
    sound = [group for group in groups if group.fault is None]
    for start in range(0, len(sound), ORDERS_AT_ONCE):
        _keep(actor, delivery, sound[start : start + ORDERS_AT_ONCE], outcome)
    for group in groups:
        if group.fault is not None:
            reject(outcome, group, group.fault)
    return outcome


def _agree(group: Group, names: Sequence[str]) -> None:
    """What an order has once must not be told in two ways."""
    for name in names:
        told = {str(row[name]) for row in group.rows if name in row}
        if len(told) > 1 and group.fault is None:
            index = next(
                i for i, row in enumerate(group.rows) if str(row.get(name)) != str(group.rows[0].get(name))
            )
            group.refuse(index, Fault(f"/{name}", "contradiction", f"{name} is told in two ways."))


def _keep(actor: Actor, delivery: Delivery, groups: list[Group], outcome: Outcome) -> None:
    for _pass in range(MAX_PASSES):
        if not groups:
            return
        drafts = [_draft(group) for group in groups]
        try:
            with transaction.atomic():
                counts = keep_purchase_orders(actor=actor, orders=drafts, reason=f"delivery:{delivery.pk}")
        except Faults as faults:
            bad = faults_by_row(faults)
            if not bad:
                raise
            for index, fault in bad.items():
                groups[index].refuse(_line_in(fault), fault)
            groups = [group for group in groups if group.fault is None]
            continue
        outcome.accepted += sum(len(group.rows) for group in groups)
        for name, count in counts.as_json().items():
            outcome.result[name] = outcome.result.get(name, 0) + count
        return
    raise refuse("too_many_faults", "The orders contradict each other too often to be taken one by one.")


def _line_in(fault: Fault) -> int:
    parts = fault.pointer.split("/")
    return int(parts[3]) if len(parts) > 3 and parts[2] == "lines" and parts[3].isdigit() else 0


def _draft(group: Group) -> OrderDraft:
    head = {name: value for row in reversed(group.rows) for name, value in row.items()}
    return OrderDraft(
        reference=head["reference"],
        supplier=head["supplier"],
        site=head["site"],
        ordered_on=head["ordered_on"],
        currency=head.get("currency", ""),
        expected_on=head.get("expected_on"),
        state=head.get("state", "open"),
        lines=[
            OrderedLine(row.get("line", number), row["sku"], row["quantity"], row.get("unit_price"))
            for number, row in enumerate(group.rows, 1)
        ],
    )


def reject(outcome: Outcome, group: Group, fault: Fault) -> None:
    """All rows of a group go together: the one at fault with its code, the others as its company."""
    with_it = Fault("", "same_document", f"Row {group.faulty_place} of the same document was not taken.")
    for place, row in zip(group.places, group.rows, strict=True):
        plain = {name: str(value) for name, value in row.items()}
        outcome.rejected.append((place, fault if place == group.faulty_place else with_it, plain))


def _confirm(*, actor: Actor, rows: Sequence[Any], reason: str) -> Any:
    faults: list[Fault] = []
    read: list[Confirmed] = []
    for index, row in enumerate(rows):
        taken, fault = checked_row(row, CONFIRMATION_FIELDS, CONFIRMATION_OPTIONAL)
        if fault is not None:
            faults.append(Fault(f"/{index}{fault.pointer}", fault.code, fault.detail))
            continue
        read.append(
            Confirmed(
                taken["reference"],
                taken["quantity"],
                taken.get("line"),
                taken.get("sku", ""),
                taken.get("confirmed_on"),
            )
        )
    if faults:
        raise Faults(faults)
    return confirm_purchase_orders(actor=actor, rows=read, reason=reason)


@dataclass(frozen=True)
class _New:
    new: int

    def as_json(self) -> dict[str, int]:
        return {"created": self.new}


_TRUE = {"true", "1", "yes", "y", "是"}
_FALSE = {"false", "0", "no", "n", "否"}


def _compete(*, actor: Actor, rows: Sequence[Any], reason: str) -> _New:
    faults = [
        Fault(f"/{index}", "not_an_object", "Each row must be an object.")
        for index, row in enumerate(rows)
        if not isinstance(row, Mapping)
    ]
    if faults:
        raise Faults(faults)
    read = []
    for index, row in enumerate(rows):
        taken = {"source": reason, **row}
        for name in ("is_tax_included", "is_promotion"):
            if name in taken and not isinstance(taken[name], bool):
                word = str(taken[name]).strip().lower()
                if word not in _TRUE | _FALSE:
                    faults.append(Fault(f"/{index}/{name}", "not_yes_or_no", f"{name} is true or false."))
                taken[name] = word in _TRUE
        read.append(taken)
    if faults:
        raise Faults(faults)
    try:
        return _New(record_competitor_prices(actor=actor, rows=read))
    except Faults as refused:
        raise Faults(
            [Fault(f.pointer.removeprefix("/rows"), f.code, f.detail) for f in refused.faults], refused.status
        ) from refused


def _latest(apply: Callable[[Actor, Delivery, Batch], Outcome], name: str) -> Any:
    """The kind's apply, and how far its rows tell: the latest instant in `name`."""

    def applied(actor: Actor, delivery: Delivery, batch: Batch) -> Outcome:
        outcome = apply(actor, delivery, batch)
        moments = [_instant(row.get(name)) for row in batch.rows if isinstance(row, Mapping)]
        outcome.event_time_to = max((at for at in moments if at is not None), default=None)
        return outcome

    return applied


def _instant(value: Any) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return at if at.tzinfo is not None else None


ORDERS: dict[str, Kind] = {
    "purchase-orders": Kind(
        Layout(
            tuple(ORDER_FIELDS),
            tuple(ORDER_OPTIONAL),
            {"purchase_order": "reference", "on": "ordered_on", "occurred_at": "ordered_on"},
        ),
        apply_orders,
        key=("reference",),
        sites=("site",),
        reads_faults=True,
    ),
    "purchase-order-confirmations": Kind(
        Layout(
            tuple(CONFIRMATION_FIELDS),
            tuple(CONFIRMATION_OPTIONAL),
            {"purchase_order": "reference", "on": "confirmed_on", "confirmed_quantity": "quantity"},
        ),
        rows_into(_confirm),
        key=("reference", "line", "sku"),
    ),
    "competitor-prices": Kind(
        Layout(
            ("competitor", "amount", "currency", "observed_at"),
            ("code", "sku", "gtin", "is_tax_included", "is_promotion", "source"),
            {"barcode": "gtin", "unit_price": "amount", "occurred_at": "observed_at"},
        ),
        _latest(rows_into(_compete), "observed_at"),
        key=("competitor", "code", "sku", "gtin", "observed_at"),
    ),
}
