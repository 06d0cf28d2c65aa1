"""Write-offs from submission on: asked, decided, posted once, taken back."""

from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from approvals.actions import open_request, record_effect
from approvals.models import ApprovalRequest
from inventory.actions.document_decisions import Decisions
from inventory.actions.document_posting import post_approved
from inventory.actions.movements import check_right, reverse_movement
from inventory.actions.write_offs import RIGHT, State, end, fresh, locked, record_step
from inventory.models import WriteOff, WriteOffLine
from inventory.queries.documents import plain
from inventory.queries.stock_lines import ZERO, held_of, values_by_line
from inventory.queries.write_offs import KIND, evidence_of, hash_of, subject_of, taken_back, weight_of
from inventory.rules.drafts import LineDraft, MovementDraft
from inventory.rules.write_offs import missing_evidence
from lib import clock
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse

WAKE = "inventory.settle_write_offs"
ENDED = {
    "rejected": State.REJECTED,
    "withdrawn": State.CANCELLED,
    "void": State.DRAFT,
    "returned": State.DRAFT,
}
LACKING = {
    "photo_required": ("/evidence", "This reason needs a photo."),
    "comment_required": ("/comment", "This reason needs a comment."),
}


@transaction.atomic
def submit_write_off(*, actor: Actor, write_off_id: int) -> WriteOff:
    """Ask for approval; within the limits of the policy it is posted at once.

    Raises Faults 403 `not_allowed`, `not_preparer`; 409 `wrong_state`; 422 `photo_required`, `comment_required`,
    `insufficient_stock` for every short line, and others of a posting; Http404.
    Locks: the write-off, as a posting when it is routine. Records: write_off.submitted, then as `post`.
    Allowed: write_offs.request, who prepared it: the approver must be another.
    """
    check_right(actor, RIGHT)
    write_off = locked(actor, write_off_id, State.DRAFT)
    if actor.kind == "user" and write_off.prepared_by_id != actor.id:
        raise refuse("not_preparer", "Who prepared it submits it.", status=403)
    photos = len(evidence_of(write_off))
    faults = _faults(write_off, photos)
    if faults:
        raise Faults(faults)
    write_off.found_at = write_off.found_at or clock.now()
    WriteOff.objects.filter(pk=write_off.pk).update(found_at=write_off.found_at)
    request = _ask(actor, write_off, photos)
    policy = f"{request.policy_name} v{request.policy_version}"
    WriteOff.objects.filter(pk=write_off.pk).update(
        state=State.PENDING, submitted_at=clock.now(), content_hash=request.content_hash, policy=policy
    )
    record_step(actor, write_off, "submitted", after={"content_hash": request.content_hash}, policy=policy)
    if request.state == ApprovalRequest.State.APPROVED:
        _post(actor, fresh(write_off), request)
    return fresh(write_off)


def _faults(write_off: WriteOff, photos: int) -> list[Fault]:
    """What it lacks before anybody need look at it: evidence, and goods."""
    reason = write_off.reason
    lacks = missing_evidence(
        needs_photo=reason.needs_photo,
        needs_comment=reason.needs_comment,
        photos=photos,
        comment=write_off.comment,
    )
    faults = [Fault(LACKING[code][0], code, LACKING[code][1]) for code in lacks]
    lines = list(write_off.lines.select_related("product").order_by("number"))
    held = held_of(write_off.site_id, [line.product_id for line in lines])
    for number, line in enumerate(lines):
        free = held.get((line.product_id, line.lot, line.state), ZERO)
        if free < line.quantity:
            where = f"{line.product.sku} at {write_off.site.code}"
            detail = f"{where}: {plain(line.quantity)} asked, {plain(free)} {line.state}."
            faults.append(Fault(f"/lines/{number}/quantity", "insufficient_stock", detail))
    return faults


def _ask(actor: Actor, write_off: WriteOff, photos: int) -> ApprovalRequest:
    units, value = weight_of(write_off)
    currency = write_off.site.currency
    return open_request(
        actor=actor,
        kind=KIND,
        subject=subject_of(write_off),
        title=f"{write_off} · {write_off.site.code}",
        summary=format_lazy(
            "{reason}: {weight}. {comment}",
            reason=write_off.reason.name,
            weight=format_lazy(
                gettext_lazy("{units} units, {value} {currency}"),
                units=plain(units),
                value=f"{value:.2f}",
                currency=currency,
            ),
            comment=write_off.comment,
        ),
        url=f"/stock/write-offs/{write_off.pk}/",
        facts={
            "kind": write_off.reason.posts_as,
            "units": units,
            "value": value,
            "currency": currency,
            "site": write_off.site.code,
            "reason_code": write_off.reason.code,
            "reason": write_off.comment,
            "evidence": photos,
            "lines": write_off.lines.count(),
        },
        content_hash=hash_of(write_off),
        site_ids=[write_off.site_id],
        wake_task=WAKE,
    )


def _post(actor: Actor, write_off: WriteOff, request: ApprovalRequest) -> bool:
    """Post what was approved, if it is still what was approved; the movement's number makes it once."""
    if hash_of(write_off) != request.content_hash:
        raise refuse("content_changed", "The content is not what was approved.", status=409)
    policy = f"{request.policy_name} v{request.policy_version}"
    lines = list(
        WriteOffLine.objects.filter(write_off=write_off).select_related("product").order_by("number")
    )
    movement = post_approved(actor, _movement(write_off, lines), policy)
    values = values_by_line(movement, write_off.site)
    for number, line in enumerate(lines):
        line.value = values.get(number)
    WriteOffLine.objects.bulk_update(lines, ["value"])
    WriteOff.objects.filter(pk=write_off.pk).update(
        state=State.POSTED, movement_id=movement.pk, ended_at=Now(), note=""
    )
    record_effect(request_id=request.pk, effect="applied", actor=actor)
    after: dict[str, Any] = {
        "movement": movement.pk,
        "value": plain(sum(values.values(), ZERO)),
        "currency": write_off.site.currency,
        "account_hint": write_off.reason.account_hint,
    }
    record_step(actor, write_off, "posted", after=after, policy=policy)
    return True


def _movement(write_off: WriteOff, lines: list[WriteOffLine]) -> MovementDraft:
    kind = write_off.reason.posts_as
    code = write_off.site.code
    return MovementDraft(
        reference=str(write_off),
        kind=kind,
        lines=tuple(
            LineDraft(line.product.sku, code, kind, line.quantity, line.lot, from_state=line.state)
            for line in lines
        ),
        occurred_at=write_off.found_at,
        reason=f"{write_off.reason.name}. {write_off.comment}"[:500],
        source="write_off",
    )


@transaction.atomic
def decide_write_off(*, actor: Actor, write_off_id: int, approve: bool, comment: str = "") -> WriteOff:
    """An approver's word; approved, it is posted at once.

    Raises Faults 403 `own_request`, `not_approver`; 409 `wrong_state`, `content_changed`; 422 as a posting: nothing is
    decided then; Http404.
    Locks: the write-off, the request, as a posting; nobody who holds balances waits for this request.
    Records: approval.* and write_off.posted or write_off.rejected. Allowed: as `approvals.actions.decide`.
    """
    write_off = locked(actor, write_off_id, State.PENDING)
    _DECISIONS.decide(actor, write_off, approve=approve, comment=comment)
    return fresh(write_off)


@transaction.atomic
def reverse_write_off(*, actor: Actor, write_off_id: int, comment: str) -> WriteOff:
    """Take a posted write-off back: the goods are in the books again, at the value they left with.

    Raises Faults 403; 409 `wrong_state`, `already_reversed`; 422 `reason_required`; Http404.
    Locks: the write-off, as a posting. Records: movement.reversed, write_off.reversed. Allowed: stock.reverse.
    """
    check_right(actor, "stock.reverse")
    write_off = locked(actor, write_off_id, State.POSTED)
    movement_id = write_off.movement_id or 0
    reversal = reverse_movement(actor=actor, movement_id=movement_id, reason=comment)
    _mark_reversed(actor, write_off, comment, reversal.pk)
    return fresh(write_off)


def _mark_reversed(actor: Actor, write_off: WriteOff, why: str, reversal_id: int | None = None) -> None:
    WriteOff.objects.filter(pk=write_off.pk).update(state=State.REVERSED, note=why[:500])
    record_step(actor, write_off, "reversed", reason=why, after={"reversed_by": reversal_id})


def _post_or_lapse(actor: Actor, write_off: WriteOff, request: ApprovalRequest) -> bool:
    try:
        with transaction.atomic():
            return _post(actor, write_off, request)
    except Faults as refused:
        why = "; ".join(fault.detail for fault in refused.faults)
        record_effect(request_id=request.pk, effect="lapsed", detail=why[:300], actor=actor)
        WriteOff.objects.filter(pk=write_off.pk).update(state=State.DRAFT, note=why[:500])
        record_step(actor, write_off, "lapsed", reason=why)
    return True


_DECISIONS = Decisions(
    kind=KIND,
    pending=State.PENDING,
    rejected=State.REJECTED,
    rows=lambda: WriteOff.objects.select_related("site", "reason"),
    subject_of=subject_of,
    approve=_post,
    approve_late=_post_or_lapse,
    end=end,
    ended=ENDED,
)


def apply_write_off_decisions(*, actor: Actor) -> int:
    """Give effect to what was decided on the approvals' own page or undone on a movement's; returns how many changed.

    What can no longer be posted is a draft again and says why.
    Locks: each write-off, as a posting. Records: write_off.posted, .rejected, .cancelled, .lapsed, .reversed.
    Allowed: the loop.
    """
    changed = _DECISIONS.apply(actor)
    for write_off in taken_back():
        with transaction.atomic():
            again = WriteOff.objects.select_for_update().get(pk=write_off.pk)
            if again.state == State.POSTED:
                _mark_reversed(actor, again, "The movement was taken back.")
                changed += 1
    return changed
