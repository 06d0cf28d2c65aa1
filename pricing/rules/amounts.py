"""Reading amounts, quantities and instants that people and systems send: strict, with a sentence for what is wrong."""

import re
from datetime import datetime
from decimal import Decimal
from typing import Any

from lib.money import amount_fault
from lib.quantities import quantity_fault

PLAIN_NUMBER = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?", re.ASCII)


class Unreadable(ValueError):
    """What was sent cannot be taken; str() says why."""


def read_decimal(raw: Any) -> Decimal:
    """`raw` ("12.95", 12, Decimal) as a Decimal in plain notation. Raises Unreadable.

    Refused: NaN, infinities, exponents ("1e400"), digits other than 0–9, signs alone, booleans, blanks inside.
    """
    if isinstance(raw, bool) or raw is None:
        raise Unreadable("is not a number")
    text = format(raw, "f") if isinstance(raw, Decimal) else str(raw).strip()
    if not PLAIN_NUMBER.fullmatch(text):
        raise Unreadable(f"“{text[:40]}” is not a plain number of the digits 0 to 9")
    return Decimal(text)


def read_amount(raw: Any, currency: str) -> Decimal:
    """A price in `currency`. Raises Unreadable: not a number, negative, too many digits for the currency."""
    amount = read_decimal(raw)
    fault = amount_fault(amount, currency)
    if fault:
        raise Unreadable(f"“{raw}” has or is {fault}" if "more than" in fault else f"“{raw}” is {fault}")
    return amount


def read_quantity(raw: Any) -> Decimal:
    """A minimum quantity above zero. Raises Unreadable."""
    quantity = read_decimal(raw)
    fault = quantity_fault(quantity) or ("not above zero" if quantity <= 0 else "")
    if fault:
        raise Unreadable(f"“{raw}” is {fault}")
    return quantity


def read_instant(raw: Any) -> datetime:
    """An aware instant from ISO 8601 text with an offset. Raises Unreadable."""
    if isinstance(raw, datetime):
        at = raw
    else:
        try:
            at = datetime.fromisoformat(str(raw))
        except ValueError as error:
            raise Unreadable(f"“{str(raw)[:40]}” is not an ISO 8601 time") from error
    if at.tzinfo is None:
        raise Unreadable(f"“{raw}” has no offset; write e.g. 2026-10-19T00:00:00+01:00")
    if not 1900 < at.year < 9999:
        raise Unreadable(f"“{raw}” lies out of range")
    return at
