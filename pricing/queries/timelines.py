"""One product's price over time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from lib.actors import Actor
from pricing.queries.quotes import QuoteLine


@dataclass(frozen=True)
class TimelinePoint:
    """From `start` to `end` (None = open) this amount applied; a gap has amount None."""

    start: datetime
    end: datetime | None
    amount: Decimal | None
    price_list: str
    is_promotion: bool
    price_change_id: int | None
    lowest_30_days: Decimal | None = None


def quote_timeline(
    line: QuoteLine, *, actor: Actor, since: datetime, until: datetime, known_at: datetime | None = None
) -> Sequence[TimelinePoint]:
    """The quoted price of one product at one site from `since` to `until`, by change points."""
    raise NotImplementedError
