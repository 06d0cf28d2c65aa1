"""Plain deliveries as blocks of columns: what is sound throughout needs no look at each row. Pure.

A sound row has only printable ASCII without quotes, a code where a code belongs, digits with a point and times with an
offset. One pattern over all the bytes proves that; whatever does not fit it is read row by row (`rules.batches`), which
says what is wrong with which row. So both ways take the same rows, and only the careful one ever refuses.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from catalog.rules import fields
from catalog.rules.fields import Wrong
from feeds.rules.batches import Batch, Layout, fields_of
from feeds.rules.blocks import ColumnRows, Columns
from feeds.rules.cells import is_numeric, is_time
from feeds.rules.mappings import Reading, Readings

_BOM = b"\xef\xbb\xbf"
_SIGN = rb"!#-+\-./0-9:<>?A-Z\[\]^_`a-z~"
_CODE = rb"[%b](?:[ %b]{0,62}[%b])?" % (_SIGN, _SIGN, _SIGN)
_WORD = rb"[%b]{1,64}+" % _SIGN
_NUMBER = rb"(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,6})?"
_TIME = rb"[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,6})?)?(?:Z|[+-][01][0-9]:[0-5][0-9])"
_UNREAD = rb"[ %b]{0,200}" % _SIGN
_ROWS = re.compile(rb'"(?:lines|rows)"\s*:\s*\[\s*')
#: A head of JSON longer than this is left to the careful way.
_HEAD = 64 * 1024
_SLICE = 4_000_000


def plain_batch(body: bytes, layout: Layout, readings: Readings, by: Sequence[str]) -> Batch | None:
    """The batch of a delivery that is sound throughout; None: it has to be read row by row, or it is not sound.

    by: the fields that part a delivery into documents (site and time of a snapshot).
    """
    body = body.removeprefix(_BOM)
    try:
        found = (
            _of_json(body, layout, readings, by)
            if body[:1] in (b"{", b"[")
            else _of_csv(body, layout, readings, by)
        )
    except (ValueError, RecursionError, KeyError):
        return None
    return found


def _of_csv(body: bytes, layout: Layout, readings: Readings, by: Sequence[str]) -> Batch | None:
    if b"\r" in body[:4096]:
        body = body.replace(b"\r\n", b"\n")
    end = body.index(b"\n")
    head, lines = body[:end], body[end + 1 :]
    del body
    cells = head.decode("utf-8").split(",")
    reading = readings.of(cells) or readings.default
    names = fields_of(cells, layout, reading)
    used = tuple(name if name in layout.fields else "" for name in names)
    taken = [name for name in used if name]
    if not _is_plain(reading) or len(set(taken)) < len(taken) or not set(layout.required) <= set(taken):
        return None
    if not lines.endswith(b"\n"):
        lines += b"\n"
    columns = _proven(lines, used, {}, by)
    if columns is None:
        return None
    ignored = tuple(layout.name_of(cell) for cell, name in zip(cells, used, strict=True) if cell and not name)
    return _batch(columns, "csv", ignored, {}, {"separator": ",", **_told(reading)})


def _is_plain(reading: Reading) -> bool:
    """Whether a remembered reading changes nothing for plain rows."""
    return (
        not reading.constants
        and reading.decimal_mark in ("", ".")
        and reading.delimiter in ("", ",")
        and reading.encoding in ("", "utf-8")
    )


def _told(reading: Reading) -> dict[str, Any]:
    return {"mapping": f"{reading.signature[:12] or 'feed'} v{reading.version}"} if reading.version else {}


def _batch(
    columns: Columns,
    form: str,
    ignored: tuple[str, ...],
    document: Mapping[str, Any],
    told: Mapping[str, Any],
) -> Batch:
    numbers = range(1, columns.count + 1)
    return Batch(ColumnRows(columns), numbers, "utf-8", form, ignored, document, told, columns=columns)


def _pattern(name: str, literal: bytes | None = None) -> bytes:
    if literal is not None:
        return re.escape(literal)
    if name == "lot":
        return rb"(?:%b)?" % _CODE
    return _UNREAD if not name else _NUMBER if is_numeric(name) else _TIME if is_time(name) else _CODE


def _proven(
    lines: bytes, names: tuple[str, ...], shared: Mapping[str, str], by: Sequence[str]
) -> Columns | None:
    """The columns when every line is sound; those of `by` that are the same throughout become shared."""
    first = lines[: lines.index(b"\n")].split(b",")
    if len(first) != len(names):
        return None
    same = {name: value for name, value in zip(names, first, strict=True) if name in by}
    row = b",".join(_pattern(name, same.get(name)) for name in names)
    if _repeats(row + b"\n", lines):
        return _stripped(lines, names, same, shared, by)
    if same and _repeats(b",".join(map(_pattern, names)) + b"\n", lines):
        return Columns(names, lines, lines.count(b"\n"), shared)
    return None


def _repeats(row: bytes, lines: bytes) -> bool:
    """Whether every line fits; codes without a blank are tried first, that is three times as fast. Some megabytes at a
    time: the engine remembers where each repetition began."""
    quick = row.replace(_CODE, _WORD)
    return any(_fits(re.compile(rb"(?:%b)*+" % one), lines) for one in dict.fromkeys((quick, row)))


def _fits(rows: "re.Pattern[bytes]", lines: bytes) -> bool:
    at = 0
    while at < len(lines):
        end = lines.index(b"\n", min(at + _SLICE, len(lines) - 1)) + 1
        if rows.fullmatch(lines, at, end) is None:
            return False
        at = end
    return True


def _checked_time(value: Any) -> None:
    try:
        fields.instant(value)
    except Wrong as wrong:
        raise ValueError(wrong.detail) from wrong


def _stripped(
    lines: bytes,
    names: tuple[str, ...],
    same: Mapping[str, bytes],
    shared: Mapping[str, str],
    by: Sequence[str],
) -> Columns:
    """Without the columns that are the same in every row, where they stand first or last."""
    count, kept = lines.count(b"\n"), list(names)
    while len(kept) > 1 and kept[0] in same:
        cell = same[kept.pop(0)] + b","
        lines = lines[len(cell) :].replace(b"\n" + cell, b"\n")
    while len(kept) > 1 and kept[-1] in same:
        lines = lines.replace(b"," + same[kept.pop()] + b"\n", b"\n")
    known = dict(shared) | {name: value.decode("ascii") for name, value in same.items()}
    for name in by:
        if is_time(name):
            _checked_time(known[name])
    return Columns(tuple("" if name in same else name for name in kept), lines, count, known)


def _of_json(body: bytes, layout: Layout, readings: Readings, by: Sequence[str]) -> Batch | None:
    document, start = _opened(body)
    first = json.loads(body[start : body.index(b"}", start) + 1], parse_float=float)
    keys = list(first)
    reading = readings.of(sorted(keys)) or readings.default
    if reading.columns or not _is_plain(reading) or not keys or not set(keys) <= set(layout.fields):
        return None
    shared = {name: document[name] for name in by if name in document}
    if not set(layout.required) <= {*keys, *shared} or not all(_is_word(value) for value in shared.values()):
        return None
    shared = {name: value for name, value in shared.items() if name not in keys}
    members = rb"\s*,\s*".join(_member(name, value) for name, value in first.items())
    row = rb"\{\s*%b\s*\}\s*" % members
    plain = re.sub(rb"\((?!\?)", b"(?:", row)
    whole = re.compile(rb"%b(?:,\s*%b)*+\]" % (plain, plain)).match(body, start)
    if whole is None:
        return None
    document |= _closed(body[whole.end() :], document, is_list=body[:1] == b"[")
    lines = _rewritten(re.compile(row), body, start, whole.end())
    columns = _proven(lines, tuple(keys), shared, by)
    return None if columns is None else _batch(columns, "json", (), document, _told(reading))


def _is_word(value: Any) -> bool:
    return isinstance(value, str) and value == value.strip()


def _member(name: str, value: Any) -> bytes:
    """A member as the first row has it: a number with quotes or without, anything else with them."""
    mark = b"" if is_numeric(name) and not isinstance(value, str) else b'"'
    return rb'"%b"\s*:\s*%b(%b)%b' % (re.escape(name.encode()), mark, _pattern(name), mark)


def _opened(body: bytes) -> tuple[dict[str, Any], int]:
    """The members before the rows, and where the first row begins. Raises ValueError: it is not plain."""
    if body[:1] == b"[":
        return {}, 1 + len(body[1:100]) - len(body[1:100].lstrip())
    found = _ROWS.search(body, 0, _HEAD)
    if found is None:
        raise ValueError("no rows near the beginning")
    head = body[: found.start()].rstrip().removesuffix(b",")
    document: dict[str, Any] = json.loads(head + b"}", parse_float=str)
    return document, found.end()


def _closed(rest: bytes, before: Mapping[str, Any], *, is_list: bool) -> dict[str, Any]:
    """The members behind the rows. Raises ValueError: it is not plain, or names something twice."""
    rest = rest.strip()
    if is_list:
        if rest:
            raise ValueError("something follows the list")
        return {}
    after: dict[str, Any] = json.loads(b"{" + rest.removeprefix(b","), parse_float=str)
    if set(after) & {*before, "lines", "rows"}:
        raise ValueError("a member stands twice")
    return after


def _rewritten(row: "re.Pattern[bytes]", body: bytes, start: int, end: int) -> bytes:
    """The rows as CSV, some megabytes at a time."""
    made, at = [], start
    while at < end:
        stop = min(end, at + _SLICE)
        if stop < end:
            stop = body.rindex(b"}", at, stop) + 1
        found = row.findall(body, at, stop)
        made.append(b"\n".join(found if row.groups == 1 else map(b",".join, found)))
        at = stop if found else end
    return b"\n".join(part for part in made if part) + b"\n"
