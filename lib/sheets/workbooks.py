"""XLSX to rows of text: read-only, streamed, bounded before and while it is read."""

import datetime as dt
import io
import zipfile
from collections.abc import Iterator
from typing import Any

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from lib.faults import refuse
from lib.sheets.tables import MAX_COLUMNS, Line, Shape, Table, read_lines, too_many_rows

MAX_ENTRIES = 200
MAX_INFLATED_BYTES = 256 * 1024 * 1024
MAX_STRINGS_BYTES = 64 * 1024 * 1024
MAX_CELLS = 5_000_000
MACROS = ("vbaProject.bin", "externalLinks/", "macrosheets/", "embeddings/", "activeX/")
SIGNIFICANT = ".15g"  # what a spreadsheet shows of a number: 12.949999999999999 is 12.95


def is_zip(body: bytes) -> bool:
    """Whether the bytes begin like a workbook (a ZIP archive)."""
    return body.startswith(b"PK\x03\x04")


def workbook_table(body: bytes, shape: Shape) -> tuple[Table, tuple[str, ...]]:
    """The first visible sheet's table, and the names of the sheets that were not read.

    A formula stands as its own text and is listed in `formulas`. The archive's declared sizes are checked first: zipfile
    never inflates beyond them. Raises Faults 422 `not_a_workbook`, `too_large`, `not_plain`, `too_many_rows`,
    `too_many_cells` and those of `lib.sheets.tables`.
    """
    _check_archive(body)
    if not openpyxl.DEFUSEDXML:  # pragma: no cover  (defusedxml stands in requirements.in)
        raise refuse("not_a_workbook", "Workbooks cannot be read safely here.")
    try:
        book = openpyxl.load_workbook(io.BytesIO(body), read_only=True, keep_links=False)
    except (
        KeyError,
        ValueError,
        OSError,
        zipfile.BadZipFile,
        InvalidFileException,
        SyntaxError,
        TypeError,
    ) as error:
        raise refuse("not_a_workbook", "This is no workbook that can be read.") from error
    try:
        visible = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        if not visible:
            raise refuse("not_a_workbook", "No sheet of it is visible.")
        others = tuple(sheet.title for sheet in book.worksheets if sheet is not visible[0])
        return _Reader(shape).table(visible[0]), others
    except (KeyError, ValueError, zipfile.BadZipFile, SyntaxError, EOFError) as error:
        raise refuse("not_a_workbook", "The workbook is damaged.") from error
    finally:
        book.close()


def _check_archive(body: bytes) -> None:
    try:
        entries = zipfile.ZipFile(io.BytesIO(body)).infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OverflowError) as error:
        raise refuse("not_a_workbook", "This is no workbook that can be read.") from error
    if len(entries) > MAX_ENTRIES:
        raise refuse("too_large", f"The workbook has more than {MAX_ENTRIES} parts.")
    if sum(entry.file_size for entry in entries) > MAX_INFLATED_BYTES:
        raise refuse("too_large", f"Unpacked it is larger than {MAX_INFLATED_BYTES >> 20} MB.")
    if any("sharedStrings" in entry.filename and entry.file_size > MAX_STRINGS_BYTES for entry in entries):
        raise refuse("too_large", f"Its texts are larger than {MAX_STRINGS_BYTES >> 20} MB.")
    if any(entry.flag_bits & 1 for entry in entries):
        raise refuse("not_plain", "The workbook is encrypted; save it without a password.")
    if any(mark in entry.filename for entry in entries for mark in MACROS):
        raise refuse(
            "not_plain", "The workbook holds macros or links to other files; save it as a plain .xlsx."
        )


class _Reader:
    """Streams one sheet; notes which cells hold formulas or numbers."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.kinds: dict[int, list[tuple[int, str]]] = {}

    def table(self, sheet: Any) -> Table:
        height = sheet.max_row if isinstance(sheet.max_row, int) else 0
        # A declared height can be far too large (formatted blank rows), so only twice the limit is refused unread.
        if height > 2 * self.shape.max_rows + 1000:
            raise too_many_rows(self.shape.max_rows)
        table = read_lines(self._lines(sheet), self.shape)
        marks: dict[str, set[tuple[int, str]]] = {"f": set(), "n": set()}
        for index, line in enumerate(table.lines):
            for column, kind in self.kinds.get(line, ()):
                if column < len(table.columns) and table.columns[column]:
                    marks[kind].add((index, table.columns[column]))
        return Table(
            table.columns,
            table.rows,
            table.numbers,
            "",
            table.lines,
            frozenset(marks["f"]),
            frozenset(marks["n"]),
        )

    def _lines(self, sheet: Any) -> Iterator[Line]:
        cells = 0
        width = min(sheet.max_column, MAX_COLUMNS + 1) if isinstance(sheet.max_column, int) else None
        for number, row in enumerate(sheet.iter_rows(max_col=width), 1):
            cells += len(row)
            if cells > MAX_CELLS:
                raise refuse("too_many_cells", f"At most {MAX_CELLS:,} cells.")
            kinds = [(at, kind) for at, cell in enumerate(row) if (kind := _kind(cell))]
            if kinds:
                self.kinds[number] = kinds
            yield number, [_text(cell.value) for cell in row]


def _kind(cell: Any) -> str:
    """ "f" for a formula, "n" for a number, "" for the rest."""
    if cell.value is None:
        return ""
    if cell.data_type == "f":
        return "f"
    return "n" if isinstance(cell.value, (int, float)) and not isinstance(cell.value, bool) else ""


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else _plain(value)
    if isinstance(value, (dt.datetime, dt.date, dt.time)):
        return value.isoformat()
    return str(value)


def _plain(value: float) -> str:
    """15 significant digits; without an exponent where that stays short."""
    text = format(value, SIGNIFICANT)
    return format(value, "f").rstrip("0") if "e-" in text and abs(value) >= 1e-6 else text
