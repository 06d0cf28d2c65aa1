"""Decide: approve, reject, withdraw."""

from django.db import transaction
from django.db.models.functions import Now

from approvals.actions import decide, withdraw
from approvals.models import ApprovalRequest
from audit.actions import record
from jobs.actions import wake
from lib import clock
from lib.actors import Actor
from lib.faults import refuse
from pricing import access
from pricing.actions.evaluation import evaluate
from pricing.actions.settling import KIND, check_unmoved, close_change, place_change, subject_of
from pricing.actions.submitting import WAKE, refuse_blocks
from pricing.models import PriceChange

State = PriceChange.State


def _for_decision(actor: Actor, change_id: int) -> PriceChange:
    access.require_right(actor, "price_changes.approve")
    change = access.locked_change(change_id)
    if actor.kind == "user" and change.prepared_by_id in (actor.id, actor.on_behalf_of_id or actor.id):
        raise refuse("own_request", "Nobody approves what they prepared.", status=403)
    access.require_state(change, State.PENDING)
    return change


@transaction.atomic
def approve_change(*, actor: Actor, change_id: int, comment: str = "") -> PriceChange:
    """Approve a pending change and, with the last word its policy asks for, place its rows in the same transaction.

    Everything is checked again: content, base rows, guardrails at today's costs and rates.
    Raises Faults 403 `not_allowed`, `own_request`; 409 `wrong_state`, `base_moved` (others changed a price
    meanwhile), `content_changed`, and the codes of findings that block by now; Http404.
    Locks: the change, its prices, the approval. Records: approval.approved, price_change.approved with digests.
    Allowed: price_changes.approve, never the preparer.
    """
    change = _for_decision(actor, change_id)
    check_unmoved(change)
    evaluate(change, clock.now())
    refuse_blocks(change, status=409)
    request = decide(
        actor=actor,
        request_id=change.approval_id or 0,
        approve=True,
        comment=comment,
        expected_hash=change.content_hash,
    )
    if request.state == ApprovalRequest.State.PENDING:  # others have a word too
        return access.access_change(change.pk)
    place_change(change, actor, reason=comment, policy=change.policy_version)
    wake(WAKE)
    return access.access_change(change.pk)


@transaction.atomic
def reject_change(*, actor: Actor, change_id: int, comment: str = "") -> PriceChange:
    """Reject a pending change.

    Raises Faults 403 `not_allowed`, `own_request`; 409 `wrong_state`; Http404.
    Locks: the change, the approval. Records: approval.rejected, price_change.rejected.
    Allowed: price_changes.approve, never the preparer.
    """
    change = _for_decision(actor, change_id)
    decide(actor=actor, request_id=change.approval_id or 0, approve=False, comment=comment)
    note_rejection(change, actor, comment)
    return access.access_change(change.pk)


def note_rejection(change: PriceChange, actor: Actor, comment: str) -> None:
    """The change's own side of a rejection."""
    PriceChange.objects.filter(pk=change.pk).update(
        decided_at=Now(),
        decided_by_kind=actor.kind,
        decided_by_id=actor.id if actor.kind == "user" else None,
        decided_by_name=actor.name,
        decision_comment=comment,
    )
    close_change(change, actor, state=State.REJECTED, reason=comment)


def note_return(change: PriceChange, actor: Actor, comment: str) -> None:
    """The change's own side of being sent back for rework: it is a draft again, and what was submitted is on record."""
    PriceChange.objects.filter(pk=change.pk).update(
        state=State.DRAFT, approval_id=None, submitted_at=None, content_hash="", policy_version=""
    )
    record(
        actor=actor,
        kind="price_change.returned",
        subject=subject_of(change),
        reason=comment,
        before={"state": change.state, "content_hash": change.content_hash},
        after={"state": State.DRAFT},
    )


@transaction.atomic
def withdraw_change(*, actor: Actor, change_id: int, comment: str = "") -> PriceChange:
    """Take back a draft, a pending change, or an approved one before its effective moment.

    The rows of an approved one are closed and what they replaced is back.
    Raises Faults 403 `not_yours`; 409 `wrong_state`, `in_effect` (roll it back instead); Http404.
    Locks: the change, its prices, the approval. Records: approval.withdrawn, price_change.withdrawn with digests.
    Allowed: prices.edit for the preparer, price_changes.approve for others'.
    """
    access.require_right(actor, "prices.edit")
    change = access.locked_change(change_id)
    if not actor.may("price_changes.approve"):
        access.require_preparer(change, actor)
    access.require_state(change, State.DRAFT, State.PENDING, State.APPROVED)
    if change.placed_at is not None and (
        change.effective_from is None or change.effective_from <= clock.now() or change.rolls_back_id
    ):
        raise refuse("in_effect", "The change has taken effect; roll it back instead.", status=409)
    withdraw(actor=actor, kind=KIND, subject=subject_of(change), reason=comment)
    close_change(change, actor, state=State.WITHDRAWN, reason=comment)
    return access.access_change(change.pk)
