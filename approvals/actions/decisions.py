"""A person's word on a request."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from accounts.queries import is_shared_account
from approvals.access import word_on
from approvals.actions.carrying_out import carry_out
from approvals.actions.steps import close_steps, count_word
from approvals.models import ApprovalRequest, Decision
from approvals.rules import Word
from audit.actions import record
from jobs.actions import wake
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse

State = ApprovalRequest.State
MAX_BULK = 500
REFUSALS = {
    "own_request": "Nobody approves what they prepared.",
    "not_approver": "Your role does not decide this.",
    "already_spoken": "You have decided this already, or somebody did in your name.",
    "wrong_state": "This no longer waits for a decision.",
}


@transaction.atomic
def decide(  # noqa: PLR0913 - a word, whose it is, and what it is bound to
    *,
    actor: Actor,
    request_id: int,
    approve: bool,
    comment: str = "",
    expected_hash: str | None = None,
    is_returned: bool = False,
    is_stepped_up: bool = False,
) -> ApprovalRequest:
    """Approve, reject, or (`is_returned`, with approve False) send a pending request back for rework.

    A yes counts for the first open step the person may decide, in their own right or in that of somebody who delegated
    to them; the request is approved when every step is done. A no ends it at once.
    expected_hash: the content hash the person saw; another one is refused.
    is_stepped_up: the person proved their second factor within the last minutes; the edge says so.
    Raises Faults 403 `own_request`, `not_approver`, `shared_account`, `step_up_required`; 404 `unknown_request`;
    409 `wrong_state`, `already_spoken`, `content_changed`; 422 `reason_required` for what is sent back.
    Raises too what the act below refuses: a rate by hand is put in force in this transaction.
    Locks: the request; of two at once the second finds what the first did. Records: approval.approved, .rejected,
    .returned, or approval.step_approved while steps are left.
    Allowed: a person who holds the step's permission, or is the one named, and had no hand in it, nor those they
    speak for.
    """
    request = ApprovalRequest.objects.select_for_update().filter(pk=request_id).first()
    if request is None:
        raise refuse("unknown_request", "There is no such request.", status=404)
    if is_returned and not comment.strip():
        raise refuse("reason_required", "Say what has to be reworked.", pointer="/comment")
    word = _checked(request, actor, expected_hash, is_stepped_up=is_stepped_up)
    said = {"approved": approve, "returned": is_returned, "is_stepped_up": is_stepped_up, "comment": comment}
    _keep(request, actor, word, said)
    if approve and word.step is not None and not count_word(request, word.step.id):
        _record(actor, request, word, comment, "step_approved", request.state)
        return ApprovalRequest.objects.get(pk=request.pk)
    state = State.APPROVED if approve else State.RETURNED if is_returned else State.REJECTED
    changed = ApprovalRequest.objects.filter(pk=request.pk, state=State.PENDING).update(
        state=state, closed_at=Now(), close_reason=comment
    )
    if not changed:
        raise refuse("wrong_state", REFUSALS["wrong_state"], status=409)
    close_steps(request)
    _record(actor, request, word, comment, state, state)
    carry_out(actor, request, approve)
    if request.wake_task:
        wake(request.wake_task)
    return ApprovalRequest.objects.get(pk=request.pk)


def _keep(request: ApprovalRequest, actor: Actor, word: Word, said: dict[str, Any]) -> None:
    Decision.objects.create(
        **said,
        request=request,
        step_id=word.step.id if word.step else None,
        prepared_by_id=request.prepared_by_id,
        decided_by_kind="user",
        decided_by_id=actor.id or 0,
        decided_by_name=actor.name,
        on_behalf_of_id=word.on_behalf_of or actor.on_behalf_of_id,
        content_hash=request.content_hash,
        policy_name=request.policy_name,
        policy_version=request.policy_version,
        channel=actor.channel,
    )


def _record(actor: Actor, request: ApprovalRequest, word: Word, comment: str, what: str, state: str) -> None:
    in_whose_right = {"on_behalf_of": word.on_behalf_of} if word.on_behalf_of else {}
    step = {"step": word.step.id} if word.step else {}
    record(
        actor=replace(actor, on_behalf_of_id=word.on_behalf_of) if word.on_behalf_of else actor,
        kind=f"approval.{what}",
        subject=f"approval:{request.pk}",
        reason=comment,
        policy=f"{request.policy_name} v{request.policy_version}",
        before={"state": "pending"},
        after={
            "state": state,
            "subject": request.subject,
            "content_hash": request.content_hash,
            **step,
            **in_whose_right,
        },
        site_ids=request.site_ids,
    )


def _checked(
    request: ApprovalRequest, actor: Actor, expected_hash: str | None, *, is_stepped_up: bool
) -> Word:
    """The step the word counts for. Raises Faults."""
    if actor.kind != "user" or not actor.id:
        raise refuse("not_approver", "Only a person decides.", status=403)
    word = word_on(request, actor)
    if word.code:
        raise refuse(word.code, REFUSALS[word.code], status=word.status)
    if is_shared_account(actor.id):
        raise refuse("shared_account", "An account that several people use decides nothing.", status=403)
    if request.needs_step_up and not is_stepped_up:
        raise refuse("step_up_required", "Prove your second factor again to decide this.", status=403)
    if expected_hash is not None and expected_hash != request.content_hash:
        raise refuse("content_changed", "This was changed since you opened it.", status=409)
    return word


@dataclass(frozen=True)
class BulkResult:
    """What a bulk decision did: the requests decided, and the faults of the others by id."""

    decided: list[int] = field(default_factory=list)
    refused: dict[int, Fault] = field(default_factory=dict)


@transaction.atomic
def decide_many(*, actor: Actor, request_ids: Sequence[int], approve: bool, comment: str) -> BulkResult:
    """One word and one reason for like requests (of one kind), at most 500, each decided or refused by itself.

    Raises Faults 413 `too_many`, 422 `reason_required`, `unlike_requests`.
    Locks: the requests, by id. Records: one event per request. Allowed: as `decide`.
    """
    ids = sorted(set(request_ids))
    if len(ids) > MAX_BULK:
        raise refuse("too_many", f"At most {MAX_BULK} at a time.", status=413)
    if not comment.strip():
        raise refuse("reason_required", "Give one reason for all of them.", pointer="/comment")
    kinds = set(ApprovalRequest.objects.filter(pk__in=ids).values_list("kind", flat=True))
    if len(kinds) > 1:
        raise refuse("unlike_requests", "Only requests of one kind can be decided together.")
    result = BulkResult()
    for request_id in ids:
        try:
            with transaction.atomic():
                decide(actor=actor, request_id=request_id, approve=approve, comment=comment)
            result.decided.append(request_id)
        except Faults as faults:
            result.refused[request_id] = faults.faults[0]
    return result


def refused_in_bulk(result: BulkResult) -> Faults:
    """What to tell the person when part of a bulk decision was refused."""
    seen = {fault.code: fault for fault in result.refused.values()}
    first = Fault("", "partly_refused", "Some could not be decided; the others were.")
    return Faults([first, *seen.values()], 409)
