"""Feeds that inventory takes: movements, sales and warehouse snapshots."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from audit.actions import to_json
from catalog.rules.fields import instant
from feeds.actions.kinds import Kind, Outcome
from feeds.models import Delivery
from feeds.rules.batches import Batch, Layout
from feeds.rules.blocks import Columns
from feeds.rules.documents import (
    MOVEMENT_FIELDS,
    MOVEMENT_OPTIONAL,
    SALE_FIELDS,
    SALE_OPTIONAL,
    SNAPSHOT_FIELDS,
    SNAPSHOT_OPTIONAL,
    Document,
    checked_row,
    latest,
    movements_of,
    sales_of,
)
from inventory.actions.bulk import BulkItem, post_movements
from inventory.actions.snapshots import (
    PHYSICAL,
    CountedLine,
    SnapshotDraft,
    SnapshotHead,
    SnapshotTable,
    post_snapshot,
    post_snapshot_table,
)
from inventory.rules.drafts import LineDraft, MovementDraft
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse

CHUNK = 5_000
MAX_FAULTS = 100


def documents_into_stock(documents_of: Callable[[Sequence[Any], Sequence[int]], list[Document]]) -> Any:
    """An apply that posts each document under a key of its own, so that the same document twice has one effect."""

    def apply(actor: Actor, delivery: Delivery, batch: Batch) -> Outcome:
        documents = documents_of(batch.rows, batch.numbers)
        outcome = Outcome(event_time_to=latest(documents))
        sound = []
        for document in documents:
            if document.fault is None:
                sound.append(document)
            else:
                _reject(outcome, document, document.fault, document.faulty_place)
        for start in range(0, len(sound), CHUNK):
            _post(actor, delivery, sound[start : start + CHUNK], outcome)
        return outcome

    return apply


def _reject(outcome: Outcome, document: Document, fault: Fault, faulty_place: int) -> None:
    """All rows of a document go together: the one at fault with its code, the others as its company."""
    with_it = Fault("", "same_document", f"Row {faulty_place} of the same document was not taken.")
    for place, row in zip(document.places, document.raw, strict=True):
        outcome.rejected.append((place, fault if place == faulty_place else with_it, row))


def _post(actor: Actor, delivery: Delivery, documents: Sequence[Document], outcome: Outcome) -> None:
    items = [_item(delivery, document) for document in documents]
    counts: dict[str, int] = defaultdict(int)
    for document, result in zip(documents, post_movements(actor=actor, items=items), strict=True):
        counts[result.status] += 1
        if result.status == "refused":
            fault = result.faults[0] if result.faults else Fault("", "refused", "It was not taken.")
            _reject(outcome, document, fault, _place_of(document, fault))
        else:
            outcome.accepted += len(document.lines)
    for status, count in counts.items():
        outcome.result[status] = int(outcome.result.get(status, 0)) + count


def _place_of(document: Document, fault: Fault) -> int:
    """The row a "/lines/<n>/…" pointer names, else the first."""
    parts = fault.pointer.split("/")
    if len(parts) > 2 and parts[1] == "lines" and parts[2].isdigit() and int(parts[2]) < len(document.places):
        return document.places[int(parts[2])]
    return document.places[0]


def _item(delivery: Delivery, document: Document) -> BulkItem:
    head = document.head
    draft = MovementDraft(
        reference=head["reference"],
        kind=head["kind"],
        lines=tuple(
            LineDraft(
                sku=line["sku"],
                from_code=line["from"],
                to_code=line["to"],
                quantity=line["quantity"],
                lot=line.get("lot", ""),
                unit_cost=line.get("unit_cost"),
                unit_price=line.get("unit_price"),
                unit=line.get("unit", ""),
            )
            for line in document.lines
        ),
        occurred_at=head.get("occurred_at"),
        destination=head.get("destination") or "",
        reason=head.get("reason") or "",
        source=f"feed {delivery.feed.name}"[:64],
    )
    asked = to_json({"head": head, "lines": document.lines}).encode()
    site = document.lines[0].get("site", "")
    key = ":".join(
        part for part in ("feed", delivery.feed.name, head["kind"], site, head["reference"]) if part
    )
    return BulkItem(key=key, asked=asked, draft=draft)


def apply_snapshots(actor: Actor, delivery: Delivery, batch: Batch) -> Outcome:
    """A snapshot is taken whole or not at all: a row left out would count as zero.

    site and taken_at stand in each row, or once in a JSON document. The quantities are physical, what lies there; a JSON
    document may say so in quantity_kind, and any other kind is refused.
    """
    if batch.columns is not None:
        return _apply_columns(actor, delivery, batch, batch.columns)
    shared = {name: batch.document[name] for name in ("site", "taken_at") if name in batch.document}
    lines: dict[tuple[str, datetime], list[CountedLine]] = defaultdict(list)
    faults: list[Fault] = []
    for number, row in zip(batch.numbers, batch.rows, strict=True):
        taken, fault = checked_row(
            {**shared, **row} if isinstance(row, dict) else row, SNAPSHOT_FIELDS, SNAPSHOT_OPTIONAL
        )
        if fault is None and "taken_at" not in taken:
            fault = Fault("/taken_at", "required", "taken_at is needed.")
        if fault is not None:
            faults.append(Fault(f"/{number}{fault.pointer}", fault.code, f"Row {number}: {fault.detail}"))
            if len(faults) >= MAX_FAULTS:
                break
            continue
        line = CountedLine(sku=taken["sku"], quantity=taken["quantity"], lot=taken.get("lot", ""))
        lines[taken["site"], taken["taken_at"]].append(line)
    if faults:
        raise Faults(faults)
    return _post_snapshots(actor, delivery, lines, batch)


def _apply_columns(actor: Actor, delivery: Delivery, batch: Batch, columns: Columns) -> Outcome:
    taken_at = columns.shared.get("taken_at")
    table = SnapshotTable(
        columns.names,
        columns.lines,
        _head(delivery, batch),
        columns.shared.get("site", ""),
        instant(taken_at) if taken_at else None,
    )
    made = post_snapshot_table(actor=actor, table=table)
    outcome = Outcome(accepted=columns.count, event_time_to=max(one.taken_at for one in made))
    outcome.result["reconciliations"] = [one.pk for one in made]
    return outcome


def _head(delivery: Delivery, batch: Batch) -> SnapshotHead:
    kind = str(batch.document.get("quantity_kind", PHYSICAL))
    return SnapshotHead(_is_complete(batch), f"feed {delivery.feed.name}"[:64], kind)


def _is_complete(batch: Batch) -> bool:
    given = batch.document.get("complete", True)
    if not isinstance(given, bool):
        raise refuse("invalid_complete", "complete is true or false.", pointer="/complete")
    return given


def _post_snapshots(
    actor: Actor,
    delivery: Delivery,
    lines: dict[tuple[str, datetime], list[CountedLine]],
    batch: Batch,
) -> Outcome:
    outcome, head = Outcome(event_time_to=max(taken_at for _site, taken_at in lines)), _head(delivery, batch)
    reconciliations = []
    for (site, taken_at), counted in sorted(lines.items()):
        draft = SnapshotDraft(site, taken_at, counted, head.complete, head.source, head.quantity_kind)
        reconciliations.append(post_snapshot(actor=actor, draft=draft).pk)
        outcome.accepted += len(counted)
    outcome.result["reconciliations"] = reconciliations
    return outcome


STOCK: dict[str, Kind] = {
    "movements": Kind(
        Layout(tuple(MOVEMENT_FIELDS), tuple(MOVEMENT_OPTIONAL), {"site": "from"}),
        documents_into_stock(movements_of),
        sites=("from", "to"),
        reads_faults=True,
    ),
    "sales": Kind(
        Layout(tuple(SALE_FIELDS), tuple(SALE_OPTIONAL)),
        documents_into_stock(sales_of),
        sites=("site",),
        reads_faults=True,
    ),
    "snapshots": Kind(
        Layout(tuple(SNAPSHOT_FIELDS), tuple(SNAPSHOT_OPTIONAL), {"occurred_at": "taken_at"}),
        apply_snapshots,
        sites=("site",),
        is_whole=True,
        parted_by=("site", "taken_at"),
    ),
}
