"""Derived prices: parent × rate × (1 + float) + surcharge, kept in its band, ended, rounded once."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import NamedTuple

from lib.money import minor_unit, round_money

ZERO = Decimal(0)


class Band(NamedTuple):
    """What a derived price may not leave, in the list's currency; None where there is no limit."""

    low: Decimal | None = None
    high: Decimal | None = None

    def holds(self, amount: Decimal) -> bool:
        """True if `amount` lies inside; the limits belong to the band."""
        return (self.low is None or amount >= self.low) and (self.high is None or amount <= self.high)


def band_of(converted: Decimal, floor_fraction: Decimal | None, ceiling_fraction: Decimal | None) -> Band:
    """From (1 + floor) to (1 + ceiling) of the parent's price in the list's currency."""
    return Band(
        None if floor_fraction is None else converted * (1 + floor_fraction),
        None if ceiling_fraction is None else converted * (1 + ceiling_fraction),
    )


def clamped(amount: Decimal, band: Band) -> Decimal:
    """`amount`, or the limit of the band that it lies beyond; never below zero."""
    if band.low is not None and amount < band.low:
        amount = band.low
    if band.high is not None and amount > band.high:
        amount = band.high
    return max(amount, ZERO)


def ended_within(amount: Decimal, ends_in: Decimal, band: Band) -> Decimal:
    """The price ending in `ends_in` nearest to `amount` inside the band; `amount` itself where the band has none."""
    nearest = ended(amount, ends_in)
    if band.low is not None and nearest < band.low:
        nearest += ending_period(ends_in)
    elif band.high is not None and nearest > band.high:
        nearest -= ending_period(ends_in)
    return nearest if nearest > 0 and band.holds(nearest) else amount


def rounded_within(amount: Decimal, currency: str, band: Band) -> Decimal:
    """`amount` in whole minor units, inwards where half away from zero would leave the band.

    A band too narrow for any such price gives way by less than a minor unit.
    """
    nearest = round_money(amount, currency)
    if band.holds(nearest):
        return nearest
    unit = Decimal(1).scaleb(-minor_unit(currency))
    way = ROUND_CEILING if band.low is not None and nearest < band.low else ROUND_FLOOR
    inwards = amount.quantize(unit, rounding=way)
    return inwards if band.holds(inwards) else nearest


def ending_period(ends_in: Decimal) -> Decimal:
    """The distance of two prices with this ending: the next power of ten above it, at least 1 (0.99 → 1, 9.99 → 10)."""
    period = Decimal(1)
    while period <= ends_in:
        period *= 10
    return period


def ended(amount: Decimal, ends_in: Decimal) -> Decimal:
    """The price ending in `ends_in` nearest to `amount`, above zero, ties upwards.

    0.99: 12.40 → 11.99, 12.49 → 12.99 (a tie), 0.10 → 0.99.
    """
    period = ending_period(ends_in)
    steps = ((amount - ends_in) / period + Decimal("0.5")).to_integral_value(rounding=ROUND_FLOOR)
    nearest = steps * period + ends_in
    while nearest <= 0:
        nearest += period
    return nearest


def derived_amount(
    parent: Decimal, rate: Decimal, float_fraction: Decimal | None, ends_in: Decimal | None, currency: str
) -> Decimal:
    """A derived price in `currency` without surcharge and band: parent × rate × (1 + float), the ending, one rounding.

    Half away from zero to the minor unit (CONTRACT.md, "Derived prices").
    """
    amount = parent * rate
    if float_fraction is not None:
        amount *= 1 + float_fraction
    if ends_in is not None:
        amount = ended(amount, ends_in)
    return round_money(amount, currency)
