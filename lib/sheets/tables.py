"""CSV text to rows of text by column name."""

import csv
import io
import itertools
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from lib.faults import Faults, refuse
from lib.sheets.bounds import MAX_CELL, MAX_COLUMNS

DELIMITERS = (",", ";", "\t", "|")
MAX_ROWS = 1_000_000
SAMPLE = 20
#: Characters in which the separator is looked for.
HEAD = 64 * 1024
#: A sheet whose reading takes longer is refused: a file may be small and still slow.
MAX_SECONDS = 30.0
LOOK_EVERY = 256
#: What stands under "" in a row that cannot be taken as it is.
TOO_LONG = "more cells than columns"
LONG_CELL = "a cell is too long"


@dataclass(frozen=True)
class Table:
    """Rows of text by column name. `numbers` are the rows' places among the rows of data (1 is the first), `lines`
    where each stands in the file. formulas, numeric: (index of the row, column) of cells of a workbook that hold a
    formula, or a number rather than text. A row longer than the header has its mark under "".
    """

    columns: tuple[str, ...]
    rows: list[dict[str, str]]
    numbers: list[int]
    delimiter: str
    lines: list[int] = field(default_factory=list)
    formulas: frozenset[tuple[int, str]] = frozenset()
    numeric: frozenset[tuple[int, str]] = frozenset()


@dataclass(frozen=True)
class Shape:
    """How a table is read. name_of: header → column name. required: the header is the first of the first 20 rows
    that has all of these (without them: the first row). max_rows: rows of data.
    """

    name_of: Callable[[str], str]
    required: frozenset[str] = frozenset()
    max_rows: int = MAX_ROWS


Line = tuple[int, list[str]]
T = TypeVar("T")


def table_of(text: str, shape: Shape) -> Table:
    """The rows of CSV `text`; blank rows are left out, cells are stripped of blanks at their ends.

    Raises Faults 422 `unreadable`, `no_rows`, `duplicate_column`, `too_many_columns`, `too_many_rows`,
    `missing_columns`.
    """
    delimiter = delimiter_of(text[:HEAD])
    lines = csv_lines(io.StringIO(text, newline=""), delimiter)
    return read_lines(((line, cells) for line, cells, _marks in lines), shape, delimiter)


def csv_lines(text: Iterable[str], delimiter: str) -> Iterator[tuple[int, list[str], str]]:
    """(where the line ends in the file, its cells without blanks at their ends, no marks).

    Raises Faults 422 `unbalanced_quote`, `unreadable`.
    """
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            yield reader.line_num, [cell.strip() for cell in cells], ""
    except csv.Error as error:
        told = str(error)
        if "unexpected end of data" in told or "field larger" in told:
            detail = f"Line {reader.line_num}: a quotation mark is opened and never closed."
            raise refuse("unbalanced_quote", detail) from error
        raise refuse("unreadable", f"Line {reader.line_num}: {told}.") from error


def read_lines(lines: Iterable[Line], shape: Shape, delimiter: str = "") -> Table:
    """The table in (line number, cells). Stops at the first row beyond the limit, and after
    MAX_SECONDS. Raises as `table_of`, and `too_slow`."""
    filled = ((line, cells) for line, cells in in_time(lines) if any(cell.strip() for cell in cells))
    header, early = _header(filled, shape)
    rows: list[dict[str, str]] = []
    places: list[int] = []
    for line, cells in itertools.chain(early, filled):
        if len(rows) >= shape.max_rows:
            raise too_many_rows(shape.max_rows)
        rows.append(_row(header, cells))
        places.append(line)
    if not rows:
        raise refuse("no_rows", "There is no row of data in it.")
    return Table(tuple(header), rows, list(range(1, len(rows) + 1)), delimiter, places)


def in_time(lines: Iterable[T], seconds: float | None = None) -> Iterator[T]:
    """The same lines, blank ones too, for at most so many seconds (MAX_SECONDS). Raises Faults 422 `too_slow`."""
    most = MAX_SECONDS if seconds is None else seconds
    latest = time.monotonic() + most
    for count, line in enumerate(lines):
        if count % LOOK_EVERY == 0 and time.monotonic() > latest:
            raise refuse("too_slow", f"Reading it takes longer than {most:.0f} seconds.")
        yield line


def too_many_rows(limit: int) -> Faults:
    """The refusal that names the limit."""
    return refuse("too_many_rows", f"At most {limit:,} rows.", status=422)


def _header(filled: Iterator[Line], shape: Shape) -> tuple[list[str], list[Line]]:
    """The column names, and the rows that were read beyond the header while it was looked for."""
    early: list[Line] = []
    for line, cells in filled:
        early.append((line, cells))
        if shape.required <= {shape.name_of(cell) for cell in cells}:
            return _names(cells, shape), []
        if len(early) >= SAMPLE:
            break
    if not early:
        raise refuse("no_rows", "There is no row of data in it.")
    names = _names(early[0][1], shape)
    missing = sorted(shape.required - set(names))
    raise refuse("missing_columns", f"There is no column for {', '.join(missing)}.")


def _names(cells: list[str], shape: Shape) -> list[str]:
    while cells and not cells[-1].strip():
        cells = cells[:-1]
    if len(cells) > MAX_COLUMNS:
        raise refuse("too_many_columns", f"At most {MAX_COLUMNS} columns.")
    names = [shape.name_of(cell) for cell in cells]
    for name in names:
        if name and names.count(name) > 1:
            raise refuse("duplicate_column", f"Two columns are called {name}.")
    return names


def _row(header: list[str], cells: list[str]) -> dict[str, str]:
    row = {name: cell.strip() for name, cell in zip(header, cells, strict=False) if name}
    if len(cells) > len(header) and any(cell.strip() for cell in cells[len(header) :]):
        row[""] = TOO_LONG
    elif is_long(cells):
        row[""] = LONG_CELL
    return row


def is_long(cells: list[str]) -> bool:
    """Whether a cell is longer than MAX_CELL characters: it is not cut, its row is not taken."""
    return any(len(cell) > MAX_CELL for cell in cells)


def delimiter_of(text: str) -> str:
    """The separator of the first lines: the one of , ; tab | that cuts most of them into the same number of cells.

    Where two do so alike, the one that makes more cells; where none makes more than one cell, the comma.
    """
    lines = [line for line in text.splitlines() if line.strip()][:SAMPLE]
    best, best_score = ",", (0, 1)
    for delimiter in DELIMITERS:
        try:
            widths = [len(cells) for cells in csv.reader(lines, delimiter=delimiter) if len(cells) > 1]
        except csv.Error:
            continue
        for width in set(widths):
            score = (widths.count(width), width)
            if score > best_score:
                best, best_score = delimiter, score
    return best
