"""Comparing a count with the book: each line at its own moment, once the tills are complete to it, again when late
movements come; beyond tolerance somebody else counts again."""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Max, Q
from django.db.models.functions import Now

from catalog.queries import products_by_sku
from inventory.actions.counts import State, fresh, locked, record_step
from inventory.actions.movements import check_right
from inventory.models import Count, CountItem, CountResult, CountScan, CountTolerance
from inventory.queries.counts import complete_to
from inventory.rules.counts import MAX_ROUNDS, Limits, Tolerance, Tolerances
from inventory.sql import counting as sql
from lib import clock
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse

log = logging.getLogger(__name__)

Item = CountItem.State
EVER = datetime(9999, 1, 1, tzinfo=UTC)
#: An entry may be seen this much later than its stamp says: it was being written.
IN_FLIGHT = timedelta(minutes=5)
NAMED = 20


@transaction.atomic
def submit_count(*, actor: Actor, count_id: int, uncounted: str = "refuse") -> Count:
    """Say that everything was counted. What is compared at once is compared, the rest when the tills are complete.

    uncounted: what becomes of products that have no line yet: "refuse", "skip" (left out) or "zero" (none is there).
    Raises Faults 403; 409 `wrong_state`; 422 `not_counted` naming them, `nothing_counted`, `invalid_choice`; Http404.
    Locks: the count. Records: count.submitted, then as comparing. Allowed: counts.count; "zero", and "skip" in a recount or a stocktake, need counts.settle.
    """
    check_right(actor, "counts.count")
    if uncounted not in ("refuse", "skip", "zero"):
        raise refuse("invalid_choice", "The choices are refuse, skip and zero.", pointer="/uncounted")
    count = locked(actor, count_id, State.COUNTING, State.RECOUNT)
    if uncounted == "zero" or (uncounted == "skip" and not _may_be_left_out(count)):
        check_right(actor, "counts.settle")
    left = CountItem.objects.filter(count=count, is_open=True, state=Item.OPEN)
    names = list(left.order_by("product__sku").values_list("product__sku", flat=True)[: NAMED + 1])
    if names and uncounted == "refuse":
        more = " …" if len(names) > NAMED else ""
        raise refuse(
            "not_counted", f"Not counted yet: {', '.join(names[:NAMED])}{more}", pointer="/uncounted"
        )
    if names and uncounted == "skip":
        left.update(state=Item.SKIPPED, is_open=False)
    elif names:
        _count_as_none(actor, count)
    if not CountItem.objects.filter(count=count, is_open=True).exists():
        raise refuse("nothing_counted", "Nothing was counted; give the count up instead.")
    Count.objects.filter(pk=count.pk).update(state=State.SUBMITTED, submitted_at=Now())
    record_step(actor, count, "submitted", after={"uncounted": uncounted, "left": len(names)})
    return advance(actor, fresh(count))


def _may_be_left_out(count: Count) -> bool:
    """Whether who counts may leave products out: not what is counted again, nor what a stocktake has to cover."""
    return count.kind == Count.Kind.CYCLE and count.state == State.COUNTING


def _count_as_none(actor: Actor, count: Count) -> None:
    values: dict[str, Any] = {
        "count": count.pk, "at": clock.now(), "by": actor.id if actor.kind == "user" else None, "name": actor.name
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(sql.ZERO_SCANS, values)
    CountItem.objects.filter(count=count, is_open=True, state=Item.OPEN).update(state=Item.COUNTED)


def advance(actor: Actor, count: Count) -> Count:
    """Compare a locked, submitted count, and go on when nothing waits for the tills any more.

    Beyond tolerance in the first round: recount by others. Else to review, where somebody gives reasons; a cycle count
    wholly within tolerance is settled by the policy "count-tolerance" (see counts_settling).
    """
    compare(count)
    if CountResult.objects.filter(item__count=count, item__is_open=True, is_complete=False).exists():
        return fresh(count)
    again = CountItem.objects.filter(count=count, is_open=True, outcome=CountItem.Outcome.BEYOND, round=1)
    numbers = list(again.values_list("pk", flat=True))
    CountItem.objects.filter(count=count, is_open=True).exclude(pk__in=numbers).update(state=Item.FINAL)
    if numbers:
        _send_back(actor, count, numbers, "")
    else:
        Count.objects.filter(pk=count.pk).update(state=State.REVIEW)
        record_step(actor, count, "compared", after=_told(count))
    return fresh(count)


def _told(count: Count) -> dict[str, object]:
    results = CountResult.objects.filter(item__count=count)
    return {
        "lines": results.count(),
        "differing": results.exclude(difference=0).count(),
        "beyond": results.filter(is_beyond=True).count(),
    }


def compare(count: Count) -> bool:
    """Write what was counted beside the book as of each scan; True when a difference is another than before."""
    before = _differences(count)
    until = complete_to(count.site_id) if count.waits_for_tills else None
    values: dict[str, Any] = {
        "count": count.pk, "site": count.site_id, "aside": count.covers_aside,
        "complete_to": EVER if until is None else until,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(sql.PLAIN_JOINS)
        cursor.execute(sql.FORGET, values)
        cursor.execute(sql.UNSTAGE)
        cursor.execute(sql.STAGE, values)
        cursor.execute(sql.ANY_JOINS)
        cursor.execute(sql.MEASURE)
        cursor.execute(sql.EARLIEST)
        values["earliest"] = cursor.fetchone()[0] or EVER
        cursor.execute(sql.COMPARE, values)
    _judge(count)
    Count.objects.filter(pk=count.pk).update(compared_at=Now())
    return _differences(count) != before


def _differences(count: Count) -> dict[tuple[int, str, str], object]:
    rows = CountResult.objects.filter(item__count=count).exclude(difference=0)
    return {
        (item, lot, state): gap
        for item, lot, state, gap in rows.values_list("item", "lot", "state", "difference")
    }


def tolerances_of(site_id: int) -> Tolerances:
    """Every limit that holds at a site. 1 query."""
    rows = CountTolerance.objects.filter(Q(site=site_id) | Q(site__isnull=True)).order_by("pk")
    return Tolerances(
        Tolerance(
            Limits(row.over, row.under, row.value_over, row.value_under),
            row.product_id,
            row.abc_class,
            row.site_id is not None,
        )
        for row in rows
    )


def _judge(count: Count) -> None:
    """Which results pass their tolerance, and what that makes of their item."""
    tolerances = tolerances_of(count.site_id)
    differing = (
        CountResult.objects.filter(item__count=count).exclude(difference=0).select_related("item__product")
    )
    beyond = [
        result
        for result in differing
        if tolerances.limits_for(result.item.product_id, result.item.product.abc_class).is_beyond(
            result.book, result.difference, result.value
        )
    ]
    CountResult.objects.filter(pk__in=[result.pk for result in beyond]).update(is_beyond=True)
    with connection.cursor() as cursor:
        cursor.execute(sql.PLAIN_JOINS)
        cursor.execute(sql.OUTCOMES, {"count": count.pk})
        cursor.execute(sql.ANY_JOINS)


def _send_back(actor: Actor, count: Count, items: Sequence[int], reason: str) -> None:
    """These items are counted once more, by others than before."""
    CountItem.objects.filter(pk__in=list(items)).update(state=Item.OPEN, round=F("round") + 1)
    CountResult.objects.filter(item__in=list(items)).delete()
    Count.objects.filter(pk=count.pk).update(state=State.RECOUNT, compared_at=Now())
    record_step(actor, count, "recount", reason=reason, after={"products": len(items)})


@transaction.atomic
def order_recount(*, actor: Actor, count_id: int, skus: Sequence[str], reason: str) -> Count:
    """Have products counted once more, by others than before, although they were compared.

    Raises Faults 403; 409 `wrong_state`; 422 `unknown_sku`, `no_products`, `reason_required`, `too_many_rounds`; Http404.
    Locks: the count. Records: count.recount. Allowed: counts.settle.
    """
    check_right(actor, "counts.settle")
    count = locked(actor, count_id, State.REVIEW, State.SUBMITTED)
    if not reason.strip():
        raise refuse("reason_required", "Say why it is counted again.", pointer="/reason")
    if not skus:
        raise refuse("no_products", "Say what is counted again.", pointer="/skus")
    products = products_by_sku(skus)
    items = {
        item.product_id: item
        for item in CountItem.objects.filter(
            count=count, is_open=True, product__in=[product.pk for product in products.values()]
        )
    }
    faults = []
    for number, sku in enumerate(skus):
        item = items.get(products[sku].pk) if sku in products else None
        if item is None:
            faults.append(Fault(f"/skus/{number}", "unknown_sku", f"{sku!r} is not in {count}."))
        elif item.round >= MAX_ROUNDS:
            faults.append(
                Fault(f"/skus/{number}", "too_many_rounds", f"{sku} was counted {item.round} times.")
            )
    if faults:
        raise Faults(faults[:100])
    _send_back(actor, count, [item.pk for item in items.values()], reason)
    return fresh(count)


@transaction.atomic
def stop_waiting(*, actor: Actor, count_id: int, reason: str) -> Count:
    """Compare although the tills are not complete to the last line: somebody answers for it.

    Raises Faults 403; 409 `wrong_state`; 422 `reason_required`; Http404.
    Locks: the count. Records: count.not_waited, then as comparing. Allowed: counts.manage.
    """
    check_right(actor, "counts.manage")
    count = locked(actor, count_id, State.SUBMITTED)
    if not reason.strip():
        raise refuse("reason_required", "Say why the tills are not waited for.", pointer="/reason")
    Count.objects.filter(pk=count.pk).update(waits_for_tills=False)
    record_step(actor, count, "not_waited", reason=reason)
    return advance(actor, fresh(count))


def has_late_movements(count: Count) -> bool:
    """Whether anything dated before its scans was recorded since the count was compared. 1 query."""
    since = (count.compared_at or count.created_at) - IN_FLIGHT
    with connection.cursor() as cursor:
        cursor.execute(sql.LATE, {"count": count.pk, "site": count.site_id, "since": since})
        return bool(cursor.fetchone()[0])


def compare_waiting(*, actor: Actor) -> int:
    """Go on with counts whose tills have become complete, and correct those in review by what came late.

    Returns how many changed. Locks: each count. Records: count.compared, count.recount, count.corrected.
    Allowed: the loop.
    """
    changed = 0
    waiting = Count.objects.filter(state__in=[State.SUBMITTED, State.REVIEW])
    complete = {site: complete_to(site) for site in set(waiting.values_list("site", flat=True))}
    for number, state, site in waiting.values_list("pk", "state", "site"):
        try:
            with transaction.atomic():
                changed += _look_again(actor, number, state, complete.get(site))
        except Exception:
            log.exception("count %s was not compared", number)
    return changed


def _look_again(actor: Actor, number: int, state: str, until: datetime | None) -> bool:
    count = (
        Count.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("site", "rule")
        .filter(pk=number, state=state)
        .first()
    )
    if count is None:
        return False
    if state == State.SUBMITTED:
        last = CountScan.objects.filter(count=count, item__is_open=True).aggregate(last=Max("scanned_at"))[
            "last"
        ]
        if until is not None and last is not None and until < last and count.waits_for_tills:
            return False
        return advance(actor, count).state != state
    if has_late_movements(count) and compare(count):
        record_step(actor, count, "corrected", after=_told(count))
        return True
    return False
