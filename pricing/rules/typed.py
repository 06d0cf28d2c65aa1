"""What a person types or pastes into a price cell. The browser reads it by the same rules (static/js/price-grid/amount.js);
tests/pricing/test_typed.py holds both to one table."""

import re
import unicodedata
from dataclasses import dataclass

CURRENCY = re.compile(
    r"^(?:[£€¥$]|GBP|EUR|CNY|USD)?(.*?)(?:[£€¥$]|GBP|EUR|CNY|USD)?$", re.IGNORECASE | re.DOTALL
)
SPACES = re.compile(r"[\s\u00a0\u202f]")
PLAIN = re.compile(r"[0-9.,']+")
LETTERED = re.compile(r"[0-9.,OoIl]+")
MAX_WHOLE_DIGITS = 14


@dataclass(frozen=True)
class Typed:
    """`amount` in plain notation with every digit of the currency, or the `code` of what is wrong.

    Codes: empty, letter (O or l among digits), not_amount, ambiguous (1,234), negative, decimals, too_large.
    """

    amount: str = ""
    code: str = ""


def read_typed(text: str, places: int) -> Typed:
    """Read `text` as an amount with up to `places` decimals.

    Currency signs, blanks and thousands marks are understood; "1,234" could be either and is refused.
    """
    plain = SPACES.sub("", unicodedata.normalize("NFKC", text)).replace("\u2212", "-")
    if not plain:
        return Typed(code="empty")
    negative = plain.startswith("-")
    stripped = CURRENCY.match(plain[1:] if negative else plain)
    body = stripped.group(1) if stripped else plain
    if not PLAIN.fullmatch(body) or not any(sign.isdigit() for sign in body):
        lettered = LETTERED.fullmatch(body) and any(sign.isdigit() for sign in body)
        return Typed(code="letter" if lettered else "not_amount")
    whole, decimals, code = _split(body.replace("'", ""))
    if code:
        return Typed(code=code)
    if negative:
        return Typed(code="negative")
    whole, decimals = whole.lstrip("0") or "0", decimals.rstrip("0")
    if len(decimals) > places:
        return Typed(code="decimals")
    if len(whole) > MAX_WHOLE_DIGITS:
        return Typed(code="too_large")
    return Typed(amount=f"{whole}.{decimals.ljust(places, '0')}" if places else whole)


def _split(body: str) -> tuple[str, str, str]:
    """(whole, decimals, code): which mark parts thousands and which decimals."""
    dots, commas = body.count("."), body.count(",")
    if dots and commas:
        mark, other = (".", ",") if body.rindex(".") > body.rindex(",") else (",", ".")
        if body.count(mark) > 1:
            return "", "", "not_amount"
        head, _mark, decimals = body.partition(mark)
        return _grouped(head, other, decimals)
    if commas == 1:
        whole, _mark, decimals = body.partition(",")
        if len(decimals) == 3 and 1 <= len(whole) <= 3 and whole != "0":
            return "", "", "ambiguous"
        return whole, decimals, ""
    if commas > 1:
        return _grouped(body, ",", "")
    if dots > 1:
        return _grouped(body, ".", "")
    whole, _mark, decimals = body.partition(".")
    return whole, decimals, ""


def _grouped(head: str, mark: str, decimals: str) -> tuple[str, str, str]:
    first, *others = head.split(mark)
    fits = 1 <= len(first) <= 3 and all(len(group) == 3 for group in others)
    return (first + "".join(others), decimals, "") if fits else ("", "", "not_amount")
