"""A new version of an item of the compliance checklist: written by one person, in force once another approves it."""

from collections.abc import Mapping
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Now

from approvals.actions import open_request
from approvals.models import ApprovalRequest
from audit.actions import record
from lib.actors import Actor
from lib.faults import refuse
from pricing import access
from pricing.actions.compliance_items import checked_item, checked_text
from pricing.actions.reviewed_versions import content_hash, record_decision, settle_versions
from pricing.models import ComplianceItem
from pricing.queries.compliance import item_row, item_versions

KIND = "compliance_item"
WAKE = "pricing.apply_due"
NO_ITEM: dict[str, Any] = {"version": 0}
State = ComplianceItem.State


@transaction.atomic
def save_item(*, actor: Actor, row: Mapping[str, Any]) -> ComplianceItem:
    """Propose a new version of an item; once another person has approved it, changes that wait meet it as well.

    row: as `checked_item` reads it, with reason and base_version (0 = the first of its code).
    Raises Faults as `checked_item`; 422 required (reason), unchanged; 409 changed_meanwhile, already_pending; 403
    not_allowed. Locks: the items, one writer at a time. Records: compliance_item.proposed, and compliance_item.changed
    where a policy lets it pass. Allowed: policies.manage.
    """
    access.require_right(actor, "policies.manage")
    values = checked_item(row)
    reason = checked_text("reason", row.get("reason"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(4715)")
    versions = list(item_versions(values["code"]))[::-1]
    old = next((one for one in versions if one.state == State.IN_FORCE), None)
    current = old.version if old else 0
    if row.get("base_version", 0) != current:
        raise refuse("changed_meanwhile", f"Version {current} is in force by now.", status=409)
    if any(one.state == State.PENDING for one in versions):
        raise refuse("already_pending", "A version of this item already waits for approval.", status=409)
    number = versions[0].version + 1 if versions else 1
    new = ComplianceItem(**values, version=number, state=State.PENDING, created_by_name=actor.name)
    if old is not None and _content(new) == _content(old):
        raise refuse("unchanged", "Nothing is different from the version in force.")
    new.save(force_insert=True)
    record(
        actor=actor,
        kind="compliance_item.proposed",
        subject=_subject(new),
        reason=reason,
        before=item_row(old) if old else NO_ITEM,
        after=item_row(new),
    )
    request = open_request(
        actor=actor,
        kind=KIND,
        subject=f"{KIND}:{new.pk}",
        title=f"{new.code} v{new.version}",
        summary=reason,
        url=f"/prices/compliance/?item={new.pk}",
        facts={"reason": reason},
        content_hash=_hash(new),
        wake_task=WAKE,
    )
    if request.state != ApprovalRequest.State.PENDING:
        _follow(actor, new, request)
    return new


def settle_items(*, actor: Actor) -> int:
    """Put in force what was approved, close what was refused; returns how many.

    Locks: the versions that wait. Records: compliance_item.changed or compliance_item.refused, in the decider's name.
    Allowed: the loop.
    """
    waiting = ComplianceItem.objects.filter(state=State.PENDING)
    return settle_versions(KIND, waiting, lambda one, request: _follow(actor, one, request))


def _subject(one: ComplianceItem) -> str:
    return f"compliance_item:{one.code}"


def _content(one: ComplianceItem) -> dict[str, Any]:
    """What a version says, without its number, state and writer."""
    row = item_row(one)
    return {name: row[name] for name in row if name not in ("version", "state", "created_by")}


def _hash(one: ComplianceItem) -> str:
    return content_hash({**_content(one), "version": one.version})


def _follow(actor: Actor, one: ComplianceItem, request: ApprovalRequest) -> None:
    approved = request.state == ApprovalRequest.State.APPROVED and request.content_hash == _hash(one)
    old = item_versions(one.code).filter(state=State.IN_FORCE).last()
    one.state = State.IN_FORCE if approved else State.REJECTED
    ComplianceItem.objects.filter(pk=one.pk).update(
        state=one.state, in_force_from=Now() if approved else None
    )
    record_decision(
        actor,
        request,
        approved=approved,
        event="compliance_item.changed" if approved else "compliance_item.refused",
        subject=_subject(one),
        before=item_row(old) if old else NO_ITEM,
        after=item_row(one),
    )
