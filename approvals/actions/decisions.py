"""A person's word on a request."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models.functions import Now

from approvals.actions import rates
from approvals.models import ApprovalRequest, Decision
from approvals.rules import refusal_of
from audit.actions import record
from jobs.actions import wake
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse

MAX_BULK = 500
REFUSALS = {
    "own_request": "Nobody approves what they prepared.",
    "not_approver": "Your role does not decide this.",
    "wrong_state": "This no longer waits for a decision.",
}


@transaction.atomic
def decide(
    *, actor: Actor, request_id: int, approve: bool, comment: str = "", expected_hash: str | None = None
) -> ApprovalRequest:
    """Approve or reject a pending request.

    expected_hash: the content hash the person saw; another one is refused.
    Raises Faults 403 `own_request`, `not_approver`; 404 `unknown_request`; 409 `wrong_state`, `content_changed`.
    Raises too what the act below refuses: a rate by hand is put in force in this transaction.
    Locks: the request; of two at once the second finds it decided. Records: approval.approved or approval.rejected.
    Allowed: a person who holds the request's permission and did not prepare it, themselves or for another.
    """
    request = ApprovalRequest.objects.select_for_update().filter(pk=request_id).first()
    if request is None:
        raise refuse("unknown_request", "There is no such request.", status=404)
    _check(request, actor, expected_hash)
    state = ApprovalRequest.State.APPROVED if approve else ApprovalRequest.State.REJECTED
    Decision.objects.create(
        request=request,
        prepared_by_id=request.prepared_by_id,
        decided_by_kind="user",
        decided_by_id=actor.id or 0,
        decided_by_name=actor.name,
        on_behalf_of_id=actor.on_behalf_of_id,
        approved=approve,
        comment=comment,
        content_hash=request.content_hash,
        policy_name=request.policy_name,
        policy_version=request.policy_version,
        channel=actor.channel,
    )
    changed = ApprovalRequest.objects.filter(pk=request.pk, state=ApprovalRequest.State.PENDING).update(
        state=state, closed_at=Now(), close_reason=comment
    )
    if not changed:
        raise refuse("wrong_state", REFUSALS["wrong_state"], status=409)
    record(
        actor=actor,
        kind=f"approval.{state}",
        subject=f"approval:{request.pk}",
        reason=comment,
        policy=f"{request.policy_name} v{request.policy_version}",
        before={"state": "pending"},
        after={"state": state, "subject": request.subject, "content_hash": request.content_hash},
        site_ids=request.site_ids,
    )
    if request.kind == rates.KIND:
        rates.carry_out(actor, request, approve)
    if request.wake_task:
        wake(request.wake_task)
    return ApprovalRequest.objects.get(pk=request.pk)


def _check(request: ApprovalRequest, actor: Actor, expected_hash: str | None) -> None:
    if actor.kind != "user" or not actor.id:
        raise refuse("not_approver", "Only a person decides.", status=403)
    code, status = refusal_of(
        state=request.state,
        prepared_by_id=request.prepared_by_id,
        permission=request.permission,
        actor_id=actor.id,
        on_behalf_of_id=actor.on_behalf_of_id,
        may=bool(request.permission) and actor.may(request.permission),
    )
    if code:
        raise refuse(code, REFUSALS[code], status=status)
    if expected_hash is not None and expected_hash != request.content_hash:
        raise refuse("content_changed", "This was changed since you opened it.", status=409)


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
