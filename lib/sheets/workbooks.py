"""XLSX to rows of text: read-only, streamed, bounded before and while it is read."""

import datetime as dt
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from lib.faults import refuse
from lib.sheets.bounds import MAX_COLUMNS, Bounds
from lib.sheets.tables import too_many_rows

MACROS = ("vbaProject.bin", "externalLinks/", "macrosheets/", "embeddings/", "activeX/")
SIGNIFICANT = ".15g"  # what a spreadsheet shows of a number: 12.949999999999999 is 12.95
SHOWN_MERGED = 20
#: What broken bytes make a reader of archives and of XML raise.
DAMAGE = (KeyError, ValueError, IndexError, SyntaxError, zipfile.BadZipFile, zlib.error, NotImplementedError)
_MERGED = re.compile(rb'<mergeCell\s+ref="([A-Z]{1,3}[0-9]{1,7}(?::[A-Z]{1,3}[0-9]{1,7})?)"')


def is_zip(body: bytes) -> bool:
    """Whether the bytes begin like a workbook (a ZIP archive)."""
    return body.startswith(b"PK\x03\x04")


@dataclass(frozen=True)
class Book:
    """The first visible sheet of a workbook. part: its place in the archive; others: sheets that are not read."""

    sheet: Any
    title: str
    part: str
    others: list[str]

    def lines(self, bounds: Bounds) -> Iterator[tuple[int, list[str], str]]:
        """(row, cells as text, marks). A formula stands as its own text and is marked "f", a number "n", an error "e"."""
        height = self.sheet.max_row if isinstance(self.sheet.max_row, int) else 0
        # A declared height can be far too large (formatted blank rows), so only twice the limit is refused unread.
        if height > 2 * bounds.rows + 1000:
            raise too_many_rows(bounds.rows)
        width = (
            min(self.sheet.max_column, MAX_COLUMNS + 1) if isinstance(self.sheet.max_column, int) else None
        )
        try:
            for number, row in enumerate(self.sheet.iter_rows(max_col=width), 1):
                yield number, [_text(cell.value) for cell in row], "".join(_kind(cell) for cell in row)
        except (*DAMAGE, EOFError) as error:
            raise refuse("not_a_workbook", "The workbook is damaged.") from error


@contextmanager
def opened(body: bytes, bounds: Bounds) -> Iterator[Book]:
    """The workbook, read-only. The archive's declared sizes are checked first: zipfile never inflates beyond them.

    Raises Faults 422 `not_a_workbook`, `too_large`, `not_plain`.
    """
    _check_archive(body, bounds)
    if not openpyxl.DEFUSEDXML:  # pragma: no cover  (defusedxml stands in requirements.in)
        raise refuse("not_a_workbook", "Workbooks cannot be read safely here.")
    try:
        book = openpyxl.load_workbook(io.BytesIO(body), read_only=True, keep_links=False)
    except (*DAMAGE, OSError, InvalidFileException, TypeError, AttributeError) as error:
        raise refuse("not_a_workbook", "This is no workbook that can be read.") from error
    try:
        visible = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        if not visible:
            raise refuse("not_a_workbook", "No sheet of it is visible.")
        others = [sheet.title for sheet in book.worksheets if sheet is not visible[0]]
        yield Book(visible[0], visible[0].title, str(visible[0]._worksheet_path), others)
    finally:
        book.close()


def merged_cells(body: bytes, part: str) -> list[str]:
    """The first merged cells of the sheet, such as "A1:D1": they hold one value, and it is not spread over them."""
    found: list[str] = []
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive, archive.open(part.lstrip("/")) as file:
            tail = b""
            while len(found) < SHOWN_MERGED and (piece := file.read(1024 * 1024)):
                found += [place.decode() for place in _MERGED.findall(tail + piece)]
                tail = (tail + piece)[-20:]
    except (*DAMAGE, OSError, EOFError) as error:
        raise refuse("not_a_workbook", "The workbook is damaged.") from error
    return found[:SHOWN_MERGED]


def _check_archive(body: bytes, bounds: Bounds) -> None:
    try:
        entries = zipfile.ZipFile(io.BytesIO(body)).infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OverflowError) as error:
        raise refuse("not_a_workbook", "This is no workbook that can be read.") from error
    if len(entries) > bounds.entries:
        raise refuse("too_large", f"The workbook has more than {bounds.entries} parts.")
    if sum(entry.file_size for entry in entries) > bounds.inflated:
        raise refuse("too_large", f"Unpacked it is larger than {bounds.inflated >> 20} MB.")
    if any("sharedStrings." in entry.filename and entry.file_size > bounds.strings for entry in entries):
        raise refuse("too_large", f"Its texts are larger than {bounds.strings >> 20} MB.")
    if any(entry.flag_bits & 1 for entry in entries):
        raise refuse("not_plain", "The workbook is encrypted; save it without a password.")
    if any(mark in entry.filename for entry in entries for mark in MACROS):
        raise refuse(
            "not_plain", "The workbook holds macros or links to other files; save it as a plain .xlsx."
        )


def _kind(cell: Any) -> str:
    """ "f" for a formula, "n" a number, "e" an error, "d" a date, " " for the rest."""
    if cell.value is None:
        return " "
    if cell.data_type in ("f", "e"):
        return str(cell.data_type)
    if isinstance(cell.value, (dt.datetime, dt.date, dt.time)):
        return "d"
    return "n" if isinstance(cell.value, (int, float)) and not isinstance(cell.value, bool) else " "


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else _plain(value)
    if isinstance(value, (dt.datetime, dt.date, dt.time)):
        is_day = isinstance(value, dt.datetime) and value.time() == dt.time()
        return value.date().isoformat() if is_day else value.isoformat()  # type: ignore[union-attr]
    return str(value).strip()


def _plain(value: float) -> str:
    """15 significant digits; without an exponent where that stays short."""
    text = format(value, SIGNIFICANT)
    return format(value, "f").rstrip("0") if "e-" in text and abs(value) >= 1e-6 else text
