"""Counts from their plan on: which products of a site, blind unless said otherwise; given up with a reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now
from django.http import Http404

from audit.actions import record
from catalog.access import access_site
from catalog.models import Site
from catalog.queries import products_by_sku
from inventory.access import access_count
from inventory.actions.movements import check_right
from inventory.models import Count, CountItem, CountRule, Shelf
from inventory.queries.counts import subject_of
from inventory.sql import counting as sql
from lib import clock
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse

MAX_SKUS = 10_000
NAMED = 20
State = Count.State


@dataclass(frozen=True)
class CountDraft:
    """What is to be counted: products by SKU, zone, category (with those below) or class; a stocktake all of them.

    Selections narrow one another. month: its first day, of a stocktake only.
    """

    site: str
    kind: str = Count.Kind.CYCLE
    skus: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    category: str = ""
    abc_class: str = ""
    is_blind: bool = True
    planned_on: date | None = None
    month: date | None = None
    reason: str = ""

    @property
    def selects(self) -> bool:
        return bool(self.skus or self.zones or self.category or self.abc_class)


@transaction.atomic
def plan_count(*, actor: Actor, draft: CountDraft) -> Count:
    """Plan a count. A stocktake takes the place of cycle counts of its site that nobody has begun.

    Raises Faults 403; 422 `unknown_site`, `invalid_kind`, `no_products`, `unknown_sku`, `too_many_skus`, `unknown_zone`,
    `month_required`, `not_a_stocktake`; 409 `counted_elsewhere` naming count and products, `month_counted`.
    Locks: planned counts of the site, then its open items. Records: count.planned. Allowed: counts.manage, in scope.
    """
    check_right(actor, "counts.manage")
    site = _checked(actor, draft)
    if draft.kind == Count.Kind.STOCKTAKE:
        _give_way(actor, site, draft)
    return make_count(actor, site, draft)


def make_count(actor: Actor, site: Site, draft: CountDraft, rule: CountRule | None = None) -> Count:
    """The count and its items, of a checked draft."""
    today = clock.now().astimezone(ZoneInfo(site.timezone)).date()
    is_stocktake = draft.kind == Count.Kind.STOCKTAKE
    try:
        with transaction.atomic():
            count = Count.objects.create(
                site=site,
                kind=draft.kind,
                is_blind=draft.is_blind,
                covers_aside=is_stocktake,
                rule=rule,
                month=draft.month,
                planned_on=draft.planned_on or today,
                reason=draft.reason.strip(),
                prepared_by_id=actor.id if actor.kind == "user" else None,
                prepared_by_name=actor.name,
            )
    except IntegrityError as error:
        detail = f"{draft.month:%Y-%m} has a stocktake at {site.code} already."
        raise refuse("month_counted", detail, pointer="/month", status=409) from error
    items = _add_items(count, site, draft)
    count = Count.objects.select_related("site", "rule").get(pk=count.pk)
    record_step(
        actor,
        count,
        "planned",
        after={
            "kind": draft.kind,
            "products": items,
            "blind": draft.is_blind,
            "rule": rule.name if rule else "",
        },
    )
    return count


def _checked(actor: Actor, draft: CountDraft) -> Site:
    try:
        site = access_site(actor, draft.site)
    except Http404 as unknown:
        raise refuse("unknown_site", f"There is no site “{draft.site[:40]}”.", pointer="/site") from unknown
    faults = []
    if draft.kind not in Count.Kind.values:
        faults.append(Fault("/kind", "invalid_kind", f"The kinds are {', '.join(Count.Kind.values)}."))
    elif draft.kind == Count.Kind.STOCKTAKE:
        if draft.month is None:
            faults.append(Fault("/month", "month_required", "Say of which month the stocktake is."))
        if draft.selects:
            faults.append(Fault("", "not_a_cycle_count", "A stocktake covers everything."))
    elif draft.month is not None:
        faults.append(Fault("/month", "not_a_stocktake", "Only a stocktake is of a month."))
    elif not draft.selects:
        faults.append(
            Fault("/skus", "no_products", "Say what is counted: products, zones, a category or a class.")
        )
    if len(draft.skus) > MAX_SKUS:
        faults.append(Fault("/skus", "too_many_skus", f"At most {MAX_SKUS} products at a time."))
    faults += _unknown(site, draft)
    if faults:
        raise Faults(faults[:100])
    return site


def _unknown(site: Site, draft: CountDraft) -> list[Fault]:
    known = products_by_sku(draft.skus[:MAX_SKUS])
    faults = [
        Fault(f"/skus/{number}", "unknown_sku", f"There is no product {sku!r}.")
        for number, sku in enumerate(draft.skus[:MAX_SKUS])
        if sku not in known
    ]
    zones = set(Shelf.objects.filter(site=site, zone__in=draft.zones).values_list("zone", flat=True))
    return faults + [
        Fault(f"/zones/{number}", "unknown_zone", f"There is no zone {zone!r} at {site.code}.")
        for number, zone in enumerate(draft.zones)
        if zone not in zones
    ]


def _add_items(count: Count, site: Site, draft: CountDraft) -> int:
    """The items in one statement. Raises Faults 422 `no_products`, 409 `counted_elsewhere`."""
    scope = ["p.sku = ANY(%(skus)s)" if draft.skus else sql.EVERYTHING]
    if draft.zones:
        scope.append(
            "EXISTS (SELECT FROM inventory_shelf z WHERE z.site_id = %(site)s AND z.product_id = p.id"
            " AND z.zone = ANY(%(zones)s))"
        )
    if draft.category:
        scope.append("(c.path = %(category)s OR starts_with(c.path, %(category)s || ' / '))")
    if draft.abc_class:
        scope.append("coalesce(nullif(p.abc_class, ''), 'C') = %(abc)s")
    values: dict[str, Any] = {
        "count": count.pk, "site": site.pk, "skus": list(draft.skus), "zones": list(draft.zones),
        "category": draft.category, "abc": draft.abc_class,
    }  # fmt: skip
    statement = sql.ADD_ITEMS.replace("{scope}", " AND ".join(f"({one})" for one in scope))
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, values)
            added = int(cursor.rowcount)
    except IntegrityError as error:
        raise _elsewhere(site, statement, values) from error
    if not added:
        raise refuse("no_products", "Nothing fits; there is nothing to count.")
    return added


def _elsewhere(site: Site, statement: str, values: dict[str, Any]) -> Faults:
    """Which open counts cover the products already."""
    wanted = statement[statement.index("SELECT") :].replace(
        "SELECT %(count)s, %(site)s, p.id, true, false, 1, 'open', ''", "SELECT p.id", 1
    )
    with connection.cursor() as cursor:
        cursor.execute(wanted, values)
        ids = [row[0] for row in cursor.fetchall()]
    return elsewhere_faults(site.pk, ids)


def elsewhere_faults(site_id: int, product_ids: Sequence[int]) -> Faults:
    """One fault a product that another open count of the site covers, the first 20 of them."""
    open_items = (
        CountItem.objects.filter(site=site_id, is_open=True, product__in=list(product_ids))
        .select_related("count", "product")
        .order_by("product__sku")[:NAMED]
    )
    faults = [
        Fault(
            "/skus",
            "counted_elsewhere",
            f"{item.product.sku} is being counted in {item.count} already; finish or cancel that first.",
        )
        for item in open_items
    ]
    return Faults(
        faults or [Fault("/skus", "counted_elsewhere", "Another count began just now.")], status=409
    )


def _give_way(actor: Actor, site: Site, draft: CountDraft) -> None:
    """Cycle counts that nobody has begun are given up for the stocktake."""
    planned = Count.objects.select_for_update(of=("self",)).filter(
        site=site, kind=Count.Kind.CYCLE, state=State.PLANNED
    )
    for count in planned.select_related("site").order_by("pk"):
        end_count(actor, count, State.CANCELLED, f"The stocktake of {draft.month:%Y-%m} covers it.")


@transaction.atomic
def cancel_count(*, actor: Actor, count_id: int, reason: str) -> Count:
    """Give a count up before anything is adjusted; what was scanned stays on record and changes nothing.

    Raises Faults 403; 409 `wrong_state`; 422 `reason_required`; Http404.
    Locks: the count. Records: count.cancelled. Allowed: counts.manage.
    """
    check_right(actor, "counts.manage")
    count = locked(
        actor, count_id, State.PLANNED, State.COUNTING, State.SUBMITTED, State.RECOUNT, State.REVIEW
    )
    if not reason.strip():
        raise refuse("reason_required", "Say why it is given up.", pointer="/reason")
    end_count(actor, count, State.CANCELLED, reason)
    return fresh(count)


# -- shared with the other steps ---------------------------------------------------------------------------------------


def end_count(actor: Actor, count: Count, state: str, reason: str = "") -> None:
    """Close a locked count: its products may be counted again."""
    CountItem.objects.filter(count=count, is_open=True).update(is_open=False)
    Count.objects.filter(pk=count.pk).update(state=state, note=reason[:500], ended_at=Now())
    record_step(actor, count, str(state), reason=reason)


def locked(actor: Actor, count_id: int, *states: str) -> Count:
    """The count in scope, locked, in one of `states`. Raises Http404, Faults 409 `wrong_state`."""
    access_count(actor, count_id)
    count = Count.objects.select_for_update(of=("self",)).select_related("site", "rule").get(pk=count_id)
    if count.state not in states:
        raise refuse("wrong_state", f"The count is {count.state}.", status=409)
    return count


def fresh(count: Count) -> Count:
    """The count as it is stored now."""
    return Count.objects.select_related("site", "rule").get(pk=count.pk)


def record_step(
    actor: Actor,
    count: Count,
    step: str,
    *,
    reason: str = "",
    after: dict[str, object] | None = None,
) -> None:
    """One event of a count: count.<step>."""
    record(
        actor=actor,
        kind=f"count.{step}",
        subject=subject_of(count),
        reason=reason,
        before={"state": count.state},
        after={"reference": str(count), **(after or {})},
        site_ids=[count.site_id],
    )
