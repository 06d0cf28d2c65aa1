"""Effective prices of a channel's sites: what a customer without a group pays for one piece, tax included."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from catalog.models import Product, Site
from feeds.models import PublishedItem
from feeds.queries.contents.base import Asked, Wanted
from lib import actors
from lib.money import round_money
from pricing.queries.bulk_prices import BulkPrice, PriceAsked, bulk_prices
from pricing.queries.effective_moves import (
    derivation_facts,
    lists_of,
    plans_of,
    products_on,
    touched_products,
)

READER = "feeds.publish"
CHUNK = 50_000


class Prices:
    """{"amount", "currency", "tax_included", "price_list"}; {"amount": null} for what is not sold there any more."""

    def facts(self, asked: Asked) -> str:
        plans = plans_of(asked.sites, asked.channel, asked.until)
        return derivation_facts(plans, asked.sites, asked.until)

    def wanted(self, asked: Asked) -> Iterable[Wanted]:
        lists = lists_of(plans_of(asked.sites, asked.channel, asked.until))
        if asked.since is not None:
            moved: Mapping[int, datetime] = touched_products(lists, asked.since, asked.until)
        else:
            known = PublishedItem.objects.filter(publication=asked.publication, product__isnull=False)
            moved = dict.fromkeys([*products_on(lists, asked.until), *known.values_list("product", flat=True)], asked.until)  # fmt: skip
        if not moved:
            return
        skus = dict(Product.objects.filter(pk__in=moved).values_list("pk", "sku"))
        for site in asked.sites:
            yield from _of_site(asked, site, skus, moved)


def _of_site(
    asked: Asked, site: Site, skus: Mapping[int, str], moved: Mapping[int, datetime]
) -> Iterator[Wanted]:
    channel = asked.channel.code if asked.channel else ""
    products = list(skus)
    for start in range(0, len(products), CHUNK):
        part = products[start : start + CHUNK]
        lines = [PriceAsked(pk, site.code, channel) for pk in part]
        found = bulk_prices(lines, actor=actors.job(READER), at=asked.until)
        for pk, price in zip(part, found, strict=True):
            yield Wanted(f"{site.code}/{skus[pk]}", content_of(price), moved[pk], pk, site.pk)


def content_of(price: BulkPrice) -> dict[str, Any] | None:
    """What the other side is told of a price; None where there is none."""
    if price.amount is None:
        return None
    return {
        "amount": f"{round_money(price.amount, price.currency):f}",
        "currency": price.currency,
        "tax_included": True,
        "price_list": price.price_list,
    }
