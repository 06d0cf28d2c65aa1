"""The whole trail checked, by a person's wish, by the daily job or by command; the outcome is kept and recorded."""

from collections.abc import Callable
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Q

from audit.actions.events import record
from audit.models import Seal, Verification
from audit.queries.verification import Breach, breaches
from lib import clock
from lib.actors import Actor
from web.wakes import wake

LEASE = timedelta(minutes=30)


def request_verification(*, actor: Actor) -> Verification:
    """Ask for a check of the whole trail; one that waits already is given back.

    Locks: nothing. Records: trail.verification_requested. Allowed: audit.view (asked by the edge).
    """
    with transaction.atomic():
        waiting = Verification.objects.filter(finished_at=None, requested_at__gt=clock.now() - LEASE).first()
        if waiting is not None:
            return waiting
        asked = Verification.objects.create(requested_by_id=actor.id)
        record(actor=actor, kind="trail.verification_requested", subject=f"verification:{asked.pk}")
        wake("audit.work", queue="bulk")
    return asked


def claim_verification() -> Verification | None:
    """Take the oldest check that waits, or whose worker was lost half an hour ago. Locks: the row, skipping."""
    now = clock.now()
    with transaction.atomic():
        free = Q(started_at=None) | Q(started_at__lt=now - LEASE)
        check = (
            Verification.objects.select_for_update(skip_locked=True)
            .filter(free, finished_at=None)
            .order_by("pk")
            .first()
        )
        if check is not None:
            check.started_at = now
            check.save(update_fields=["started_at"])
    return check


def run_verification(
    *, actor: Actor, check: Verification | None = None, tell: Callable[[Breach], None] = lambda breach: None
) -> int:
    """Check the whole trail in one snapshot; each breach goes to `tell`; returns how many there are.

    Locks: nothing. Records: trail.verified, with the first breach. Allowed: the loop, commands.
    """
    started_at = clock.now()
    first, count = "", 0
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        for breach in breaches():
            first, count = first or str(breach), count + 1
            tell(breach)
        seals = Seal.objects.count()
    with transaction.atomic():
        check = check or Verification.objects.create(started_at=started_at)
        check.finished_at, check.seals, check.breaches, check.breach = clock.now(), seals, count, first
        check.save()
        record(
            actor=actor,
            kind="trail.verified",
            subject=f"verification:{check.pk}",
            after={"seals": seals, "breaches": count, "first": first},
        )
    return count
