"""Reading requests, decisions and policies. Visibility lies in access."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Max, QuerySet

from approvals.models import ApprovalRequest, Decision, Policy
from approvals.rules import Condition, Outcome, Rule

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


def pending_requests() -> QuerySet[ApprovalRequest]:
    """All that waits for a decision."""
    return ApprovalRequest.objects.filter(state=PENDING)


def all_requests() -> QuerySet[ApprovalRequest]:
    return ApprovalRequest.objects.all()


def active_rules(kind: str) -> list[Rule]:
    """The active policies of `kind` in the order they are tried. One query."""
    return [
        rule_of(policy)
        for policy in Policy.objects.filter(kind=kind, is_active=True).order_by("position", "name")
    ]


def rule_of(policy: Policy) -> Rule:
    """A stored policy as the rules take it."""
    outcome: Outcome = "routine" if policy.outcome == Policy.Outcome.ROUTINE else "approve"
    conditions = tuple(
        Condition(c["fact"], c["operator"], c["value"], bool(c.get("may_be_missing")))
        for c in policy.conditions
    )
    return Rule(policy.name, policy.version, outcome, policy.permission, policy.due_hours, conditions)


def policies_now() -> list[Policy]:
    """Every active policy, by kind and position. One query."""
    return list(Policy.objects.filter(is_active=True).order_by("kind", "position", "name"))


def versions_of(name: str) -> list[Policy]:
    """All versions of a policy, newest first. One query."""
    return list(Policy.objects.filter(name=name).order_by("-version"))


def latest_versions(names: Sequence[str]) -> dict[str, int]:
    """The highest version of each of `names` that exists. One query."""
    rows = Policy.objects.filter(name__in=names).values("name").annotate(top=Max("version"))
    return {row["name"]: row["top"] for row in rows}
