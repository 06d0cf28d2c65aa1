"""The outbox: what must leave the house is written with its cause and delivered at least once.

Records: nothing; the row is its own record, and its cause is recorded by the action that enqueues.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F

from audit.actions import to_json
from jobs.models import Outbox
from jobs.rules import DISPATCH_LEASE, MAX_DELIVERIES, retry_delay_s
from lib import clock

CLAIM_BATCH = 200


@dataclass(frozen=True)
class Delivery:
    """One attempt at one row; `attempt` is its fence."""

    outbox_id: int
    kind: str
    attempt: int


def enqueue(kind: str, key: str, payload: dict[str, Any]) -> bool:
    """Write an outbox row in the running transaction; False when `key` is there already.

    kind names the handler (`jobs.tasks.outbox_handler`), key makes it once. Locks: the key. Allowed: actions.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO jobs_outbox (kind, key, payload, state, attempts, error)"
            " VALUES (%s, %s, %s, 'waiting', 0, '') ON CONFLICT (key) DO NOTHING",
            [kind, key, to_json(payload)],
        )
        return bool(cursor.rowcount)


def claim_deliveries(now: datetime) -> list[Delivery]:
    """Take up to 200 waiting rows for a minute each. Locks: the rows, skipping those locked. Allowed: the relay."""
    with transaction.atomic():
        rows = list(
            Outbox.objects.select_for_update(skip_locked=True)
            .filter(state=Outbox.State.WAITING, next_at__lte=now)
            .order_by("next_at", "id")[:CLAIM_BATCH]
        )
        Outbox.objects.filter(pk__in=[row.pk for row in rows]).update(
            attempts=F("attempts") + 1, next_at=now + DISPATCH_LEASE, lease_until=now + DISPATCH_LEASE
        )
    return [Delivery(row.pk, row.kind, row.attempts + 1) for row in rows]


def release_delivery(delivery: Delivery) -> None:
    """Give back what could not be handed to the broker; the attempt does not count. Allowed: the relay."""
    Outbox.objects.filter(
        pk=delivery.outbox_id, attempts=delivery.attempt, state=Outbox.State.WAITING
    ).update(attempts=F("attempts") - 1, next_at=clock.now(), lease_until=None)


def finish_delivery(outbox_id: int, attempt: int, error: str = "") -> None:
    """Mark a delivery done, or plan the next attempt with a growing pause; after twelve it has failed.

    Locks: the row, by UPDATE. Allowed: handlers.
    """
    now = clock.now()
    mine = Outbox.objects.filter(pk=outbox_id, attempts=attempt, state=Outbox.State.WAITING)
    if not error:
        mine.update(state=Outbox.State.SENT, sent_at=now, lease_until=None, error="")
    elif attempt >= MAX_DELIVERIES:
        mine.update(state=Outbox.State.FAILED, lease_until=None, error=error)
    else:
        mine.update(next_at=now + timedelta(seconds=retry_delay_s(attempt)), lease_until=None, error=error)
