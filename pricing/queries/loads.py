"""How prices are sold in a list's scope: tax, commission, and the subsidies that are paid on them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from catalog.models import Category
from pricing.models import Incentive
from pricing.queries.incentives import meeting, meets, offer_of
from pricing.queries.market import RateBoard, SiteFacts
from pricing.queries.world import sites_of
from pricing.rules.costs import Subsidy, in_currency
from pricing.rules.margins import Load
from pricing.rules.resolution import Book, ListFacts, RateProblem

ZERO = Decimal(0)


class SubsidyBook:
    """What platforms and suppliers pay on sales at a moment, in the currency of the list at the day's rate.

    1 query, 1 where there is anything, and 2 where one is in another currency than a list of the book.
    """

    def __init__(self, at: datetime, book: Book) -> None:
        found = [one for one in meeting(at, at) if one.kind in Incentive.SUBSIDIES]
        foreign = {one.currency for one in found if one.currency}
        wanted = {facts.currency for facts in book.values()}
        self._rates = RateBoard(
            {(one, other) for one in foreign for other in wanted}, at.astimezone(UTC).date()
        )
        self._by_product: dict[int | None, list[tuple[Incentive, Subsidy]]] = {}
        for one in found:
            paid = Subsidy(offer_of(one), one.valid_until)
            self._by_product.setdefault(one.product_id, []).append((one, paid))
        self._paths = dict(Category.objects.values_list("id", "path")) if found else {}
        #: products that a subsidy names: for others the category says enough
        self.products = frozenset(key for key in self._by_product if key is not None)

    def __bool__(self) -> bool:
        return bool(self._by_product)

    def of(
        self, facts: ListFacts, site: SiteFacts, category_id: int | None, product_id: int | None
    ) -> tuple[Subsidy, ...]:
        """What is paid on a product of this category that is sold at a site by a list; for customers of the list's group."""
        channel = facts.channel_id or site.channel_id
        path = self._paths.get(category_id or 0, "")
        own = self._by_product.get(product_id, []) if product_id is not None else []
        return tuple(
            self._in(facts.currency, subsidy)
            for one, subsidy in self._by_product.get(None, []) + own
            if one.customer_group_id in (None, facts.customer_group_id)
            and meets(one, (facts.id, product_id), site, channel, path)
        )

    def _in(self, currency: str, one: Subsidy) -> Subsidy:
        """In the list's currency; with its problem where there is no rate of that day."""
        own = one.offer.currency
        if own in ("", currency):
            return one
        try:
            return in_currency(one, currency, self._rates(own, currency).rate)
        except RateProblem as problem:
            return one._replace(problem=problem.code)


@dataclass
class LoadBook:
    """The different ways in which a product is sold in a list's scope, worked out once for products that are alike."""

    sites: Sequence[SiteFacts]
    tax: Mapping[tuple[str, str], Decimal]
    commissions: Mapping[int, Decimal]
    subsidies: SubsidyBook
    _made: dict[tuple[int, str, int | None, int | None], tuple[Load, ...]] = field(default_factory=dict)

    def of(
        self, facts: ListFacts, tax_class: str, category_id: int | None, product_id: int
    ) -> tuple[Load, ...]:
        """Taxes, commissions and subsidies, each with an example site."""
        named = product_id if product_id in self.subsidies.products else None
        key = (facts.id, tax_class, category_id if self.subsidies else None, named)
        if key not in self._made:
            self._made[key] = self._loads(facts, tax_class, category_id, named)
        return self._made[key]

    def _loads(
        self, facts: ListFacts, tax_class: str, category_id: int | None, product_id: int | None
    ) -> tuple[Load, ...]:
        own = self.commissions.get(facts.channel_id or 0, ZERO)
        found: dict[tuple[Decimal, Decimal, tuple[Subsidy, ...]], dict[str, str]] = {}
        for site in sites_of(facts, self.sites):
            commission = own if facts.channel_id else self.commissions.get(site.channel_id or 0, ZERO)
            tax = self.tax.get((site.country, tax_class), ZERO)
            paid = self.subsidies.of(facts, site, category_id, product_id) if self.subsidies else ()
            found.setdefault((tax, commission, paid), {}).setdefault(site.country, site.code)
        loads = (
            Load(tax, commission, next(iter(places.values())), tuple(places.items()), paid)
            for (tax, commission, paid), places in found.items()
        )
        return tuple(loads) or (Load(ZERO, own),)
