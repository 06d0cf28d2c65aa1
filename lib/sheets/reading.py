"""A file of unknown form to a table: CSV in any of the usual encodings, or XLSX."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from lib.sheets import tables
from lib.sheets.bounds import ON_PAGE, Bounds
from lib.sheets.grids import Hints
from lib.sheets.tables import Line, Shape, Table
from lib.sheets.worker import Grid, grid_of

MAX_BYTES = ON_PAGE.size


@dataclass(frozen=True)
class Sheet:
    """A table and how it was read. form: csv or xlsx. not_read: other sheets of the workbook."""

    table: Table
    form: str
    encoding: str
    not_read: tuple[str, ...] = ()


def sheet_of(body: bytes, name: str, shape: Shape, bounds: Bounds = ON_PAGE) -> Sheet:
    """The table in `body`; the bytes decide what it is, a name that says otherwise is refused.

    Raises Faults 413 `too_large`; 422 those of `lib.sheets.worker` and `lib.sheets.tables`.
    """
    bounds = replace(bounds, rows=min(bounds.rows, shape.max_rows))
    grid = grid_of(body, name, bounds, Hints(takes_json=False))
    table = table_of(grid, shape)
    return Sheet(table, grid.found.form, grid.found.encoding, grid.found.not_read)


def table_of(grid: Grid, shape: Shape) -> Table:
    """The table of a grid of lines, with the places of formulas and numbers of a workbook."""
    marks: dict[int, str] = {}

    def lines() -> Iterator[Line]:
        for line, cells, kinds in grid.lines():
            if kinds.strip():
                marks[line] = kinds
            yield line, cells

    table = tables.read_lines(lines(), shape, grid.found.delimiter)
    places: dict[str, set[tuple[int, str]]] = {kind: set() for kind in "fned "}
    for index, line in enumerate(table.lines):
        for column, kind in zip(table.columns, marks.get(line, ""), strict=False):
            if column:
                places[kind].add((index, column))
    return replace(table, formulas=frozenset(places["f"]), numeric=frozenset(places["n"]))
