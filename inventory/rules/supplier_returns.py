"""What a supplier should credit, and what is still missing. Pure."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Sent:
    """What left of one line: how much, what it was worth in the books, and what was agreed for one (None: its worth)."""

    shipped: Decimal
    value: Decimal
    unit_credit: Decimal | None = None

    @property
    def expected(self) -> Decimal:
        return self.value if self.unit_credit is None else self.shipped * self.unit_credit


@dataclass(frozen=True, slots=True)
class Credit:
    """A return's money: worth in the books, expected, received; difference = received − expected."""

    value: Decimal
    expected: Decimal
    received: Decimal

    @property
    def difference(self) -> Decimal:
        return self.received - self.expected


def credit_of(sent: list[Sent], received: list[Decimal]) -> Credit:
    """The sums of a return."""
    return Credit(
        sum((one.value for one in sent), ZERO), sum((one.expected for one in sent), ZERO), sum(received, ZERO)
    )


def is_overdue(*, state: str, credit_due_on: date, today: date, credit: Credit) -> bool:
    """Whether the day has passed: nothing was sent yet, or less was credited than is expected."""
    if credit_due_on >= today:
        return False
    return state == "approved" or (state == "shipped" and credit.difference < 0)
