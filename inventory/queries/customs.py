"""Customs consignments and import limits as pages and REST show them, and which are late."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Prefetch, Q, QuerySet, Sum

from inventory.models import CustomsConsignment, CustomsLine, CustomsMovement, ImportLimit, Movement
from inventory.queries.documents import plain
from inventory.rules.customs import OPEN_STATES, Figures, is_held_too_long, late_at

QUANTITIES = ("declared", "arrived", "cleared", "held", "refused", "destroyed")


def subject_of(found: CustomsConsignment) -> str:
    """How the trail names it."""
    return f"customs:{found.pk}"


def visible_consignments(
    visible: Collection[int] | None, asked: dict[str, str] | None = None
) -> QuerySet[CustomsConsignment]:
    """Consignments for sites in scope, newest first, with site, entity and lines. 2 queries."""
    asked = asked or {}
    lines = CustomsLine.objects.select_related("product").order_by("number")
    found = CustomsConsignment.objects.select_related("site__legal_entity").prefetch_related(
        Prefetch("lines", lines)
    )
    if visible is not None:
        found = found.filter(site_id__in=list(visible))
    if asked.get("site"):
        found = found.filter(site__code=asked["site"])
    if asked.get("state") == "open":
        found = found.filter(state__in=OPEN_STATES)
    elif asked.get("state"):
        found = found.filter(state=asked["state"])
    return found.order_by("-pk")


def counts_by_state(visible: Collection[int] | None) -> dict[str, int]:
    """How many in scope are in each state. 1 query."""
    found = CustomsConsignment.objects.order_by()
    if visible is not None:
        found = found.filter(site_id__in=list(visible))
    return dict(found.values_list("state").annotate(count=Count("pk")))


def figures_of(line: CustomsLine) -> Figures:
    """A line's quantities."""
    return Figures(*(getattr(line, name) for name in QUANTITIES))


def lateness(found: CustomsConsignment, at: datetime) -> str:
    """ "arrival", "clearance" or "": what should be done by now at the site; needs site and lines."""
    if found.state not in OPEN_STATES:
        return ""
    today = at.astimezone(ZoneInfo(found.site.timezone)).date()
    lines = [figures_of(line) for line in found.lines.all()]
    return late_at(arrives_on=found.arrives_on, clears_on=found.clears_on, lines=lines, today=today)


def open_consignments() -> list[CustomsConsignment]:
    """Every declared and unfinished one, with site and lines. 2 queries."""
    return list(visible_consignments(None, {"state": "open"}).order_by("pk"))


def held_too_long(found: CustomsConsignment, at: datetime) -> list[CustomsLine]:
    """Its lines that the authority holds longer than it should; needs lines."""
    return [line for line in found.lines.all() if line.held and is_held_too_long(line.held_since, at)]


def open_customs_before(site_id: int, ends_at: datetime, month: date) -> list[CustomsConsignment]:
    """Declared for the site, expected or arrived before `ends_at`, not closed. 1 query.

    Bonded goods may lie at customs over the end of a month: once there, they count from the day they should be cleared.
    """
    last = (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    begun = Q(arrived_at__lt=ends_at) | Q(arrives_on__lte=last)
    lies_rightly = Q(regime="bonded", arrived_at__lt=ends_at, clears_on__gt=last) & ~Q(state="cleared")
    found = CustomsConsignment.objects.filter(begun, site_id=site_id, state__in=OPEN_STATES)
    return list(found.exclude(lies_rightly).order_by("pk"))


def movements_of(found: CustomsConsignment) -> list[dict[str, Any]]:
    """What its steps posted, oldest first. 2 queries."""
    steps = list(CustomsMovement.objects.filter(consignment=found).order_by("pk"))
    movements = Movement.objects.in_bulk([step.movement_id for step in steps])
    return [{"step": step, "movement": movements.get(step.movement_id)} for step in steps]


def undone_steps() -> list[CustomsMovement]:
    """Steps whose movement was reversed on its own page, or refused by its approver. 1 query."""
    reversals = Movement.objects.filter(reverses_id__isnull=False).values("reverses_id")
    refused = Movement.objects.filter(state__in=[Movement.State.REFUSED, Movement.State.WITHDRAWN])
    gone = Q(movement_id__in=reversals) | Q(movement_id__in=refused.values("pk"))
    return list(CustomsMovement.objects.filter(gone).order_by("-pk"))


# -- import limits -----------------------------------------------------------------------------------------------------


def import_limits(country: str = "", on: date | None = None) -> QuerySet[ImportLimit]:
    """Limits of a country, or of all, in force on a day, or ever. 1 query."""
    found = ImportLimit.objects.select_related("category").order_by("-pk")
    if country:
        found = found.filter(country=country)
    if on is not None:
        found = found.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=on), valid_from__lte=on)
    return found


def is_limited(limit: ImportLimit, line: CustomsLine) -> bool:
    """Whether the limit is about the line; needs the limit's category, the line's product with its category."""
    if limit.category is None:
        return line.hs_code.startswith(limit.hs_prefix)
    category = line.product.category
    path = category.path if category else ""
    return path == limit.category.path or path.startswith(f"{limit.category.path} / ")


def declared_under(
    limit: ImportLimit, first: date, last: date, *, but: int
) -> list[tuple[str, Decimal, Decimal]]:
    """(currency, quantity, value) already declared into the limit's country in those days, without `but`. 1 query."""
    lines = CustomsLine.objects.filter(
        consignment__site__country=limit.country,
        consignment__declared_on__range=(first, last),
        consignment__state__in=[*OPEN_STATES, "closed"],
    ).exclude(consignment_id=but)
    if limit.category is None:
        lines = lines.filter(hs_code__startswith=limit.hs_prefix)
    else:
        path = limit.category.path
        below = Q(product__category__path__startswith=f"{path} / ")
        lines = lines.filter(Q(product__category__path=path) | below)
    sums = lines.order_by().values_list("consignment__currency")
    return list(sums.annotate(units=Sum("declared"), worth=Sum("value")))


# -- REST --------------------------------------------------------------------------------------------------------------


def consignment_body(found: CustomsConsignment, *, with_costs: bool) -> dict[str, Any]:
    """A consignment as REST shows it, of `visible_consignments`; customs values only to who may see costs."""
    moments = ("created_at", "declared_at", "arrived_at", "cleared_at", "ended_at")
    texts = (
        "state", "regime", "comes_from", "from_country", "carrier", "waybill", "currency", "note",
    )  # fmt: skip
    return {
        "id": found.pk,
        "reference": str(found),
        "site": found.site.code,
        "legal_entity": found.site.legal_entity.code,
        **{name: getattr(found, name) for name in texts},
        "arrives_on": found.arrives_on.isoformat(),
        "clears_on": found.clears_on.isoformat(),
        "prepared_by": found.prepared_by_name,
        **{name: _iso(getattr(found, name)) for name in moments},
        "lines": [_line_body(line, with_costs=with_costs) for line in found.lines.all()],
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _line_body(line: CustomsLine, *, with_costs: bool) -> dict[str, Any]:
    return {
        "sku": line.product.sku,
        "lot": line.lot,
        "hs_code": line.hs_code,
        "origin_country": line.origin_country,
        "value": plain(line.value) if with_costs else None,
        **{name: plain(getattr(line, name)) for name in QUANTITIES},
        "hold_reason": line.hold_reason,
        "held_since": _iso(line.held_since),
    }


def limit_body(limit: ImportLimit) -> dict[str, Any]:
    """An import limit as REST shows it; needs `category`."""
    return {
        "id": limit.pk,
        "country": limit.country,
        "hs_prefix": limit.hs_prefix,
        "category": limit.category.path if limit.category else "",
        "kind": limit.kind,
        "amount": None if limit.amount is None else plain(limit.amount),
        "currency": limit.currency,
        "period": limit.period,
        "source": limit.source,
        "valid_from": limit.valid_from.isoformat(),
        "valid_to": limit.valid_to.isoformat() if limit.valid_to else None,
        "made_by": limit.made_by_name,
    }
