"""Which exchange rate counts: the direct pair, else the inverse, else through EUR; never 1 by default."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext

LIMIT_DAYS = 7
PIVOT = "EUR"
RATE_DECIMALS = 18

#: (base, quote) → the newest stored rate on or before the asked date, and its date.
Lookup = Callable[[str, str], tuple[Decimal, date] | None]


class MissingRate(Exception):
    """No stored rate leads from one currency to the other."""

    code = "missing_exchange_rate"


class StaleRate(Exception):
    """The newest rate is older than the limit."""

    code = "stale_exchange_rate"


@dataclass(frozen=True)
class Rate:
    """1 base = `rate` quote, as of the date `on` (the older one when it goes through EUR).

    path: "same", "direct", "inverse" or "via EUR".
    """

    rate: Decimal
    on: date
    path: str


def resolve_rate(base: str, quote: str, asked_on: date, lookup: Lookup, limit_days: int = LIMIT_DAYS) -> Rate:
    """The rate from `base` to `quote` that counts on `asked_on`, rounded half away from zero to 18 decimals.

    Raises MissingRate, or StaleRate when it is more than `limit_days` older than `asked_on`.
    """
    found = _resolve(base, quote, asked_on, lookup)
    if found is None:
        raise MissingRate(f"There is no exchange rate from {base} to {quote} on or before {asked_on}.")
    if (asked_on - found.on).days > limit_days:
        raise StaleRate(
            f"The exchange rate from {base} to {quote} is of {found.on}, over {limit_days} days old."
        )
    return found


def _resolve(base: str, quote: str, asked_on: date, lookup: Lookup) -> Rate | None:
    if base == quote:
        return Rate(Decimal(1), asked_on, "same")
    direct = lookup(base, quote)
    if direct is not None:
        return Rate(direct[0], direct[1], "direct")
    inverse = lookup(quote, base)
    if inverse is not None:
        return Rate(_divide(Decimal(1), inverse[0]), inverse[1], "inverse")
    to_quote, to_base = _leg(quote, lookup), _leg(base, lookup)
    if to_quote is None or to_base is None:
        return None
    return Rate(_divide(to_quote[0], to_base[0]), min(to_quote[1], to_base[1]), f"via {PIVOT}")


def _leg(currency: str, lookup: Lookup) -> tuple[Decimal, date] | None:
    """1 EUR in `currency`."""
    direct = lookup(PIVOT, currency)
    if direct is not None:
        return direct
    inverse = lookup(currency, PIVOT)
    if inverse is None:
        return None
    with localcontext() as context:
        context.prec = 60
        return Decimal(1) / inverse[0], inverse[1]


def _divide(numerator: Decimal, denominator: Decimal) -> Decimal:
    with localcontext() as context:
        context.prec = 60
        return (numerator / denominator).quantize(Decimal(1).scaleb(-RATE_DECIMALS), rounding=ROUND_HALF_UP)
