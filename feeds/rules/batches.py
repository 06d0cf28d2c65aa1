"""A delivery's bytes as a batch of rows for one kind of feed."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from feeds.rules import ecb, tables
from feeds.rules.blocks import Columns
from feeds.rules.cells import FAULT, Plan, Rows, is_numeric, text_code
from feeds.rules.mappings import NOTHING, Reading, Readings, signature_of, words_of
from feeds.rules.rows import kept
from lib.faults import Faults, refuse
from lib.sheets.bounds import MAX_COLUMNS, OF_FEEDS, Bounds
from lib.sheets.grids import Cells, Hints
from lib.sheets.tables import SAMPLE, Table
from lib.sheets.worker import Grid, grid_of

MAX_MEMBERS = 200


@dataclass(frozen=True)
class Layout:
    """What a kind's rows are made of. aliases: words that mean something else in this kind than elsewhere."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)

    @property
    def fields(self) -> tuple[str, ...]:
        return self.required + self.optional

    def name_of(self, header: str) -> str:
        """The field a header names by itself: this kind's own words before the common ones."""
        name = tables.field_of(header)
        return self.aliases.get(name, name)


@dataclass(frozen=True)
class Batch:
    """Rows and the place of each in the delivery (1 is the first row of data); `document` is a JSON object's other members.

    A row that reading found at fault has that under "" (`rules.cells.fault_of`). ignored: headers that are not read.
    reading: how it was read: separator, mapping, sheets and merged cells, warnings.
    columns: the same rows as a block, when they are sound throughout (`rules.columns`).
    """

    rows: Sequence[Any]
    numbers: Sequence[int]
    encoding: str
    form: str
    ignored: tuple[str, ...] = ()
    document: Mapping[str, Any] = field(default_factory=dict)
    reading: Mapping[str, Any] = field(default_factory=dict)
    columns: Columns | None = None


def batch_of(
    body: bytes, layout: Layout, readings: Readings | None = None, name: str = "", bounds: Bounds = OF_FEEDS
) -> Batch:
    """The rows in `body`: a JSON list, a JSON object with rows (or lines), CSV or a workbook.

    readings: what is remembered of the feed's files. name: the file's name, which must not say workbook of a text.
    Raises Faults 422 for what refuses the whole delivery: the codes of `lib.sheets.worker`, `no_rows`, `missing_columns`,
    `duplicate_column`, `too_many_columns`.
    """
    readings = readings or Readings()
    default = readings.default
    grid = grid_of(body, name, bounds, Hints(default.encoding, default.delimiter))
    if grid.found.form == "json":
        return _from_json(grid, layout, readings)
    try:
        at, cells, reading = header_of(grid, layout, readings)
    except Faults:
        grid, at, cells, reading = _declared(body, name, layout, readings, bounds)
    return _from_lines(grid, layout, (at, cells, reading))


def _declared(
    body: bytes, name: str, layout: Layout, readings: Readings, bounds: Bounds
) -> tuple[Grid, int, list[str], Reading]:
    """The file in a form (encoding, separator) that a mapping declares. Raises as `header_of` when none fits."""
    last: Faults | None = None
    for encoding, delimiter in [*readings.forms(), ("", "")]:
        try:
            grid = grid_of(body, name, bounds, Hints(encoding, delimiter))
            return grid, *header_of(grid, layout, readings)
        except Faults as faults:
            last = faults
    raise last or refuse("no_rows", "There is no row of data in it.")


def header_of(grid: Grid, layout: Layout, readings: Readings) -> tuple[int, list[str], Reading]:
    """(how many lines the header ends, its cells, how to read below it): the first of the first 20 lines that is
    remembered, or that has every required column or constant.

    Raises Faults 422 `no_rows`, `missing_columns`, `too_many_columns`.
    """
    sample = sample_of(grid)
    if not sample:
        raise refuse("no_rows", "There is no row of data in it.")
    for at, (_line, cells, _marks) in enumerate(sample):
        reading = readings.of(cells)
        if reading is not None:
            return at + 1, _bounded(cells), reading
    default = readings.default
    needed = set(layout.required) - set(default.constants)
    for at, (_line, cells, _marks) in enumerate(sample):
        names = set(fields_of(cells, layout, default))
        if needed <= names or is_ecb(cells, layout):
            return at + 1, _bounded(cells), default
    best = sample[best_header(sample, layout, default)][1]
    missing = [name for name in layout.required if name in needed - set(fields_of(best, layout, default))]
    _bounded(best)
    raise refuse("missing_columns", f"There is no column for {', '.join(missing)}.")


def sample_of(grid: Grid) -> list[Cells]:
    """The first lines, among which the header stands."""
    return list(itertools.islice(grid.lines(), SAMPLE))


def best_header(sample: Sequence[Cells], layout: Layout, reading: Reading = NOTHING) -> int:
    """The place of the line that names most fields; of lines that name none, the first with most cells."""

    def worth(at: int) -> tuple[int, int, int]:
        cells = sample[at][1]
        known = {name for name in fields_of(cells, layout, reading) if name in layout.fields}
        return len(known), sum(bool(cell) for cell in cells), -at

    return max(range(len(sample)), key=worth)


def fields_of(cells: Sequence[str], layout: Layout, reading: Reading) -> list[str]:
    """The field of each cell of a header: as the mapping says, else as the header says itself."""
    mapped = reading.columns
    return [mapped[words] if (words := words_of(cell)) in mapped else layout.name_of(cell) for cell in cells]


def _bounded(cells: Sequence[str]) -> list[str]:
    header = list(cells)
    while header and not header[-1]:
        header.pop()
    if len(header) > MAX_COLUMNS:
        raise refuse("too_many_columns", f"At most {MAX_COLUMNS} columns.")
    return header


def is_ecb(cells: Sequence[str], layout: Layout) -> bool:
    """Whether a header is that of the European Central Bank's wide file, in a feed of rates."""
    columns = tuple(layout.name_of(cell) for cell in cells)
    return set(layout.required) >= {"base", "quote", "rate"} and ecb.is_ecb(columns)


def _from_lines(grid: Grid, layout: Layout, header: tuple[int, list[str], Reading]) -> Batch:
    at, cells, reading = header
    lines = _below(grid, at)
    count = grid.count - at
    if count < 1:
        raise refuse("no_rows", "There is no row of data in it.")
    if is_ecb(cells, layout):
        return _from_ecb(grid, layout, cells, lines)
    names = fields_of(cells, layout, reading)
    used = [name if name in layout.fields and name not in reading.constants else "" for name in names]
    for name in filter(None, used):
        if used.count(name) > 1:
            raise refuse("duplicate_column", f"Two columns are called {name}.")
    plan = Plan(tuple(used), frozenset(layout.required), reading, _is_doubtful(grid, at, used, reading))
    maker = Rows(plan)
    rows = kept(
        (maker.row(number, line[1], line[2]) for number, line in enumerate(_below(grid, at), 1)), count
    )
    ignored = tuple(layout.name_of(cell) for cell, name in zip(cells, used, strict=True) if cell and not name)
    numbers = range(1, len(rows) + 1)
    told = {
        **_told(grid, at, reading),
        **({"warnings": warned} if (warned := maker.warned.as_json()) else {}),
    }
    return Batch(rows, numbers, grid.found.encoding, grid.found.form, ignored, reading=told)


def _below(grid: Grid, header: int) -> Iterator[Cells]:
    return itertools.islice(grid.lines(), header, None)


def _is_doubtful(grid: Grid, header: int, used: Sequence[str], reading: Reading) -> bool:
    """Whether the file speaks of another notation than digits with a point, and none is declared."""
    if reading.decimal_mark:
        return False
    if grid.found.form == "csv" and grid.found.delimiter != ",":
        return True
    places = [at for at, name in enumerate(used) if name and is_numeric(name)]
    return any(
        "," in cells[at]
        for _line, cells, marks in _below(grid, header)
        for at in places
        if at < len(cells) and marks[at : at + 1] != "f"
    )


def _told(grid: Grid, header: int, reading: Reading) -> dict[str, Any]:
    """What the record of the delivery says of how it was read, without what does not apply."""
    found = grid.found
    told: dict[str, Any] = {
        "separator": found.delimiter,
        "sheet": found.sheet,
        "sheets_not_read": list(found.not_read),
        "merged_cells": list(found.merged),
        "lines_above_header": header - 1,
        "mapping": f"{reading.signature[:12] or 'feed'} v{reading.version}" if reading.version else "",
    }
    return {name: value for name, value in told.items() if value}


def _from_ecb(grid: Grid, layout: Layout, cells: Sequence[str], lines: Iterable[Cells]) -> Batch:
    columns = tuple(layout.name_of(cell) for cell in cells)
    rows = [{name: cell for name, cell in zip(columns, line[1], strict=False) if name} for line in lines]
    table = Table(columns, rows, list(range(1, len(rows) + 1)), grid.found.delimiter)
    rates, numbers = ecb.rates_of(table)
    return Batch(rates, numbers, grid.found.encoding, "ecb")


def _from_json(grid: Grid, layout: Layout, readings: Readings) -> Batch:
    if not grid.count:
        raise refuse("no_rows", "There is no row of data in it.")
    first = next(iter(grid.rows()))
    keys = sorted(first) if isinstance(first, dict) else []
    reading = readings.of(keys) or readings.default
    rows = kept(map(_json_row(layout, reading), grid.rows()), grid.count)
    told = {"mapping": f"{reading.signature[:12] or 'feed'} v{reading.version}"} if reading.version else {}
    numbers = range(1, len(rows) + 1)
    return Batch(rows, numbers, grid.found.encoding, "json", document=grid.document, reading=told)


def _json_row(layout: Layout, reading: Reading) -> Callable[[Any], Any]:
    """A row with its members renamed and constants filled in; anything that is no object as it is."""
    renamed = {words: name for words, name in reading.columns.items() if name}

    def row_of(row: Any) -> Any:
        if not isinstance(row, dict):
            return row
        if renamed:
            row = {renamed.get(words_of(name), name): value for name, value in row.items()}
        row = {**reading.constants, **row}
        if FAULT in row or len(row) > MAX_MEMBERS:
            code = "unnamed_field" if FAULT in row else "too_many_fields"
            named = {name: value for name, value in list(row.items())[:MAX_MEMBERS] if name}
            return {**named, FAULT: ["", code, "A row has at most 200 members, each with a name."]}
        for name, value in row.items():
            is_words = isinstance(value, str) and not value.isascii() and name in layout.fields
            if is_words and (code := text_code(name, value)):
                return {**row, FAULT: [f"/{name}", code, f"{name} holds signs that it must not."]}
        return row

    return row_of


__all__ = [
    "Batch",
    "Layout",
    "batch_of",
    "best_header",
    "fields_of",
    "header_of",
    "sample_of",
    "signature_of",
]
