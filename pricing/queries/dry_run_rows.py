"""What a dry run of a guardrail answers."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

YEAR = timedelta(days=365)
SHOWN = 50


@dataclass(frozen=True, slots=True)
class Caught:
    """A line of a past change that the rule would have found; value is the figure, a fraction."""

    change_id: int
    title: str
    placed_at: datetime
    sku: str
    price_list: str
    currency: str
    old_amount: Decimal | None
    amount: Decimal
    value: Decimal
    severity: str


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a rule would have found: lines looked at, found by severity, changes held, and what was found then."""

    lines: int
    changes: int
    block: int
    review: int
    changes_held: int
    found_then: int
    examples: list[Caught]
