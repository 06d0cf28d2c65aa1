"""Working rows in quarantine: repaired, replayed through the same checks, or discarded with a reason."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from alerts.actions import AlertDraft, raise_alerts, resolve_alerts_except
from audit.actions import record
from feeds import storage
from feeds.actions.applying import outcome_of
from feeds.actions.kinds import Kind
from feeds.actions.numbering import keep_keys, newer_rows, place_of
from feeds.actions.registry import KINDS
from feeds.models import Delivery, QuarantineRow
from feeds.queries.mappings import readings_of
from feeds.queries.quarantine import overdue_rows
from feeds.rules.batches import Batch, batch_of
from feeds.rules.cells import READING_CODES, read_again
from feeds.rules.mappings import NOTHING, Reading
from feeds.rules.quarantine import GROUPED_BY, kept_row
from lib import clock
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse

MAX_ROWS = 20_000
MAX_REASON = 500
NAMED = 100
PREFIX = "quarantine_overdue:"
SUPERSEDED = "Newer values of the same key were applied meanwhile."
State = QuarantineRow.State


@dataclass
class Replayed:
    """How many rows were taken and how many stay; superseded: closed because something newer is here."""

    taken: int = 0
    staying: int = 0
    superseded: int = 0
    faults: dict[int, Fault] = field(default_factory=dict)


@transaction.atomic
def repair_row(*, actor: Actor, row_id: int, values: Mapping[str, Any]) -> QuarantineRow:
    """Take the row with other values, through the same checks; the other rows of its document go with it.

    values: field → text in plain notation (a point, ISO dates); "" leaves a field out. A row whose document is kept back by
    another row keeps its values and waits for that one.
    Raises Faults 404 `unknown_row`; 409 `not_open`; 422 `cut_off`, `unknown_field`, and the fault the row has now.
    Locks: the delivery, the rows, then what the kind's action locks. Records: quarantine.repaired. Allowed: quarantine.work.
    """
    row = _locked_row(row_id)
    kind = KINDS[row.delivery.feed.kind]
    unknown = sorted(set(values) - set(kind.layout.fields))
    if unknown:
        raise refuse(
            "unknown_field", f"There is no field {unknown[0][:60]!r}.", pointer=f"/{unknown[0][:60]}"
        )
    kept, _is_whole = kept_row({name: value for name, value in values.items() if value not in ("", None)})
    QuarantineRow.objects.filter(pk=row.pk).update(values=kept)
    before = row.values or row.row
    row.values = kept
    done = _replay(actor, row.delivery, _with_document([row]), repaired={row.pk})
    fault = done.faults.get(row.pk)
    if fault is not None and fault.code != "same_document":
        raise Faults([fault])
    record(
        actor=actor,
        kind="quarantine.repaired",
        subject=f"delivery:{row.delivery_id}",
        before={"row": row.number, **before},
        after={"row": row.number, **kept, "waits": fault is not None},
    )
    return QuarantineRow.objects.select_related("delivery__feed").get(pk=row.pk)


@transaction.atomic
def replay_rows(*, actor: Actor, row_ids: Sequence[int]) -> Replayed:
    """Try the rows once more as they are: after the product was added, the decimal sign declared, the site opened.

    Rows that are not open any more, or were cut when they were kept, are left alone. What is still refused stays open with
    its present code.
    Raises Faults 413 `too_many`.
    Locks: the deliveries in their order, the rows, then what the kinds' actions lock. Records: quarantine.replayed for each
    delivery. Allowed: quarantine.work.
    """
    done = Replayed()
    for delivery, rows in _by_delivery(row_ids):
        part = _replay(actor, delivery, _with_document(rows))
        done.taken += part.taken
        done.staying += part.staying
        done.superseded += part.superseded
        done.faults |= part.faults
        counts = {"taken": part.taken, "staying": part.staying, "superseded": part.superseded}
        record(
            actor=actor,
            kind="quarantine.replayed",
            subject=f"delivery:{delivery.pk}",
            after={"feed": delivery.feed.name, **counts, "rows": [row.number for row in rows[:NAMED]]},
        )
    return done


@transaction.atomic
def discard_rows(*, actor: Actor, row_ids: Sequence[int], reason: str) -> int:
    """Close rows for good without taking them; the bytes and the rows are kept. Returns how many.

    Raises Faults 422 `reason_needed`, `too_long`; 413 `too_many`.
    Locks: the deliveries in their order, the rows. Records: quarantine.discarded for each delivery. Allowed: quarantine.work.
    """
    reason = _reason(reason)
    count = 0
    for delivery, rows in _by_delivery(row_ids):
        _close(actor, rows, State.DISCARDED, reason)
        count += len(rows)
        _settle(delivery, taken=0)
        record(
            actor=actor,
            kind="quarantine.discarded",
            subject=f"delivery:{delivery.pk}",
            reason=reason,
            after={
                "feed": delivery.feed.name,
                "count": len(rows),
                "rows": [row.number for row in rows[:NAMED]],
            },
        )
    return count


def alert_overdue_rows(*, actor: Actor) -> int:
    """Raise or resolve the alert of each feed whose rows lie longer than they may; returns how many feeds there are.

    Locks: the alerts. Records: through alerts. Allowed: the feeds loop.
    """
    found = overdue_rows(clock.now())
    drafts = [
        AlertDraft(
            key=f"{PREFIX}{one.feed}",
            kind="quarantine_overdue",
            severity="warning",
            title=format_lazy(
                _("Feed {feed}: {count} rows lie in quarantine past their deadline"),
                feed=one.feed,
                count=one.rows,
            ),
            url=f"/feeds/quarantine/?feed={one.feed}&overdue=1",
            site_id=one.site_id,
        )
        for one in found
    ]
    resolve_alerts_except(PREFIX, [draft.key for draft in drafts], actor=actor)
    raise_alerts(drafts, actor=actor)
    return len(found)


def _reason(reason: str) -> str:
    reason = reason.strip()
    if not reason:
        raise refuse("reason_needed", "Say why.", pointer="/reason")
    if len(reason) > MAX_REASON:
        raise refuse("too_long", f"A reason has at most {MAX_REASON} characters.", pointer="/reason")
    return reason


def _locked_row(row_id: int) -> QuarantineRow:
    place = QuarantineRow.objects.filter(pk=row_id).values_list("delivery_id", flat=True).first()
    if place is None:
        raise refuse("unknown_row", "There is no such row.", status=404)
    delivery = _locked_delivery(place)
    row = QuarantineRow.objects.select_for_update(of=("self",)).get(pk=row_id)
    row.delivery = delivery
    if row.state != State.OPEN:
        raise refuse("not_open", "Somebody else repaired or closed this row meanwhile.", status=409)
    if not row.is_whole:
        raise refuse("cut_off", "The row was too long to be kept whole: send it again.")
    return row


def _locked_delivery(delivery_id: int) -> Delivery:
    rows = Delivery.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("feed__source__site", "feed__site", "stream__feed").get(pk=delivery_id)


def _by_delivery(row_ids: Sequence[int]) -> Iterable[tuple[Delivery, list[QuarantineRow]]]:
    """The open rows among them, locked, by delivery."""
    if len(row_ids) > MAX_ROWS:
        raise refuse("too_many", f"At most {MAX_ROWS:,} rows at once.", status=413)
    chosen = QuarantineRow.objects.filter(pk__in=row_ids, state=State.OPEN)
    places: dict[int, list[int]] = defaultdict(list)
    for delivery_id, row_id in chosen.order_by("delivery_id").values_list("delivery_id", "id"):
        places[delivery_id].append(row_id)
    for delivery_id, ids in places.items():
        delivery = _locked_delivery(delivery_id)
        rows = list(
            QuarantineRow.objects.select_for_update(of=("self",))
            .filter(pk__in=ids, state=State.OPEN)
            .order_by("id")
        )
        for row in rows:
            row.delivery = delivery
        if rows:
            yield delivery, rows


def _with_document(rows: Sequence[QuarantineRow]) -> list[QuarantineRow]:
    """The rows and the open ones of the same documents: those are taken whole or not at all. All of one delivery."""
    delivery = rows[0].delivery
    if not KINDS[delivery.feed.kind].reads_faults:
        return list(rows)
    references = {str(_said(row).get(GROUPED_BY, "")) for row in rows} - {""}
    others = QuarantineRow.objects.select_for_update(of=("self",)).filter(
        delivery=delivery, state=State.OPEN, row__reference__in=sorted(references)
    )
    by_id = {row.pk: row for row in others}
    return sorted({**by_id, **{row.pk: row for row in rows}}.values(), key=lambda row: row.number)


def _said(row: QuarantineRow) -> dict[str, Any]:
    """What the row says now: its repaired values, else what came."""
    said: dict[str, Any] = row.row if row.values is None else row.values
    return said


def _replay(
    actor: Actor, delivery: Delivery, rows: Sequence[QuarantineRow], repaired: Iterable[int] = ()
) -> Replayed:
    """Take what can be taken; each row that stays has its present fault."""
    kind = KINDS[delivery.feed.kind]
    whole = [row for row in rows if row.is_whole]
    done = Replayed(staying=len(rows) - len(whole))
    if not whole:
        return done
    batch = _batch(delivery, kind, whole)
    place = place_of(delivery, kind)
    newer, done.superseded = newer_rows(delivery, kind, batch, place)
    faults = _applied(actor, delivery, kind, newer) if newer.rows else {}
    still = {row.number: row for row in whole}
    if done.superseded:
        old = [still[number] for number in set(still) - set(newer.numbers)]
        _close(actor, old, State.DISCARDED, SUPERSEDED)
    keep_keys(delivery, kind, newer, set(faults), place)
    taken = [still[number] for number in newer.numbers if number not in faults]
    mended = set(repaired) | {row.pk for row in taken if row.values is not None}
    _close(actor, [row for row in taken if row.pk in mended], State.REPAIRED, "")
    _close(actor, [row for row in taken if row.pk not in mended], State.REPLAYED, "")
    for number, fault in faults.items():
        done.faults[still[number].pk] = fault
    _tell(still, faults)
    done.taken, done.staying = len(taken), done.staying + len(faults)
    _settle(delivery, len(taken))
    return done


def _batch(delivery: Delivery, kind: Kind, rows: Sequence[QuarantineRow]) -> Batch:
    form, reading = str(delivery.result.get("form", "csv")), _reading(delivery)
    document: Mapping[str, Any] = {}
    if form == "json":
        document = batch_of(storage.read(delivery.sha256), kind.layout).document
    again = [_again(row, kind, reading) for row in rows]
    return Batch(again, [row.number for row in rows], "", form, document=document)


def _again(row: QuarantineRow, kind: Kind, reading: Reading) -> dict[str, Any]:
    """The row through reading once more: repaired values are in plain notation, what reading refused stands as it came."""
    if row.values is not None:
        return read_again(row.values, kind.layout.fields, NOTHING, row.number)
    if row.code in READING_CODES:
        return read_again(row.row, kind.layout.fields, reading, row.number)
    return dict(row.row)


def _reading(delivery: Delivery) -> Reading:
    """What is declared now for files like this one."""
    readings = readings_of(delivery.feed)
    mapped = str(delivery.result.get("mapping", "")).split(" ")[0]
    for signature, reading in readings.by_signature.items():
        if signature and signature.startswith(mapped or "-"):
            return reading
    return readings.default


def _applied(actor: Actor, delivery: Delivery, kind: Kind, batch: Batch) -> dict[int, Fault]:
    """Number → fault of the rows that were not taken."""
    try:
        with transaction.atomic():
            outcome = outcome_of(actor, delivery, kind, batch)
    except Faults as faults:
        return dict.fromkeys(batch.numbers, faults.faults[0])
    return {number: fault for number, fault, _row in outcome.rejected}


def _tell(rows: Mapping[int, QuarantineRow], faults: Mapping[int, Fault]) -> None:
    """Rows that stay say what is wrong with them now."""
    changed = []
    for number, fault in faults.items():
        row = rows[number]
        if (row.code, row.detail) != (fault.code[:60], fault.detail[:500]):
            row.code, row.detail = fault.code[:60], fault.detail[:500]
            changed.append(row)
    QuarantineRow.objects.bulk_update(changed, ["code", "detail"], batch_size=1000)


def _close(actor: Actor, rows: Sequence[QuarantineRow], state: str, reason: str) -> None:
    QuarantineRow.objects.filter(pk__in=[row.pk for row in rows]).update(
        state=state, closed_at=Now(), closed_by=actor.name[:200], reason=reason
    )


def _settle(delivery: Delivery, taken: int) -> None:
    """The delivery's figures; when nothing of it is open any more, it is applied."""
    is_open = QuarantineRow.objects.filter(delivery=delivery, state=State.OPEN).exists()
    is_done = not is_open and delivery.state == Delivery.State.QUARANTINED
    Delivery.objects.filter(pk=delivery.pk).update(
        accepted=F("accepted") + taken,
        rejected=F("rejected") - taken,
        state=Delivery.State.APPLIED if is_done else delivery.state,
    )
