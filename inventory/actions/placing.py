"""Placing what was approved: pending adjustments become entries, once; what was refused is closed."""

import logging

from django.db import transaction

from approvals.actions import record_effect
from approvals.models import ApprovalRequest
from approvals.queries import approved_unapplied, requests_of_subjects
from audit.actions import record
from inventory.actions.asking import APPROVAL_KIND, content_hash
from inventory.actions.books import load_timelines, open_book, resolve
from inventory.actions.counts_settling import settle_count_adjustment, stale_reason
from inventory.actions.movements import (
    posted_event,
    short_faults,
)
from inventory.actions.reconciliations import settle_adjustment
from inventory.actions.writing import Posting, write_postings
from inventory.models import Movement
from inventory.queries.documents import movement_draft
from lib.actors import Actor

log = logging.getLogger(__name__)
ENDED = {
    ApprovalRequest.State.REJECTED: Movement.State.REFUSED,
    ApprovalRequest.State.WITHDRAWN: Movement.State.WITHDRAWN,
    ApprovalRequest.State.VOID: Movement.State.WITHDRAWN,
    ApprovalRequest.State.RETURNED: Movement.State.REFUSED,
}


def place_approved(*, actor: Actor) -> int:
    """Place every approved adjustment and close every refused one; returns how many were placed.

    Each in a transaction of its own; one that cannot be placed any more lapses and says why.
    Locks: the movement, then as posting. Records: movement.posted or movement.refused. Allowed: the loop.
    """
    placed = 0
    for request in approved_unapplied(APPROVAL_KIND):
        try:
            placed += _place(actor, request)
        except Exception:
            log.exception("approved movement of request %s was not placed", request.pk)
    _close_refused(actor)
    return placed


@transaction.atomic
def _place(actor: Actor, request: ApprovalRequest) -> bool:
    movement_id = int(request.subject.partition(":")[2])
    movement = (
        Movement.objects.select_for_update(skip_locked=True)
        .filter(pk=movement_id, state=Movement.State.PENDING)
        .first()
    )
    if movement is None:
        return False
    if content_hash(movement.draft or {}) != request.content_hash:
        return _lapse(actor, movement, request, "The content is not what was approved.")
    if stale := stale_reason(movement):
        return _lapse(actor, movement, request, stale)
    draft = movement_draft(movement)
    opened = open_book(actor, [draft], None, count=0)
    move, faults = resolve(draft, opened, movement.occurred_at)
    if move is not None:
        load_timelines(opened.book, [move])
        faults = short_faults(opened.book.shorts(move), draft)
    if move is None or faults:
        return _lapse(actor, movement, request, "; ".join(fault.detail for fault in faults))
    posting = Posting(
        id=movement.pk,
        reference=movement.reference,
        move=move,
        entries=opened.book.post(move, movement.pk),
        reason=movement.reason,
        is_placed=True,
    )
    policy = f"{request.policy_name} v{request.policy_version}"
    write_postings(actor, opened, [posting], posted_event(posting, opened, draft, policy))
    record_effect(request_id=request.pk, effect="applied", actor=actor)
    settle_adjustment(actor, movement.pk, is_posted=True)
    settle_count_adjustment(actor, movement.pk, is_posted=True)
    return True


def _lapse(actor: Actor, movement: Movement, request: ApprovalRequest, why: str) -> bool:
    record_effect(request_id=request.pk, effect="lapsed", detail=why[:300], actor=actor)
    _end(actor, movement, Movement.State.REFUSED, why)
    return False


def _close_refused(actor: Actor) -> None:
    """Pending movements whose request was rejected, withdrawn or voided end too."""
    pending = list(Movement.objects.filter(state=Movement.State.PENDING).order_by("pk"))
    requests = requests_of_subjects(APPROVAL_KIND, [f"movement:{movement.pk}" for movement in pending])
    for movement in pending:
        request = requests.get(f"movement:{movement.pk}")
        if request is not None and request.state in ENDED:
            with transaction.atomic():
                _end(actor, movement, ENDED[ApprovalRequest.State(request.state)], request.close_reason)


def _end(actor: Actor, movement: Movement, state: str, why: str) -> None:
    changed = Movement.objects.filter(pk=movement.pk, state=Movement.State.PENDING).update(
        state=state, note=why[:500]
    )
    if changed:
        _record_end(actor, movement, state, why)
        settle_adjustment(actor, movement.pk, is_posted=False)
        settle_count_adjustment(actor, movement.pk, is_posted=False)


def _record_end(actor: Actor, movement: Movement, state: str, why: str) -> None:
    """Record that a pending movement will not be posted."""
    record(
        actor=actor,
        kind=f"movement.{state}",
        subject=f"movement:{movement.pk}",
        reason=why,
        before={"state": "pending"},
        after={"state": state},
    )
