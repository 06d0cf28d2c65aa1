"""Replenishment proposals: what a site is short of, and which warehouse of its legal entity can spare it."""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from catalog.models import Product
from feeds.queries.contents.base import Asked, Wanted
from inventory.queries.documents import plain
from inventory.queries.transfers_allocation import allocation

#: The plan is drawn up anew this often; it has no moments of its own.
EVERY = timedelta(minutes=15)
MOST = 200_000


class Replenishment:
    """{"quantity", "from": [{"site", "quantity"}], "available", "coming", "safety"}; {"quantity": "0"}: needed no more."""

    def facts(self, asked: Asked) -> str:
        """The quarter of an hour: another one means that everything is looked at again."""
        return str(int(asked.until.timestamp() // EVERY.total_seconds()))

    def wanted(self, asked: Asked) -> Iterable[Wanted]:
        if asked.since is not None:
            return
        sites = {site.code: site.pk for site in asked.sites}
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for row in allocation(list(sites.values()), most=MOST):
            if row["destination"] in sites:
                told = found.setdefault((row["destination"], row["sku"]), {"row": row, "from": []})
                told["from"].append({"site": row["source"], "quantity": plain(row["quantity"])})
        products = dict(
            Product.objects.filter(sku__in={sku for _site, sku in found}).values_list("sku", "pk")
        )
        for (site, sku), told in found.items():
            row = told["row"]
            total = sum((Decimal(one["quantity"]) for one in told["from"]), Decimal(0))
            content = {"quantity": plain(total), "from": told["from"]}
            content |= {name: plain(row[name]) for name in ("available", "coming", "safety")}
            yield Wanted(f"{site}/{sku}", content, asked.until, products[sku], sites[site])
