"""Reading amounts, quantities and instants that people and systems send: strict, with a sentence for what is wrong."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from catalog.rules.fields import Wrong
from lib.money import MAX_INTEGER_DIGITS, minor_unit
from lib.quantities import quantity_fault

PLAIN_NUMBER = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?", re.ASCII)


def read_decimal(raw: Any) -> Decimal:
    """`raw` ("12.95", 12, Decimal) as a Decimal in plain notation. Raises Wrong `not_a_number`.

    Refused: NaN, infinities, exponents ("1e400"), digits other than 0–9, signs alone, booleans, blanks inside.
    """
    if isinstance(raw, bool) or not isinstance(raw, (str, int, float, Decimal)):
        raise Wrong("not_a_number", "must be a decimal number, as text")
    text = format(raw, "f") if isinstance(raw, Decimal) and raw.is_finite() else str(raw).strip()
    if not PLAIN_NUMBER.fullmatch(text):
        raise Wrong("not_a_number", f"“{text[:40]}” is not a plain number of the digits 0 to 9")
    return Decimal(text)


def read_amount(raw: Any, currency: str) -> Decimal:
    """A price in `currency`. Raises Wrong: not_a_number, negative, too_precise (for the currency), too_large."""
    amount = read_decimal(raw)
    if amount < 0:
        raise Wrong("negative", f"“{raw}” is below zero")
    exponent = amount.normalize().as_tuple().exponent
    if isinstance(exponent, int) and -exponent > minor_unit(currency):
        raise Wrong("too_precise", f"“{raw}” has more than {minor_unit(currency)} decimals for {currency}")
    if amount.adjusted() >= MAX_INTEGER_DIGITS:
        raise Wrong("too_large", f"“{str(raw)[:40]}” has more than {MAX_INTEGER_DIGITS} integer digits")
    return amount


def read_quantity(raw: Any) -> Decimal:
    """A minimum quantity above zero. Raises Wrong: not_a_number, not_above_zero, too_precise."""
    quantity = read_decimal(raw)
    if quantity <= 0:
        raise Wrong("not_above_zero", f"“{raw}” is not above zero")
    fault = quantity_fault(quantity)
    if fault:
        raise Wrong("too_precise", f"“{str(raw)[:40]}” has {fault}")
    return quantity


def read_instant(raw: Any) -> datetime:
    """An instant in UTC from ISO 8601 text with an offset. Raises Wrong: not_a_time, no_offset."""
    try:
        at = raw if isinstance(raw, datetime) else datetime.fromisoformat(raw)
        if at.tzinfo is None:
            raise Wrong("no_offset", f"“{raw}” has no offset; write e.g. 2026-10-19T00:00:00+01:00")
        return at.astimezone(UTC)
    except (TypeError, ValueError, OverflowError) as error:
        raise Wrong("not_a_time", f"“{str(raw)[:40]}” is not an ISO 8601 time") from error
