"""What a decision does to the timeline: place a change, take it back, mark what it rolled back."""

from django.db.models.functions import Now

from audit.actions import next_event_id, record
from lib.actors import Actor
from lib.faults import refuse
from pricing.actions import placing
from pricing.models import PriceChange
from pricing.queries.contents import content_hash, told_lines

KIND = "price_change"


def subject_of(change: PriceChange) -> str:
    """How approvals and the trail name it."""
    return f"price_change:{change.pk}"


def check_unmoved(change: PriceChange) -> None:
    """Lock the change's prices and refuse unless everything is as it was approved.

    Raises Faults 409 `base_moved`, `content_changed`. The caller holds the change's lock.
    """
    placing.stage_change(change.pk)
    placing.lock_prices()
    placing.fix_spans()
    placing.refuse_moved(placing.moved_lines())
    if content_hash(change.pk) != change.content_hash:
        raise refuse("content_changed", "The change is not what was submitted.", status=409)


def place_change(
    change: PriceChange, decider: Actor, *, reason: str, policy: str, recorder: Actor | None = None
) -> None:
    """Put an approved change's rows on the timeline, under one event with their digests.

    decider is who approved it (a person or a policy); recorder who places it, by default the decider.
    Raises Faults 409 `base_moved`, `content_changed`. Locks: its prices; the caller holds the change.
    """
    check_unmoved(change)
    now = placing.fix_spans()
    event_id = next_event_id()
    placed = placing.place_staged(event_id, now)
    PriceChange.objects.filter(pk=change.pk).update(
        state=PriceChange.State.APPROVED,
        decided_at=Now(),
        decided_by_kind=decider.kind,
        decided_by_id=decider.id if decider.kind == "user" else None,
        decided_by_name=decider.name,
        decision_comment=reason,
        placed_at=placed.known_from,
    )
    if change.rolls_back_id is not None:
        _mark_rolled_back(change, recorder or decider)
    record(
        actor=recorder or decider,
        kind="price_change.approved" if recorder is None else "price_change.placed",
        subject=subject_of(change),
        reason=reason,
        policy=policy,
        before={"state": change.state},
        after={
            "state": PriceChange.State.APPROVED,
            "decided_by": decider.name,
            "content_hash": change.content_hash,
            "known_from": placed.known_from,
            "rows_created": placed.created,
            "rows_closed": placed.closed,
            "prices": told_lines(change.pk),
        },
        digests=placing.price_digests(event_id),
        event_id=event_id,
    )


def _mark_rolled_back(change: PriceChange, actor: Actor) -> None:
    old = PriceChange.objects.select_for_update().get(rolled_back_by=change)
    PriceChange.objects.filter(pk=old.pk).update(state=PriceChange.State.ROLLED_BACK)
    record(
        actor=actor,
        kind="price_change.rolled_back",
        subject=subject_of(old),
        before={"state": old.state},
        after={"state": PriceChange.State.ROLLED_BACK, "rolled_back_by": change.pk},
    )


def close_change(change: PriceChange, actor: Actor, *, state: str, reason: str, lapsed: bool = False) -> None:
    """End a change that has not taken effect: close its rows if it has any, and bring back what they replaced.

    The caller holds the change's lock and has told approvals.
    """
    event_id = next_event_id()
    after: dict[str, object] = {"state": state}
    if change.placed_at is not None:
        placing.stage_restoring(change.pk)
        placing.lock_prices()
        placing.stage_restoring(change.pk)
        placed = placing.place_staged(event_id, placing.fix_spans())
        after |= {"rows_created": placed.created, "rows_closed": placed.closed}
    PriceChange.objects.filter(pk=change.pk).update(
        state=state,
        lapsed_reason=reason if lapsed else "",
        rolls_back=None if state != PriceChange.State.ROLLED_BACK else change.rolls_back_id,
    )
    record(
        actor=actor,
        kind=f"price_change.{'lapsed' if lapsed else state}",
        subject=subject_of(change),
        reason=reason,
        policy=change.policy_version,
        before={"state": change.state, "rolls_back": change.rolls_back_id},
        after=after,
        digests=placing.price_digests(event_id),
        event_id=event_id,
    )
