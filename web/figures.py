"""How figures read: grouped digits, the true minus, currency symbols, a change with its direction.

Both languages group by comma and use a point, so one form serves; words around figures are translated elsewhere.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Literal

from lib.money import minor_unit, round_money

MINUS = "\u2212"
NBSP = "\u00a0"
DASH = "\u2014"
SYMBOLS = {"GBP": "£", "EUR": "€", "CNY": "¥", "USD": "$"}

Number = Decimal | int | float | str
Good = Literal["", "up", "down"]


def decimal_of(value: object) -> Decimal | None:
    """`value` as a finite Decimal, or None when it is missing or no number."""
    if value is None or value == "" or isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value).replace(MINUS, "-"))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def signed(number: Decimal, body: str, *, plus: bool) -> str:
    """`body` (digits without sign) with the sign of `number` before it."""
    if number < 0:
        return MINUS + body
    return "+" + body if plus and number > 0 else body


def figure(value: Number, places: int | None = None, *, plus: bool = False) -> str:
    """`value` grouped by thousands, rounded half away from zero to `places` (None: as many as it has)."""
    number = Decimal(str(value))
    if places is None:
        number = number.normalize()
        exponent = number.as_tuple().exponent
        places = max(0, -exponent) if isinstance(exponent, int) else 0
    number = number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    return signed(number, f"{abs(number):,.{places}f}", plus=plus)


def money_text(
    amount: Decimal, currency: str, *, bare: bool = False, plus: bool = False, whole: bool = False
) -> str:
    """ "£12.75", "−€940.13"; `bare` without the symbol, for columns whose head names the currency; `whole` without minor units."""
    places = 0 if whole else minor_unit(currency)
    rounded = amount.quantize(Decimal(1), ROUND_HALF_UP) if whole else round_money(amount, currency)
    digits = f"{abs(rounded):,.{places}f}"
    symbol = "" if bare or not currency else SYMBOLS.get(currency, currency + NBSP)
    return signed(rounded, symbol + digits, plus=plus)


@dataclass(frozen=True)
class Delta:
    """A change as it is shown: text, direction -1/0/1, tone "" (grey), "good" or "bad"."""

    text: str
    direction: int
    tone: Literal["", "good", "bad"]


def delta_of(
    value: Decimal,
    *,
    unit: str = "%",
    places: int = 1,
    currency: str = "",
    good: Good = "",
    whole: bool = False,
) -> Delta:
    """A change of `value` in `unit`, or in `currency` when one is given.

    good: the direction that is good ("up", "down"); "" when neither is, as for a price. Zero has no sign,
    no arrow and no tone.
    """
    if currency:
        shown = round_money(value, currency)
        text = money_text(value, currency, plus=True, whole=whole)
    else:
        shown = value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
        text = figure(value, places, plus=True) + (NBSP + unit if unit else "")
    direction = (shown > 0) - (shown < 0)
    if not direction or not good:
        return Delta(text, direction, "")
    return Delta(text, direction, "good" if (direction > 0) == (good == "up") else "bad")
