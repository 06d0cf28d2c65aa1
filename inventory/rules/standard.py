"""Standard cost: what a site holds is worth its quantity times the standard, always. Pure; Decimal throughout.

What a receipt cost beyond (or below) the standard, and what a new standard changes for what is on hand, goes beside as a
value without quantity.
"""

from dataclasses import dataclass
from decimal import Decimal

from inventory.rules.valuation import NOBODY, ZERO, By, Pool, Undo, Valued, abs_cost, times


@dataclass(slots=True)
class StandardPool(Pool):
    """A pool valued at `standard`."""

    standard: Decimal = ZERO

    @property
    def average(self) -> Decimal | None:
        return self.standard

    def take_in(
        self,
        quantity: Decimal,
        unit_cost: Decimal | None = None,
        *,
        fallback: Decimal = ZERO,
        carried: Decimal | None = None,
        by: By = NOBODY,
        undo: Undo | None = None,
    ) -> Valued:
        if carried is not None:
            return self._to(quantity, carried)
        return self._to(quantity, None if unit_cost is None else times(quantity, unit_cost))

    def take_out(
        self,
        quantity: Decimal,
        *,
        fallback: Decimal = ZERO,
        exact: Decimal | None = None,
        by: By = NOBODY,
        undo: Undo | None = None,
    ) -> Valued:
        return self._to(-quantity, None if exact is None else -exact)

    def align(self) -> Decimal:
        """Bring the value to the standard; answers what that changed."""
        change = times(self.quantity, self.standard) - self.value
        self.value += change
        self.last_cost = self.standard
        return change

    def _to(self, quantity: Decimal, value: Decimal | None) -> Valued:
        """Move `quantity` worth `value`, at the standard when None; what keeps it from the standard goes beside."""
        beside = self.align()
        target = times(self.quantity + quantity, self.standard)
        if value is None:
            value = target - self.value
        beside += target - self.value - value
        self.quantity += quantity
        self.value = target
        self.last_cost = self.standard
        return Valued(abs_cost(value, quantity), value, beside)
