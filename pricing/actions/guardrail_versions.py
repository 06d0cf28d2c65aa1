"""A new version of a guardrail: proposed by one person, in force once another approves it."""

from collections.abc import Mapping
from typing import Any

from django.db import connection, transaction

from approvals.actions import open_request
from approvals.models import ApprovalRequest
from audit.actions import record
from lib.actors import Actor
from lib.faults import refuse
from pricing import access
from pricing.actions.guardrails import checked_guardrail
from pricing.actions.reviewed_versions import content_hash, record_decision, settle_versions
from pricing.models import Guardrail
from pricing.queries.guardrail_rules import guardrail_row

KIND = "guardrail"
WAKE = "pricing.apply_due"
NO_RULE: dict[str, Any] = {"version": 0}
State = Guardrail.State


@transaction.atomic
def save_guardrail(*, actor: Actor, row: Mapping[str, Any]) -> Guardrail:
    """Propose a new version of a rule for its scope; it counts once another person has approved it.

    row: as `checked_guardrail` reads it, with reason and base_version (0 = the first of its scope).
    Raises Faults as `checked_guardrail`; 422 required (reason), unchanged; 409 changed_meanwhile, already_pending; 403
    not_allowed. Locks: the guardrails, one writer at a time. Records: guardrail.proposed, and guardrail.changed where a
    policy lets it pass. Allowed: guardrails.manage.
    """
    access.require_right(actor, "guardrails.manage")
    new = checked_guardrail(row)
    reason = str(row.get("reason") or "").strip()
    if not reason:
        raise refuse("required", "Say why the rule changes.", pointer="/reason")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(4714)")
    versions = list(_of_scope(new))
    old = next((one for one in versions if one.state == State.IN_FORCE), None)
    current = old.version if old else 0
    if row.get("base_version", 0) != current:
        raise refuse("changed_meanwhile", f"Version {current} is in force by now.", status=409)
    if any(one.state == State.PENDING for one in versions):
        raise refuse("already_pending", "A version of this rule already waits for approval.", status=409)
    if old is not None and _content(new) == _content(old):
        raise refuse("unchanged", "Nothing is different from the version in force.")
    new.version = versions[0].version + 1 if versions else 1
    new.state, new.created_by_id = State.PENDING, actor.id or None
    new.save(force_insert=True)
    record(
        actor=actor,
        kind="guardrail.proposed",
        subject=_subject(new),
        reason=reason,
        before=guardrail_row(old) if old else NO_RULE,
        after=guardrail_row(new),
    )
    request = open_request(
        actor=actor,
        kind=KIND,
        subject=f"{KIND}:{new.pk}",
        title=f"{new.get_rule_display()} v{new.version}",
        summary=reason,
        url=f"/prices/guardrails/?rule={new.pk}",
        facts={"kind": new.rule, "reason": reason},
        content_hash=_hash(new),
        wake_task=WAKE,
    )
    if request.state != ApprovalRequest.State.PENDING:
        _follow(actor, new, request)
    return new


def _of_scope(one: Guardrail) -> Any:
    """Every version of the same rule and scope, newest first."""
    return Guardrail.objects.filter(
        rule=one.rule,
        price_list=one.price_list,
        category=one.category,
        status=one.status,
        profile=one.profile,
    ).order_by("-version")


def _subject(one: Guardrail) -> str:
    parts = (one.rule, one.price_list_id, one.category_id, one.status, one.profile_id)
    return "guardrail:" + "-".join(str(part) for part in parts if part)


def _content(one: Guardrail) -> dict[str, Any]:
    """What a version says, without its number and state."""
    row = guardrail_row(one)
    return {name: row[name] for name in row if name not in ("id", "version", "state")}


def _hash(one: Guardrail) -> str:
    return content_hash({**_content(one), "version": one.version})


def settle_guardrails(*, actor: Actor) -> int:
    """Put in force what was approved, close what was refused; returns how many.

    Locks: the versions that wait. Records: guardrail.changed or guardrail.refused, in the decider's name. Allowed: the loop.
    """
    return settle_versions(
        KIND, Guardrail.objects.filter(state=State.PENDING), lambda one, request: _follow(actor, one, request)
    )


def _follow(actor: Actor, one: Guardrail, request: ApprovalRequest) -> None:
    approved = request.state == ApprovalRequest.State.APPROVED and request.content_hash == _hash(one)
    old = _of_scope(one).filter(state=State.IN_FORCE).first()
    one.state = State.IN_FORCE if approved else State.REJECTED
    one.save(update_fields=["state"])
    record_decision(
        actor,
        request,
        approved=approved,
        event="guardrail.changed" if approved else "guardrail.refused",
        subject=_subject(one),
        before=guardrail_row(old) if old else NO_RULE,
        after=guardrail_row(one),
    )
