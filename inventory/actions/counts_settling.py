"""What becomes of a count's differences: reasons, one adjustment through approval, and a stocktake's two signatures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now

from inventory.actions.counts import State, end_count, fresh, locked, record_step
from inventory.actions.counts_comparing import compare, has_late_movements
from inventory.actions.movements import check_right, post_document
from inventory.models import Count, CountAdjustment, CountItem, CountReason, CountResult, CountScan, Movement
from inventory.queries.documents import plain
from inventory.rules.counts import Held, spread
from inventory.rules.drafts import LineDraft, MovementDraft
from inventory.sql import counting as sql
from lib import actors
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse

SOURCE = "count"
STALE = "Movements that came late changed the book; the count is compared anew."


@dataclass(frozen=True)
class Reasons:
    """Why a count differs: by SKU, and for every other difference beyond tolerance."""

    by_sku: Mapping[str, str]
    otherwise: str = ""
    note: str = ""


@transaction.atomic
def settle_count(*, actor: Actor, count_id: int, reasons: Reasons) -> Count:
    """Bring the book to what was counted, by one adjustment for all differences, posted at once or after approval.

    What lies within tolerance needs no reason. Late movements are looked at once more before.
    Raises Faults 403; 409 `wrong_state`, `book_changed` when late movements changed a difference (look again);
    422 `reason_required` naming each product, `invalid_reason`, and as a posting; Http404.
    Locks: the count, then as a posting. Records: movement.*, count.settled. Allowed: counts.settle.
    """
    check_right(actor, "counts.settle")
    count = locked(actor, count_id, State.REVIEW)
    if has_late_movements(count) and compare(count):
        raise refuse(
            "book_changed", "A movement that came late changed the differences; look again.", status=409
        )
    return _settle(actor, count, reasons)


def _settle(actor: Actor, count: Count, reasons: Reasons) -> Count:
    differing = list(
        CountResult.objects.filter(item__count=count, item__is_open=True)
        .exclude(difference=0)
        .select_related("item__product")
        .order_by("item__product__sku", "lot", "state")
    )
    _give_reasons(differing, reasons)
    by_id = actor.id if actor.kind == "user" else None
    Count.objects.filter(pk=count.pk).update(settled_by_id=by_id)
    after: dict[str, object] = {"differing": len(differing)}
    if not differing:
        record_step(actor, count, "settled", reason=reasons.note, after=after)
        return _finish(actor, fresh(count))
    movement = post_document(actor, _adjustment(count, differing, reasons.note), None)
    CountAdjustment.objects.create(
        count=count,
        movement_id=movement.pk,
        differences={str(result.pk): plain(result.difference) for result in differing},
    )
    record_step(actor, count, "settled", reason=reasons.note, after={**after, "movement": movement.pk})
    if movement.state == Movement.State.PENDING:
        Count.objects.filter(pk=count.pk).update(state=State.PENDING)
        return fresh(count)
    return _finish(actor, fresh(count))


def _give_reasons(differing: Sequence[CountResult], reasons: Reasons) -> None:
    """Each difference gets its reason code. Raises Faults 422 `reason_required`, `invalid_reason`."""
    faults = []
    for result in differing:
        sku = result.item.product.sku
        given = reasons.by_sku.get(sku, "") or (reasons.otherwise if result.is_beyond else "")
        code = given or ("" if result.is_beyond else CountReason.WITHIN)
        if not code:
            detail = f"{sku} differs by more than its tolerance; say why."
            faults.append(Fault(f"/reasons/{sku}", "reason_required", detail))
        elif code not in CountReason.values:
            detail = f"The reasons are {', '.join(CountReason.values)}."
            faults.append(Fault(f"/reasons/{sku}", "invalid_reason", detail))
        result.reason_code = code
    if faults:
        raise Faults(faults[:100])
    CountResult.objects.bulk_update(differing, ["reason_code"], batch_size=1000)


def _adjustment(count: Count, differing: Sequence[CountResult], note: str) -> MovementDraft:
    """One movement of kind adjustment: never more of a product than the difference that was counted."""
    held = _held(count, [result.item.product_id for result in differing])
    code = count.site.code
    lines = []
    for result in differing:
        rows = held.get((result.item.product_id, result.state), [])
        for part in spread(result.difference, result.lot, rows):
            lines.append(_line(result, code, part.lot, part.owner, part.quantity))
    codes = sorted({result.reason_code for result in differing})
    reason = f"{count}: {', '.join(codes)}" + (f". {note}" if note else "")
    return MovementDraft(
        reference=str(count),
        kind="adjustment",
        lines=tuple(lines),
        occurred_at=max(result.last_at for result in differing),
        reason=reason[:500],
        source=SOURCE,
        contributors=_counters(count),
    )


def _counters(count: Count) -> tuple[int, ...]:
    """Who counted: none of them approves what comes of it."""
    found = CountScan.objects.filter(item__count=count).values_list("counted_by_id", flat=True).distinct()
    return tuple(sorted(number for number in found if number is not None))


def _line(result: CountResult, site: str, lot: str, owner: str, quantity: Decimal) -> LineDraft:
    sku = result.item.product.sku
    if quantity > 0:
        return LineDraft(sku, "adjustment", site, quantity, lot, to_state=result.state, owner=owner)
    return LineDraft(sku, site, "adjustment", -quantity, lot, from_state=result.state, owner=owner)


def _held(count: Count, products: Sequence[int]) -> dict[tuple[int, str], list[Held]]:
    held: dict[tuple[int, str], list[Held]] = {}
    with connection.cursor() as cursor:
        cursor.execute(sql.HELD, {"site": count.site_id, "products": list(products)})
        for product, state, lot, owner, on_hand in cursor.fetchall():
            held.setdefault((product, state), []).append(Held(lot, owner, on_hand))
    return held


def _finish(actor: Actor, count: Count) -> Count:
    """The book is what was counted: the products are free for other counts, where they were found is known."""
    CountItem.objects.filter(count=count, is_open=True).update(closed_at=Now())
    with connection.cursor() as cursor:
        cursor.execute(sql.LEARN_SHELVES, {"count": count.pk})
    if count.kind == Count.Kind.STOCKTAKE:
        CountItem.objects.filter(count=count, is_open=True).update(is_open=False)
        Count.objects.filter(pk=count.pk).update(state=State.SIGNING)
        record_step(actor, count, "to_sign")
    else:
        end_count(actor, count, State.CLOSED)
    return fresh(count)


def settle_within(*, actor: Actor) -> int:
    """Settle cycle counts wholly within tolerance, as policy "count-tolerance"; returns how many.

    What cannot be posted stays in review. Locks: each count. Records: as `settle_count`. Allowed: the loop.
    """
    policy = replace(actors.policy("count-tolerance"), permissions=frozenset({"counts.settle", "stock.post"}))
    waiting = Count.objects.filter(state=State.REVIEW, kind=Count.Kind.CYCLE).exclude(
        pk__in=CountResult.objects.filter(is_beyond=True, item__is_open=True).values("item__count")
    )
    done = 0
    for number in waiting.filter(note="").values_list("pk", flat=True):
        try:
            with transaction.atomic():
                count = Count.objects.select_for_update(of=("self",)).select_related("site").get(pk=number)
                if count.state == State.REVIEW and not (has_late_movements(count) and compare(count)):
                    _settle(policy, count, Reasons({}))
                    done += 1
        except Faults as refused:
            Count.objects.filter(pk=number).update(note=str(refused)[:500])
    return done


# -- called when an approver decided -----------------------------------------------------------------------------------


def stale_reason(movement: Movement) -> str:
    """Why a count's adjustment is no longer what was counted, "" when it is. Locks: the count."""
    if movement.source != SOURCE:
        return ""
    asked = CountAdjustment.objects.filter(movement_id=movement.pk).first()
    if asked is None:
        return ""
    count = Count.objects.select_for_update(of=("self",)).select_related("site").get(pk=asked.count_id)
    if asked.is_void or count.state != State.PENDING:
        return f"The count is {count.state}."
    return STALE if has_late_movements(count) and compare_pending(count) else ""


def compare_pending(count: Count) -> bool:
    """Whether a difference is another one than what its adjustment takes. The results are written anew only then."""
    try:
        with transaction.atomic():
            if compare(count):
                return True
            raise _Same
    except _Same:
        return False


class _Same(Exception):
    """Nothing changed: the results stay as they were asked for."""


def settle_count_adjustment(actor: Actor, movement_id: int, *, is_posted: bool) -> None:
    """What became of a count's pending adjustment: the count is finished, or in review again.

    Locks: the count. Records: count.closed, count.to_sign or count.reopened. Allowed: the placing loop.
    """
    asked = CountAdjustment.objects.filter(movement_id=movement_id, is_void=False).first()
    if asked is None:
        return
    count = Count.objects.select_for_update(of=("self",)).select_related("site").get(pk=asked.count_id)
    if is_posted:
        _finish(actor, count)
        return
    CountAdjustment.objects.filter(pk=asked.pk).update(is_void=True)
    note = Movement.objects.values_list("note", flat=True).get(pk=movement_id)
    compare(count)
    Count.objects.filter(pk=count.pk).update(state=State.REVIEW, note=note)
    record_step(actor, count, "reopened", reason=note, after={"movement": movement_id})


# -- a stocktake's signatures ------------------------------------------------------------------------------------------

SIDES = {"stock": "counts.sign_stock", "finance": "counts.sign_finance"}


@transaction.atomic
def sign_off(*, actor: Actor, count_id: int, side: str) -> Count:
    """Sign a settled stocktake for stock or for finance; the second of two people closes it.

    Raises Faults 403 `not_allowed`, `same_person`; 409 `wrong_state`, `already_signed`; 422 `invalid_side`; Http404.
    Locks: the count. Records: count.signed, count.closed. Allowed: counts.sign_stock, counts.sign_finance.
    """
    if side not in SIDES:
        raise refuse("invalid_side", "A stocktake is signed for stock or for finance.", pointer="/side")
    check_right(actor, SIDES[side])
    count = locked(actor, count_id, State.SIGNING)
    if getattr(count, f"{side}_signed_at"):
        raise refuse("already_signed", f"{side.title()} has signed.", status=409)
    other = "finance" if side == "stock" else "stock"
    if getattr(count, f"{other}_signed_at") and getattr(count, f"{other}_signed_by_id") == actor.id:
        raise refuse("same_person", "Stock and finance are signed by two people.", status=403)
    fields = {f"{side}_signed_by_id": actor.id, f"{side}_signed_by_name": actor.name}
    try:
        with transaction.atomic():
            Count.objects.filter(pk=count.pk).update(**fields, **{f"{side}_signed_at": Now()})
    except IntegrityError as error:
        raise refuse("same_person", "Stock and finance are signed by two people.", status=403) from error
    record_step(actor, count, "signed", after={"side": side})
    count = fresh(count)
    if count.stock_signed_at and count.finance_signed_at:
        end_count(actor, count, State.CLOSED)
    return fresh(count)
