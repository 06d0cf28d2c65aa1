"""Reading price changes."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet

from lib.actors import Actor
from pricing.models import Finding, PriceChange, PriceChangeLine


@dataclass(frozen=True)
class ChangeSummary:
    """Figures of one change. mean_change_fraction is over lines that had a price before."""

    lines: int
    products: int
    lists: int
    mean_change_fraction: Decimal | None
    blocks: int
    reviews: int
    notes: int


def price_changes(state: str = "") -> QuerySet[PriceChange]:
    """Changes, newest first, with what they roll back; 1 query."""
    raise NotImplementedError


def price_change(change_id: int) -> PriceChange:
    """One change. Raises Http404. 1 query."""
    raise NotImplementedError


def lines_of(change_id: int) -> QuerySet[PriceChangeLine]:
    """Its lines in order, with product and list; 1 query."""
    raise NotImplementedError


def findings_of(change_id: int) -> QuerySet[Finding]:
    """Its findings, blocks first, with line, product and list; 1 query."""
    raise NotImplementedError


def newest_draft_of(actor: Actor) -> PriceChange | None:
    """The draft this person touched last; 1 query."""
    raise NotImplementedError


def summary_of(change_id: int) -> ChangeSummary:
    """2 queries."""
    raise NotImplementedError
