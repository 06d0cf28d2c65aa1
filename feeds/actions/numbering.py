"""Where a numbered delivery stands in its stream, and how far it brings the stream.

Of states (products, costs, rates, orders …) the order counts: a change that comes before one it follows waits, a
snapshot stands for everything before it, and a row that comes late is taken only where nothing newer is known for its
key. Facts (sales, movements, receipts) have keys of their own and are taken as they come; only how far the stream is
complete waits for the missing numbers.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models.functions import Now

from audit.actions import record
from feeds.actions.kinds import Kind
from feeds.models import Delivery, Stream
from feeds.rules.batches import Batch
from jobs.actions import wake
from lib.actors import Actor

PROCESS = "feeds.process"
GAP = "gap"
KEY_LENGTH = 200
State = Delivery.State

# How far the numbers run on from `reached` without a gap, and the latest event among them.
_RUN = """
SELECT max(sequence), max(event_time_to) FROM (
  SELECT sequence, event_time_to, sequence - row_number() OVER (ORDER BY sequence) AS island FROM feeds_delivery
  WHERE stream_id = %(stream)s AND epoch = %(epoch)s AND sequence > %(reached)s AND NOT batch_kind = 'heartbeat'
    AND NOT state = 'refused' AND state IN ('applied', 'quarantined', 'superseded')
) run WHERE island = %(reached)s
"""
# What was held for this gap and now follows without one.
RELEASE = """
UPDATE feeds_delivery SET state = 'received', hold_code = '', attempts = 0, lease_until = NULL WHERE id IN (
  SELECT id FROM (
    SELECT id, sequence - row_number() OVER (ORDER BY sequence) AS island FROM feeds_delivery
    WHERE stream_id = %(stream)s AND epoch = %(epoch)s AND sequence > %(reached)s AND state = 'held'
      AND hold_code = 'gap'
  ) run WHERE island = %(reached)s)
"""
_KEYS = """
INSERT INTO feeds_streamkey (stream_id, key, epoch, sequence)
SELECT %s, key, %s, %s FROM unnest(%s::text[]) AS k (key) ORDER BY key
ON CONFLICT (stream_id, key) DO UPDATE SET epoch = EXCLUDED.epoch, sequence = EXCLUDED.sequence
WHERE (feeds_streamkey.epoch, feeds_streamkey.sequence) < (EXCLUDED.epoch, EXCLUDED.sequence)
"""


@dataclass(frozen=True)
class Place:
    """is_held: it waits for what is missing. is_late: something after it was applied before."""

    stream: Stream
    is_held: bool = False
    is_late: bool = False


def place_of(delivery: Delivery, kind: Kind) -> Place | None:
    """Where the delivery stands in its stream; None when it has no number.

    Locks: the stream, for states only. FOR NO KEY UPDATE: new deliveries of the stream are still taken in.
    """
    if delivery.stream_id is None or delivery.sequence is None:
        return None
    if not kind.key:
        return Place(Stream.objects.get(pk=delivery.stream_id))
    stream = _locked(delivery.stream_id)
    number, reached = (delivery.epoch or 0, delivery.sequence), (stream.epoch, stream.sequence or 0)
    if number <= reached:
        return Place(stream, is_late=True)
    follows = number == (reached[0], reached[1] + 1) or (number[0] > reached[0] and number[1] == 1)
    return Place(stream, is_held=not follows and delivery.batch_kind != Delivery.BatchKind.SNAPSHOT)


def _locked(stream_id: int) -> Stream:
    return Stream.objects.select_for_update(no_key=True).get(pk=stream_id)


def hold(actor: Actor, delivery: Delivery, place: Place) -> None:
    """Let the delivery wait until what is missing has come.

    Locks: the delivery (held already). Records: delivery.held. Allowed: applying.
    """
    if (delivery.epoch or 0) > place.stream.epoch:
        Stream.objects.filter(pk=place.stream.pk).update(epoch=delivery.epoch, sequence=0)
    Delivery.objects.filter(pk=delivery.pk).update(state=State.HELD, hold_code=GAP, lease_until=None)
    record(
        actor=actor,
        kind="delivery.held",
        subject=f"delivery:{delivery.pk}",
        after={
            "stream": str(delivery.stream),
            "epoch": delivery.epoch,
            "sequence": delivery.sequence,
            "applied_to": place.stream.sequence,
        },
    )


def newer_rows(delivery: Delivery, kind: Kind, batch: Batch, place: Place | None) -> tuple[Batch, int]:
    """The batch without the rows that are older than what is here for their key, and how many those were. 1 query."""
    if place is None or not place.is_late:
        return batch, 0
    keys = [_key(kind.key, row) for row in batch.rows]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT key FROM feeds_streamkey WHERE stream_id = %s AND key = ANY(%s::text[])"
            " AND (epoch, sequence) > (%s, %s)",
            [place.stream.pk, keys, delivery.epoch or 0, delivery.sequence],
        )
        older = {key for (key,) in cursor.fetchall()}
    kept = [index for index, key in enumerate(keys) if key not in older]
    rows, numbers = [batch.rows[index] for index in kept], [batch.numbers[index] for index in kept]
    return replace(batch, rows=rows, numbers=numbers), len(keys) - len(kept)


def keep_keys(delivery: Delivery, kind: Kind, batch: Batch, rejected: set[int], place: Place | None) -> None:
    """Note the number under which each accepted row's key was applied. 1 query, set-based."""
    if place is None or not kind.key:
        return
    keys = {
        _key(kind.key, row)
        for number, row in zip(batch.numbers, batch.rows, strict=True)
        if number not in rejected
    }
    with connection.cursor() as cursor:
        cursor.execute(_KEYS, [place.stream.pk, delivery.epoch or 0, delivery.sequence, list(keys)])


def _key(names: Sequence[str], row: Any) -> str:
    values = [str(row.get(name) or "").strip() for name in names] if isinstance(row, dict) else [repr(row)]
    key = "\x1f".join(values).replace("\x00", "")
    return key if len(key) <= KEY_LENGTH else hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


def advance(*, actor: Actor, delivery: Delivery, until: datetime | None) -> None:
    """Bring the stream as far as the numbers now run without a gap, and release what waited for this one.

    until: how far a delivery without a number is complete; None: it brought nothing.
    Locks: the stream. Records: delivery.superseded for what a snapshot stands for. Allowed: applying.
    """
    if delivery.stream_id is None:
        return
    stream = _locked(delivery.stream_id)
    values: dict[str, Any] = {"applied_at": Now()}
    if delivery.sequence is None:
        values["complete_to"] = _later(stream.complete_to, until)
    else:
        values |= _numbers(actor, delivery, stream)
    Stream.objects.filter(pk=stream.pk).update(**values)


def _numbers(actor: Actor, delivery: Delivery, stream: Stream) -> dict[str, Any]:
    epoch, reached, until = stream.epoch, stream.sequence or 0, None
    given_epoch, sequence = delivery.epoch or 0, delivery.sequence or 0
    if given_epoch > epoch:
        epoch, reached = given_epoch, 0
    is_snapshot = delivery.batch_kind == Delivery.BatchKind.SNAPSHOT
    if is_snapshot and given_epoch == epoch and sequence > reached:
        _supersede(actor, delivery)
        reached, until = sequence, delivery.event_time_to
    asked = {"stream": stream.pk, "epoch": epoch, "reached": reached}
    with connection.cursor() as cursor:
        cursor.execute(_RUN, asked)
        run, run_until = cursor.fetchone()
        asked["reached"] = run or reached
        cursor.execute(RELEASE, asked)
        if cursor.rowcount:
            wake(PROCESS)
    complete_to = _later(_later(stream.complete_to, until), run_until)
    return {"epoch": epoch, "sequence": asked["reached"], "complete_to": complete_to}


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((at for at in (one, other) if at is not None), default=None)


def _supersede(actor: Actor, snapshot: Delivery) -> None:
    """What waited and is older than the snapshot has nothing newer than it."""
    older = Delivery.objects.filter(
        stream=snapshot.stream_id, state=State.HELD, hold_code=GAP, epoch__lte=snapshot.epoch or 0
    ).exclude(epoch=snapshot.epoch or 0, sequence__gte=snapshot.sequence)
    numbers = list(older.values_list("pk", flat=True))
    Delivery.objects.filter(pk__in=numbers).update(
        state=State.SUPERSEDED, hold_code="", finished_at=Now(), lease_until=None
    )
    for number in numbers[:100]:
        record(
            actor=actor,
            kind="delivery.superseded",
            subject=f"delivery:{number}",
            after={"by": f"delivery:{snapshot.pk}"},
        )
