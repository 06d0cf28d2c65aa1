"""Transfers up to their approval: asked for, changed, submitted, decided, cancelled."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models.functions import Now
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from approvals.actions import open_request, record_effect, void, withdraw
from approvals.models import ApprovalRequest
from audit.actions import record
from catalog.access import visible_site_ids_or_all
from catalog.models import Site
from catalog.queries import products_by_sku, sites_by_code
from catalog.queries.bills import bundles_among
from inventory.access import access_transfer
from inventory.actions.document_decisions import Decisions
from inventory.actions.movements import check_right
from inventory.actions.reservations import Wanted
from inventory.models import Transfer, TransferLine
from inventory.queries.documents import plain
from inventory.queries.transfers import hash_of, subject_of, weight_of
from inventory.rules import transfers as rules
from lib import clock
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse

KIND = "stock_transfer"
WAKE = "inventory.settle_transfers"
State = Transfer.State
ENDED = {
    "rejected": State.REJECTED,
    "withdrawn": State.CANCELLED,
    "void": State.DRAFT,
    "returned": State.DRAFT,
}


@dataclass(frozen=True)
class TransferDraft:
    """What is asked for: site codes, the day it should be there, and lines of SKU, lot ("" for any) and quantity."""

    source: str
    destination: str
    reason: str
    expected_on: date
    lines: tuple[Wanted, ...]


@transaction.atomic
def request_transfer(*, actor: Actor, draft: TransferDraft) -> Transfer:
    """Ask for goods of one site at another; a draft until it is submitted.

    Raises Faults 403; 422 with every fault: `unknown_site`, `same_location`, `reason_required`, `in_past`, `no_lines`,
    `too_many_lines`, `invalid_quantity`, `duplicate_sku`, `unknown_sku`.
    Locks: nothing. Records: transfer.requested. Allowed: transfers.request, one of both sites in scope.
    """
    check_right(actor, "transfers.request")
    source, destination = checked(actor, draft)
    made = Transfer.objects.create(
        source=source,
        destination=destination,
        reason=draft.reason.strip(),
        expected_on=draft.expected_on,
        prepared_by_id=actor.id if actor.kind == "user" else None,
        prepared_by_name=actor.name,
    )
    write_lines(made, draft.lines)
    made = Transfer.objects.select_related("source", "destination").get(pk=made.pk)
    record_step(actor, made, "requested", after=_content(draft))
    return made


def checked(actor: Actor, draft: TransferDraft) -> tuple[Site, Site]:
    """Both sites of a draft without faults. Raises Faults with every one."""
    faults = list(_line_faults(draft.lines))
    sites = sites_by_code([draft.source, draft.destination])
    visible = visible_site_ids_or_all(actor)
    ids = {site.pk for site in sites.values()}
    is_hidden = visible is not None and not ids & visible
    for name, code in (("source", draft.source), ("destination", draft.destination)):
        if code not in sites or is_hidden:
            faults.append(Fault(f"/{name}", "unknown_site", f"There is no site {code!r}."))
    if draft.source == draft.destination:
        faults.append(Fault("/destination", "same_location", "Goods move between two different sites."))
    if not draft.reason.strip():
        faults.append(Fault("/reason", "reason_required", "Say why the goods are needed."))
    if draft.expected_on < clock.now().date():
        faults.append(Fault("/expected_on", "in_past", "The day they are expected has passed."))
    if faults:
        raise Faults(faults)
    return sites[draft.source], sites[draft.destination]


def _line_faults(lines: Sequence[Wanted]) -> list[Fault]:
    faults = rules.doubled_faults([(line.sku, line.lot) for line in lines])
    if not lines:
        faults.append(Fault("/lines", "no_lines", "Say which goods."))
    if len(lines) > rules.MAX_LINES:
        faults.append(Fault("/lines", "too_many_lines", f"At most {rules.MAX_LINES} lines at a time."))
    known = products_by_sku([line.sku for line in lines])
    bundles = bundles_among(known, clock.now())
    for number, line in enumerate(lines):
        at = f"/lines/{number}"
        faults += rules.quantity_faults(at, [("quantity", line.quantity)], may_be_zero=False)
        if line.sku not in known:
            faults.append(Fault(f"{at}/sku", "unknown_sku", f"There is no product {line.sku!r}."))
        elif line.sku in bundles:
            detail = f"{line.sku} is a bundle and has no stock of its own; name its components."
            faults.append(Fault(f"{at}/sku", "bundle_has_no_stock", detail))
    return faults


def write_lines(transfer: Transfer, lines: Sequence[Wanted]) -> None:
    """The lines as they are asked for, in the place of what was there."""
    TransferLine.objects.filter(transfer=transfer).delete()
    products = products_by_sku([line.sku for line in lines])
    TransferLine.objects.bulk_create(
        TransferLine(
            transfer=transfer,
            number=number,
            product=products[line.sku],
            lot=line.lot,
            requested=line.quantity,
        )
        for number, line in enumerate(lines)
    )


def _content(draft: TransferDraft) -> dict[str, object]:
    return {
        "source": draft.source,
        "destination": draft.destination,
        "expected_on": draft.expected_on.isoformat(),
        "line_count": len(draft.lines),
        "lines": [
            {"sku": line.sku, "lot": line.lot, "quantity": plain(line.quantity)} for line in draft.lines[:50]
        ],
    }


@transaction.atomic
def edit_transfer(*, actor: Actor, transfer_id: int, draft: TransferDraft) -> Transfer:
    """Change what is asked for before anything left; an approval given or asked for is void, it is a draft again.

    Raises Faults as `request_transfer`; 409 `wrong_state`; Http404.
    Locks: the transfer. Records: transfer.edited. Allowed: transfers.request.
    """
    check_right(actor, "transfers.request")
    transfer = locked(actor, transfer_id, State.DRAFT, State.PENDING, State.APPROVED)
    source, destination = checked(actor, draft)
    void(actor=actor, kind=KIND, subject=subject_of(transfer), reason="edited")
    Transfer.objects.filter(pk=transfer.pk).update(
        source=source,
        destination=destination,
        reason=draft.reason.strip(),
        expected_on=draft.expected_on,
        state=State.DRAFT,
        content_hash="",
        policy="",
        prepared_by_id=actor.id if actor.kind == "user" else None,
        prepared_by_name=actor.name,
    )
    write_lines(transfer, draft.lines)
    record_step(actor, transfer, "edited", after=_content(draft))
    return fresh(transfer)


@transaction.atomic
def submit_transfer(*, actor: Actor, transfer_id: int) -> Transfer:
    """Ask for approval; within the limits of the policy it is approved at once.

    Raises Faults 403 `not_allowed`, `not_preparer`; 409 `wrong_state`; Http404.
    Locks: the transfer. Records: transfer.submitted, and transfer.approved by the policy.
    Allowed: transfers.request, who prepared it: the approver must be another.
    """
    check_right(actor, "transfers.request")
    transfer = locked(actor, transfer_id, State.DRAFT)
    if actor.kind == "user" and transfer.prepared_by_id != actor.id:
        raise refuse("not_preparer", "Who prepared it submits it.", status=403)
    return ask(actor, transfer, is_emergency=False)


def ask(actor: Actor, transfer: Transfer, *, is_emergency: bool) -> Transfer:
    """Open the request for approval of a locked draft and do what the policy says."""
    units, value = weight_of(transfer)
    hashed = hash_of(transfer)
    request = open_request(
        actor=actor,
        kind=KIND,
        subject=subject_of(transfer),
        title=f"{transfer} · {transfer.source.code} → {transfer.destination.code}",
        summary=format_lazy(
            "{weight}. {reason}",
            weight=format_lazy(
                gettext_lazy("{units} units, {value} {currency}"),
                units=plain(units),
                value=f"{value:.2f}",
                currency=transfer.source.currency,
            ),
            reason=transfer.reason,
        ),
        url=f"/stock/transfers/{transfer.pk}/",
        facts={
            "units": units,
            "value": value,
            "currency": transfer.source.currency,
            "source": transfer.source.code,
            "destination": transfer.destination.code,
            "lines": transfer.lines.count(),
            "is_emergency": is_emergency,
            "crosses_entities": transfer.source.legal_entity_id != transfer.destination.legal_entity_id,
            "reason": transfer.reason,
        },
        content_hash=hashed,
        site_ids=sites_of(transfer),
        wake_task=WAKE,
    )
    policy = f"{request.policy_name} v{request.policy_version}"
    Transfer.objects.filter(pk=transfer.pk).update(
        state=State.PENDING, submitted_at=clock.now(), content_hash=hashed, policy=policy
    )
    record_step(actor, transfer, "submitted", after={"content_hash": hashed}, policy=policy)
    if request.state == ApprovalRequest.State.APPROVED:
        _approve(actor, transfer, request)
    return fresh(transfer)


def _approve(actor: Actor, transfer: Transfer, request: ApprovalRequest) -> bool:
    """The approved request becomes an approved transfer, if it is still what was approved."""
    policy = f"{request.policy_name} v{request.policy_version}"
    if hash_of(transfer) != request.content_hash:
        record_effect(request_id=request.pk, effect="lapsed", detail="The content changed.", actor=actor)
        Transfer.objects.filter(pk=transfer.pk).update(state=State.DRAFT)
        return False
    Transfer.objects.filter(pk=transfer.pk).update(state=State.APPROVED)
    record_effect(request_id=request.pk, effect="applied", actor=actor)
    record_step(actor, transfer, "approved", policy=policy, reason=request.close_reason)
    return True


@transaction.atomic
def decide_transfer(*, actor: Actor, transfer_id: int, approve: bool, comment: str = "") -> Transfer:
    """An approver's word, with effect at once.

    Raises Faults 403 `own_request`, `not_approver`; 409 `wrong_state`, `content_changed`; Http404.
    Locks: the transfer, the request. Records: approval.* and transfer.approved or transfer.rejected.
    Allowed: as `approvals.actions.decide`.
    """
    transfer = locked(actor, transfer_id, State.PENDING)
    _DECISIONS.decide(actor, transfer, approve=approve, comment=comment)
    return fresh(transfer)


@transaction.atomic
def cancel_transfer(*, actor: Actor, transfer_id: int, reason: str) -> Transfer:
    """Give up what has not left yet.

    Raises Faults 403; 409 `wrong_state` once something was shipped; 422 `reason_required`; Http404.
    Locks: the transfer. Records: transfer.cancelled. Allowed: transfers.request.
    """
    check_right(actor, "transfers.request")
    transfer = locked(actor, transfer_id, State.DRAFT, State.PENDING, State.APPROVED)
    if not reason.strip():
        raise refuse("reason_required", "Say why it is cancelled.", pointer="/reason")
    withdraw(actor=actor, kind=KIND, subject=subject_of(transfer), reason=reason)
    _end(actor, transfer, State.CANCELLED, reason)
    return fresh(transfer)


def _end(actor: Actor, transfer: Transfer, state: str, reason: str) -> None:
    Transfer.objects.filter(pk=transfer.pk).update(state=state, note=reason[:500], ended_at=Now())
    record_step(actor, transfer, str(state), reason=reason)


_DECISIONS = Decisions(
    kind=KIND,
    pending=State.PENDING,
    rejected=State.REJECTED,
    rows=Transfer.objects.all,
    subject_of=subject_of,
    approve=_approve,
    end=_end,
    ended=ENDED,
)


def apply_decisions(*, actor: Actor) -> int:
    """Give effect to what was decided on the approvals' own page; returns how many transfers changed.

    Locks: each transfer. Records: transfer.approved, .rejected. Allowed: the loop.
    """
    return _DECISIONS.apply(actor)


# -- shared with the other steps ---------------------------------------------------------------------------------------


def locked(actor: Actor, transfer_id: int, *states: str) -> Transfer:
    """The transfer in scope, locked, in one of `states`. Raises Http404, Faults 409 `wrong_state`."""
    access_transfer(actor, transfer_id)
    transfer = (
        Transfer.objects.select_for_update(of=("self",))
        .select_related("source", "destination")
        .get(pk=transfer_id)
    )
    if transfer.state not in states:
        raise refuse("wrong_state", f"The transfer is {transfer.state}.", status=409)
    return transfer


def fresh(transfer: Transfer) -> Transfer:
    """The transfer as it is stored now."""
    return Transfer.objects.select_related("source", "destination").get(pk=transfer.pk)


def sites_of(transfer: Transfer) -> list[int]:
    return sorted([transfer.source_id, transfer.destination_id])


def record_step(
    actor: Actor,
    transfer: Transfer,
    step: str,
    *,
    reason: str = "",
    policy: str = "",
    after: dict[str, object] | None = None,
) -> None:
    """One event of a transfer: transfer.<step>."""
    record(
        actor=actor,
        kind=f"transfer.{step}",
        subject=subject_of(transfer),
        reason=reason or transfer.reason,
        policy=policy,
        before={"state": transfer.state},
        after={"reference": str(transfer), **(after or {})},
        site_ids=sites_of(transfer),
    )
