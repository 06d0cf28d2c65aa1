"""Derived prices: parent × rate × (1 + float), ended, rounded once."""

from decimal import ROUND_FLOOR, Decimal

from lib.money import round_money


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
    """A derived price in `currency`: parent × rate × (1 + float), then the ending, then one rounding.

    Half away from zero to the minor unit (CONTRACT.md, "Derived prices").
    """
    amount = parent * rate
    if float_fraction is not None:
        amount *= 1 + float_fraction
    if ends_in is not None:
        amount = ended(amount, ends_in)
    return round_money(amount, currency)
