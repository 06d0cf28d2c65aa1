"""What each channel is shown of the stock: the live rules over balances and over what is still to come."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from catalog.models import Channel, Site
from feeds.models import ChannelStockRule
from feeds.rules.availability import (
    Claim,
    Promise,
    Rule,
    Terms,
    ToCome,
    promises,
    ruling,
    sells_from,
    step_of,
)
from inventory.queries.documents import plain
from inventory.queries.purchase_orders import to_come

NO_TERMS = Terms()

#: Available of each pair that was ever stocked: on hand, not set aside, less what is reserved; all lots and owners.
_AVAILABLE = """
SELECT b.site_id, b.product_id, p.unit, coalesce(c.path, ''),
  coalesce(sum(b.on_hand) FILTER (WHERE b.state = 'available'), 0) - sum(b.reserved)
FROM inventory_balance b JOIN catalog_product p ON p.id = b.product_id
LEFT JOIN catalog_category c ON c.id = p.category_id
WHERE b.site_id = ANY(%(sites)s) AND (%(products)s::bigint[] IS NULL OR b.product_id = ANY(%(products)s))
GROUP BY b.site_id, b.product_id, p.unit, c.path
ORDER BY b.site_id, b.product_id
"""
#: Pairs that are only to come have no balance yet.
_GOODS = """
SELECT p.id, p.unit, coalesce(c.path, '') FROM catalog_product p LEFT JOIN catalog_category c ON c.id = p.category_id
WHERE p.id = ANY(%s)
"""


@dataclass(frozen=True)
class Published:
    """What one channel may promise of a product at a site; quantity = from_stock + presale."""

    site_id: int
    product_id: int
    quantity: Decimal
    from_stock: Decimal
    presale: Decimal
    expected_on: date | None


@dataclass(frozen=True)
class Shared:
    """One product at one site with all the channels that sell it from there: (channel id, rule or None, promise)."""

    site_id: int
    product_id: int
    unit: str
    available: Decimal
    coming: tuple[ToCome, ...]
    channels: tuple[tuple[int, Rule | None, Promise], ...]


def live_rules(visible: Collection[int] | None = None) -> QuerySet[ChannelStockRule]:
    """The rules that count now, with the names of their scopes; of the visible sites and of no site. 1 query when read."""
    found = ChannelStockRule.objects.filter(ended_at=None).select_related(
        "channel", "site", "category", "product", "made_by"
    )
    if visible is not None:
        found = found.filter(site__isnull=True) | found.filter(site__in=list(visible))
    return found.order_by("channel__code", "site__code", "category__path", "product__sku", "pk")


def published_stock(
    channel_id: int, product_ids: Collection[int] | None = None, site_ids: Collection[int] | None = None
) -> list[Published]:
    """What the channel may promise, for each site it sells from and each product ever stocked or to come there.

    site_ids: only there. Zero is told, too. Ordered by site and product. 4 to 6 queries, whatever the number of products.
    """
    book = _Book.read(channel_id, site_ids)
    found = []
    for shared in book.shared(product_ids):
        for one, _rule, promise in shared.channels:
            if one == channel_id:
                found.append(
                    Published(
                        shared.site_id,
                        shared.product_id,
                        promise.quantity,
                        promise.from_stock,
                        promise.presale,
                        promise.expected_on,
                    )
                )
    return found


def selling_sites(channel_id: int) -> list[int]:
    """The sites that the channel sells from: its own, and those that a rule names for it. 2 queries."""
    return sorted(
        site for site, channels in _Book.read(channel_id, None).sellers.items() if channel_id in channels
    )


def channel_views(product_id: int, visible: Collection[int] | None = None) -> list[Shared]:
    """What every channel sees of one product, at each of the visible sites that any channel sells from. 4 to 6 queries."""
    return list(_Book.read(None, visible).shared([product_id]))


def channel_names() -> list[tuple[str, str]]:
    """(code, name) of every channel. 1 query when read."""
    return list(Channel.objects.order_by("code").values_list("code", "name"))


def view_body(shared: Shared, site: str) -> dict[str, Any]:
    """What every channel sees of a product at a site, as REST tells it."""
    return {
        "site": site,
        "available": plain(shared.available),
        "to_come": [
            {"quantity": plain(order.quantity), "expected_on": order.expected_on.isoformat()}
            for order in shared.coming
        ],
        "channels": [
            {
                "channel": promise.channel,
                "quantity": plain(promise.quantity),
                "from_stock": plain(promise.from_stock),
                "presale": plain(promise.presale),
                "expected_on": promise.expected_on.isoformat() if promise.expected_on else None,
                "kept_back": plain(promise.kept_back),
                "limit": promise.limit,
                "rule": rule.id if rule else None,
            }
            for _channel, rule, promise in shared.channels
        ],
    }


class _Book:
    """Rules, who sells from where, and the answers found so far."""

    def __init__(
        self, rules: Sequence[Rule], own: dict[int, int | None], sellers: dict[int, list[int]]
    ) -> None:
        self.own, self.sellers = own, sellers
        self.codes = dict(Channel.objects.values_list("pk", "code"))
        self.of_product: dict[int, list[Rule]] = defaultdict(list)
        self.general = [rule for rule in rules if rule.product_id is None]
        for rule in rules:
            if rule.product_id is not None:
                self.of_product[rule.product_id].append(rule)
        self.has_presale = any(rule.terms.presale_fraction for rule in rules)
        self._known: dict[tuple[int, str], list[tuple[int, Rule | None, Claim]]] = {}

    @classmethod
    def read(cls, channel_id: int | None, site_ids: Collection[int] | None) -> "_Book":
        """The book for the sites of one channel (None: of all channels)."""
        rules = [
            _rule(row) for row in ChannelStockRule.objects.filter(ended_at=None).select_related("category")
        ]
        named: dict[int, set[int]] = defaultdict(set)
        for rule in rules:
            if rule.channel_id is not None and rule.site_id is not None:
                named[rule.site_id].add(rule.channel_id)
        own: dict[int, int | None] = dict(Site.objects.values_list("pk", "channel_id"))
        sellers: dict[int, list[int]] = {}
        for site_id, channel in own.items():
            several = named.get(site_id, set()) | ({channel} if channel is not None else set())
            is_asked = several if channel_id is None else channel_id in several
            if is_asked and (site_ids is None or site_id in site_ids):
                sellers[site_id] = sorted(several)
        return cls(rules, own, sellers)

    def shared(self, product_ids: Collection[int] | None) -> Iterator[Shared]:
        """Every product of every site in the book, with the promise of each channel."""
        coming = self._coming(product_ids)
        for site_id, product_id, unit, category, available in self._pairs(product_ids, coming):
            orders = coming.get((site_id, product_id), ())
            found = self._claims(site_id, category, product_id)
            made = promises(available, orders, [claim for _id, _rule, claim in found], step_of(unit))
            by_code = {promise.channel: promise for promise in made}
            channels = tuple((one, rule, by_code[claim.channel]) for one, rule, claim in found)
            yield Shared(site_id, product_id, unit, available, orders, channels)

    def _coming(self, product_ids: Collection[int] | None) -> dict[tuple[int, int], tuple[ToCome, ...]]:
        if not self.has_presale:
            return {}
        found: dict[tuple[int, int], list[ToCome]] = defaultdict(list)
        for row in to_come(list(self.sellers), product_ids):
            if row.expected_on is not None:  # nobody can be promised a day that nobody named
                found[row.site_id, row.product_id].append(ToCome(row.quantity, row.expected_on))
        return {pair: tuple(orders) for pair, orders in found.items()}

    def _pairs(
        self, product_ids: Collection[int] | None, coming: dict[tuple[int, int], tuple[ToCome, ...]]
    ) -> Iterator[tuple[int, int, str, str, Decimal]]:
        asked = {
            "sites": list(self.sellers),
            "products": None if product_ids is None else list(product_ids),
        }
        with connection.cursor() as cursor:
            cursor.execute(_AVAILABLE, asked)
            rows: list[tuple[int, int, str, str, Decimal]] = cursor.fetchall()
            absent = set(coming) - {(row[0], row[1]) for row in rows}
            if absent:
                cursor.execute(_GOODS, [sorted({product for _site, product in absent})])
                goods = {product: (unit, category) for product, unit, category in cursor.fetchall()}
                rows += [(site, product, *goods[product], Decimal(0)) for site, product in sorted(absent)]
                rows.sort(key=lambda row: row[:2])
        yield from rows

    def _claims(self, site_id: int, category: str, product_id: int) -> list[tuple[int, Rule | None, Claim]]:
        own_rules = self.of_product.get(product_id)
        if own_rules:
            return self._resolved(site_id, category, product_id, [*own_rules, *self.general])
        known = self._known.get((site_id, category))
        if known is None:
            known = self._known[site_id, category] = self._resolved(site_id, category, None, self.general)
        return known

    def _resolved(
        self, site_id: int, category: str, product_id: int | None, rules: Sequence[Rule]
    ) -> list[tuple[int, Rule | None, Claim]]:
        found = []
        for channel_id in self.sellers[site_id]:
            fitting = [rule for rule in rules if rule.fits(channel_id, site_id, category, product_id)]
            if self.own[site_id] == channel_id or sells_from(fitting):
                rule = ruling(fitting)
                claim = Claim(self.codes[channel_id], rule.terms if rule else NO_TERMS)
                found.append((channel_id, rule, claim))
        return found


def _rule(row: ChannelStockRule) -> Rule:
    terms = Terms(
        buffer_pieces=row.buffer_pieces,
        buffer_fraction=row.buffer_fraction,
        share_fraction=row.share_fraction,
        cap=row.cap,
        minimum=row.minimum,
        priority=row.priority,
        presale_fraction=row.presale_fraction,
        presale_until=row.presale_until,
    )
    category = row.category.path if row.category else ""
    return Rule(row.pk, row.channel_id, row.site_id, category, row.product_id, terms)


def rule_body(rule: ChannelStockRule) -> dict[str, Any]:
    """A rule as REST and the trail tell it; its scope's rows must be loaded."""
    return {
        "id": rule.pk,
        "version": rule.version,
        "channel": rule.channel.code if rule.channel else "",
        "site": rule.site.code if rule.site else "",
        "category": rule.category.path if rule.category else "",
        "sku": rule.product.sku if rule.product else "",
        "buffer_pieces": plain(rule.buffer_pieces),
        "buffer_fraction": plain(rule.buffer_fraction),
        "share_fraction": None if rule.share_fraction is None else plain(rule.share_fraction),
        "cap": None if rule.cap is None else plain(rule.cap),
        "minimum": plain(rule.minimum),
        "priority": rule.priority,
        "presale_fraction": plain(rule.presale_fraction),
        "presale_until": rule.presale_until.isoformat() if rule.presale_until else None,
        "reason": rule.reason,
        "made_by": rule.made_by.username if rule.made_by else "",
        "made_at": rule.made_at.isoformat() if rule.made_at else "",
    }
