"""Working a dispute: who has it, what was claimed, what came back, what is given up."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.permissions import permissions_of
from approvals.actions import decide, open_request, record_effect, withdraw
from approvals.models import ApprovalRequest
from approvals.queries import approved_unapplied, request_of, requests_of_subjects
from audit.actions import record, to_json
from finance.access import access_dispute, check_right
from finance.models import Comparison, Dispute, DisputeStep
from lib.actors import Actor
from lib.faults import refuse
from web.models import Attachment
from web.stored_files import Upload, keep, take_away

RIGHT = "disputes.work"
KIND = "dispute"
WAKE = "finance.settle_disputes"
MAX_COMMENT = 1000
State = Dispute.State
LIVE = (State.OPEN, State.CLAIMED, State.ACCEPTED)


def subject_of(dispute: Dispute) -> str:
    """How trail and approvals name it."""
    return f"dispute:{dispute.pk}"


@transaction.atomic
def assign_dispute(*, actor: Actor, dispute_id: int, owner: str, due_at: datetime | None = None) -> Dispute:
    """Give it to a person, "" to nobody, with another deadline when one is named.

    Raises Faults 403; 409 `wrong_state`; 422 `unknown_person`; Http404.
    Locks: the dispute. Records: dispute.assigned. Allowed: disputes.work, in scope.
    """
    dispute = _locked(actor, dispute_id, *LIVE)
    person = _worker(owner) if owner else None
    values: dict[str, Any] = {
        "owner_id": person.pk if person else None,
        "owner_name": person.display_name or person.username if person else "",
    }
    if due_at is not None:
        values["due_at"] = due_at
    return _step(actor, dispute, "assigned", values, comment=owner)


def _worker(username: str) -> User:
    found = User.objects.filter(username=username, is_active=True).first()
    if found is None or RIGHT not in permissions_of(found.role):
        raise refuse("unknown_person", f"{username[:60]!r} does not work disputes.", pointer="/owner")
    return found


@transaction.atomic
def comment_dispute(*, actor: Actor, dispute_id: int, comment: str) -> Dispute:
    """Write down what was found out. Raises Faults 403; 422 `comment_required`; Http404.

    Locks: the dispute. Records: dispute.commented. Allowed: disputes.work, in scope.
    """
    dispute = _locked(actor, dispute_id, *State.values)
    return _step(actor, dispute, "commented", {}, comment=_said(comment))


@transaction.atomic
def claim_dispute(*, actor: Actor, dispute_id: int, reference: str, comment: str = "") -> Dispute:
    """Note that it was sent to the partner; its lines stay as they are from then on.

    Raises Faults 403; 409 `wrong_state`; 422 `reference_required`; Http404.
    Locks: the dispute. Records: dispute.claimed. Allowed: disputes.work, in scope.
    """
    dispute = _locked(actor, dispute_id, State.OPEN)
    if not reference.strip():
        raise refuse("reference_required", "Under which reference was it sent?", pointer="/reference")
    values = {"state": State.CLAIMED, "claim_reference": reference.strip()[:64]}
    return _step(actor, dispute, "claimed", values, comment=comment)


@transaction.atomic
def accept_dispute(*, actor: Actor, dispute_id: int, recovered: Decimal, comment: str = "") -> Dispute:
    """Note what the partner agreed to give back.

    Raises Faults 403; 409 `wrong_state`; 422 `invalid_amount` below zero or above what is at stake; Http404.
    Locks: the dispute. Records: dispute.accepted. Allowed: disputes.work, in scope.
    """
    dispute = _locked(actor, dispute_id, State.CLAIMED)
    if not 0 <= recovered <= dispute.amount:
        detail = f"Between zero and {dispute.amount:.2f} {dispute.currency}."
        raise refuse("invalid_amount", detail, pointer="/recovered")
    return _step(
        actor, dispute, "accepted", {"state": State.ACCEPTED, "recovered": recovered}, comment=comment
    )


@transaction.atomic
def close_dispute(*, actor: Actor, dispute_id: int, comment: str) -> Dispute:
    """End it: what was accepted has come, or the difference is explained.

    What a partner did not give back in full is written off, not closed. Raises Faults 403; 409 `wrong_state`,
    `rest_remains`; 422 `comment_required`; Http404.
    Locks: the dispute, its comparisons. Records: dispute.closed. Allowed: disputes.work, in scope.
    """
    dispute = _locked(actor, dispute_id, *LIVE)
    said = _said(comment)
    if dispute.state == State.ACCEPTED and (dispute.recovered or 0) < dispute.amount:
        raise refuse("rest_remains", "Write off what was not given back.", status=409)
    return _end(actor, dispute, State.CLOSED, said)


@transaction.atomic
def write_off_dispute(*, actor: Actor, dispute_id: int, comment: str) -> Dispute:
    """Give up what was not recovered; above the policy's limit another person approves it first.

    Raises Faults 403; 409 `wrong_state`; 422 `comment_required`; Http404.
    Locks: the dispute, its comparisons. Records: dispute.write_off_asked, and dispute.written_off once it is approved.
    Allowed: disputes.work, in scope.
    """
    dispute = _locked(actor, dispute_id, *LIVE)
    said = _said(comment)
    content = hash_of(dispute)
    lost = lost_of(dispute)
    request = open_request(
        actor=actor,
        kind=KIND,
        subject=subject_of(dispute),
        title=f"{dispute} · {dispute.partner}",
        summary=format_lazy(
            _("Write off {value} {currency} of {document}: {comment}"),
            value=f"{lost:.2f}",
            currency=dispute.currency,
            document=dispute.document,
            comment=said,
        ),
        url=f"/finance/disputes/{dispute.pk}/",
        facts={
            "value": lost, "currency": dispute.currency, "class": dispute.difference_class,
            "partner": dispute.partner, "matching": dispute.matching, "lines": dispute.line_count,
        },
        content_hash=content,
        site_ids=[dispute.site_id] if dispute.site_id else [],
        wake_task=WAKE,
    )  # fmt: skip
    asked = {"state": State.WRITING_OFF, "content_hash": content}
    dispute = _step(actor, dispute, "write_off_asked", asked, comment=said)
    if request.state == ApprovalRequest.State.APPROVED:
        return _write_off(actor, dispute, request)
    return dispute


@transaction.atomic
def decide_write_off(*, actor: Actor, dispute_id: int, approve: bool, comment: str = "") -> Dispute:
    """An approver's word, with effect at once.

    Raises Faults 403 `own_request`, `not_approver`; 409 `wrong_state`, `content_changed`; Http404.
    Locks: the dispute, the request. Records: approval.*, dispute.written_off or .refused.
    Allowed: as `approvals.actions.decide`.
    """
    access_dispute(actor, dispute_id)
    dispute = Dispute.objects.select_for_update().get(pk=dispute_id)
    request = request_of(KIND, subject_of(dispute))
    if dispute.state != State.WRITING_OFF or request is None:
        raise refuse("wrong_state", f"The dispute is {dispute.state}.", status=409)
    decided = decide(
        actor=actor,
        request_id=request.pk,
        approve=approve,
        comment=comment,
        expected_hash=dispute.content_hash,
    )
    return _write_off(actor, dispute, decided) if approve else _back(actor, dispute, comment)


def apply_dispute_decisions(*, actor: Actor) -> int:
    """Give effect to what was decided on the approvals' own page; returns how many changed.

    Locks: each dispute in turn. Records: dispute.written_off, .refused. Allowed: the loop.
    """
    changed = 0
    for request in approved_unapplied(KIND):
        with transaction.atomic():
            dispute = _waiting(int(request.subject.partition(":")[2]))
            if dispute is not None:
                _write_off(actor, dispute, request)
                changed += 1
    waiting = {subject_of(one): one.pk for one in Dispute.objects.filter(state=State.WRITING_OFF)}
    for subject, found in requests_of_subjects(KIND, list(waiting)).items():
        if found.state in ("rejected", "withdrawn", "void"):
            with transaction.atomic():
                dispute = _waiting(waiting[subject])
                if dispute is not None:
                    _back(actor, dispute, found.close_reason)
                    changed += 1
    return changed


@transaction.atomic
def take_back_write_off(*, actor: Actor, dispute_id: int, comment: str = "") -> Dispute:
    """Work on instead of writing off. Raises Faults 403; 409 `wrong_state`; Http404.

    Locks: the dispute, the request. Records: approval.withdrawn, dispute.refused. Allowed: disputes.work.
    """
    dispute = _locked(actor, dispute_id, State.WRITING_OFF)
    withdraw(actor=actor, kind=KIND, subject=subject_of(dispute), reason=comment)
    return _back(actor, dispute, comment)


@transaction.atomic
def time_work(*, actor: Actor, dispute_id: int, is_start: bool) -> Dispute:
    """Start or stop the clock of hands-on work. Raises Faults 403; 409 `not_running`, `running`; Http404.

    Locks: the dispute. Records: nothing but the step: it tells of time, not of money. Allowed: disputes.work, in scope.
    """
    dispute = _locked(actor, dispute_id, *State.values)
    is_running = runs_for(dispute, actor)
    if is_start == is_running:
        code, detail = (
            ("running", "Your clock runs.") if is_start else ("not_running", "Your clock does not run.")
        )
        raise refuse(code, detail, status=409)
    DisputeStep.objects.create(
        dispute=dispute, step="started" if is_start else "stopped", by_id=actor.id, by_name=actor.name
    )
    return dispute


def runs_for(dispute: Dispute, actor: Actor) -> bool:
    """Whether the actor's clock runs on it. 1 query."""
    last = DisputeStep.objects.filter(dispute=dispute, by_id=actor.id, step__in=["started", "stopped"])
    newest = last.order_by("-id").first()
    return newest is not None and newest.step == "started"


@transaction.atomic
def add_evidence(*, actor: Actor, dispute_id: int, upload: Upload) -> Attachment:
    """Add a paper or picture. Raises Faults 403; 409 `wrong_state`; 422 `too_many_files`; Http404.

    Locks: the dispute. Records: dispute.evidence_added with the file's hash. Allowed: disputes.work, in scope.
    """
    dispute = _locked(actor, dispute_id, *LIVE)
    made = keep(upload, owner=(KIND, dispute.pk), actor=actor)
    _step(
        actor,
        dispute,
        "evidence_added",
        {},
        comment=made.name,
        told={"sha256": upload.sha256, "name": made.name},
    )
    return made


@transaction.atomic
def remove_evidence(*, actor: Actor, dispute_id: int, attachment_id: int) -> None:
    """Take a paper away; it stays stored. Raises Faults 403; 409 `wrong_state`; Http404.

    Locks: the dispute. Records: dispute.evidence_removed. Allowed: disputes.work, in scope.
    """
    dispute = _locked(actor, dispute_id, *LIVE)
    gone = take_away(attachment_id, owner=(KIND, dispute.pk), actor=actor)
    _step(actor, dispute, "evidence_removed", {}, comment=gone.name, told={"sha256": gone.file.sha256})


# -- shared ------------------------------------------------------------------------------------------------------------


def lost_of(dispute: Dispute) -> Decimal:
    """What is given up when it is written off now."""
    return dispute.amount - (dispute.recovered or Decimal(0))


def hash_of(dispute: Dispute) -> str:
    """What an approval is bound to: the lines with what is at stake, and what was recovered."""
    lines = list(
        Comparison.objects.filter(dispute=dispute)
        .order_by("pk")
        .values_list("key", "stake", "difference_class")
    )
    content = {"dispute": dispute.pk, "lost": lost_of(dispute), "currency": dispute.currency, "lines": lines}
    return hashlib.sha256(to_json(content).encode()).hexdigest()


def _said(comment: str) -> str:
    if not comment.strip():
        raise refuse("comment_required", "Say why.", pointer="/comment")
    return comment.strip()[:MAX_COMMENT]


def _locked(actor: Actor, dispute_id: int, *states: str) -> Dispute:
    check_right(actor, RIGHT)
    access_dispute(actor, dispute_id)
    dispute = Dispute.objects.select_for_update().get(pk=dispute_id)
    if dispute.state not in states:
        raise refuse("wrong_state", f"The dispute is {dispute.state}.", status=409)
    return dispute


def _waiting(dispute_id: int) -> Dispute | None:
    found = Dispute.objects.select_for_update(skip_locked=True).filter(pk=dispute_id, state=State.WRITING_OFF)
    return found.first()


def _write_off(actor: Actor, dispute: Dispute, request: ApprovalRequest) -> Dispute:
    if hash_of(dispute) != request.content_hash:
        raise refuse("content_changed", "The content is not what was approved.", status=409)
    record_effect(request_id=request.pk, effect="applied", actor=actor)
    policy = f"{request.policy_name} v{request.policy_version}"
    return _end(actor, dispute, State.WRITTEN_OFF, "", policy=policy)


def _back(actor: Actor, dispute: Dispute, comment: str) -> Dispute:
    """It is again what it was when the write-off was asked for."""
    before = State.CLAIMED if dispute.claim_reference else State.OPEN
    if dispute.recovered is not None:
        before = State.ACCEPTED
    return _step(actor, dispute, "refused", {"state": before, "content_hash": ""}, comment=comment)


def _end(actor: Actor, dispute: Dispute, state: State, comment: str, *, policy: str = "") -> Dispute:
    values = {"state": state, "closed_at": Now(), "note": comment[:500]}
    if runs_for(dispute, actor):
        DisputeStep.objects.create(dispute=dispute, step="stopped", by_id=actor.id, by_name=actor.name)
    Comparison.objects.filter(dispute=dispute).update(state=Comparison.State.SETTLED)
    return _step(actor, dispute, str(state), values, comment=comment, told={"policy": policy})


def _step(
    actor: Actor,
    dispute: Dispute,
    step: str,
    values: dict[str, Any],
    *,
    comment: str = "",
    told: dict[str, Any] | None = None,
) -> Dispute:
    """Write the values, the step and the event; told: more for the event, and the policy it stands under."""
    more = dict(told or {})
    policy = str(more.pop("policy", ""))
    if values:
        Dispute.objects.filter(pk=dispute.pk).update(**values)
    DisputeStep.objects.create(
        dispute=dispute,
        step=step,
        by_id=actor.id if actor.kind == "user" else None,
        by_name=actor.name if actor.kind == "user" else "machine",
        comment=comment[:MAX_COMMENT],
    )
    fresh = Dispute.objects.select_related("site").get(pk=dispute.pk)
    record(
        actor=actor,
        kind=f"dispute.{step}",
        subject=subject_of(dispute),
        reason=comment,
        policy=policy,
        before={"state": dispute.state, "owner": dispute.owner_name, "due_at": dispute.due_at},
        after={
            "reference": str(fresh), "state": fresh.state, "owner": fresh.owner_name, "due_at": fresh.due_at,
            "amount": fresh.amount, "recovered": fresh.recovered, "currency": fresh.currency,
            "claim": fresh.claim_reference, **more,
        },
        site_ids=_sites(fresh),
    )  # fmt: skip
    return fresh


def _sites(dispute: Dispute) -> Sequence[int]:
    return [dispute.site_id] if dispute.site_id else []
