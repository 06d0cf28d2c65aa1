"""What a file looks like before it is taken in: how it was read, its columns with a guess each, its first rows. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from feeds.rules.batches import Layout, best_header, fields_of, sample_of
from feeds.rules.mappings import Reading, Readings, words_of
from lib.sheets.grids import Found
from lib.sheets.worker import Grid

SHOWN_ROWS = 20
SHOWN_SAMPLES = 3
SHOWN_CELL = 80


@dataclass(frozen=True)
class Column:
    """header: as it stands. field: what it is read as, "" for nothing. by: "mapping", "word" or "" where nothing fits."""

    header: str
    words: str
    field: str
    by: str
    samples: tuple[str, ...]


@dataclass(frozen=True)
class Preview:
    """header_line: where the header stands in the file. rows: the first rows of data as they stand. missing: required
    fields without a column or a constant. rows_in_all: rows of data.
    """

    found: Found
    header_line: int
    headers: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    missing: tuple[str, ...]
    rows_in_all: int


def preview_of(grid: Grid, layout: Layout, readings: Readings, draft: Reading | None = None) -> Preview:
    """What the file looks like; draft: what somebody is assigning, which comes before what is remembered.

    JSON has the members of its first rows for columns.
    """
    at, line, cells = _header(grid, layout, readings)
    reading = draft or readings.of(cells) or readings.default
    names = fields_of(cells, layout, reading)
    rows = _first_rows(grid, at, cells)
    columns = tuple(
        Column(cell, words_of(cell), *_use(cell, name, layout, reading), _samples(place, rows))
        for place, (cell, name) in enumerate(zip(cells, names, strict=True))
    )
    given = {column.field for column in columns} | set(reading.constants)
    missing = tuple(name for name in layout.required if name not in given)
    return Preview(
        grid.found, line, tuple(cells), columns, tuple(rows), missing, max(0, grid.count - max(at, 0))
    )


def _header(grid: Grid, layout: Layout, readings: Readings) -> tuple[int, int, list[str]]:
    """(lines up to and with the header, its line in the file, its cells); (0, 0, …) for JSON."""
    if grid.found.form == "json":
        first = next(iter(grid.rows()), None)
        return 0, 0, sorted(str(name) for name in first) if isinstance(first, dict) else []
    sample = sample_of(grid)
    if not sample:
        return 0, 0, []
    known = [place for place, line in enumerate(sample) if readings.of(line[1]) is not None]
    place = known[0] if known else best_header(sample, layout, readings.default)
    cells = list(sample[place][1])
    while cells and not cells[-1]:
        cells.pop()
    return place + 1, sample[place][0], cells


def _use(cell: str, name: str, layout: Layout, reading: Reading) -> tuple[str, str]:
    if words_of(cell) in reading.columns:
        return name, "mapping"
    is_known = name in layout.fields and name not in reading.constants
    return (name, "word") if is_known else ("", "")


def _first_rows(grid: Grid, at: int, cells: Sequence[str]) -> list[tuple[int, tuple[str, ...]]]:
    rows: list[tuple[int, tuple[str, ...]]] = []
    if grid.found.form == "json":
        for number, row in enumerate(grid.rows(), 1):
            given: Mapping[str, Any] = row if isinstance(row, dict) else {}
            rows.append((number, tuple(_shown(given.get(name, "")) for name in cells)))
            if len(rows) == SHOWN_ROWS:
                break
        return rows
    for place, line in enumerate(grid.lines()):
        if place >= at:
            rows.append((line[0], tuple(_shown(cell) for cell in line[1])))
        if len(rows) == SHOWN_ROWS:
            break
    return rows


def _shown(value: Any) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= SHOWN_CELL else f"{text[:SHOWN_CELL]}…"


def _samples(place: int, rows: Sequence[tuple[int, tuple[str, ...]]]) -> tuple[str, ...]:
    values = dict.fromkeys(cells[place] for _line, cells in rows if place < len(cells) and cells[place])
    return tuple(values)[:SHOWN_SAMPLES]
