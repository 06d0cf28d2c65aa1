"""Goods that came back are graded by a person: as new, cheaper, set aside, or given up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.db import transaction

from audit.actions import record
from catalog.models import Product, Site, Supplier
from catalog.queries import products_by_sku
from inventory.access import access_grading
from inventory.actions.movements import check_right
from inventory.actions.set_aside import StateChange, post_state_change, site_in_scope
from inventory.models import (
    Grading,
    SupplierReturn,
    SupplierReturnLine,
    WriteOff,
    WriteOffLine,
    WriteOffReason,
)
from inventory.queries.documents import plain
from inventory.queries.set_aside import GRADING
from inventory.rules.grading import OUTCOMES, STATE_AFTER, USUAL_MARKDOWN_FRACTION, grade_faults
from inventory.rules.states import INSPECT
from lib import clock
from lib.actors import Actor
from lib.faults import Fault, Faults
from web.models import Attachment
from web.stored_files import Upload, keep

REASON = "returned_unfit"
CREDIT_WITHIN = timedelta(days=30)


@dataclass(frozen=True)
class GradeDraft:
    """What was found: a grade A–D for a quantity that waits. outcome: "" for the usual one of the grade.

    markdown_fraction: of grade B, None for the usual fifth. supplier: to whom grade D goes back.
    """

    site: str
    sku: str
    quantity: Decimal
    grade: str
    outcome: str = ""
    lot: str = ""
    markdown_fraction: Decimal | None = None
    comment: str = ""
    supplier: str = ""


@transaction.atomic
def grade_goods(*, actor: Actor, draft: GradeDraft, uploads: Sequence[Upload] = ()) -> Grading:
    """Grade goods in state inspect; they go where the grade says in the same transaction.

    Grade D joins the grader's own open draft of a write-off or of a return to that supplier, or begins one.
    Raises Faults 403; 422 `unknown_site`, `unknown_sku`, `unknown_supplier`, `invalid_grade`, `invalid_outcome`,
    `not_grade_b`, `invalid_fraction`, `comment_required`, `insufficient_stock`, `too_many_files`, others of a posting.
    Locks: as a posting, then the draft. Records: movement.posted, goods.graded.
    Allowed: returns.grade, the site in scope.
    """
    check_right(actor, "returns.grade")
    site = site_in_scope(actor, draft.site)
    product, supplier = _checked(draft)
    outcome = draft.outcome or OUTCOMES[draft.grade][0]
    why = f"Grade {draft.grade}. {draft.comment}".strip()
    change = StateChange(draft.site, draft.sku, draft.quantity, INSPECT, STATE_AFTER[outcome], why, draft.lot)
    movement = post_state_change(actor, site, change, "grading")
    made = Grading.objects.create(
        site=site,
        product=product,
        lot=draft.lot,
        quantity=draft.quantity,
        grade=draft.grade,
        outcome=outcome,
        markdown_fraction=(draft.markdown_fraction or USUAL_MARKDOWN_FRACTION)
        if draft.grade == "B"
        else None,
        comment=draft.comment.strip(),
        movement_id=movement.pk,
        write_off=_to_write_off(actor, site, product, draft) if outcome == "write_off" else None,
        supplier_return=_to_return(actor, site, product, draft, supplier) if supplier else None,
        graded_by_id=actor.id if actor.kind == "user" else None,
        graded_by_name=actor.name,
    )
    for upload in uploads:
        keep(upload, owner=(GRADING, made.pk), actor=actor)
    _record(actor, made, draft, uploads)
    return made


def _checked(draft: GradeDraft) -> tuple[Product, Supplier | None]:
    faults = grade_faults(draft.grade, draft.outcome, draft.markdown_fraction, draft.comment)
    product = products_by_sku([draft.sku]).get(draft.sku)
    if product is None:
        faults.append(Fault("/sku", "unknown_sku", f"There is no product {draft.sku!r}."))
    supplier = None
    if draft.outcome == "supplier_return":
        supplier = Supplier.objects.filter(code=draft.supplier).first()
        if supplier is None:
            faults.append(Fault("/supplier", "unknown_supplier", f"There is no supplier {draft.supplier!r}."))
    if faults or product is None:
        raise Faults(faults)
    return product, supplier


def _to_write_off(actor: Actor, site: Site, product: Product, draft: GradeDraft) -> WriteOff:
    """The grader's open draft of what came back unfit at this site, with the goods on it."""
    reason = WriteOffReason.objects.get(code=REASON)
    graded = Grading.objects.filter(site=site, write_off__isnull=False).values("write_off")
    mine = WriteOff.objects.select_for_update().filter(
        site=site, reason=reason, state=WriteOff.State.DRAFT, prepared_by_id=actor.id, pk__in=graded
    )
    found = mine.order_by("pk").first() if actor.id else None
    if found is None:
        found = WriteOff.objects.create(
            site=site,
            reason=reason,
            comment=draft.comment.strip(),
            prepared_by_id=actor.id if actor.kind == "user" else None,
            prepared_by_name=actor.name,
        )
    line = found.lines.filter(product=product, lot=draft.lot, state=STATE_AFTER["write_off"]).first()
    if line is None:
        line = WriteOffLine(
            write_off=found,
            number=found.lines.count(),
            product=product,
            lot=draft.lot,
            state=STATE_AFTER["write_off"],
            quantity=Decimal(0),
        )
    line.quantity += draft.quantity
    line.save()
    return found


def _to_return(
    actor: Actor, site: Site, product: Product, draft: GradeDraft, supplier: Supplier
) -> SupplierReturn:
    """The grader's open draft of a return to this supplier from this site, with the goods on it."""
    mine = SupplierReturn.objects.select_for_update().filter(
        site=site, supplier=supplier, state=SupplierReturn.State.DRAFT, prepared_by_id=actor.id
    )
    found = mine.order_by("pk").first() if actor.id else None
    if found is None:
        found = SupplierReturn.objects.create(
            site=site,
            supplier=supplier,
            reason=draft.comment.strip(),
            credit_due_on=(clock.now() + CREDIT_WITHIN).date(),
            currency=site.currency,
            prepared_by_id=actor.id if actor.kind == "user" else None,
            prepared_by_name=actor.name,
        )
    state = STATE_AFTER["supplier_return"]
    line = found.lines.filter(product=product, lot=draft.lot, state=state).first()
    if line is None:
        number = found.lines.count()
        line = SupplierReturnLine(
            supplier_return=found,
            number=number,
            product=product,
            lot=draft.lot,
            state=state,
            quantity=Decimal(0),
        )
    line.quantity += draft.quantity
    line.save()
    return found


def _record(actor: Actor, made: Grading, draft: GradeDraft, uploads: Sequence[Upload]) -> None:
    after = {
        "sku": draft.sku,
        "lot": draft.lot,
        "quantity": plain(draft.quantity),
        "grade": made.grade,
        "outcome": made.outcome,
        "movement": made.movement_id,
        "write_off": made.write_off_id,
        "supplier_return": made.supplier_return_id,
        "evidence": [upload.sha256 for upload in uploads],
    }
    if made.markdown_fraction is not None:
        after["markdown_fraction"] = plain(made.markdown_fraction)
    record(
        actor=actor,
        kind="goods.graded",
        subject=f"{GRADING}:{made.pk}",
        reason=made.comment,
        after=after,
        site_ids=[made.site_id],
    )


@transaction.atomic
def add_grading_evidence(*, actor: Actor, grading_id: int, upload: Upload) -> Attachment:
    """Add a photo to a grading.

    Raises Faults 403; 422 `too_many_files`; Http404.
    Locks: nothing. Records: grading.evidence_added. Allowed: returns.grade, the site in scope.
    """
    check_right(actor, "returns.grade")
    made = access_grading(actor, grading_id)
    held = keep(upload, owner=(GRADING, made.pk), actor=actor)
    record(
        actor=actor,
        kind="grading.evidence_added",
        subject=f"{GRADING}:{made.pk}",
        after={"name": held.name, "sha256": upload.sha256},
        site_ids=[made.site_id],
    )
    return held
