"""Reading requests, their steps and decisions. Visibility lies in access."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from approvals.models import ApprovalRequest, Decision, Remark, Review, Step
from approvals.rules import OpenStep

PENDING = ApprovalRequest.State.PENDING
APPROVED = ApprovalRequest.State.APPROVED


def request_of(kind: str, subject: str) -> ApprovalRequest | None:
    """The latest request on `subject`. One query."""
    return ApprovalRequest.objects.filter(kind=kind, subject=subject).order_by("-id").first()


def requests_of_subjects(kind: str, subjects: Iterable[str]) -> dict[str, ApprovalRequest]:
    """The latest request of each subject that has one, with its decisions. Two queries."""
    rows = (
        ApprovalRequest.objects.filter(kind=kind, subject__in=list(subjects))
        .order_by("subject", "-id")
        .distinct("subject")
        .prefetch_related("decisions")
    )
    return {row.subject: row for row in rows}


def approved_unapplied(kind: str, limit: int = 500) -> list[ApprovalRequest]:
    """Requests of `kind` that are approved and whose effect is not reported yet, oldest first. One query."""
    return list(ApprovalRequest.objects.filter(kind=kind, state=APPROVED, effect="").order_by("id")[:limit])


def decision_of(request_id: int) -> Decision | None:
    """The word that closed the request: the last one. One query."""
    return Decision.objects.filter(request_id=request_id).order_by("-id").first()


def overdue_requests(at: datetime) -> list[ApprovalRequest]:
    """Pending requests whose deadline has passed at `at`, oldest deadline first. One query."""
    return list(ApprovalRequest.objects.filter(state=PENDING, due_at__lte=at).order_by("due_at", "id"))


def near_requests(at: datetime) -> list[ApprovalRequest]:
    """Pending requests with a step that was reminded and is not past its deadline at `at`. One query."""
    near = Step.objects.filter(
        request=OuterRef("pk"), state=Step.State.OPEN, reminded_at__isnull=False, due_at__gt=at
    )
    return list(ApprovalRequest.objects.filter(Exists(near), state=PENDING).order_by("due_at", "id"))


def pending_requests() -> QuerySet[ApprovalRequest]:
    """All that waits for a decision."""
    return ApprovalRequest.objects.filter(state=PENDING)


def all_requests() -> QuerySet[ApprovalRequest]:
    return ApprovalRequest.objects.all()


def steps_of(request: ApprovalRequest) -> list[Step]:
    """The steps in order. One query."""
    return list(Step.objects.filter(request=request).order_by("number", "id"))


def remarks_of(request_id: int) -> list[Remark]:
    """What was said beside it, oldest first. One query."""
    return list(Remark.objects.filter(request_id=request_id).order_by("id"))


def decisions_of(request_id: int) -> list[Decision]:
    """Every word on it, oldest first. One query."""
    return list(Decision.objects.filter(request_id=request_id).order_by("id"))


def reviews_for(permissions: Iterable[str], user_id: int) -> QuerySet[Review]:
    """What waits for a look by holders of these permissions, none of it their own; soonest due first. One query."""
    return (
        Review.objects.filter(outcome="", permission__in=list(permissions))
        .exclude(request__prepared_by_id=user_id)
        .exclude(request__contributor_ids__contains=[user_id])
        .select_related("request")
        .order_by("due_at", "id")
    )


def reviewed(limit: int = 50) -> list[Review]:
    """What was looked at last. One query."""
    return list(Review.objects.exclude(outcome="").select_related("request").order_by("-reviewed_at")[:limit])


def as_rules_take(steps: Iterable[Step], escalate_to: str) -> list[OpenStep]:
    """Steps as `rules.word_of` takes them. No query."""
    return [
        OpenStep(step.pk, step.permission, step.user_id, escalate_to if step.escalated_at else "")
        for step in steps
    ]


def hands_in(request: ApprovalRequest) -> frozenset[int]:
    """Who prepared it or had a hand in it. No query."""
    return frozenset({request.prepared_by_id, *request.contributor_ids} - {0})


def spoken_on(request_ids: Iterable[int]) -> dict[int, frozenset[int]]:
    """Request id → who decided it, or in whose right that was done. One query."""
    found: dict[int, set[int]] = {}
    rows = Decision.objects.filter(request_id__in=list(request_ids), decided_by_kind="user")
    for request_id, by, behalf in rows.values_list("request_id", "decided_by_id", "on_behalf_of_id"):
        found.setdefault(request_id, set()).update({by, behalf or by})
    return {request_id: frozenset(people) for request_id, people in found.items()}
