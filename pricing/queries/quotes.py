"""Quotes: the price that applies, explained. The only resolver."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from lib.actors import Actor


@dataclass(frozen=True)
class QuoteLine:
    """One question: codes, not ids. currency "" = the site's, channel "" = the site's."""

    sku: str
    site: str
    channel: str = ""
    quantity: Decimal = Decimal(1)
    currency: str = ""


@dataclass(frozen=True)
class QuoteStep:
    """One step of the way: rule in list_price, derived, float, ending, exchange, rounding, passed_over.

    amount_from is None at the first step. source names the list, change or rate. `passed_over` is a promotion above the
    price otherwise found: it changes nothing.
    """

    rule: str
    amount_from: Decimal | None
    amount_to: Decimal
    source: str
    price_change_id: int | None = None
    price_list: str = ""


@dataclass(frozen=True)
class Quote:
    """The answer to one line; with error_code set the figures are None."""

    sku: str
    site: str
    currency: str = ""
    amount: Decimal | None = None
    net_amount: Decimal | None = None
    tax_amount: Decimal | None = None
    tax_fraction: Decimal | None = None
    unit_price: Decimal | None = None
    unit_price_unit: str = ""
    price_list: str = ""
    price_change_id: int | None = None
    reference_amount: Decimal | None = None
    steps: tuple[QuoteStep, ...] = ()
    error_code: str = ""
    error_detail: str = ""


def quote_lines(
    lines: Sequence[QuoteLine],
    *,
    actor: Actor,
    at: datetime | None = None,
    known_at: datetime | None = None,
) -> list[Quote]:
    """Quotes in the order of the lines, a fixed number of queries whatever their number (up to 10,000)."""
    raise NotImplementedError
