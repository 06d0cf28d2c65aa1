"""The roster and the watch changing hands."""

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from psycopg2.extras import DateTimeTZRange

from alerts.models import DutyShift, Handover
from audit.actions import record
from lib.actors import Actor
from lib.faults import refuse

MAX_SHIFT_DAYS = 7


@transaction.atomic
def add_shift(
    *, actor: Actor, user_id: int, tier: str, team: str, during: tuple[datetime, datetime]
) -> DutyShift:
    """Put a person on duty in `tier` for the half-open stretch `during`.

    Raises Faults 422 `invalid_range`, 409 `shift_overlap`.
    Locks: nothing (an exclusion constraint). Records: duty_shift.added. Allowed: the caller has checked.
    """
    start, end = during
    if not start < end or (end - start).days >= MAX_SHIFT_DAYS:
        raise refuse("invalid_range", f"A shift has a beginning and an end within {MAX_SHIFT_DAYS} days.")
    try:
        with transaction.atomic():
            shift = DutyShift.objects.create(
                user_id=user_id, tier=tier, team=team, during=DateTimeTZRange(start, end)
            )
    except IntegrityError as error:
        raise refuse("shift_overlap", "Another shift of this tier lies in that time.", status=409) from error
    record(
        actor=actor,
        kind="duty_shift.added",
        subject=f"duty_shift:{shift.pk}",
        after={"user": user_id, "tier": tier, "from": start, "until": end},
    )
    return shift


@transaction.atomic
def add_shifts(
    *, actor: Actor, user_id: int, tier: str, team: str, stretches: Sequence[tuple[datetime, datetime]]
) -> list[DutyShift]:
    """Several shifts of one person, all or none; as `add_shift`."""
    return [
        add_shift(actor=actor, user_id=user_id, tier=tier, team=team, during=during) for during in stretches
    ]


@transaction.atomic
def remove_shift(*, actor: Actor, shift_id: int) -> None:
    """Take a shift off the roster.

    Raises Faults 404 `unknown_shift`.
    Locks: the shift. Records: duty_shift.removed. Allowed: the caller has checked.
    """
    shift = DutyShift.objects.select_for_update().filter(pk=shift_id).first()
    if shift is None:
        raise refuse("unknown_shift", "There is no such shift.", status=404)
    before = {
        "user": shift.user_id,
        "tier": shift.tier,
        "from": shift.during.lower,
        "until": shift.during.upper,
    }
    shift.delete()
    record(actor=actor, kind="duty_shift.removed", subject=f"duty_shift:{shift_id}", before=before)


@transaction.atomic
def take_watch(*, actor: Actor, taken_from_id: int | None, note: str) -> Handover:
    """This person has the watch from now on.

    Locks: nothing. Records: watch.taken. Allowed: incidents.work, checked at the edge.
    """
    if actor.id is None:
        raise refuse("not_allowed", "Only a person takes the watch.", status=403)
    handover = Handover.objects.create(taken_by_id=actor.id, taken_from_id=taken_from_id, note=note)
    record(
        actor=actor,
        kind="watch.taken",
        subject=f"handover:{handover.pk}",
        reason=note,
        before={"user": taken_from_id},
        after={"user": actor.id},
    )
    return handover
