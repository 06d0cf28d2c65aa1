"""What one incoming value must look like; each function returns the clean value or raises Wrong."""

import re
from collections.abc import Callable, Collection
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

from catalog.rules.barcodes import barcode_fault
from catalog.rules.iso import COUNTRIES, CURRENCIES

_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_HOUR = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")


class Wrong(Exception):
    """A value that cannot be taken: a stable code and a sentence."""

    def __init__(self, code: str, detail: str) -> None:
        self.code = code
        self.detail = detail
        super().__init__(detail)


Check = Callable[[Any], Any]


def text(max_length: int, *, empty: bool = False) -> Check:
    """Text of at most `max_length` characters without control characters; outer blanks are cut off."""

    def check(value: Any) -> str:
        if not isinstance(value, str):
            raise Wrong("not_text", "must be text")
        if _CONTROL.search(value):
            raise Wrong("control_character", "must not hold control characters")
        clean = value.strip()
        if not clean and not empty:
            raise Wrong("blank", "must not be empty")
        if len(clean) > max_length:
            raise Wrong("too_long", f"has more than {max_length} characters")
        return clean

    return check


def choice(allowed: Collection[str], code: str) -> Check:
    """One of `allowed`, else `code`."""
    shown = ", ".join(sorted(allowed)) if len(allowed) < 20 else ""

    def check(value: Any) -> str:
        if not isinstance(value, str) or value not in allowed:
            hint = f"; known are {shown}" if shown else ""
            raise Wrong(code, f"{str(value)[:40]!r} is not known{hint}")
        return value

    return check


currency = choice(CURRENCIES, "unknown_currency")
country = choice(COUNTRIES, "unknown_country")


def decimal(integer_digits: int, fraction_digits: int) -> Check:
    """A finite decimal with at most so many digits on either side; more is refused, not rounded."""

    def check(value: Any) -> Decimal:
        if isinstance(value, bool) or not isinstance(value, (str, int, float, Decimal)):
            raise Wrong("not_a_number", "must be a decimal number, as text")
        text_of = str(value).strip()
        if not text_of.isascii() or "_" in text_of:  # Decimal takes digits of every script, and underscores
            raise Wrong("not_a_number", "must be a decimal number, as text")
        try:
            number = Decimal(text_of)
        except InvalidOperation as error:
            raise Wrong("not_a_number", "must be a decimal number, as text") from error
        if not number.is_finite():
            raise Wrong("not_a_number", "must be a finite number")
        exponent = number.normalize().as_tuple().exponent
        if isinstance(exponent, int) and -exponent > fraction_digits:
            raise Wrong("too_precise", f"has more than {fraction_digits} decimals")
        if number and number.adjusted() >= integer_digits:
            raise Wrong("too_large", f"has more than {integer_digits} integer digits")
        return number

    return check


def above_zero(inner: Check) -> Check:
    def check(value: Any) -> Decimal:
        number: Decimal = inner(value)
        if number <= 0:
            raise Wrong("not_above_zero", "must be above zero")
        return number

    return check


def fraction(value: Any) -> Decimal:
    """0 ≤ value < 1 with up to five decimals."""
    number: Decimal = decimal(14, 5)(value)
    if not 0 <= number < 1:
        raise Wrong("not_a_fraction", "must lie from 0 to below 1")
    return number


def day(value: Any) -> date:
    """A date; of an instant with offset, its date in UTC."""
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            raise Wrong("not_a_date", "must be a date such as 2026-03-01") from error
    try:
        return instant(value).date()
    except Wrong as wrong:
        raise (
            wrong if wrong.code == "no_offset" else Wrong("not_a_date", "must be a date such as 2026-03-01")
        ) from wrong


def instant(value: Any) -> datetime:
    """An instant with offset, in UTC; a bare date is its midnight in UTC."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    try:
        found = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        if found.tzinfo is None and isinstance(value, str) and _DATE.fullmatch(value):
            found = found.replace(tzinfo=UTC)
        if found.tzinfo is None:
            raise Wrong("no_offset", "must have an offset, such as 2026-03-01T00:00:00Z")
        return found.astimezone(UTC)
    except (TypeError, ValueError, OverflowError) as error:
        raise Wrong("not_a_time", "must be a time such as 2026-03-01T00:00:00Z") from error


def barcode(value: Any) -> str:
    """A GTIN, or nothing ("" or null)."""
    if value is None or value == "":
        return ""
    digits = text(14)(value)
    fault = barcode_fault(digits)
    if fault:
        raise Wrong("invalid_barcode", fault)
    return str(digits)


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones()) - {"localtime", "Factory"}


def timezone(value: Any) -> str:
    """An IANA zone name."""
    if not isinstance(value, str) or value not in _zones():
        raise Wrong("unknown_timezone", f"{str(value)[:40]!r} is not an IANA time zone")
    return value


def category_path(value: Any) -> str:
    """ "A / B / C" with single blanks around the strokes, each name 1 to 100 characters; "" for none."""
    path = text(300, empty=True)("" if value is None else value)
    names = [name.strip() for name in path.split("/")] if path else []
    if any(not name for name in names):
        raise Wrong("invalid_category", "a category path has a name between its strokes, such as A / B / C")
    if any(len(name) > 100 for name in names):
        raise Wrong("invalid_category", "a name in a category path has at most 100 characters")
    return " / ".join(names)


def opening_hours(value: Any) -> dict[str, list[list[str]]]:
    """ISO weekday "1".."7" → [[from, until], …] in local wall time."""
    if not isinstance(value, dict) or not all(key in set("1234567") for key in value):
        raise Wrong("invalid_opening_hours", 'must map weekdays "1" to "7" to spans of hours')
    for spans in value.values():
        if not isinstance(spans, list) or not all(_is_span(span) for span in spans):
            raise Wrong("invalid_opening_hours", 'a span of hours is ["09:00", "18:00"]')
    return value


def _is_span(span: Any) -> bool:
    return (
        isinstance(span, list)
        and len(span) == 2
        and all(isinstance(hour, str) and _HOUR.fullmatch(hour) for hour in span)
        and span[0] < span[1]
    )
