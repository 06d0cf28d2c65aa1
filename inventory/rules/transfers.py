"""What a step of a transfer does to its quantities. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from lib.faults import Fault
from lib.quantities import quantity_fault

ZERO = Decimal(0)
MAX_LINES = 1000
#: How much more than was shipped may come, as a fraction of what was shipped.
OVER_TOLERANCE_FRACTION = Decimal("0.05")


@dataclass(frozen=True, slots=True)
class Came:
    """What the receiver found of one product and lot. scrapped: of what is damaged, what is thrown away at once."""

    sku: str
    lot: str = ""
    received: Decimal = ZERO
    damaged: Decimal = ZERO
    scrapped: Decimal = ZERO
    short: Decimal = ZERO
    refused: Decimal = ZERO

    @property
    def amounts(self) -> dict[str, Decimal]:
        """Every figure by its field's name."""
        names = ("received", "damaged", "scrapped", "short", "refused")
        return {name: getattr(self, name) for name in names}

    @property
    def total(self) -> Decimal:
        return sum(self.amounts.values(), ZERO)


def quantity_faults(at: str, amounts: Iterable[tuple[str, Decimal]], *, may_be_zero: bool) -> list[Fault]:
    """Figures that are no quantities, each with its pointer."""
    return [
        Fault(
            f"{at}/{name}",
            "invalid_quantity",
            "The quantity is above zero, with up to 12 integer and 6 fraction digits.",
        )
        for name, amount in amounts
        if quantity_fault(amount) or amount < 0 or (amount == 0 and not may_be_zero)
    ]


def doubled_faults(keys: Sequence[tuple[str, str]]) -> list[Fault]:
    """Lines that name the same product and lot again."""
    seen: set[tuple[str, str]] = set()
    faults = []
    for number, key in enumerate(keys):
        if key in seen:
            faults.append(Fault(f"/lines/{number}/sku", "duplicate_sku", f"{key[0]} stands in two lines."))
        seen.add(key)
    return faults


def over_units(came: Came, outstanding: Decimal, shipped: Decimal) -> Decimal | None:
    """How much came beyond what was on its way, 0 when nothing did; None when that is more than is tolerated.

    Only what is fit for sale can be over; who counts more than was sent cannot be short of it too.
    """
    over = came.total - outstanding
    if over <= 0:
        return ZERO
    within = over <= came.received and not came.short and over <= shipped * OVER_TOLERANCE_FRACTION
    return over if within else None
