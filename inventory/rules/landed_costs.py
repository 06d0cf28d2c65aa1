"""Spreading charges over receipt lines, and what of a late share still finds its goods. Pure."""

from collections.abc import Sequence
from decimal import ROUND_DOWN, Decimal

from inventory.rules.valuation import ZERO, share

BASES = ("amount", "quantity", "weight")


class NothingToSpreadBy(ValueError):
    """The measures sum to zero, or one of them is below zero."""


def spread(charge: Decimal, measures: Sequence[Decimal], unit: Decimal) -> list[Decimal]:
    """`charge` in parts like `measures`, each a multiple of `unit`; they sum to the charge exactly.

    What rounding down leaves goes in single units to the parts that lost most, the first of equals; less than a unit to
    the largest. So no part is below zero.
    """
    whole = sum(measures, ZERO)
    if whole <= 0 or any(measure < 0 for measure in measures):
        raise NothingToSpreadBy
    exact = [charge * measure / whole for measure in measures]
    parts = [amount.quantize(unit, rounding=ROUND_DOWN) for amount in exact]
    left = charge - sum(parts, ZERO)
    for place in sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i)):
        if left < unit:
            break
        if measures[place]:
            parts[place] += unit
            left -= unit
    if left:
        parts[max(range(len(parts)), key=lambda i: (measures[i], -i))] += left
    return parts


def left_of_receipt(on_hand: Decimal, came_later: Decimal, received: Decimal) -> Decimal:
    """What of a receipt is still there when the oldest goods went first."""
    return max(ZERO, min(received, on_hand - came_later))


def to_stock(amount: Decimal, left: Decimal, received: Decimal) -> Decimal:
    """The part of a line's share that what is left of its goods takes; the rest is variance."""
    return amount if left >= received else share(amount, left, received) if left > 0 else ZERO
