"""Prepared transfers: kept by a manager, released by the duty officer with one click, reviewed afterwards."""

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Now
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from alerts.actions import AlertDraft, raise_alert, raise_alerts, resolve_alert, resolve_alerts_except
from audit.actions import record
from catalog.queries import products_by_sku
from inventory.access import access_transfer_template
from inventory.actions.movements import check_right
from inventory.actions.reservations import Wanted
from inventory.actions.transfers import (
    State,
    TransferDraft,
    ask,
    checked,
    fresh,
    locked,
    record_step,
    write_lines,
)
from inventory.models import Transfer, TransferTemplate, TransferTemplateLine
from inventory.queries.transfers import overdue_transfers, template_body
from inventory.rules.transfers import MAX_LINES
from lib import clock
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse

OVERDUE = "transfer_overdue:"
MAX_DAYS = 60


@dataclass(frozen=True)
class TemplateDraft:
    """What a template holds: its name, sites by code, days on the way, lines."""

    name: str
    reason: str
    source: str
    destination: str
    transit_days: int
    lines: tuple[Wanted, ...]


@transaction.atomic
def save_template(*, actor: Actor, draft: TemplateDraft) -> TransferTemplate:
    """Prepare a list for an emergency. Templates are not edited: retire one and prepare another.

    Raises Faults 403; 422 as `request_transfer`, `invalid_name`, `invalid_days`, `no_lots`.
    Locks: nothing. Records: transfer_template.created. Allowed: transfer_templates.manage.
    """
    check_right(actor, "transfer_templates.manage")
    faults = _faults(draft)
    if faults:
        raise Faults(faults)
    day = clock.now().date() + timedelta(days=draft.transit_days)
    asked = TransferDraft(draft.source, draft.destination, draft.reason, day, draft.lines)
    source, destination = checked(actor, asked)
    made = TransferTemplate.objects.create(
        name=draft.name.strip(),
        reason=draft.reason.strip(),
        source=source,
        destination=destination,
        transit_days=draft.transit_days,
        prepared_by_id=actor.id if actor.kind == "user" else None,
        prepared_by_name=actor.name,
    )
    products = products_by_sku([line.sku for line in draft.lines])
    TransferTemplateLine.objects.bulk_create(
        TransferTemplateLine(template=made, product=products[line.sku], quantity=line.quantity)
        for line in draft.lines
    )
    _record(actor, made, "created", draft.reason)
    return made


def _faults(draft: TemplateDraft) -> list[Fault]:
    faults = []
    if not draft.name.strip() or len(draft.name) > 120:
        faults.append(Fault("/name", "invalid_name", "A name has 1 to 120 characters."))
    if not 0 <= draft.transit_days <= MAX_DAYS:
        faults.append(Fault("/transit_days", "invalid_days", f"Give 0 to {MAX_DAYS} days."))
    if len(draft.lines) > MAX_LINES:
        faults.append(Fault("/lines", "too_many_lines", f"At most {MAX_LINES} lines at a time."))
    faults += [
        Fault(f"/lines/{number}/lot", "no_lots", "A template names no lots.")
        for number, line in enumerate(draft.lines)
        if line.lot
    ]
    return faults


def _record(actor: Actor, template: TransferTemplate, step: str, reason: str, **after: object) -> None:
    record(
        actor=actor,
        kind=f"transfer_template.{step}",
        subject=f"transfer_template:{template.pk}",
        reason=reason,
        after=after or template_body(template),
        site_ids=sorted([template.source_id, template.destination_id]),
    )


@transaction.atomic
def retire_template(*, actor: Actor, template_id: int, reason: str = "") -> None:
    """Take a template out of use.

    Raises Faults 403; Http404. Locks: the template. Records: transfer_template.retired.
    Allowed: transfer_templates.manage.
    """
    check_right(actor, "transfer_templates.manage")
    template = access_transfer_template(actor, template_id)
    if TransferTemplate.objects.filter(pk=template.pk, retired_at__isnull=True).update(retired_at=Now()):
        _record(actor, template, "retired", reason, retired=True)


@transaction.atomic
def release_template(*, actor: Actor, template_id: int, comment: str = "") -> Transfer:
    """Turn a prepared list into an approved transfer at once; the sender can ship it, and it waits for a review.

    Raises Faults 403 `not_allowed`, `own_template`; 409 `already_released` while one of it is not finished; Http404.
    Locks: the template. Records: transfer.requested, .submitted, .approved, transfer_template.released.
    Allowed: transfers.release, never who prepared it.
    """
    check_right(actor, "transfers.release")
    access_transfer_template(actor, template_id)
    template = (
        TransferTemplate.objects.select_for_update(of=("self",))
        .select_related("source", "destination")
        .get(pk=template_id)
    )
    if actor.kind == "user" and template.prepared_by_id == actor.id:
        raise refuse("own_template", "Another person releases what you prepared.", status=403)
    if Transfer.objects.filter(
        template=template, state__in=[State.DRAFT, State.PENDING, State.APPROVED, State.IN_TRANSIT]
    ).exists():
        raise refuse("already_released", "A transfer of this list is on its way already.", status=409)
    transfer = _make(actor, template, comment)
    ask(actor, transfer, is_emergency=True)
    _record(actor, template, "released", comment, transfer=transfer.pk)
    raise_alert(
        key=f"transfer_review:{transfer.pk}",
        kind="transfer_review",
        severity="warning",
        title=format_lazy(_("Emergency transfer “{name}” waits for its review"), name=template.name),
        url=f"/stock/transfers/{transfer.pk}/",
        site_id=template.destination_id,
        actor=actor,
    )
    return fresh(transfer)


def _make(actor: Actor, template: TransferTemplate, comment: str) -> Transfer:
    made = Transfer.objects.create(
        source=template.source,
        destination=template.destination,
        reason=comment.strip()[:500] or template.reason,
        expected_on=clock.now().date() + timedelta(days=template.transit_days),
        prepared_by_id=template.prepared_by_id,
        prepared_by_name=template.prepared_by_name,
        template=template,
        released_by_id=actor.id or 0,
    )
    lines = template.lines.select_related("product").order_by("pk")
    write_lines(made, [Wanted(line.product.sku, line.quantity) for line in lines])
    made = Transfer.objects.select_related("source", "destination").get(pk=made.pk)
    record_step(actor, made, "requested", after={"template": template.pk})
    return made


@transaction.atomic
def review_release(*, actor: Actor, transfer_id: int, comment: str) -> Transfer:
    """Somebody other than who released it says whether it was right.

    Raises Faults 403 `not_allowed`, `own_request`; 409 `reviewed`, `not_released`; 422 `reason_required`; Http404.
    Locks: the transfer. Records: transfer.reviewed, alert.resolved. Allowed: transfers.approve, not who released it.
    """
    check_right(actor, "transfers.approve")
    transfer = locked(actor, transfer_id, *State.values)
    if transfer.released_by_id is None:
        raise refuse("not_released", "It was not released in an emergency.", status=409)
    if transfer.released_by_id == actor.id:
        raise refuse("own_request", "Nobody reviews what they released.", status=403)
    if transfer.reviewed_at is not None:
        raise refuse("reviewed", "It has been reviewed.", status=409)
    if not comment.strip():
        raise refuse("reason_required", "Say what you found.", pointer="/comment")
    Transfer.objects.filter(pk=transfer.pk).update(
        reviewed_by_id=actor.id, reviewed_at=Now(), review=comment.strip()[:500]
    )
    record_step(actor, transfer, "reviewed", reason=comment)
    resolve_alert(f"transfer_review:{transfer.pk}", comment, actor=actor)
    return fresh(transfer)


def alert_overdue(*, actor: Actor) -> int:
    """One alert for each transfer whose day has passed at the destination; those of the others are resolved.

    Locks: the alerts. Records: through alerts. Allowed: the loop.
    """
    drafts = [
        AlertDraft(
            key=f"{OVERDUE}{transfer.pk}",
            kind="transfer_overdue",
            severity="warning",
            title=format_lazy(
                _("Transfer {name} from {source} to {destination} is overdue"),
                name=str(transfer),
                source=transfer.source.code,
                destination=transfer.destination.code,
            ),
            url=f"/stock/transfers/{transfer.pk}/",
            site_id=transfer.destination_id,
        )
        for transfer in overdue_transfers(clock.now())
    ]
    resolve_alerts_except(OVERDUE, [draft.key for draft in drafts], actor=actor)
    raise_alerts(drafts, actor=actor)
    return len(drafts)
