"""Incentives as they stand, and which of them may meet at one moment."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from pricing.models import Incentive
from pricing.queries.market import SiteFacts
from pricing.rules.rehearsal import Offer

SCOPE = ("channel", "site", "region", "customer_group", "price_list")
NAMED = (*SCOPE, "product", "category")


def incentives(*, code: str = "", kind: str = "") -> QuerySet[Incentive]:
    """All, by id, with their scope; 1 query."""
    found = Incentive.objects.select_related(*NAMED).order_by("id")
    found = found.filter(code=code) if code else found
    return found.filter(kind=kind) if kind else found


def meeting(begins: datetime, ends: datetime | None) -> list[Incentive]:
    """Those not stopped and valid at some moment of begins ≤ t < ends; 1 query."""
    found = incentives().filter(stopped_at=None).filter(Q(valid_until=None) | Q(valid_until__gt=begins))
    if ends is not None:
        found = found.filter(Q(valid_from__lte=begins) | Q(valid_from__lt=ends))
    return list(found)


def moments(found: Sequence[Incentive], begins: datetime) -> list[datetime]:
    """Where the sets of those that meet can only grow: the start of the window and each start inside it."""
    return sorted({begins} | {one.valid_from for one in found if one.valid_from > begins})


def holds_at(one: Incentive, at: datetime) -> bool:
    """Whether it is valid at that moment."""
    return one.valid_from <= at and (one.valid_until is None or at < one.valid_until)


def meets(
    one: Incentive, sold: tuple[int, int | None], site: SiteFacts, channel: int | None, path: str
) -> bool:
    """Whether it is for what is sold (list, and product where one is named) at a site through a channel."""
    list_id, product_id = sold
    return (
        one.site_id in (None, site.id)
        and one.region_id in (None, site.region_id)
        and one.channel_id in (None, channel)
        and one.price_list_id in (None, list_id)
        and one.product_id in (None, product_id)
        and (one.category is None or f"{path} / ".startswith(f"{one.category.path} / "))
    )


def offer_of(one: Incentive) -> Offer:
    """As the rules see it."""
    return Offer(
        one.code,
        one.name,
        fraction=one.fraction,
        amount=one.amount,
        threshold=one.threshold,
        cap=one.cap,
        own_fraction=1 - one.platform_fraction - one.supplier_fraction,
        stacking_group=one.stacking_group,
        is_exclusive=one.is_exclusive,
        is_subsidy=one.kind in Incentive.SUBSIDIES,
        currency=one.currency,
    )


def incentive_row(one: Incentive) -> dict[str, Any]:
    """An incentive with the fields it is written with."""
    return {
        "code": one.code,
        "name": one.name,
        "kind": one.kind,
        **{
            name: _text(getattr(one, name))
            for name in (
                "fraction",
                "amount",
                "threshold",
                "cap",
                "platform_fraction",
                "supplier_fraction",
            )
        },
        "currency": one.currency,
        **{name: getattr(getattr(one, name), "code", "") for name in SCOPE},
        "category": one.category.path if one.category else "",
        "sku": one.product.sku if one.product else "",
        "valid_from": one.valid_from.isoformat(),
        "valid_until": one.valid_until.isoformat() if one.valid_until else None,
        "stacking_group": one.stacking_group,
        "is_exclusive": one.is_exclusive,
        "created_by": one.created_by_name,
        "stopped_at": one.stopped_at.isoformat() if one.stopped_at else None,
        "stopped_by": one.stopped_by_name,
    }


def _text(value: Decimal | None) -> str | None:
    return None if value is None else format(value.normalize(), "f")
