"""Write-offs up to their submission: kept as a draft, changed, evidence added, submitted, cancelled."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.http import Http404

from approvals.actions import void, withdraw
from audit.actions import record
from catalog.access import access_site
from catalog.models import Site
from catalog.queries import products_by_sku
from inventory.access import access_write_off
from inventory.actions.movements import check_right
from inventory.models import WriteOff, WriteOffLine, WriteOffReason
from inventory.queries.documents import plain
from inventory.queries.write_offs import KIND, subject_of
from inventory.rules.stock_lines import StockLine, stock_line_faults
from lib import clock
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse
from web.models import Attachment
from web.stored_files import Upload, keep, take_away

RIGHT = "write_offs.request"
MAX_COMMENT = 500
MAX_FUTURE = timedelta(minutes=5)
State = WriteOff.State


@dataclass(frozen=True)
class WriteOffDraft:
    """What is to be written off: a site's code, a reason's code, lines. found_at: None for the moment it is submitted."""

    site: str
    reason: str
    lines: tuple[StockLine, ...]
    comment: str = ""
    found_at: datetime | None = None


@transaction.atomic
def create_write_off(*, actor: Actor, draft: WriteOffDraft) -> WriteOff:
    """Keep a write-off as a draft; evidence is added and it is submitted in steps of their own.

    Raises Faults 403; 422 with every fault: `unknown_site`, `unknown_reason`, `in_future`, `naive_time`, `too_long`,
    `no_lines`, `too_many_lines`, `invalid_quantity`, `invalid_state`, `duplicate_sku`, `unknown_sku`.
    Locks: nothing. Records: write_off.created. Allowed: write_offs.request, the site in scope.
    """
    check_right(actor, RIGHT)
    site, reason = _checked(actor, draft)
    made = WriteOff.objects.create(
        site=site,
        reason=reason,
        comment=draft.comment.strip(),
        found_at=draft.found_at,
        prepared_by_id=actor.id if actor.kind == "user" else None,
        prepared_by_name=actor.name,
    )
    _write_lines(made, draft)
    made = fresh(made)
    record_step(actor, made, "created", after=_content(draft))
    return made


def _checked(actor: Actor, draft: WriteOffDraft) -> tuple[Site, WriteOffReason]:
    known = products_by_sku([line.sku for line in draft.lines])
    faults = stock_line_faults(draft.lines, known)
    site: Site | None = None
    try:
        site = access_site(actor, draft.site)
    except Http404:
        faults.append(Fault("/site", "unknown_site", f"There is no site {draft.site!r}."))
    reason = WriteOffReason.objects.filter(code=draft.reason, is_active=True).first()
    if reason is None:
        faults.append(Fault("/reason", "unknown_reason", f"There is no reason {draft.reason!r} in use."))
    if len(draft.comment) > MAX_COMMENT:
        faults.append(Fault("/comment", "too_long", f"A comment has up to {MAX_COMMENT} characters."))
    if draft.found_at is not None and draft.found_at.tzinfo is None:
        faults.append(Fault("/found_at", "naive_time", "A time needs an offset."))
    elif draft.found_at is not None and draft.found_at > clock.now() + MAX_FUTURE:
        faults.append(Fault("/found_at", "in_future", "Nothing can have been found later than now."))
    if faults or site is None or reason is None:
        raise Faults(faults)
    return site, reason


def _write_lines(write_off: WriteOff, draft: WriteOffDraft) -> None:
    WriteOffLine.objects.filter(write_off=write_off).delete()
    products = products_by_sku([line.sku for line in draft.lines])
    WriteOffLine.objects.bulk_create(
        WriteOffLine(
            write_off=write_off,
            number=number,
            product=products[line.sku],
            lot=line.lot,
            state=line.state,
            quantity=line.quantity,
        )
        for number, line in enumerate(draft.lines)
    )


def _content(draft: WriteOffDraft) -> dict[str, Any]:
    return {
        "site": draft.site,
        "reason": draft.reason,
        "comment": draft.comment,
        "line_count": len(draft.lines),
        "lines": [
            {"sku": line.sku, "lot": line.lot, "state": line.state, "quantity": plain(line.quantity)}
            for line in draft.lines[:50]
        ],
    }


@transaction.atomic
def edit_write_off(*, actor: Actor, write_off_id: int, draft: WriteOffDraft) -> WriteOff:
    """Change it before it is posted; an approval asked for is void, it is a draft again and its editor's.

    Raises Faults as `create_write_off`; 409 `wrong_state`; Http404.
    Locks: the write-off. Records: write_off.edited. Allowed: write_offs.request.
    """
    check_right(actor, RIGHT)
    write_off = locked(actor, write_off_id, State.DRAFT, State.PENDING, State.REJECTED)
    site, reason = _checked(actor, draft)
    void(actor=actor, kind=KIND, subject=subject_of(write_off), reason="edited")
    WriteOff.objects.filter(pk=write_off.pk).update(
        site=site,
        reason=reason,
        comment=draft.comment.strip(),
        found_at=draft.found_at,
        state=State.DRAFT,
        content_hash="",
        policy="",
        prepared_by_id=actor.id if actor.kind == "user" else None,
        prepared_by_name=actor.name,
        ended_at=None,
    )
    _write_lines(write_off, draft)
    record_step(actor, write_off, "edited", after=_content(draft))
    return fresh(write_off)


@transaction.atomic
def add_evidence(*, actor: Actor, write_off_id: int, upload: Upload) -> Attachment:
    """Add a photo or paper to a draft.

    Raises Faults 403; 409 `wrong_state`; 422 `too_many_files`; Http404.
    Locks: the write-off. Records: write_off.evidence_added with the file's hash. Allowed: write_offs.request.
    """
    check_right(actor, RIGHT)
    write_off = locked(actor, write_off_id, State.DRAFT)
    made = keep(upload, owner=(KIND, write_off.pk), actor=actor)
    after = {"name": made.name, "sha256": upload.sha256, "size": len(upload.body)}
    record_step(actor, write_off, "evidence_added", after=after)
    return made


@transaction.atomic
def remove_evidence(*, actor: Actor, write_off_id: int, attachment_id: int) -> None:
    """Take a photo or paper from a draft; it stays stored.

    Raises Faults 403; 409 `wrong_state`; Http404.
    Locks: the write-off. Records: write_off.evidence_removed. Allowed: write_offs.request.
    """
    check_right(actor, RIGHT)
    write_off = locked(actor, write_off_id, State.DRAFT)
    gone = take_away(attachment_id, owner=(KIND, write_off.pk), actor=actor)
    after = {"name": gone.name, "sha256": gone.file.sha256}
    record_step(actor, write_off, "evidence_removed", after=after)


@transaction.atomic
def cancel_write_off(*, actor: Actor, write_off_id: int, comment: str) -> WriteOff:
    """Give up a write-off that is not posted.

    Raises Faults 403; 409 `wrong_state`; 422 `reason_required`; Http404.
    Locks: the write-off. Records: write_off.cancelled. Allowed: write_offs.request.
    """
    check_right(actor, RIGHT)
    write_off = locked(actor, write_off_id, State.DRAFT, State.PENDING)
    if not comment.strip():
        raise refuse("reason_required", "Say why it is cancelled.", pointer="/comment")
    withdraw(actor=actor, kind=KIND, subject=subject_of(write_off), reason=comment)
    end(actor, write_off, State.CANCELLED, comment)
    return fresh(write_off)


# -- shared with the other steps ---------------------------------------------------------------------------------------


def end(actor: Actor, write_off: WriteOff, state: str, why: str) -> None:
    """It will not be posted as it is."""
    WriteOff.objects.filter(pk=write_off.pk).update(state=state, note=why[:500], ended_at=Now())
    record_step(actor, write_off, str(state), reason=why)


def locked(actor: Actor, write_off_id: int, *states: str) -> WriteOff:
    """The write-off in scope, locked, in one of `states`. Raises Http404, Faults 409 `wrong_state`."""
    access_write_off(actor, write_off_id)
    found = WriteOff.objects.select_for_update(of=("self",)).select_related("site", "reason")
    write_off = found.get(pk=write_off_id)
    if write_off.state not in states:
        raise refuse("wrong_state", f"The write-off is {write_off.state}.", status=409)
    return write_off


def fresh(write_off: WriteOff) -> WriteOff:
    """The write-off as it is stored now."""
    return WriteOff.objects.select_related("site", "reason").get(pk=write_off.pk)


def record_step(
    actor: Actor,
    write_off: WriteOff,
    step: str,
    *,
    reason: str = "",
    policy: str = "",
    after: dict[str, Any] | None = None,
) -> None:
    """One event of a write-off: write_off.<step>."""
    record(
        actor=actor,
        kind=f"write_off.{step}",
        subject=subject_of(write_off),
        reason=reason or write_off.comment or write_off.reason.name,
        policy=policy,
        before={"state": write_off.state},
        after={"reference": str(write_off), **(after or {})},
        site_ids=[write_off.site_id],
    )
