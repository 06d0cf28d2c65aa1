"""Drift: how far cost, rate and base have moved since a change was approved, and what follows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

#: Before the effective moment: when an approved change is looked at again. The last look is the moment itself, a
#: minute early, so that a price that lapses is never quoted.
STAGES = (timedelta(hours=24), timedelta(hours=2), timedelta(seconds=60))
LAST_STAGE = len(STAGES)


@dataclass(frozen=True, slots=True)
class Band:
    """Fractions (0–1): a warning from `warn_at` on, the approval lapses beyond `lapse_at` at the moment itself."""

    warn_at: Decimal = Decimal("0.02")
    lapse_at: Decimal = Decimal("0.05")


@dataclass(frozen=True, slots=True)
class Drift:
    """One figure of one line, then and now. what: "cost" (rate included) or "base". after None: it is gone."""

    sku: str
    price_list: str
    what: str
    before: Decimal
    after: Decimal | None

    @property
    def fraction(self) -> Decimal:
        """How far it moved, 0 and up; 1 for what is gone or came from nothing."""
        if self.after is None or not self.before:
            return Decimal(0) if self.after == self.before else Decimal(1)
        return abs(self.after / self.before - 1)


def stage_at(effective_from: datetime, now: datetime) -> int:
    """How many of the looks are due: 0 more than 24 h before, 3 from a minute before on."""
    return sum(now >= effective_from - before for before in STAGES)


def beyond(drifts: Iterable[Drift], limit: Decimal) -> list[Drift]:
    """Those that moved by more than `limit`, the farthest first."""
    found = [drift for drift in drifts if drift.fraction > limit]
    return sorted(found, key=lambda drift: (-drift.fraction, drift.sku))
