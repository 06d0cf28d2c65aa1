"""Opening, withdrawing and voiding requests, and reporting what came of them."""

import json
from collections.abc import Sequence
from datetime import UTC, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Value
from django.db.models.functions import Now

from accounts.queries import people_behind
from alerts.texts import Text, both
from approvals.actions.reviews import draw
from approvals.actions.steps import close_steps, make_steps
from approvals.models import ApprovalRequest, Decision
from approvals.queries import active_rules, author_facts, policy_version
from approvals.rules import AUTHOR_FACTS, Rule, Verdict, verdict_on
from audit.actions import record, to_json
from lib import actors, clock
from lib.actors import Actor
from lib.faults import refuse

State = ApprovalRequest.State


@transaction.atomic
def open_request(  # noqa: PLR0913 - the fixed signature of the interface
    *,
    actor: Actor,
    kind: str,
    subject: str,
    title: str,
    facts: dict[str, Any],
    content_hash: str,
    summary: Text = "",
    url: str = "",
    site_ids: Sequence[int] = (),
    wake_task: str = "",
    contributors: Sequence[int] = (),
) -> ApprovalRequest:
    """Ask for approval of `subject`; the active policies of `kind` say at once whether it is routine.

    facts:     what the conditions look at; Decimals and dates are kept as strings.
    wake_task: a task to wake once it is approved; a lost wake-up costs latency only.
    contributors: user ids of others who had a hand in it; none of them decides.
    Returns the request, "approved" (by the policy) or "pending" with `permission` and `due_at`.
    Raises Faults 409 `already_pending`.
    Locks: the author's day, where a policy counts it. Records: approval.requested, and approval.approved by the policy.
    Allowed: the caller has checked.
    """
    plain = json.loads(to_json(facts))
    rules = active_rules(kind)
    plain |= _about_author(actor, kind, plain, rules)
    verdict = verdict_on(rules, plain)
    english, chinese = both(summary, 500)
    asked = {
        "kind": kind,
        "subject": subject,
        "title": title[:300],
        "summary": english,
        "summary_zh": chinese,
        "url": url,
        "facts": plain,
        "content_hash": content_hash,
        "site_ids": sorted(site_ids),
        "contributor_ids": sorted({*contributors, *_behind(actor)} - {0}),
        "wake_task": wake_task,
    }
    try:
        with transaction.atomic():
            made = ApprovalRequest.objects.create(**asked, **_ruled(verdict), **_prepared(actor))
    except IntegrityError as error:
        raise refuse("already_pending", "This already waits for a decision.", status=409) from error
    request = ApprovalRequest.objects.get(pk=made.pk)
    record(
        actor=actor,
        kind="approval.requested",
        subject=f"approval:{request.pk}",
        policy=f"{verdict.policy} v{verdict.version}",
        after={"kind": kind, "subject": subject, "content_hash": content_hash, "facts": plain},
        site_ids=request.site_ids,
    )
    if verdict.outcome == "routine":
        return _approve_by_policy(request, verdict)
    make_steps(request, verdict.rule.in_order())
    return request


def _ruled(verdict: Verdict) -> dict[str, Any]:
    """What the policy that decides puts on a request."""
    rule = verdict.rule
    made = {
        "policy_name": verdict.policy,
        "policy_version": verdict.version,
        "policy_why": verdict.why(),
        "watchers": list(rule.watchers),
        "is_fast": rule.is_fast,
    }
    if verdict.outcome == "routine":
        return made
    first = rule.in_order()[0]
    return made | {
        "permission": first.groups[0].permission,
        "escalate_to": rule.escalate_to,
        "needs_step_up": rule.needs_step_up,
        "due_at": Now() + Value(timedelta(hours=first.due_hours)),
    }


def _prepared(actor: Actor) -> dict[str, Any]:
    is_person = actor.kind == "user" and bool(actor.id)
    return {"prepared_by_id": actor.id if is_person else 0, "prepared_by_name": actor.name}


def _behind(actor: Actor) -> list[int]:
    return people_behind(actor.id) if actor.kind == "user" and actor.id else []


def _about_author(actor: Actor, kind: str, facts: dict[str, Any], rules: Sequence[Rule]) -> dict[str, Any]:
    """Facts about the author that a policy asks for; two requests of one author at once are counted one by one."""
    wanted = {one.fact for rule in rules for one in rule.conditions} & set(AUTHOR_FACTS)
    if not wanted or actor.kind != "user" or not actor.id:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"approvals:{kind}:{actor.id}"]
        )
    midnight = clock.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return author_facts(kind, actor.id, facts, wanted, midnight)


def _approve_by_policy(request: ApprovalRequest, verdict: Verdict) -> ApprovalRequest:
    label = f"{verdict.policy} v{verdict.version}"
    Decision.objects.create(
        request=request,
        prepared_by_id=request.prepared_by_id,
        decided_by_kind="policy",
        decided_by_name=label,
        approved=True,
        content_hash=request.content_hash,
        policy_name=verdict.policy,
        policy_version=verdict.version,
        channel="system",
    )
    ApprovalRequest.objects.filter(pk=request.pk).update(state=State.APPROVED, closed_at=Now())
    record(
        actor=actors.policy(label),
        kind="approval.approved",
        subject=f"approval:{request.pk}",
        policy=label,
        before={"state": State.PENDING},
        after={"state": State.APPROVED, "subject": request.subject},
        site_ids=request.site_ids,
    )
    draw(request, policy_version(verdict.policy, verdict.version))
    return ApprovalRequest.objects.get(pk=request.pk)


def withdraw(*, actor: Actor, kind: str, subject: str, reason: str = "") -> ApprovalRequest | None:
    """Take back what waits, or what is approved and not applied yet; None when there is nothing of the kind.

    Locks: the request. Records: approval.withdrawn. Allowed: the caller has checked.
    """
    return _close(actor=actor, kind=kind, subject=subject, state=State.WITHDRAWN, reason=reason)


def void(*, actor: Actor, kind: str, subject: str, reason: str) -> ApprovalRequest | None:
    """Make a request worthless because what it asked for was edited; its decisions stay on record.

    Returns None when nothing is pending or approved and unapplied.
    Locks: the request. Records: approval.void. Allowed: the caller has checked.
    """
    return _close(actor=actor, kind=kind, subject=subject, state=State.VOID, reason=reason)


@transaction.atomic
def _close(*, actor: Actor, kind: str, subject: str, state: str, reason: str) -> ApprovalRequest | None:
    request = (
        ApprovalRequest.objects.select_for_update()
        .filter(kind=kind, subject=subject, state__in=[State.PENDING, State.APPROVED], effect="")
        .order_by("-id")
        .first()
    )
    if request is None:
        return None
    ApprovalRequest.objects.filter(pk=request.pk).update(state=state, closed_at=Now(), close_reason=reason)
    close_steps(request)
    record(
        actor=actor,
        kind=f"approval.{state}",
        subject=f"approval:{request.pk}",
        reason=reason,
        before={"state": request.state},
        after={"state": state, "subject": subject},
        site_ids=request.site_ids,
    )
    return ApprovalRequest.objects.get(pk=request.pk)


@transaction.atomic
def record_effect(
    *, request_id: int, effect: str, detail: str = "", actor: Actor | None = None
) -> ApprovalRequest:
    """Report what came of an approved request: "applied", "lapsed", "refused" …; the same report again changes nothing.

    Raises Faults 409 `not_approved`, or `effect_recorded` when another effect stands.
    Locks: the request. Records: approval.<effect>. Allowed: the app that asked.
    """
    request = ApprovalRequest.objects.select_for_update().get(pk=request_id)
    if request.effect == effect:
        return request
    if request.state != State.APPROVED:
        raise refuse("not_approved", f"The request is {request.state}.", status=409)
    if request.effect:
        raise refuse("effect_recorded", f"The request is already {request.effect}.", status=409)
    ApprovalRequest.objects.filter(pk=request_id).update(effect=effect, effect_detail=detail, effect_at=Now())
    record(
        actor=actor or actors.job("approvals.effect"),
        kind=f"approval.{effect}",
        subject=f"approval:{request_id}",
        reason=detail,
        policy=f"{request.policy_name} v{request.policy_version}",
        after={"effect": effect, "subject": request.subject},
        site_ids=request.site_ids,
    )
    return ApprovalRequest.objects.get(pk=request_id)
