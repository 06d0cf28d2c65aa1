"""Quantities: Decimal with a unit, up to 12 integer and 6 fraction digits."""

from decimal import Decimal

MAX_INTEGER_DIGITS = 12
MAX_FRACTION_DIGITS = 6
BASE_UNITS = ("pcs", "kg", "g", "l", "ml", "m", "box", "set")


def quantity_fault(quantity: Decimal) -> str:
    """Why `quantity` cannot be stored, or "" when it can. Sign and zero are the caller's business."""
    if not quantity.is_finite():
        return "not a finite number"
    exponent = quantity.normalize().as_tuple().exponent
    if isinstance(exponent, int) and -exponent > MAX_FRACTION_DIGITS:
        return f"more than {MAX_FRACTION_DIGITS} decimals"
    if quantity.adjusted() >= MAX_INTEGER_DIGITS:
        return f"more than {MAX_INTEGER_DIGITS} integer digits"
    return ""
