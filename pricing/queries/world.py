"""What is read once for all lines of a change, and where a list's prices are asked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from pricing.models import PriceChange
from pricing.queries.market import RateBoard, SiteFacts
from pricing.rules.costs import CostLaw
from pricing.rules.findings import LineFacts
from pricing.rules.margins import Load
from pricing.rules.resolution import Book, ListFacts

ZERO = Decimal(0)


@dataclass(slots=True)
class Collected:
    """The facts of a change's lines, in order, with each line's tax class and category."""

    lines: list[LineFacts]
    tax_classes: dict[int, str]
    category_ids: dict[int, int | None]
    at: datetime
    statuses: dict[int, str] = field(default_factory=dict)
    world: "World | None" = None


class Loads(Protocol):
    """How a product is sold in a list's scope (`queries.loads.LoadBook`)."""

    def of(
        self, facts: ListFacts, tax_class: str, category_id: int | None, product_id: int
    ) -> Sequence[Load]: ...


def no_cost_laws(_list_id: int, _category_id: int | None) -> tuple[CostLaw, ...]:
    """Where nobody asks for the law."""
    return ()


@dataclass(slots=True)
class World:
    """What is read once for a change. cost_laws: by list and category, the laws against prices below cost."""

    change: PriceChange
    at: datetime
    book: dict[int, ListFacts]
    sites: list[SiteFacts]
    commissions: dict[int, Decimal]
    tax: dict[tuple[str, str], Decimal]
    costs: dict[int, tuple[Decimal, str]]
    rates: RateBoard
    cost_laws: Callable[[int, int | None], tuple[CostLaw, ...]] = no_cost_laws
    loads: Loads | None = None


def with_parents(book: Book, list_ids: set[int]) -> set[int]:
    """These lists and all they derive from."""
    wanted = set(list_ids)
    for list_id in list_ids:
        parent = book[list_id].parent_id
        while parent is not None and parent not in wanted:
            wanted.add(parent)
            parent = book[parent].parent_id
    return wanted


def sites_of(facts: ListFacts, sites: Sequence[SiteFacts]) -> list[SiteFacts]:
    """Where a list's prices are asked: the sites in its scope; for one over everything those of its currency, if any."""
    inside = [
        site
        for site in sites
        if facts.site_id in (None, site.id)
        and facts.region_id in (None, site.region_id)
        and (facts.channel_id is None or site.channel_id == facts.channel_id)
    ]
    if facts.site_id is None and facts.region_id is None and facts.channel_id is None:
        return [site for site in inside if site.currency == facts.currency] or inside
    return inside
