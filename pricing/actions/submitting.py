"""Submit: guardrails, then the policy decides or routes."""

from dataclasses import asdict
from datetime import UTC
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils.text import format_lazy
from django.utils.translation import ngettext_lazy

from approvals.actions import open_request
from audit.actions import record
from lib import actors, clock
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse
from pricing import access
from pricing.actions import placing
from pricing.actions.evaluation import evaluate
from pricing.actions.lines import note_bases
from pricing.actions.local_times import settle_window, stamp_lines
from pricing.actions.overrides import add_followers, refuse_outrun
from pricing.actions.settling import KIND, place_change, subject_of
from pricing.messages import finding_message
from pricing.models import Finding, PriceChange
from pricing.queries.contents import content_hash, told_lines

WAKE = "pricing.apply_due"
#: How many blocking findings a refusal tells one by one.
TOLD = 1000


@transaction.atomic
def submit_change(*, actor: Actor, change_id: int, comment: str = "") -> PriceChange:
    """Evaluate a draft again and hand it to the policy: `approved` (and placed at once) or `pending`.

    Raises Faults 422 with one fault per blocking finding, `no_lines`, `reason_required` (neither a reason nor a
    comment), `already_over`; 403 `not_yours`; 409 `wrong_state`; Http404.
    Locks: the change, its prices, the approval. Records: price_change.submitted, and price_change.approved by the
    policy. Allowed: price_changes.submit, the preparer.
    """
    access.require_right(actor, "price_changes.submit")
    change = access.locked_change(change_id)
    access.require_preparer(change, actor)
    access.require_state(change, PriceChange.State.DRAFT)
    return hand_in(change, actor, comment)


def hand_in(change: PriceChange, actor: Actor, comment: str, restores_days: int | None = None) -> PriceChange:
    """The steps of `submit_change` once the draft is locked and the caller may; roll-backs come here too."""
    now = clock.now()
    settle_window(change)
    add_followers(change, now)
    stamp_lines(change)
    _check(change, comment)
    placing.stage_change(change.pk)
    placing.lock_prices()
    refuse_outrun(change, now)
    facts = evaluate(change, now, restores_days)
    refuse_blocks(change)
    note_bases(change, now)
    hashed = content_hash(change.pk)
    request = open_request(
        actor=actor,
        kind=KIND,
        subject=subject_of(change),
        title=f"{change.reference} {change.title}",
        summary=_summary(change),
        url=f"/prices/changes/{change.pk}/",
        facts=asdict(facts),
        content_hash=hashed,
        wake_task=WAKE,
    )
    label = f"{request.policy_name} v{request.policy_version}"
    routine = request.state == "approved"
    PriceChange.objects.filter(pk=change.pk).update(
        state=PriceChange.State.PENDING,
        submitted_at=Now(),
        policy_version=label,
        approval_id=request.pk,
        content_hash=hashed,
        reason=change.reason or comment,
    )
    record(
        actor=actor,
        kind="price_change.submitted",
        subject=subject_of(change),
        reason=comment or change.reason,
        policy=label,
        before={"state": "draft"},
        after={**_told(change, hashed), "facts": asdict(facts), "state": "pending"},
    )
    if routine:
        place_change(access.locked_change(change.pk), actors.policy(label), reason="", policy=label)
    return access.access_change(change.pk)


def _check(change: PriceChange, comment: str) -> None:
    faults = []
    if not change.line_count:
        faults.append(Fault("/lines", "no_lines", "The change has no lines."))
    if not (change.reason.strip() or comment.strip()):
        faults.append(Fault("/reason", "reason_required", "Give a reason: it goes into the trail."))
    if change.effective_until and change.effective_until <= clock.now():
        faults.append(Fault("/effective_until", "already_over", "effective_until has passed."))
    if faults:
        raise Faults(faults)


def refuse_blocks(change: PriceChange, status: int = 422) -> None:
    """Raise Faults with one fault per blocking finding, if there are any; 1 query."""
    blocks = (
        Finding.objects.filter(change=change, severity=Finding.Severity.BLOCK)
        .select_related("line", "line__product")
        .order_by("line__position", "id")[:TOLD]
    )
    faults = [_fault(found) for found in blocks]
    if faults:
        raise Faults(faults, status)


def _fault(found: Finding) -> Fault:
    sku = f"{found.line.product.sku}: " if found.line else ""
    pointer = f"/lines/{found.line.position}" if found.line else ""
    return Fault(pointer, found.code, sku + finding_message(found.code, found.params))


def _summary(change: PriceChange) -> Any:
    return format_lazy(
        "{lines}{window}",
        lines=ngettext_lazy("%(count)d line", "%(count)d lines", "count") % {"count": change.line_count},
        window=f", {change.effective_from.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        if change.effective_from
        else "",
    )


def _told(change: PriceChange, hashed: str) -> dict[str, Any]:
    return {
        "title": change.title,
        "reason_code": change.reason_code,
        "effective_from": change.effective_from,
        "effective_until": change.effective_until,
        "local_from": change.local_from,
        "local_until": change.local_until,
        "lines": change.line_count,
        "content_hash": hashed,
        "prices": told_lines(change.pk),
    }


__all__ = ["hand_in", "refuse", "refuse_blocks", "submit_change"]
