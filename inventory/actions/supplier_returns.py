"""Returns to suppliers up to their approval: kept as a draft, changed, submitted, decided, cancelled."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.http import Http404
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from approvals.actions import open_request, record_effect, void, withdraw
from approvals.models import ApprovalRequest
from audit.actions import record
from catalog.access import access_site
from catalog.models import Site, Supplier
from catalog.queries import products_by_sku
from catalog.queries.bills import bundles_among
from inventory.access import access_supplier_return
from inventory.actions.document_decisions import Decisions
from inventory.actions.movements import check_right
from inventory.models import SupplierReturn, SupplierReturnLine
from inventory.queries.documents import plain
from inventory.queries.supplier_returns import KIND, hash_of, subject_of, weight_of
from inventory.rules.stock_lines import StockLine, stock_line_faults
from lib import clock
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse
from web.models import Attachment
from web.stored_files import Upload, keep

RIGHT = "supplier_returns.request"
WAKE = "inventory.settle_write_offs"
State = SupplierReturn.State
ENDED = {
    "rejected": State.REJECTED,
    "withdrawn": State.CANCELLED,
    "void": State.DRAFT,
    "returned": State.DRAFT,
}


@dataclass(frozen=True)
class SupplierReturnDraft:
    """What is to go back: codes of site and supplier, why, the day by which it should be credited, lines."""

    site: str
    supplier: str
    reason: str
    credit_due_on: date
    lines: tuple[StockLine, ...]
    supplier_reference: str = ""


@transaction.atomic
def create_supplier_return(*, actor: Actor, draft: SupplierReturnDraft) -> SupplierReturn:
    """Keep a return as a draft.

    Raises Faults 403; 422 with every fault: `unknown_site`, `unknown_supplier`, `reason_required`, `in_past`,
    `too_long`, `no_lines`, `too_many_lines`, `invalid_quantity`, `invalid_state`, `invalid_amount`, `duplicate_sku`,
    `unknown_sku`, `bundle_has_no_stock`.
    Locks: nothing. Records: supplier_return.created. Allowed: supplier_returns.request, the site in scope.
    """
    check_right(actor, RIGHT)
    site, supplier = _checked(actor, draft)
    made = SupplierReturn.objects.create(
        site=site,
        supplier=supplier,
        reason=draft.reason.strip(),
        supplier_reference=draft.supplier_reference.strip(),
        credit_due_on=draft.credit_due_on,
        currency=site.currency,
        prepared_by_id=actor.id if actor.kind == "user" else None,
        prepared_by_name=actor.name,
    )
    _write_lines(made, draft)
    made = fresh(made)
    record_step(actor, made, "created", after=_content(draft))
    return made


def _checked(actor: Actor, draft: SupplierReturnDraft) -> tuple[Site, Supplier]:
    faults = stock_line_faults(draft.lines, products_by_sku([line.sku for line in draft.lines]))
    bundles = bundles_among([line.sku for line in draft.lines], clock.now())
    for number, line in enumerate(draft.lines):
        if line.sku in bundles:
            detail = f"{line.sku} is a bundle; name what it consists of."
            faults.append(Fault(f"/lines/{number}/sku", "bundle_has_no_stock", detail))
    site: Site | None = None
    try:
        site = access_site(actor, draft.site)
    except Http404:
        faults.append(Fault("/site", "unknown_site", f"There is no site {draft.site!r}."))
    supplier = Supplier.objects.filter(code=draft.supplier).first()
    if supplier is None:
        faults.append(Fault("/supplier", "unknown_supplier", f"There is no supplier {draft.supplier!r}."))
    if not draft.reason.strip():
        faults.append(Fault("/reason", "reason_required", "Say why the goods go back."))
    for name, text, most in (
        ("reason", draft.reason, 500),
        ("supplier_reference", draft.supplier_reference, 64),
    ):
        if len(text) > most:
            faults.append(Fault(f"/{name}", "too_long", f"At most {most} characters."))
    if draft.credit_due_on < clock.now().date():
        faults.append(Fault("/credit_due_on", "in_past", "The day of the credit has passed."))
    if faults or site is None or supplier is None:
        raise Faults(faults)
    return site, supplier


def _write_lines(made: SupplierReturn, draft: SupplierReturnDraft) -> None:
    SupplierReturnLine.objects.filter(supplier_return=made).delete()
    products = products_by_sku([line.sku for line in draft.lines])
    SupplierReturnLine.objects.bulk_create(
        SupplierReturnLine(
            supplier_return=made,
            number=number,
            product=products[line.sku],
            lot=line.lot,
            state=line.state,
            quantity=line.quantity,
            unit_credit=line.unit_credit,
        )
        for number, line in enumerate(draft.lines)
    )


def _content(draft: SupplierReturnDraft) -> dict[str, Any]:
    return {
        "site": draft.site,
        "supplier": draft.supplier,
        "credit_due_on": draft.credit_due_on.isoformat(),
        "line_count": len(draft.lines),
        "lines": [
            {"sku": line.sku, "lot": line.lot, "state": line.state, "quantity": plain(line.quantity)}
            for line in draft.lines[:50]
        ],
    }


@transaction.atomic
def edit_supplier_return(*, actor: Actor, return_id: int, draft: SupplierReturnDraft) -> SupplierReturn:
    """Change it before anything left; an approval given or asked for is void, it is a draft again.

    Raises Faults as `create_supplier_return`; 409 `wrong_state`; Http404.
    Locks: the return. Records: supplier_return.edited. Allowed: supplier_returns.request.
    """
    check_right(actor, RIGHT)
    found = locked(actor, return_id, State.DRAFT, State.PENDING, State.APPROVED, State.REJECTED)
    site, supplier = _checked(actor, draft)
    void(actor=actor, kind=KIND, subject=subject_of(found), reason="edited")
    SupplierReturn.objects.filter(pk=found.pk).update(
        site=site,
        supplier=supplier,
        reason=draft.reason.strip(),
        supplier_reference=draft.supplier_reference.strip(),
        credit_due_on=draft.credit_due_on,
        currency=site.currency,
        state=State.DRAFT,
        content_hash="",
        policy="",
        prepared_by_id=actor.id if actor.kind == "user" else None,
        prepared_by_name=actor.name,
        ended_at=None,
    )
    _write_lines(found, draft)
    record_step(actor, found, "edited", after=_content(draft))
    return fresh(found)


@transaction.atomic
def add_return_evidence(*, actor: Actor, return_id: int, upload: Upload) -> Attachment:
    """Add a photo or paper (the supplier's permission, a delivery note) to a return that is not ended.

    Raises Faults 403; 409 `wrong_state`; 422 `too_many_files`; Http404.
    Locks: the return. Records: supplier_return.evidence_added. Allowed: supplier_returns.request.
    """
    check_right(actor, RIGHT)
    found = locked(actor, return_id, State.DRAFT)
    made = keep(upload, owner=(KIND, found.pk), actor=actor)
    record_step(actor, found, "evidence_added", after={"name": made.name, "sha256": upload.sha256})
    return made


@transaction.atomic
def submit_supplier_return(*, actor: Actor, return_id: int) -> SupplierReturn:
    """Ask for approval; within the limits of the policy it is approved at once.

    Raises Faults 403 `not_allowed`, `not_preparer`; 409 `wrong_state`; Http404.
    Locks: the return. Records: supplier_return.submitted, and .approved by the policy.
    Allowed: supplier_returns.request, who prepared it.
    """
    check_right(actor, RIGHT)
    found = locked(actor, return_id, State.DRAFT)
    if actor.kind == "user" and found.prepared_by_id != actor.id:
        raise refuse("not_preparer", "Who prepared it submits it.", status=403)
    request = _ask(actor, found)
    policy = f"{request.policy_name} v{request.policy_version}"
    SupplierReturn.objects.filter(pk=found.pk).update(
        state=State.PENDING, submitted_at=clock.now(), content_hash=request.content_hash, policy=policy
    )
    record_step(actor, found, "submitted", after={"content_hash": request.content_hash}, policy=policy)
    if request.state == ApprovalRequest.State.APPROVED:
        _approve(actor, found, request)
    return fresh(found)


def _ask(actor: Actor, found: SupplierReturn) -> ApprovalRequest:
    units, value = weight_of(found)
    return open_request(
        actor=actor,
        kind=KIND,
        subject=subject_of(found),
        title=f"{found} · {found.site.code} → {found.supplier.name}",
        summary=format_lazy(
            "{weight}. {reason}",
            weight=format_lazy(
                gettext_lazy("{units} units, {value} {currency}"),
                units=plain(units),
                value=f"{value:.2f}",
                currency=found.currency,
            ),
            reason=found.reason,
        ),
        url=f"/stock/supplier-returns/{found.pk}/",
        facts={
            "units": units,
            "value": value,
            "currency": found.currency,
            "site": found.site.code,
            "supplier": found.supplier.code,
            "reason": found.reason,
            "lines": found.lines.count(),
        },
        content_hash=hash_of(found),
        site_ids=[found.site_id],
        wake_task=WAKE,
    )


def _approve(actor: Actor, found: SupplierReturn, request: ApprovalRequest) -> bool:
    """The approved request becomes an approved return, if it is still what was approved."""
    if hash_of(found) != request.content_hash:
        record_effect(request_id=request.pk, effect="lapsed", detail="The content changed.", actor=actor)
        SupplierReturn.objects.filter(pk=found.pk).update(state=State.DRAFT)
        return False
    SupplierReturn.objects.filter(pk=found.pk).update(state=State.APPROVED)
    record_effect(request_id=request.pk, effect="applied", actor=actor)
    policy = f"{request.policy_name} v{request.policy_version}"
    record_step(actor, found, "approved", policy=policy, reason=request.close_reason)
    return True


@transaction.atomic
def decide_supplier_return(
    *, actor: Actor, return_id: int, approve: bool, comment: str = ""
) -> SupplierReturn:
    """An approver's word, with effect at once.

    Raises Faults 403 `own_request`, `not_approver`; 409 `wrong_state`, `content_changed`; Http404.
    Locks: the return, the request. Records: approval.* and supplier_return.approved or .rejected.
    Allowed: as `approvals.actions.decide`.
    """
    found = locked(actor, return_id, State.PENDING)
    _DECISIONS.decide(actor, found, approve=approve, comment=comment)
    return fresh(found)


@transaction.atomic
def cancel_supplier_return(*, actor: Actor, return_id: int, comment: str) -> SupplierReturn:
    """Give up what has not left yet.

    Raises Faults 403; 409 `wrong_state`; 422 `reason_required`; Http404.
    Locks: the return. Records: supplier_return.cancelled. Allowed: supplier_returns.request.
    """
    check_right(actor, RIGHT)
    found = locked(actor, return_id, State.DRAFT, State.PENDING, State.APPROVED)
    if not comment.strip():
        raise refuse("reason_required", "Say why it is cancelled.", pointer="/comment")
    withdraw(actor=actor, kind=KIND, subject=subject_of(found), reason=comment)
    _end(actor, found, State.CANCELLED, comment)
    return fresh(found)


def _end(actor: Actor, found: SupplierReturn, state: str, why: str) -> None:
    SupplierReturn.objects.filter(pk=found.pk).update(state=state, note=why[:500], ended_at=Now())
    record_step(actor, found, str(state), reason=why)


_DECISIONS = Decisions(
    kind=KIND,
    pending=State.PENDING,
    rejected=State.REJECTED,
    rows=lambda: SupplierReturn.objects.select_related("site", "supplier"),
    subject_of=subject_of,
    approve=_approve,
    end=_end,
    ended=ENDED,
)


def apply_return_decisions(*, actor: Actor) -> int:
    """Give effect to what was decided on the approvals' own page; returns how many returns changed.

    Locks: each return. Records: supplier_return.approved, .rejected. Allowed: the loop.
    """
    return _DECISIONS.apply(actor)


# -- shared with the other steps ---------------------------------------------------------------------------------------


def locked(actor: Actor, return_id: int, *states: str) -> SupplierReturn:
    """The return in scope, locked, in one of `states`. Raises Http404, Faults 409 `wrong_state`."""
    access_supplier_return(actor, return_id)
    rows = SupplierReturn.objects.select_for_update(of=("self",)).select_related("site", "supplier")
    found = rows.get(pk=return_id)
    if found.state not in states:
        raise refuse("wrong_state", f"The return is {found.state}.", status=409)
    return found


def fresh(found: SupplierReturn) -> SupplierReturn:
    """The return as it is stored now."""
    return SupplierReturn.objects.select_related("site", "supplier").get(pk=found.pk)


def record_step(
    actor: Actor,
    found: SupplierReturn,
    step: str,
    *,
    reason: str = "",
    policy: str = "",
    after: dict[str, Any] | None = None,
) -> None:
    """One event of a return: supplier_return.<step>."""
    record(
        actor=actor,
        kind=f"supplier_return.{step}",
        subject=subject_of(found),
        reason=reason or found.reason,
        policy=policy,
        before={"state": found.state},
        after={"reference": str(found), **(after or {})},
        site_ids=[found.site_id],
    )
