"""Available stock: what a channel may promise at each site it sells from, or what lies free at a site."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from catalog.models import Product
from feeds.queries.channel_stock import live_rules, published_stock
from feeds.queries.contents.base import Asked, Wanted
from inventory.queries.available_moves import available_at, touched_stock
from inventory.queries.documents import plain
from inventory.queries.purchase_orders import to_come

ZERO = Decimal(0)


class Stock:
    """{"quantity", "unit"}, with a channel also {"from_stock", "presale", "expected_on"}; "0" for what is gone.

    A channel is told what the stock rules leave to it, a site alone what is on hand, not set aside and not reserved.
    """

    def facts(self, asked: Asked) -> str:
        """Of the rules in force, and of what is to come where a rule sells it before it is there."""
        if asked.channel is None:
            return ""
        rules = list(live_rules())
        facts = [f"{rule.pk} {rule.version}" for rule in rules] + [str(site.pk) for site in asked.sites]
        if any(rule.presale_fraction for rule in rules):
            facts += [repr(row) for row in to_come([site.pk for site in asked.sites])]
        return hashlib.sha256("\n".join(facts).encode()).hexdigest()

    def wanted(self, asked: Asked) -> Iterable[Wanted]:
        sites = {site.pk: site.code for site in asked.sites}
        moved: Mapping[int, datetime] | None = None
        if asked.since is not None:
            moved = touched_stock(sites, asked.since)
            if not moved:
                return
        products = Product.objects.all() if moved is None else Product.objects.filter(pk__in=moved)
        told = {row[0]: row[1:] for row in products.values_list("pk", "sku", "unit")}
        for site_id, product_id, content in _contents(asked, moved):
            sku, unit = told[product_id]
            at = asked.until if moved is None else moved[product_id]
            yield Wanted(f"{sites[site_id]}/{sku}", {"unit": unit, **content}, at, product_id, site_id)


def _contents(
    asked: Asked, moved: Mapping[int, datetime] | None
) -> Iterator[tuple[int, int, dict[str, Any]]]:
    site_ids = [site.pk for site in asked.sites]
    if asked.channel is None:
        for (site_id, product_id), quantity in available_at(site_ids, moved).items():
            yield site_id, product_id, {"quantity": plain(max(quantity, ZERO))}
        return
    for row in published_stock(asked.channel.pk, moved, site_ids):
        content = {"quantity": plain(row.quantity), "from_stock": plain(row.from_stock)}
        content["presale"] = plain(row.presale)
        if row.expected_on is not None:
            content["expected_on"] = row.expected_on.isoformat()
        yield row.site_id, row.product_id, content
