"""How the files of a feed are read: which column is which field, by header, and what was declared of numbers and times.

Pure. A mapping is remembered for one header (its signature); the one with signature "" counts for every other header.
"""

import hashlib
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import available_timezones

from lib.faults import Fault
from lib.sheets.decoding import ENCODINGS
from lib.sheets.numbers import MARKS
from lib.sheets.tables import DELIMITERS
from lib.sheets.times import ORDERS

MAX_CONSTANT = 200
MAX_COLUMNS = 200


@dataclass(frozen=True)
class Reading:
    """version 0: nothing is remembered. columns: header in plain words → field, "" for one that is left out.

    constants: field → the value of every row. decimal_mark, date_order, time_zone, delimiter, encoding: "" undeclared.
    """

    signature: str = ""
    version: int = 0
    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    decimal_mark: str = ""
    date_order: str = ""
    time_zone: str = ""
    delimiter: str = ""
    encoding: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "columns": dict(self.columns),
            "constants": dict(self.constants),
            "decimal_mark": self.decimal_mark,
            "date_order": self.date_order,
            "time_zone": self.time_zone,
            "delimiter": self.delimiter,
            "encoding": self.encoding,
        }


NOTHING = Reading()


@dataclass(frozen=True)
class Readings:
    """What is remembered for one feed, by signature."""

    by_signature: Mapping[str, Reading] = field(default_factory=dict)

    @property
    def default(self) -> Reading:
        return self.by_signature.get("", NOTHING)

    def of(self, cells: Sequence[str]) -> Reading | None:
        """What is remembered for a header of these cells, None when nothing is."""
        signature = signature_of(cells)
        return self.by_signature.get(signature) if signature else None

    def forms(self) -> list[tuple[str, str]]:
        """(encoding, separator) that mappings declare, the default's first."""
        declared = [self.default, *self.by_signature.values()]
        return list(dict.fromkeys((r.encoding, r.delimiter) for r in declared if r.encoding or r.delimiter))


def words_of(header: str) -> str:
    """A header in plain words: "Unit_Price " → "unit price"."""
    words = unicodedata.normalize("NFKC", header).strip().lower().replace("_", " ").replace("-", " ")
    return " ".join(words.split())


def signature_of(cells: Sequence[str]) -> str:
    """What a header is remembered by; "" for a row without a word."""
    words = [words_of(cell) for cell in cells]
    while words and not words[-1]:
        words.pop()
    return hashlib.sha256("\x1f".join(words).encode("utf-8", "replace")).hexdigest() if any(words) else ""


def reading_from(data: Any, fields: Collection[str], headers: Sequence[str]) -> tuple[Reading, list[Fault]]:
    """A mapping as somebody assigned it, and every fault of it.

    fields: those of the kind. headers: of the file, or empty for the feed's default. Codes: not_an_object,
    unknown_field, unknown_column, assigned_twice, too_long, unknown_decimal_mark, unknown_date_order, unknown_time_zone,
    unknown_separator, unknown_encoding.
    """
    if not isinstance(data, Mapping):
        return NOTHING, [Fault("", "not_an_object", "A mapping is an object.")]
    faults: list[Fault] = []
    columns = _named(data.get("columns") or {}, "columns", faults)
    constants = _named(data.get("constants") or {}, "constants", faults)
    columns = {words_of(header): name for header, name in columns.items()}
    known = {words_of(header) for header in headers}
    for header, name in columns.items():
        if name and name not in fields:
            faults.append(
                Fault(f"/columns/{header[:60]}", "unknown_field", f"There is no field {name[:60]!r}.")
            )
        if header not in known:
            faults.append(Fault(f"/columns/{header[:60]}", "unknown_column", "The file has no such column."))
    assigned = [name for name in columns.values() if name]
    for name in sorted({name for name in [*assigned, *constants] if [*assigned, *constants].count(name) > 1}):
        faults.append(Fault(f"/columns/{name}", "assigned_twice", f"{name} is assigned more than once."))
    for name in constants:
        if name not in fields:
            faults.append(
                Fault(f"/constants/{name[:60]}", "unknown_field", f"There is no field {name[:60]!r}.")
            )
    return Reading(
        signature_of(headers) if headers else "",
        0,
        columns,
        constants,
        _one(data, "decimal_mark", MARKS, faults),
        _one(data, "date_order", ORDERS, faults),
        _one(data, "time_zone", available_timezones(), faults),
        _one(data, "delimiter", DELIMITERS, faults, "unknown_separator"),
        _one(data, "encoding", ENCODINGS, faults),
    ), faults


def _named(given: Any, place: str, faults: list[Fault]) -> dict[str, str]:
    """Name → text, without what is empty among constants."""
    if not isinstance(given, Mapping) or len(given) > MAX_COLUMNS:
        faults.append(Fault(f"/{place}", "not_an_object", f"{place} maps names to texts."))
        return {}
    found = {}
    for name, value in given.items():
        if not isinstance(name, str) or not isinstance(value, str):
            faults.append(Fault(f"/{place}", "not_text", f"{place} maps names to texts."))
        elif len(value) > MAX_CONSTANT:
            faults.append(Fault(f"/{place}/{name[:60]}", "too_long", f"At most {MAX_CONSTANT} characters."))
        elif place == "columns" or value.strip():
            found[name] = value.strip()
    return found


def _one(
    data: Mapping[str, Any], name: str, allowed: Collection[str], faults: list[Fault], code: str = ""
) -> str:
    given = data.get(name) or ""
    if given and (not isinstance(given, str) or given not in allowed):
        faults.append(Fault(f"/{name}", code or f"unknown_{name}", f"{str(given)[:40]!r} is not known."))
        return ""
    return str(given)
