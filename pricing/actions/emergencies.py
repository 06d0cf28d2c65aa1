"""Emergency prices: one click on what a manager prepared, a forced end, and a review after the fact."""

from dataclasses import replace
from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Now
from django.http import Http404
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from alerts.actions import raise_alert, resolve_alert
from audit.actions import record
from jobs.actions import wake
from lib import clock
from lib.actors import Actor
from lib.faults import Faults, refuse
from pricing import access
from pricing.actions import placing
from pricing.actions.evaluation import evaluate
from pricing.actions.lines import note_bases, read_lines, write_lines
from pricing.actions.rolling_back import roll_back_change
from pricing.actions.settling import place_change, subject_of
from pricing.actions.submitting import WAKE, refuse_blocks
from pricing.actions.templates import locked_template, template_lines
from pricing.models import EmergencyUse, PriceChange, PriceTemplate
from pricing.queries.contents import content_hash

State = PriceChange.State


@transaction.atomic
def start_emergency(*, actor: Actor, template_id: int, comment: str = "") -> EmergencyUse:
    """Put a prepared emergency's prices in force now, until its hours are over.

    The manager who prepared it is the preparer, whoever clicks decides; guardrails that block still block.
    Raises Faults 403 `not_allowed`, `own_template`; 409 `retired`, `no_emergency`, `already_running`, `base_moved`; 422
    with blocking findings and faults of lines; Http404.
    Locks: the template, the prices. Records: price_change.created, .approved with digests, price_template.started.
    Allowed: emergency_prices.start, never who prepared it.
    """
    access.require_right(actor, "emergency_prices.start")
    template = locked_template(template_id)
    if template.kind != PriceTemplate.Kind.EMERGENCY:
        raise refuse("no_emergency", "This template is no emergency.", status=409)
    if template.prepared_by_id == actor.id:
        raise refuse("own_template", "Another person starts what you prepared.", status=403)
    now = clock.now()
    if _running(template.pk):
        raise refuse("already_running", "These prices are in force already.", status=409)
    ends_at = now + timedelta(hours=template.hours or 1)
    good, faults = read_lines(template_lines(template, now), access.editable_lists(actor), ends_allowed=False)
    if faults:
        raise Faults(faults)
    change = PriceChange.objects.create(
        title=template.name, reason=comment or template.reason, reason_code="emergency", effective_until=ends_at,
        prepared_by_id=template.prepared_by_id, prepared_by_name=template.prepared_by.username,
        line_count=len(good),
    )  # fmt: skip
    write_lines(change, good, now)
    _place(change.pk, actor, template)
    use = EmergencyUse.objects.create(
        template=template, change=change, started_by_id=actor.id or 0, ends_at=ends_at
    )
    _tell(use, actor, template)
    wake(WAKE)
    return EmergencyUse.objects.select_related("change", "template").get(pk=use.pk)


def _running(template_id: int) -> bool:
    return EmergencyUse.objects.filter(
        template_id=template_id, ends_at__gt=clock.now(), change__state__in=[State.APPROVED, State.APPLIED]
    ).exists()


def _place(change_id: int, actor: Actor, template: PriceTemplate) -> None:
    """Judge, fix what is approved, and lay the rows; the steps of submit and approve in one."""
    change = access.locked_change(change_id)
    placing.stage_change(change.pk)
    placing.lock_prices()
    evaluate(change, clock.now())
    refuse_blocks(change)
    note_bases(change, clock.now())
    label = f"emergency template {template.pk}"
    hashed = content_hash(change.pk)
    PriceChange.objects.filter(pk=change.pk).update(
        state=State.PENDING, submitted_at=Now(), policy_version=label, content_hash=hashed
    )
    record(
        actor=actor,
        kind="price_change.created",
        subject=subject_of(change),
        reason=change.reason,
        after={
            "template": template.pk,
            "lines": change.line_count,
            "effective_until": change.effective_until,
        },
    )
    place_change(access.locked_change(change.pk), actor, reason=change.reason, policy=label)


def _tell(use: EmergencyUse, actor: Actor, template: PriceTemplate) -> None:
    record(
        actor=actor,
        kind="price_template.started",
        subject=f"price_template:{template.pk}",
        reason=use.change.reason,
        after={"price_change": use.change_id, "ends_at": use.ends_at},
    )
    raise_alert(
        key=f"emergency_price.review:{use.pk}",
        kind="emergency_price",
        severity="warning",
        title=format_lazy(_("Emergency prices “{name}” wait for their review"), name=template.name),
        url="/prices/templates/",
        actor=actor,
    )


@transaction.atomic
def end_emergency(*, actor: Actor, use_id: int, comment: str = "") -> PriceChange:
    """Bring back what was before, ahead of the forced end; returns the roll-back.

    The right to start includes the right to end: it is a roll-back of this one change, which policy decides.
    Raises Faults as `roll_back_change`; Http404. Locks and records: as `roll_back_change`.
    Allowed: emergency_prices.start.
    """
    access.require_right(actor, "emergency_prices.start")
    use = _locked_use(use_id)
    able = replace(actor, permissions=actor.permissions | {"price_changes.roll_back"})
    return roll_back_change(actor=able, change_id=use.change_id, comment=comment)


@transaction.atomic
def review_emergency(*, actor: Actor, use_id: int, comment: str) -> EmergencyUse:
    """Somebody other than who started it says whether it was right.

    Raises Faults 403 `not_allowed`, `own_request`; 409 `reviewed`; 422 `reason_required`; Http404.
    Locks: the use. Records: price_template.reviewed, alert.resolved. Allowed: price_changes.approve, not the starter.
    """
    access.require_right(actor, "price_changes.approve")
    use = _locked_use(use_id)
    if use.started_by_id == actor.id:
        raise refuse("own_request", "Nobody reviews what they started.", status=403)
    if use.reviewed_at is not None:
        raise refuse("reviewed", "It has been reviewed.", status=409)
    if not comment.strip():
        raise refuse("reason_required", "Say what you found.", pointer="/comment")
    EmergencyUse.objects.filter(pk=use.pk).update(
        reviewed_by_id=actor.id, reviewed_at=Now(), review=comment.strip()[:4000]
    )
    record(
        actor=actor,
        kind="price_template.reviewed",
        subject=f"price_template:{use.template_id}",
        reason=comment,
        after={"price_change": use.change_id},
    )
    resolve_alert(f"emergency_price.review:{use.pk}", comment, actor=actor)
    return EmergencyUse.objects.get(pk=use.pk)


def _locked_use(use_id: int) -> EmergencyUse:
    found = EmergencyUse.objects.select_for_update().filter(pk=use_id).first()
    if found is None:
        raise Http404(use_id)
    return found
