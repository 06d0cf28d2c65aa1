"""Money: Decimal with a currency, rounded in one place (DESIGN.md, invariant 12)."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

MAX_INTEGER_DIGITS = 14

# Minor units by ISO 4217; every other currency has two.
_MINOR_UNITS = {
    **dict.fromkeys(
        [
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "UYI",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ],
        0,
    ),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
    **dict.fromkeys(["CLF", "UYW"], 4),
}


def minor_unit(currency: str) -> int:
    """Digits after the decimal sign of `currency`. Source: ISO 4217."""
    return _MINOR_UNITS.get(currency, 2)


def round_money(amount: Decimal, currency: str) -> Decimal:
    """`amount` rounded to the minor unit of `currency`, half away from zero."""
    return amount.quantize(Decimal(1).scaleb(-minor_unit(currency)), rounding=ROUND_HALF_UP)


def amount_fault(amount: Decimal, currency: str) -> str:
    """Why `amount` cannot be stored as a price in `currency`, or "" when it can.

    Limits: finite, not negative, at most 14 integer digits and the currency's minor unit.
    """
    if not amount.is_finite():
        return "not a finite number"
    if amount < 0:
        return "below zero"
    exponent = amount.normalize().as_tuple().exponent
    if isinstance(exponent, int) and -exponent > minor_unit(currency):
        return f"more than {minor_unit(currency)} decimals for {currency}"
    if amount.adjusted() >= MAX_INTEGER_DIGITS:
        return f"more than {MAX_INTEGER_DIGITS} integer digits"
    return ""


@dataclass(frozen=True)
class Money:
    """An amount in a currency."""

    amount: Decimal
    currency: str

    def rounded(self) -> "Money":
        return Money(round_money(self.amount, self.currency), self.currency)
