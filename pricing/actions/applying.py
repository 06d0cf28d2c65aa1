"""The loop: place what approvals approved, announce what has come into effect."""

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from alerts.actions import raise_alert
from approvals.actions import record_effect
from approvals.models import ApprovalRequest
from approvals.queries import decision_of, requests_of_subjects
from audit.actions import record
from jobs.actions import enqueue
from lib import actors, clock
from lib.actors import Actor
from lib.faults import Faults
from pricing.actions.compliance_versions import settle_items
from pricing.actions.deciding import note_rejection, note_return
from pricing.actions.evaluation import evaluate
from pricing.actions.guardrail_versions import settle_guardrails
from pricing.actions.list_rules import settle_list_rules
from pricing.actions.overrides import ask_about
from pricing.actions.rechecking import recheck_due
from pricing.actions.settling import KIND, close_change, place_change, subject_of
from pricing.actions.submitting import refuse_blocks
from pricing.models import PriceChange

State = PriceChange.State


def place_approved(*, actor: Actor, limit: int = 100) -> int:
    """Place changes whose request was decided elsewhere; what no longer fits lapses. Returns how many were settled.

    Each in a transaction of its own. Allowed: the loop.
    """
    waiting = list(
        PriceChange.objects.filter(state=State.PENDING).order_by("id").values_list("pk", flat=True)
    )
    subjects = {f"price_change:{pk}": pk for pk in waiting}
    decided = [
        request
        for request in requests_of_subjects(KIND, subjects).values()
        if request.state != ApprovalRequest.State.PENDING
    ]
    settled = 0
    for request in sorted(decided, key=lambda one: one.pk)[:limit]:
        settled += _settle(actor, subjects[request.subject], request)
    return settled


def _settle(actor: Actor, change_id: int, request: ApprovalRequest) -> int:
    """Follow one decision; 0 when another worker has it."""
    try:
        with transaction.atomic():
            change = _claimed(change_id, State.PENDING)
            if change is None or change.approval_id != request.pk:
                return 0
            _follow(actor, change, request)
    except Faults as faults:
        return _lapse(actor, change_id, request, faults)
    return 1


def _claimed(change_id: int, state: str) -> PriceChange | None:
    return PriceChange.objects.select_for_update(skip_locked=True).filter(pk=change_id, state=state).first()


def _follow(actor: Actor, change: PriceChange, request: ApprovalRequest) -> None:
    word = decision_of(request.pk)
    decider = Actor(
        kind="user" if word and word.decided_by_kind == "user" else "policy",
        id=word.decided_by_id if word else None,
        name=word.decided_by_name if word else request.policy_name,
    )
    comment = word.comment if word else request.close_reason
    if request.state == ApprovalRequest.State.REJECTED:
        note_rejection(change, decider, comment)
    elif request.state == ApprovalRequest.State.RETURNED:
        note_return(change, decider, comment)
    elif request.state == ApprovalRequest.State.APPROVED:
        evaluate(change, clock.now())
        refuse_blocks(change, status=409)
        place_change(change, decider, reason=comment, policy=change.policy_version, recorder=actor)
    else:
        close_change(change, actor, state=State.WITHDRAWN, reason=request.close_reason)


def _lapse(actor: Actor, change_id: int, request: ApprovalRequest, faults: Faults) -> int:
    """An approved change that no longer fits is taken back, with an alert for who prepared it."""
    detail = str(faults)[:1000]
    with transaction.atomic():
        change = _claimed(change_id, State.PENDING)
        if change is None:
            return 0
        record_effect(request_id=request.pk, effect="lapsed", detail=detail, actor=actor)
        close_change(change, actor, state=State.WITHDRAWN, reason=detail, lapsed=True)
        raise_alert(
            key=f"price_change.lapsed:{change.pk}",
            kind="price_change_lapsed",
            severity="warning",
            title=f"{change.reference} lapsed",
            detail=detail,
            url=f"/prices/changes/{change.pk}/",
        )
    return 1


def apply_due(*, actor: Actor, limit: int = 500) -> int:
    """Confirm and announce placed changes whose effective moment has come. Returns how many.

    Each in a transaction of its own; quotes see the prices anyway. Records: price_change.applied. Allowed: the loop.
    """
    now = clock.now()
    due = (
        PriceChange.objects.filter(state=State.APPROVED, placed_at__isnull=False)
        .filter(Q(effective_from__isnull=True) | Q(effective_from__lte=now))
        .order_by("id")
        .values_list("pk", flat=True)[:limit]
    )
    return sum(_apply(actor, pk) for pk in list(due))


@transaction.atomic
def _apply(actor: Actor, change_id: int) -> int:
    change = _claimed(change_id, State.APPROVED)
    if change is None:
        return 0
    PriceChange.objects.filter(pk=change.pk).update(state=State.APPLIED, applied_at=Now())
    if change.approval_id is not None:
        record_effect(request_id=change.approval_id, effect="applied", actor=actor)
    ask_about(change)
    enqueue(
        "price_change.applied",
        subject_of(change),
        {"id": change.pk, "reference": change.reference, "lines": change.line_count},
    )
    record(
        actor=actor,
        kind="price_change.applied",
        subject=subject_of(change),
        policy=change.policy_version,
        before={"state": State.APPROVED},
        after={"state": State.APPLIED, "lines": change.line_count},
    )
    return 1


def settle_all() -> int:
    """One turn of the loop."""
    actor = actors.job("pricing.apply_due")
    settle_guardrails(actor=actor)
    settle_items(actor=actor)
    settle_list_rules(actor=actor)
    return place_approved(actor=actor) + recheck_due(actor=actor) + apply_due(actor=actor)
