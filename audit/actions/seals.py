"""Sealing: a background job puts every visible event into a signed, chained batch; writers never wait for it."""

from datetime import UTC, datetime

from django.db import connection, transaction

from audit import anchors, keys, rules
from audit.leaves import LEAF_SQL
from audit.models import Seal, SealKey
from lib import clock

_LOCK = "SELECT pg_try_advisory_xact_lock(hashtextextended('audit.seal', 0))"
_TAKE = f"""
WITH fresh AS MATERIALIZED (
  SELECT e.id, {LEAF_SQL} AS leaf FROM audit_event e
  WHERE e.xid >= %(horizon)s::text::xid8 AND e.id > %(after)s
    AND NOT EXISTS (SELECT 1 FROM audit_sealleaf l WHERE l.event_id = e.id AND l.event_id > %(after)s)
  ORDER BY e.id LIMIT %(limit)s
), kept AS (
  INSERT INTO audit_sealleaf (event_id, seal_id, leaf_index, leaf_hash)
  SELECT id, %(number)s, row_number() OVER (ORDER BY id) - 1, leaf FROM fresh
  RETURNING event_id, leaf_index, leaf_hash
)
SELECT string_agg(leaf_hash, ''::bytea ORDER BY leaf_index), count(*), coalesce(max(event_id), 0) FROM kept
"""


def seal_events(limit: int = rules.MAX_SEAL_EVENTS) -> int:
    """Seal every event visible now, in batches of at most `limit`, by id; returns how many events.

    The horizon (the oldest transaction still running when the pass began) is kept with the last batch, so the next
    pass reads only what was written since, and what was then still uncommitted.
    Locks: an advisory lock per batch; where another sealer holds it the pass ends. Records: nothing, a seal is its own
    record. Allowed: the loop, commands.
    """
    horizon = _oldest_running()
    sealed, after = 0, 0
    while True:
        count, after = _seal_batch(limit, after, horizon)
        sealed += count
        if count < limit:
            return sealed


def _oldest_running() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        return int(cursor.fetchone()[0])


def _seal_batch(limit: int, after: int, horizon: int) -> tuple[int, int]:
    """One seal; (how many events, the last event's id)."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_LOCK)
        if not cursor.fetchone()[0]:
            return 0, after
        cursor.execute("SET LOCAL timezone = 'UTC'")
        last = Seal.objects.order_by("-number").first()
        since = last.horizon if last and last.horizon <= horizon else 0
        number = last.number + 1 if last else 1
        cursor.execute(_TAKE, {"horizon": str(since), "after": after, "limit": limit, "number": number})
        joined, count, last_id = cursor.fetchone()
        if not count:
            return 0, after
        joined = bytes(joined)
        cursor.execute("SELECT clock_timestamp()")
        head = rules.SealHead(
            number=number,
            sealed_at=iso(cursor.fetchone()[0]),
            count=count,
            root=rules.merkle_root([joined[at : at + 32] for at in range(0, len(joined), 32)]),
            previous_hash=bytes(last.hash) if last else rules.GENESIS,
        )
        _sign(head, horizon if count < limit else since)
    return int(count), int(last_id)


def iso(at: datetime) -> str:
    """An instant as a seal's head has it: UTC, six fraction digits."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _sign(head: rules.SealHead, horizon: int) -> None:
    key = keys.signing_key()
    public = keys.public_bytes(key)
    if not SealKey.objects.filter(pk=rules.key_id(public)).exists():
        SealKey.objects.create(id=rules.key_id(public), public_key=public)
    digest = rules.seal_hash(head)
    Seal.objects.create(
        number=head.number,
        sealed_at=datetime.fromisoformat(head.sealed_at),
        count=head.count,
        root=head.root,
        previous_hash=head.previous_hash,
        hash=digest,
        signature=key.sign(digest),
        key_id=rules.key_id(public),
        horizon=horizon,
    )


def anchor_seals() -> int:
    """Write the heads of seals not yet anchored to the anchors file; returns how many.

    A crash in between writes a line twice, never not at all.
    Locks: the seals, by UPDATE. Records: nothing. Allowed: the loop, commands.
    """
    waiting = list(Seal.objects.filter(anchored_at=None).order_by("number"))
    if waiting:
        anchors.append(
            {
                "number": seal.number,
                "sealed_at": iso(seal.sealed_at),
                "count": seal.count,
                "root": bytes(seal.root).hex(),
                "previous_hash": bytes(seal.previous_hash).hex(),
                "hash": bytes(seal.hash).hex(),
                "signature": bytes(seal.signature).hex(),
                "key_id": seal.key_id,
            }
            for seal in waiting
        )
        Seal.objects.filter(pk__in=[seal.pk for seal in waiting]).update(anchored_at=clock.now())
    return len(waiting)
