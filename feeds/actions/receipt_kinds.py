"""Feeds of receipts: goods that came from a supplier, against a purchase order or not, or from another site in transit."""

from collections.abc import Sequence

from django.db import transaction

from audit.actions import to_json
from feeds.actions.kinds import Kind, Outcome
from feeds.actions.order_kinds import reject
from feeds.models import Delivery
from feeds.rules.batches import Batch, Layout
from feeds.rules.orders import RECEIPT_FIELDS, RECEIPT_OPTIONAL, Group, groups_of
from inventory.actions.bulk import BulkItem, post_movements
from inventory.actions.transfers_moving import receive_transfer
from inventory.queries.purchase_orders import orders_by_reference
from inventory.queries.transfers import transfers_by_reference
from inventory.rules.drafts import LineDraft, MovementDraft
from inventory.rules.transfers import ZERO, Came
from lib.actors import Actor
from lib.faults import Fault, Faults
from web import idempotency

CHUNK = 5_000
#: Several receipts may come against one order; each has a number of its own.
BY = ("reference", "site", "purchase_order", "transfer")


def apply_receipts(actor: Actor, delivery: Delivery, batch: Batch) -> Outcome:
    """Post each receipt once, under a key of its own, whole or not at all."""
    groups = groups_of(batch.rows, batch.numbers, (RECEIPT_FIELDS, RECEIPT_OPTIONAL), by=BY)
    outcome = Outcome()
    _check(groups)
    sound = [group for group in groups if group.fault is None]
    outcome.event_time_to = max((row["occurred_at"] for group in sound for row in group.rows), default=None)
    bought = [group for group in sound if not group.rows[0].get("transfer")]
    for start in range(0, len(bought), CHUNK):
        _post(actor, delivery, bought[start : start + CHUNK], outcome)
    for group in sound:
        if group.rows[0].get("transfer"):
            _receive(actor, delivery, group, outcome)
    for group in groups:
        if group.fault is not None:
            reject(outcome, group, group.fault)
    return outcome


def _check(groups: Sequence[Group]) -> None:
    """The order or transfer that a receipt names is there and is for that site. 2 queries."""
    orders = orders_by_reference(_named(groups, "purchase_order"))
    transfers = transfers_by_reference(_named(groups, "transfer"))
    for group in groups:
        if group.fault is not None:
            continue
        row = group.rows[0]
        order, transfer = row.get("purchase_order"), row.get("transfer")
        if order and transfer:
            group.refuse(0, Fault("/transfer", "contradiction", "A receipt is of an order or of a transfer."))
        for name, known in (("purchase_order", orders), ("transfer", transfers)):
            reference = row.get(name)
            if not reference:
                continue
            found = known.get(reference)
            if found is None:
                code = "unknown_order" if name == "purchase_order" else "unknown_transfer"
                group.refuse(
                    0, Fault(f"/{name}", code, f"There is no {name.replace('_', ' ')} {reference!r}.")
                )
            elif found[1] != row["site"]:
                group.refuse(0, Fault("/site", "other_site", f"{reference} is for {found[1]}."))
        for index, one in enumerate(group.rows):
            if not transfer and one["quantity"] == 0:
                group.refuse(index, Fault("/quantity", "zero_quantity", "quantity must not be zero."))
            if not transfer and one.get("damaged"):
                wrong = (
                    "Damaged goods are told of transfers; of a supplier's, post what came and set it aside."
                )
                group.refuse(index, Fault("/damaged", "not_here", wrong))


def _named(groups: Sequence[Group], name: str) -> set[str]:
    return {row[name] for group in groups for row in group.rows if row.get(name)}


def _key(delivery: Delivery, group: Group) -> tuple[str, bytes]:
    row = group.rows[0]
    parts = ("feed", delivery.feed.name, "receipt", row["site"], row["reference"])
    named = row.get("purchase_order") or row.get("transfer") or ""
    return ":".join((*parts, named) if named else parts), to_json(group.rows).encode()


def _post(actor: Actor, delivery: Delivery, groups: Sequence[Group], outcome: Outcome) -> None:
    items = [_item(delivery, group) for group in groups]
    for group, result in zip(groups, post_movements(actor=actor, items=items), strict=True):
        outcome.result[result.status] = int(outcome.result.get(result.status, 0)) + 1
        if result.status != "refused":
            outcome.accepted += len(group.rows)
            continue
        fault = result.faults[0] if result.faults else Fault("", "refused", "It was not taken.")
        group.refuse(_line(fault, group), fault)


def _line(fault: Fault, group: Group) -> int:
    parts = fault.pointer.split("/")
    is_line = len(parts) > 2 and parts[1] == "lines" and parts[2].isdigit()
    return int(parts[2]) if is_line and int(parts[2]) < len(group.rows) else 0


def _item(delivery: Delivery, group: Group) -> BulkItem:
    """A receipt against an order bears the order's reference, which is how the order knows what has come."""
    row = group.rows[0]
    key, asked = _key(delivery, group)
    order = row.get("purchase_order", "")
    draft = MovementDraft(
        reference=order or row["reference"],
        kind="receipt",
        lines=tuple(
            LineDraft(
                sku=one["sku"],
                from_code="supplier",
                to_code=one["site"],
                quantity=one["quantity"],
                lot=one.get("lot", ""),
                unit_cost=one.get("unit_cost"),
                unit=one.get("unit", ""),
            )
            for one in group.rows
        ),
        occurred_at=row["occurred_at"],
        reason=row["reference"] if order else "",
        source=f"feed {delivery.feed.name}"[:64],
    )
    return BulkItem(key=key, asked=asked, draft=draft)


def _receive(actor: Actor, delivery: Delivery, group: Group, outcome: Outcome) -> None:
    """What came of a transfer, once: under the receipt's key, in a savepoint of its own."""
    (transfer_id, _site) = transfers_by_reference({group.rows[0]["transfer"]})[group.rows[0]["transfer"]]
    lines = [
        Came(
            sku=row["sku"],
            lot=row.get("lot", ""),
            received=row["quantity"],
            damaged=row.get("damaged", ZERO),
        )
        for row in group.rows
    ]
    key, asked = _key(delivery, group)

    def effect() -> tuple[int, dict[str, int]]:
        receive_transfer(actor=actor, transfer_id=transfer_id, lines=lines)
        return 200, {"transfer": transfer_id}

    try:
        with transaction.atomic():
            _status, _answer, replayed = idempotency.once(int(actor.id or 0), key, asked, effect)
    except Faults as faults:
        group.refuse(_line(faults.faults[0], group), faults.faults[0])
        return
    outcome.accepted += len(group.rows)
    status = "replayed" if replayed else "posted"
    outcome.result[status] = int(outcome.result.get(status, 0)) + 1


RECEIPTS: dict[str, Kind] = {
    "receipts": Kind(
        Layout(
            tuple(RECEIPT_FIELDS),
            tuple(RECEIPT_OPTIONAL),
            {"received_at": "occurred_at", "on": "occurred_at"},
        ),
        apply_receipts,
        sites=("site",),
        reads_faults=True,
    ),
}
