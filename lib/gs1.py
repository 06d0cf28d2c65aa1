"""Reading what a scanner sends: GTINs, GS1 element strings, and numbers of restricted circulation. Pure.

Source: GS1 General Specifications: check digits 7.9, element strings 7.8 and chapter 3, price verifiers 7.9.5 (weights
2-, 3, 5+, 5-), dates without a day and the century of a year 7.12.
"""

import calendar
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from lib.barcodes import check_digit

GROUP_SEPARATOR = "\x1d"
MAX_LENGTH = 120
#: What scanners put before the data to tell the symbology, where it carries element strings.
SYMBOLOGIES = ("]C1", "]e0", "]d2", "]Q3", "]J1")
GTIN_LENGTHS = (8, 12, 13, 14)

_FIXED = {"00": 18, "01": 14, "02": 14, "11": 6, "12": 6, "13": 6, "15": 6, "16": 6, "17": 6, "20": 2}
_OPEN = {"10": 20, "21": 20, "22": 20, "30": 8, "37": 8, "240": 30, "241": 30, "400": 30}
_DATES = ("11", "12", "13", "15", "16", "17")
_DIGITS = {*_FIXED, "30", "37"}
_TEXT = re.compile(r"[!-\"%-?A-Z_a-z]+")


class BadCode(ValueError):
    """`code` says what is wrong (`not_a_code`, `wrong_check_digit`, `unknown_identifier`, `wrong_length`, `not_a_date` …)."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


def is_gtin(text: str) -> bool:
    """Whether `text` is a GTIN-8, -12, -13 or -14 with its check digit."""
    is_number = text.isascii() and text.isdigit() and len(text) in GTIN_LENGTHS
    return is_number and check_digit(text[:-1]) == int(text[-1])


# -- element strings -------------------------------------------------------------------------------------------------


def is_element_string(text: str) -> bool:
    """Whether `text` carries application identifiers: said by the scanner, by brackets, or too long for a plain number."""
    return text.startswith((*SYMBOLOGIES, "(")) or GROUP_SEPARATOR in text or len(text) > max(GTIN_LENGTHS)


def elements(text: str) -> dict[str, str]:
    """Application identifier → its data, in order: of the bracketed form or as scanned, FNC1 as the group separator.

    Raises BadCode: an identifier that is not known here, data of a wrong length or form, a wrong check digit, an
    identifier said twice with different data.
    """
    for mark in SYMBOLOGIES:
        text = text.removeprefix(mark)
    pairs = _bracketed(text) if text.startswith("(") else _scanned(text.strip(GROUP_SEPARATOR))
    found: dict[str, str] = {}
    for identifier, data in pairs:
        _check(identifier, data)
        if found.setdefault(identifier, data) != data:
            raise BadCode("said_twice", f"({identifier}) is there twice with different data.")
    return found


def compact(text: str) -> str:
    """The element string without brackets, a group separator after each open-ended element that is not the last."""
    pieces = list(elements(text).items())
    last = len(pieces) - 1
    return "".join(
        identifier + data + (GROUP_SEPARATOR if place < last and _length(identifier)[1] else "")
        for place, (identifier, data) in enumerate(pieces)
    )


def _bracketed(text: str) -> Iterable[tuple[str, str]]:
    parts = re.split(r"\((\d{2,4})\)", text)
    if parts[0] or len(parts) < 3:
        raise BadCode("not_a_code", "Brackets hold the two to four digits of an application identifier.")
    return zip(parts[1::2], parts[2::2], strict=True)


def _scanned(text: str) -> Iterable[tuple[str, str]]:
    while text:
        identifier = _identifier(text)
        length, is_open = _length(identifier)
        rest = text[len(identifier) :]
        data = rest.split(GROUP_SEPARATOR, 1)[0][:length] if is_open else rest[:length]
        yield identifier, data
        rest = rest[len(data) :]
        if is_open and rest and not rest.startswith(GROUP_SEPARATOR):
            raise BadCode("wrong_length", f"({identifier}) has more than {length} characters.")
        text = rest.removeprefix(GROUP_SEPARATOR)


def _identifier(text: str) -> str:
    for size in (2, 3, 4):
        if _is_known(text[:size]):
            return text[:size]
    raise BadCode("unknown_identifier", f"No application identifier begins {text[:4]!r}.")


def _is_known(identifier: str) -> bool:
    if identifier in _FIXED or identifier in _OPEN:
        return True
    return re.fullmatch(r"31[0-6][0-5]|39[0-3]\d", identifier) is not None


def _length(identifier: str) -> tuple[int, bool]:
    """The data's (greatest) length, and whether it ends by a separator."""
    if identifier in _FIXED:
        return _FIXED[identifier], False
    if identifier in _OPEN:
        return _OPEN[identifier], True
    if identifier.startswith("31"):
        return 6, False
    return (18 if identifier[:3] in ("391", "393") else 15), True


def _check(identifier: str, data: str) -> None:
    if not _is_known(identifier):
        raise BadCode("unknown_identifier", f"({identifier}) is not an application identifier known here.")
    length, is_open = _length(identifier)
    if not data or len(data) > length or (not is_open and len(data) != length):
        raise BadCode("wrong_length", f"({identifier}) has {'up to ' if is_open else ''}{length} characters.")
    is_number = data.isascii() and data.isdigit()
    if (identifier in _DIGITS or identifier[:2] in ("31", "39")) and not is_number:
        raise BadCode("not_a_number", f"({identifier}) has digits only.")
    if not is_number and not _TEXT.fullmatch(data):
        raise BadCode("not_a_code", f"({identifier}) holds a character that no code has.")
    if identifier in ("00", "01", "02") and check_digit(data[:-1]) != int(data[-1]):
        raise BadCode("wrong_check_digit", f"The check digit of ({identifier}) is wrong.")


def element_date(data: str, today: date) -> date:
    """YYMMDD as a date; day 00 is the month's last. The century is the one that makes the year nearest to today's.

    Raises BadCode: no such day.
    """
    year, month, day = int(data[:2]), int(data[2:4]), int(data[4:])
    gap = year - today.year % 100
    century = today.year // 100 + (-1 if gap >= 51 else 1 if gap <= -50 else 0)
    try:
        full = century * 100 + year
        return date(full, month, day or calendar.monthrange(full, month)[1])
    except (ValueError, calendar.IllegalMonthError) as error:
        raise BadCode("not_a_date", f"There is no day {data} (YYMMDD).") from error


def element_dates(found: Mapping[str, str], today: date) -> dict[str, date]:
    """The dates among `found`, by identifier. Raises BadCode."""
    return {
        identifier: element_date(found[identifier], today) for identifier in _DATES if identifier in found
    }


def measured(found: Mapping[str, str], family: str) -> Decimal | None:
    """The number of a family such as "310": its fourth digit tells the decimals. None when it is not there."""
    for identifier, data in found.items():
        if len(identifier) == 4 and identifier.startswith(family):
            return Decimal(data[3:] if family in ("391", "393") else data).scaleb(-int(identifier[3]))
    return None


# -- numbers of restricted circulation -------------------------------------------------------------------------------

_TWO_MINUS = "0246891357"
_THREE = "0369258147"
_FIVE_PLUS = "0516273849"
_FIVE_MINUS = "0594837261"


def price_verifier(digits: str) -> int:
    """The check digit over a price (or weight) of four or five digits. Raises ValueError for another length."""
    weights: tuple[str, ...]
    if len(digits) == 4:
        weights = (_TWO_MINUS, _TWO_MINUS, _THREE, _FIVE_MINUS)
        return sum(int(weight[int(digit)]) for weight, digit in zip(weights, digits, strict=True)) * 3 % 10
    if len(digits) == 5:
        weights = (_FIVE_PLUS, _TWO_MINUS, _FIVE_MINUS, _FIVE_PLUS, _TWO_MINUS)
        total = sum(int(weight[int(digit)]) for weight, digit in zip(weights, digits, strict=True))
        return _FIVE_MINUS.index(str(-total % 10))
    raise ValueError(f"a price verifier is over four or five digits, not {len(digits)}")


def is_restricted(text: str) -> bool:
    """Whether `text` is a GTIN-13 (or -12 with a 0 before it) of restricted circulation: 02 or 20 to 29."""
    return len(text) in (12, 13) and is_gtin(text) and text.zfill(13)[:2] in _RESTRICTED


_RESTRICTED = ("02", *(str(number) for number in range(20, 30)))


@dataclass(frozen=True, slots=True)
class Mask:
    """How a country or house builds such numbers, thirteen characters: digits stand for themselves, I the item, V the
    verifier over the measure, M the measure, C the check digit. decimals: of the measure."""

    pattern: str
    decimals: int

    def fits(self, digits: str) -> bool:
        return all(mark == digit or mark in "IVMC" for mark, digit in zip(self.pattern, digits, strict=True))


@dataclass(frozen=True, slots=True)
class Embedded:
    """What such a number says: the item's digits, the number as the catalogue has it (measure and verifier zero), the
    measure, which None says that the mask has none."""

    item: str
    plain: str
    measure: Decimal | None


def mask_fault(pattern: str, decimals: int) -> str:
    """Why `pattern` is not a mask, or ""."""
    if not re.fullmatch(r"(02|2\d)[0-9IVM]{10}C", pattern):
        return "a mask has 13 characters: 02 or 20 to 29, then digits, I, V, M, and C at the end"
    if not re.fullmatch(r"[0-9]+I+V?M*C|[0-9]+I+M*V?C", pattern):
        return "the item comes first, then the measure with its verifier beside it"
    length = pattern.count("M")
    if "V" in pattern and length not in (4, 5):
        return "a verifier is over four or five digits"
    return "" if 0 <= decimals <= length else "there are more decimals than digits"


def embedded(text: str, mask: Mask) -> Embedded:
    """`text` by `mask`, which fits. Raises BadCode: the verifier is wrong."""
    digits = text.zfill(13)
    held = {
        mark: "".join(d for m, d in zip(mask.pattern, digits, strict=True) if m == mark) for mark in "IVM"
    }
    if held["V"] and price_verifier(held["M"]) != int(held["V"]):
        raise BadCode("wrong_check_digit", "The check digit over the price or weight is wrong.")
    zeroed = "".join("0" if m in "VM" else d for m, d in zip(mask.pattern, digits, strict=True))[:-1]
    measure = Decimal(held["M"]).scaleb(-mask.decimals) if held["M"] else None
    return Embedded(held["I"], zeroed + str(check_digit(zeroed)), measure)
