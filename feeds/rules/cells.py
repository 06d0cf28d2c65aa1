"""A line of cells as a row of a feed: numbers and times in plain notation, and what is wrong with a cell. Pure.

A row that cannot be taken keeps what it said and has its fault under "": [pointer, code, detail].
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from feeds.rules.mappings import Reading
from lib.faults import Fault
from lib.sheets.bounds import MAX_CELL
from lib.sheets.numbers import number_of, undeclared_number
from lib.sheets.times import is_iso, time_of

#: The name under which a row keeps why it cannot be taken.
FAULT = ""
_NUMERIC = re.compile(
    r"(?:.*_)?(?:quantity|amount|price|cost|rate|fraction|content|factor|gross|commission|fees|refunds|tax|balance)"
)
_TIME = re.compile(r".*_(?:at|on|from|until)|on|date")
#: Fields of free text: signs that are wrong in a code are right in a sentence.
_FREE = re.compile(r"(?:.*_)?(?:name|description|reason|category|title|note|supplier|text)")
_OVERRIDES = re.compile("[\u202a-\u202e\u2066-\u2069]")
_MOJIBAKE = re.compile(
    "\ufffd|[\u00c2\u00c3][\u0080-\u00bf\u20ac-\u2122\u0152-\u017e]"
    "|[\u00e0-\u00ef][\u0080-\u00bf\u0152-\u017e\u2013-\u2122][\u0080-\u00bf\u0152-\u017e\u2013-\u2122]"
)
TOTALS = {"total", "totals", "sum", "subtotal", "grand total", "合计", "总计", "小计", "共计"}
_DETAILS = {
    "decimal_mark_needed": "{name} {value!r} can be read in two ways: say which decimal sign the feed uses.",
    "date_order_needed": "{name} {value!r}: say in which order the feed writes day and month.",
    "full_width": "{name} {value!r} has letters or digits of full width.",
    "not_a_number": "{name} {value!r} is no number.",
    "two_digit_year": "{name} {value!r} has a year of two digits.",
    "not_a_date": "{name} {value!r} is no date.",
    "not_a_time": "{name} {value!r} is no time.",
    "no_such_time": "{name} {value!r} does not exist on the clock of the place.",
    "time_twice": "{name} {value!r} exists twice on the clock of the place: say the offset.",
    "formula": "{name} is a formula: paste its value.",
    "error_cell": "{name} is an error of the workbook: {value!r}.",
    "date_in_text": "{name} was made a date by the workbook: {value!r}.",
    "invisible_character": "{name} {value!r} holds an invisible character.",
    "bidi_control": "{name} {value!r} holds a sign that turns the direction of text around.",
}
_CODES = {"undeclared": "decimal_mark_needed", "order_undeclared": "date_order_needed"}


def is_numeric(name: str) -> bool:
    """Whether a field of this name holds a number."""
    return _NUMERIC.fullmatch(name) is not None


def is_time(name: str) -> bool:
    """Whether a field of this name holds a date or a time."""
    return _TIME.fullmatch(name) is not None


@dataclass(frozen=True)
class Plan:
    """fields: the field of each column, "" for one that is not read. width: columns of the header.

    is_doubtful: as `lib.sheets.numbers.undeclared_number` says.
    """

    fields: tuple[str, ...]
    required: frozenset[str]
    reading: Reading
    is_doubtful: bool = False


@dataclass
class Warned:
    """What was taken and looks wrong: code → how many rows, and the first of them."""

    counts: dict[str, int] = field(default_factory=dict)
    first: dict[str, list[int]] = field(default_factory=dict)

    def note(self, code: str, number: int) -> None:
        self.counts[code] = self.counts.get(code, 0) + 1
        self.first.setdefault(code, [])
        if len(self.first[code]) < 10:
            self.first[code].append(number)

    def as_json(self) -> dict[str, Any]:
        return {code: {"rows": count, "first": self.first[code]} for code, count in self.counts.items()}


class Rows:
    """Lines to rows under one plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.warned = Warned()
        self.read = [(at, name) for at, name in enumerate(plan.fields) if name]
        self.numbers = [name for _at, name in self.read if is_numeric(name)]
        self.times = [name for _at, name in self.read if is_time(name)]
        self.texts = [name for _at, name in self.read if not is_numeric(name) and not is_time(name)]
        self.width = len(plan.fields)

    def row(self, number: int, cells: Sequence[str], marks: str = "") -> dict[str, Any]:
        """The row of a line; number: its place among the rows."""
        row: dict[str, Any] = dict(self.plan.reading.constants)
        for at, name in self.read:
            if at < len(cells) and cells[at]:
                row[name] = cells[at]
        joined = "".join(cells)
        fault = self._shape_fault(cells, joined, row) or (self._marked(cells, marks) if marks else None)
        if fault is None:
            fault = self._number_fault(row, self._typed(marks)) or self._time_fault(row)
        if fault is None and not joined.isascii():
            fault = self._text_fault(number, row)
        if fault is not None:  # it is kept as it came
            row |= {name: cells[at] for at, name in self.read if at < len(cells) and cells[at]}
            row[FAULT] = [fault.pointer, fault.code, fault.detail]
        return row

    def _shape_fault(self, cells: Sequence[str], joined: str, row: Mapping[str, Any]) -> Fault | None:
        if len(cells) > self.width and any(cells[self.width :]):
            return Fault("", "extra_cells", "There are more cells than columns.")
        if len(joined) > MAX_CELL and any(len(cell) > MAX_CELL for cell in cells):
            return Fault("", "cell_too_long", f"A cell has more than {MAX_CELL:,} characters.")
        first = next((cell for cell in cells if cell), "")
        if first.lower() in TOTALS and any(name not in row for name in self.plan.required):
            return Fault("", "total_row", "This looks like a row of totals.")
        return None

    def _marked(self, cells: Sequence[str], marks: str) -> Fault | None:
        for at, name in self.read:
            mark = marks[at : at + 1]
            if mark == "f":
                return _fault("formula", name, cells[at])
            if mark == "e":
                return _fault("error_cell", name, cells[at])
            if mark == "d" and not is_time(name):
                return _fault("date_in_text", name, cells[at])
        return None

    def _typed(self, marks: str) -> set[str]:
        """The fields a workbook gives as numbers: no decimal sign is in question."""
        return {name for at, name in self.read if marks[at : at + 1] == "n"} if marks else set()

    def _number_fault(self, row: dict[str, Any], typed: set[str]) -> Fault | None:
        mark = self.plan.reading.decimal_mark
        for name in self.numbers:
            value = row.get(name)
            if value is None or name in typed:
                continue
            if mark:
                plain, code = number_of(value, mark)
            else:
                plain, code = undeclared_number(value, is_doubtful=self.plan.is_doubtful)
            if code:
                return _fault(_CODES.get(code, code), name, value)
            row[name] = plain
        return None

    def _time_fault(self, row: dict[str, Any]) -> Fault | None:
        reading = self.plan.reading
        for name in self.times:
            value = row.get(name)
            if value is None or is_iso(value):
                continue
            iso, code = time_of(value, reading.date_order, reading.time_zone)
            if code:
                return _fault(_CODES.get(code, code), name, value)
            row[name] = iso
        return None

    def _text_fault(self, number: int, row: dict[str, Any]) -> Fault | None:
        for name in self.texts:
            value = row.get(name, "")
            if value.isascii():
                continue
            if code := text_code(name, value):
                return _fault(code, name, value)
            if _MOJIBAKE.search(value):
                self.warned.note("mojibake", number)
        return None


def text_code(name: str, value: str) -> str:
    """What is wrong with the signs of a text, "" when nothing is."""
    if _OVERRIDES.search(value):
        return "bidi_control"
    if _FREE.fullmatch(name):
        return ""
    if any(unicodedata.category(letter) == "Cf" for letter in value):
        return "invisible_character"
    return "full_width" if any(unicodedata.east_asian_width(letter) == "F" for letter in value) else ""


def _fault(code: str, name: str, value: str) -> Fault:
    detail = _DETAILS[code].format(name=name, value=value[:60])
    return Fault(f"/{name}", code, detail)


#: Rows with these were refused before numbers and times were read: they stand as they came.
READING_CODES = frozenset(
    {*_DETAILS, "extra_cells", "cell_too_long", "total_row", "unnamed_field", "too_many_fields"}
)


def read_again(
    row: Mapping[str, Any], fields: Sequence[str], reading: Reading, number: int
) -> dict[str, Any]:
    """A row of texts by field, under what is declared now; what is no text (of JSON) stays."""
    texts = {name: value for name, value in row.items() if isinstance(value, str)}
    declared = replace(reading, columns={}, constants={})
    again = Rows(Plan(tuple(fields), frozenset(), declared)).row(
        number, [texts.get(name, "").strip() for name in fields]
    )
    kept = {name: value for name, value in row.items() if name not in fields or name not in texts}
    return {**kept, **again}


def fault_of(row: Any) -> Fault | None:
    """Why a row cannot be taken, as reading found it; None for a sound one."""
    if not isinstance(row, dict) or FAULT not in row:
        return None
    pointer, code, detail = row[FAULT]
    return Fault(pointer, code, detail)
