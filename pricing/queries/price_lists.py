"""Reading price lists."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet

from catalog.queries.products import plain
from pricing.models import PriceList


def price_lists(code: str = "", kind: str = "", currency: str = "") -> QuerySet[PriceList]:
    """Price lists, filtered, with what they name; 1 query."""
    found = PriceList.objects.select_related("parent", "region", "channel", "site", "customer_group")
    if code:
        found = found.filter(code=code)
    if kind:
        found = found.filter(kind=kind)
    return found.filter(currency=currency) if currency else found


def lists_named(words: str, limit: int = 5) -> list[PriceList]:
    """Lists whose code or name has the words in it, by code; 1 query."""
    found = PriceList.objects.filter(Q(code__icontains=words) | Q(name__icontains=words))
    return list(found.order_by("code")[:limit])


def price_list_rows(lists: Iterable[PriceList]) -> list[dict[str, Any]]:
    """Price lists with the fields they are posted with. No query when read with what they name."""
    return [
        {
            "code": one.code,
            "name": one.name,
            "currency": one.currency,
            "kind": one.kind,
            "parent": one.parent.code if one.parent else None,
            "region": one.region.code if one.region else None,
            "channel": one.channel.code if one.channel else None,
            "site": one.site.code if one.site else None,
            "priority": one.priority,
            "float_fraction": None if one.float_fraction is None else plain(one.float_fraction),
            "ends_in": None if one.ends_in is None else plain(one.ends_in),
            "tax_included": one.tax_included,
            "exclusive": one.exclusive,
            "customer_group": one.customer_group.code if one.customer_group else None,
            **{
                name: None if (value := getattr(one, name)) is None else plain(value)
                for name in ("float_amount", "floor_fraction", "ceiling_fraction")
            },
            "override_policy": one.override_policy,
            "rate_max_age_days": one.rate_max_age_days,
            **{
                name: None if (value := getattr(one, name)) is None else plain(value)
                for name in ("rate_dead_band", "rate_step_limit")
            },
        }
        for one in lists
    ]
