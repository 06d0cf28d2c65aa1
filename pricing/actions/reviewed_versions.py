"""What rules share whose versions count only once another person said so: guardrails, checklist items, derivations."""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model, QuerySet

from approvals.actions import record_effect
from approvals.models import ApprovalRequest
from approvals.queries import decision_of, requests_of_subjects
from audit.actions import record
from lib.actors import Actor

V = TypeVar("V", bound=Model)


def content_hash(told: Mapping[str, Any]) -> str:
    """SHA-256 of what a version says."""
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()


def settle_versions(
    kind: str,
    waiting: "QuerySet[V]",
    follow: Callable[[V, ApprovalRequest], None],
    lock: Callable[[], object] = lambda: None,
) -> int:
    """Let every version that waits follow its decided request (subject `<kind>:<id>`); returns how many did.

    follow: puts it in force or closes it. lock: what is locked before a version is. Locks: each version, in turn.
    """
    numbers = {f"{kind}:{pk}": pk for pk in waiting.values_list("pk", flat=True)}
    if not numbers:
        return 0
    settled = 0
    for subject, request in requests_of_subjects(kind, list(numbers)).items():
        if request.state == ApprovalRequest.State.PENDING:
            continue
        with transaction.atomic():
            lock()
            one = (
                waiting.select_for_update(skip_locked=True, of=("self",)).filter(pk=numbers[subject]).first()
            )
            if one is not None:
                follow(one, request)
                settled += 1
    return settled


def record_decision(
    actor: Actor, request: ApprovalRequest, *, approved: bool, event: str, subject: str, **content: Any
) -> None:
    """The event in the decider's name, and what became of the request. content: before and after, as `record` takes them."""
    word = decision_of(request.pk)
    decider = actor
    if word is not None and word.decided_by_kind == "user":
        decider = Actor(kind="user", id=word.decided_by_id, name=word.decided_by_name)
    record(
        actor=decider,
        kind=event,
        subject=subject,
        reason=word.comment if word else request.close_reason,
        policy=f"{request.policy_name} v{request.policy_version}",
        **content,
    )
    if approved or request.state == ApprovalRequest.State.APPROVED:
        record_effect(request_id=request.pk, effect="applied" if approved else "lapsed", actor=actor)
