"""The price to pay rehearsed: the worst that incentives may make of each line's price while it stands."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from catalog.models import Category
from pricing.models import Incentive
from pricing.queries.incentives import holds_at, meeting, meets, moments, offer_of
from pricing.queries.market import SiteFacts
from pricing.queries.world import ZERO, Collected, World, sites_of
from pricing.rules.findings import REVIEW, Found, LineFacts, plain_figures
from pricing.rules.rehearsal import Offer, Worst
from pricing.rules.resolution import ListFacts
from pricing.rules.stacking import Stack, Stacked


@dataclass(frozen=True, slots=True)
class Till:
    """One way in which a line's price may be met: tax and commission of an example site, what meets, and when."""

    site: str
    tax_fraction: Decimal
    commission_fraction: Decimal
    offers: tuple[Offer, ...]
    at: datetime
    #: a customer may take something: where there are only subsidies there is no worst case
    takes: bool = True
    _stacks: dict[str, Stack] = field(default_factory=dict, repr=False, compare=False)

    def stack(self, currency: str) -> Stack:
        """The offers prepared for prices in a currency, once."""
        if currency not in self._stacks:
            self._stacks[currency] = Stack(self.offers, self.tax_fraction, self.commission_fraction, currency)
        return self._stacks[currency]


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A line's worst case. gross: with tax, before anything is taken off."""

    line: LineFacts
    till: Till
    gross: Decimal
    worst: Worst

    @property
    def is_below_cost(self) -> bool:
        return self.line.unit_cost is not None and self.worst.earned < Fraction(self.line.unit_cost)


class Stage:
    """Which incentives meet where in a window, worked out once for each list, tax class and category; 2 queries."""

    def __init__(self, world: World, begins: datetime, ends: datetime | None) -> None:
        self._world = world
        self._found = meeting(begins, ends)
        self._moments = moments(self._found, begins)
        self._offers = {one.pk: offer_of(one) for one in self._found}
        self._paths = dict(Category.objects.values_list("id", "path")) if self._found else {}
        self._by_product: dict[int | None, list[Incentive]] = {}
        for one in self._found:
            self._by_product.setdefault(one.product_id, []).append(one)
        self._tills: dict[tuple[int, str, int | None, int | None], list[Till]] = {}

    @property
    def is_empty(self) -> bool:
        """No incentive is valid in the window."""
        return not self._found

    def named(self, product_id: int) -> int | None:
        """The product where an incentive is for it alone, else None: products of a category are then alike."""
        return product_id if product_id in self._by_product else None

    def tills(self, facts: ListFacts, tax_class: str, category_id: int | None, product_id: int) -> list[Till]:
        """The different ways in which lines of this list, tax class, category and product may be met."""
        named = self.named(product_id)
        key = (facts.id, tax_class, category_id, named)
        if key not in self._tills:
            path = self._paths.get(category_id or 0, "")
            kept: dict[tuple[Decimal, Decimal, tuple[Offer, ...]], Till] = {}
            for site in sites_of(facts, self._world.sites):
                channel = facts.channel_id or site.channel_id
                tax = self._world.tax.get((site.country, tax_class), ZERO)
                commission = self._world.commissions.get(channel or 0, ZERO)
                for at, offers in self._meetings(facts, site, channel, (path, named)):
                    kept.setdefault(
                        (tax, commission, offers),
                        Till(site.code, tax, commission, offers, at, _takes(offers)),
                    )
            self._tills[key] = list(kept.values())
        return self._tills[key]

    def _meetings(
        self, facts: ListFacts, site: SiteFacts, channel: int | None, sold: tuple[str, int | None]
    ) -> Iterator[tuple[datetime, tuple[Offer, ...]]]:
        """At each moment, for each customer group that something is for, and for a customer of none."""
        path, product_id = sold
        among = self._by_product.get(None, [])
        if product_id is not None:
            among = among + self._by_product[product_id]
        here = [one for one in among if meets(one, (facts.id, product_id), site, channel, path)]
        own = facts.customer_group_id
        groups = {own} if own is not None else {one.customer_group_id for one in here} | {None}
        for at in self._moments:
            held = [one for one in here if holds_at(one, at)]
            for group in sorted(groups, key=lambda one: one or 0):
                offers = tuple(self._offers[one.pk] for one in held if one.customer_group_id in (None, group))
                if offers:
                    yield at, offers


def _takes(offers: Sequence[Offer]) -> bool:
    return any(not one.is_subsidy for one in offers)


def rehearse(collected: Collected) -> dict[int, Rehearsed]:
    """Line id → its worst case, for lines that something meets while the change stands.

    2 queries, 1 where nothing meets; equal prices of one list, tax class and category are worked out once.
    """
    world = collected.world
    if world is None:
        return {}
    stage = Stage(world, world.at, world.change.effective_until)
    if stage.is_empty:
        return {}
    known: dict[
        tuple[int, str, int | None, int | None, str, Decimal], tuple[Till, Decimal, Worst] | None
    ] = {}
    rehearsed = {}
    for line in collected.lines:
        if line.amount is None:
            continue
        tax_class, category_id = (
            collected.tax_classes[line.product_id],
            collected.category_ids[line.product_id],
        )
        named = stage.named(line.product_id)
        key = (line.list_id, tax_class, category_id, named, line.currency, line.amount)
        if key not in known:
            tills = stage.tills(world.book[line.list_id], tax_class, category_id, line.product_id)
            known[key] = worst_of(line, tills)
        found = known[key]
        if found is not None:
            rehearsed[line.line_id] = Rehearsed(line, *found)
    return rehearsed


def worst_of(line: LineFacts, tills: Sequence[Till]) -> tuple[Till, Decimal, Worst] | None:
    """The till at which the line's price earns least once a customer takes something."""
    worst: tuple[Till, Decimal, Stacked] | None = None
    for till in tills:
        if not till.takes:
            continue
        gross = line.amount or ZERO
        if not line.tax_included:
            gross *= 1 + till.tax_fraction
        found = till.stack(line.currency).stacked(gross)
        if found is not None and (worst is None or found.is_below(worst[2])):
            worst = (till, gross, found)
    if worst is None:
        return None
    till, gross, found = worst
    return till, gross, till.stack(line.currency).worst(gross, found)


def rehearsal_findings(collected: Collected) -> dict[int, Found]:
    """Line id → `price_to_pay`, where the worst case lies below the net cost."""
    return {
        line_id: Found("price_to_pay", REVIEW, rehearsal_params(one))
        for line_id, one in rehearse(collected).items()
        if one.is_below_cost
    }


def rehearsal_params(one: Rehearsed) -> dict[str, object]:
    """The figures of a worst case: what is taken, what is paid, what is earned, the cost."""
    return {
        **plain_figures(
            one.line,
            gross=one.gross,
            to_pay=_decimal(one.worst.to_pay),
            net=_decimal(one.worst.earned),
            cost=one.line.unit_cost,
            site=one.till.site,
        ),
        "taken": list(one.worst.taken),
        "names": " + ".join(one.worst.names),
        "at": one.till.at.isoformat(),
    }


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)
