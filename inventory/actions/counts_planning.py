"""Cycle counts by rule, planned each day in the site's own morning; rules and tolerances; how far the tills have come."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.http import Http404

from audit.actions import record
from catalog.access import access_site, sees_everything
from catalog.models import Product, Site
from catalog.queries import products_by_sku, sites_by_code
from inventory.actions.counts import CountDraft, State, end_count, make_count
from inventory.actions.movements import check_right
from inventory.models import Count, CountRule, CountTolerance
from inventory.queries.counts_planning import due_products
from inventory.queries.documents import plain
from lib import clock
from lib.actors import Actor
from lib.faults import Faults, refuse

#: A planned cycle count that nobody has begun by then is given up; its products are due again.
LAPSE_DAYS = 7
#: Which kind of rule takes a product that several want.
PRESSING = ("negative", "accuracy", "zero", "turnover", "periodic")


def plan_by_rules(*, actor: Actor, site_code: str, at: datetime) -> dict[str, int]:
    """One count a rule with what is due at the site; what another open count covers is left out.

    Counts by rule that nobody has begun for a week are given up before, so that their products are due again.
    Returns {"counts": …, "products": …, "lapsed": …}.
    Locks: planned counts of the site, its open items. Records: count.planned, count.cancelled. Allowed: the slot.
    """
    site = sites_by_code([site_code])[site_code]
    lapsed = _give_up_old(actor, site, at)
    counts = products = 0
    for rule in (
        CountRule.objects.filter(is_active=True).filter(_of(site)).order_by("-kind", "abc_class", "pk")
    ):
        skus = due_products(rule, site, at)
        if skus and _plan(actor, site, rule, skus):
            counts, products = counts + 1, products + len(skus)
    return {"counts": counts, "products": products, "lapsed": lapsed}


def _of(site: Site) -> Q:
    return Q(site=site) | Q(site__isnull=True)


@transaction.atomic
def _plan(actor: Actor, site: Site, rule: CountRule, skus: tuple[str, ...]) -> bool:
    """The count of a rule; False when another count took one of the products just now: tomorrow is another day."""
    try:
        with transaction.atomic():
            make_count(actor, site, CountDraft(site.code, skus=skus, reason=rule.name), rule)
    except Faults:
        return False
    return True


@transaction.atomic
def _give_up_old(actor: Actor, site: Site, at: datetime) -> int:
    before = at.astimezone(ZoneInfo(site.timezone)).date() - timedelta(days=LAPSE_DAYS)
    old = Count.objects.select_for_update(of=("self",), skip_locked=True).filter(
        site=site, state=State.PLANNED, rule__isnull=False, planned_on__lt=before
    )
    found = list(old.select_related("site").order_by("pk"))
    for count in found:
        end_count(actor, count, State.CANCELLED, "Nobody began it; its products are due again.")
    return len(found)


@dataclass(frozen=True)
class RuleDraft:
    """A rule as asked for; site "" for every site."""

    name: str
    kind: str
    site: str = ""
    abc_class: str = ""
    every_days: int = 30
    threshold: Decimal = Decimal(0)
    at_most: int = 40
    is_active: bool = True


@transaction.atomic
def keep_rule(*, actor: Actor, draft: RuleDraft, rule_id: int | None = None) -> CountRule:
    """Make a rule, or change one.

    Raises Faults 403; 422 `unknown_site`, `invalid_rule` with the reason; 404 `unknown_rule`.
    Locks: the rule. Records: count_rule.kept. Allowed: counts.manage; of every site by who sees every site.
    """
    check_right(actor, "counts.manage")
    site = _site(actor, draft.site)
    rule = CountRule.objects.select_for_update().filter(pk=rule_id).first() if rule_id else CountRule()
    if rule is None:
        raise refuse("unknown_rule", "There is no such rule.", status=404)
    before = _rule_content(rule) if rule_id else {}
    if rule.site_id is not None:
        _site(actor, rule.site.code if rule.site else "")
    rule.site, rule.name, rule.kind = site, draft.name.strip(), draft.kind
    rule.abc_class, rule.every_days, rule.threshold = draft.abc_class, draft.every_days, draft.threshold
    rule.at_most, rule.is_active, rule.changed_at = draft.at_most, draft.is_active, clock.now()
    try:
        with transaction.atomic():
            rule.save()
    except IntegrityError as error:
        detail = "Kind, class or figures are not those of a rule: days and products above zero, at most 1,000 products."
        raise refuse("invalid_rule", detail) from error
    record(
        actor=actor, kind="count_rule.kept", subject=f"count_rule:{rule.pk}", before=before, after=_rule_content(rule),
        site_ids=[site.pk] if site else [],
    )  # fmt: skip
    return rule


def _rule_content(rule: CountRule) -> dict[str, object]:
    return {
        "name": rule.name, "kind": rule.kind, "site": rule.site.code if rule.site else "", "abc_class": rule.abc_class,
        "every_days": rule.every_days, "threshold": plain(rule.threshold), "at_most": rule.at_most,
        "is_active": rule.is_active,
    }  # fmt: skip


def _site(actor: Actor, code: str) -> Site | None:
    """The site in scope; "" for every site, which only who sees every site may say."""
    if not code:
        if not sees_everything(actor):
            raise refuse(
                "not_your_site", "What holds at every site is set by who sees every site.", status=403
            )
        return None
    try:
        return access_site(actor, code)
    except Http404 as unknown:
        raise refuse("unknown_site", f"There is no site “{code[:40]}”.", pointer="/site") from unknown


LIMITS = ("over", "under", "value_over", "value_under")


@transaction.atomic
def keep_tolerance(
    *, actor: Actor, site_code: str, sku: str, abc_class: str, limits: Mapping[str, Decimal | None]
) -> CountTolerance:
    """Set the tolerance of a product, a class or everything, at a site or everywhere; without any limit it is removed.

    Raises Faults 403; 422 `unknown_site`, `unknown_sku`, `invalid_tolerance`.
    Locks: nothing. Records: count_tolerance.kept. Allowed: counts.manage; everywhere by who sees every site.
    """
    check_right(actor, "counts.manage")
    site = _site(actor, site_code)
    product: Product | None = products_by_sku([sku]).get(sku) if sku else None
    if sku and product is None:
        raise refuse("unknown_sku", f"There is no product {sku!r}.", pointer="/sku")
    level: dict[str, Any] = {"site": site, "product": product, "abc_class": abc_class}
    given = {name: limits.get(name) for name in LIMITS}
    old = CountTolerance.objects.filter(**level).first()
    before = _limits_content(old)
    try:
        with transaction.atomic():
            kept, _made = CountTolerance.objects.update_or_create(
                **level, defaults={**given, "changed_at": clock.now()}
            )
    except IntegrityError as error:
        detail = "A tolerance is of a product or of a class A, B or C, and not below zero."
        raise refuse("invalid_tolerance", detail) from error
    content = {"site": site_code, "sku": sku, "abc_class": abc_class, **_limits_content(kept)}
    record(
        actor=actor, kind="count_tolerance.kept", subject=f"count_tolerance:{kept.pk}", before=before, after=content,
        site_ids=[site.pk] if site else [],
    )  # fmt: skip
    if not any(value is not None for value in given.values()):
        CountTolerance.objects.filter(pk=kept.pk).delete()
    return kept


def _limits_content(row: CountTolerance | None) -> dict[str, object]:
    if row is None:
        return {}
    return {name: plain(value) if (value := getattr(row, name)) is not None else None for name in LIMITS}


def keep_streams(marks: Mapping[str, tuple[datetime | None, int | None]]) -> None:
    """Note how far each stream of sales and movements is complete; a stream that is not named is not waited for.

    Called by feeds, which stand above: {name: (complete_to, the only site it is of or None)}. A mark never goes back.
    Locks: nothing. Records: nothing: the deliveries it tells of are recorded. Allowed: the loop of feeds.
    """
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM inventory_stream WHERE NOT name = ANY(%s)", [list(marks)])
        cursor.execute(
            "INSERT INTO inventory_stream (name, complete_to, site_id)"
            " SELECT * FROM unnest(%s::text[], %s::timestamptz[], %s::bigint[]) ON CONFLICT (name) DO UPDATE SET"
            " complete_to = greatest(inventory_stream.complete_to, EXCLUDED.complete_to), site_id = EXCLUDED.site_id"
            " WHERE inventory_stream.site_id IS DISTINCT FROM EXCLUDED.site_id OR inventory_stream.complete_to"
            " IS DISTINCT FROM greatest(inventory_stream.complete_to, EXCLUDED.complete_to)",
            [list(marks), [until for until, _ in marks.values()], [site for _, site in marks.values()]],
        )
