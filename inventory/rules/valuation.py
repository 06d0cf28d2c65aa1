"""Moving average per site and product, in the site's currency; what else a pool can be: layers.py, standard.py.

Pure; Decimal throughout.

Values and unit costs carry six decimals, as unit costs do everywhere: rounding each piece's value to the minor unit
would let the average of cheap goods drift. The last piece takes what is left, so a balance of zero has value zero.
The same steps stand in SQL as the aggregate `inventory_average` (migrations); a test holds both to equal results.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal

ZERO = Decimal(0)
SIX = Decimal("0.000001")
_CONTEXT = Context(prec=60, rounding=ROUND_HALF_UP)


def six(amount: Decimal) -> Decimal:
    """`amount` at six decimals, half away from zero."""
    return amount.quantize(SIX, context=_CONTEXT)


def times(quantity: Decimal, cost: Decimal) -> Decimal:
    """quantity × cost at six decimals."""
    return six(_CONTEXT.multiply(quantity, cost))


def share(value: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    """value × part / whole at six decimals; whole is not zero."""
    return six(_CONTEXT.divide(_CONTEXT.multiply(value, part), whole))


def per_unit(value: Decimal, quantity: Decimal) -> Decimal | None:
    """value / quantity at six decimals; None at zero quantity."""
    return six(_CONTEXT.divide(value, quantity)) if quantity else None


#: The movement and line that does something to a pool.
By = tuple[int, int]
NOBODY: By = (0, 0)


@dataclass(frozen=True, slots=True)
class Undo:
    """What a line takes back. taken: (layer, its maker, quantity, value) that the other line took from layers."""

    movement_id: int
    taken: tuple[tuple[int, By, Decimal, Decimal], ...] = ()


@dataclass(slots=True)
class Pool:
    """What one site holds of one product, all lots together. last_cost: the last known average, or None."""

    quantity: Decimal = ZERO
    value: Decimal = ZERO
    last_cost: Decimal | None = None

    def copy(self) -> "Pool":
        return Pool(self.quantity, self.value, self.last_cost)

    @property
    def average(self) -> Decimal | None:
        """Unit cost now: of what is there, else the last one known."""
        if self.quantity > 0 and self.value >= 0:
            return per_unit(self.value, self.quantity)
        return self.last_cost

    def take_in(
        self,
        quantity: Decimal,
        unit_cost: Decimal | None = None,
        *,
        fallback: Decimal = ZERO,
        carried: Decimal | None = None,
        by: By = NOBODY,
        undo: Undo | None = None,
    ) -> "Valued":
        """Add `quantity` > 0 at `unit_cost`; without one at the average, else at `fallback`.

        carried: the whole value instead, as goods bring it from another pool. by, undo: for pools with layers.
        Where the pool was negative, what was missing had gone out at an assumed cost: the difference to what it came
        to is settled by a value without quantity.
        """
        cost = unit_cost if unit_cost is not None else self.average
        cost = fallback if cost is None else cost
        value = times(quantity, cost) if carried is None else carried
        settlement = ZERO
        if self.quantity < 0:
            missing = -self.quantity
            covered = min(quantity, missing)
            assumed = -self.value if covered == missing else share(-self.value, covered, missing)
            settlement = assumed - (
                times(covered, cost) if carried is None else share(carried, covered, quantity)
            )
        if carried is not None:
            cost = per_unit(carried, quantity) or ZERO
        return self._moved(quantity, value, settlement, cost)

    def take_out(
        self,
        quantity: Decimal,
        *,
        fallback: Decimal = ZERO,
        exact: Decimal | None = None,
        by: By = NOBODY,
        undo: Undo | None = None,
    ) -> "Valued":
        """Remove `quantity` > 0 at the average; what empties the pool takes its remaining value.

        Beyond what is there the last average counts, else `fallback`. exact: the value to take instead (a reversed
        receipt's own), where something worth at least zero is left.
        """
        cost = self.average
        cost = fallback if cost is None else cost
        left = self.quantity - quantity
        if self.quantity <= 0:
            value = times(quantity, cost)
        elif left <= 0:
            value = self.value + times(-left, cost)
        elif exact is not None and exact <= self.value:
            value = exact
        else:
            value = share(self.value, quantity, self.quantity)
        return self._moved(-quantity, -value, ZERO, cost)

    def revalue(self, amount: Decimal, *, by: By = NOBODY, only: By | None = None) -> None:
        """Change what the pool is worth by `amount`; it holds something, and stays at zero or above."""
        self.value += amount
        self.last_cost = per_unit(self.value, self.quantity)

    def reprice(self, unit_cost: Decimal, *, by: By = NOBODY) -> Decimal:
        """Value what the pool holds at `unit_cost`; answers what that changed."""
        change = times(self.quantity, unit_cost) - self.value
        self.value += change
        self.last_cost = unit_cost
        return change

    def _moved(self, quantity: Decimal, value: Decimal, settlement: Decimal, cost: Decimal) -> "Valued":
        self.quantity += quantity
        self.value += value + settlement
        if self.quantity > 0:
            self.last_cost = per_unit(self.value, self.quantity)
        elif self.last_cost is None or quantity > 0:
            self.last_cost = six(cost)
        return Valued(abs_cost(value, quantity), value, settlement)


@dataclass(slots=True)
class Valued:
    """The value of one entry: signed like its quantity; `settlement` goes beside it without quantity."""

    unit_cost: Decimal
    value: Decimal
    settlement: Decimal = ZERO


def abs_cost(value: Decimal, quantity: Decimal) -> Decimal:
    """Unit cost of an entry, never negative for goods that have a value."""
    return per_unit(value, quantity) or ZERO
