"""Sheets for people to take along: CSV and XLSX, safe against formulas (OWASP ASVS 5.0, 1.2.10)."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import xlsxwriter

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\x00", "＝", "＋", "－", "＠")

Cell = str | int | None


def safe_text(text: str) -> str:
    """`text` that no spreadsheet takes for a formula: an apostrophe goes before a sign, tab or line break."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def cell_of(value: Any) -> Cell:
    """What stands in a cell: whole numbers as they are, nothing as nothing, the rest as safe text."""
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    if isinstance(value, (dict, list)):
        return (
            safe_text(json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)) if value else None
        )
    return safe_text(str(value))


CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
WIDEST = 40


def csv_bytes(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """UTF-8 with BOM, RFC 4180; decimals plain, text safe."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([safe_text(column) for column in columns])
    writer.writerows([_plain(value) for value in row] for row in rows)
    return ("\ufeff" + out.getvalue()).encode()


def xlsx_bytes(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """One sheet with its header frozen: decimals and whole numbers as numbers, the rest as safe text."""
    out = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(out, options)
    sheet = book.add_worksheet(title[:31])
    sheet.freeze_panes(1, 0)
    for number, column in enumerate(columns):
        sheet.set_column(number, number, min(max(len(column) + 2, 10), WIDEST))
    sheet.write_row(0, 0, [safe_text(column) for column in columns])
    for place, row in enumerate(rows, 1):
        for number, value in enumerate(row):
            if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
                sheet.write_number(place, number, value)
            elif value not in (None, ""):
                sheet.write_string(place, number, str(cell_of(value))[:32767])
    book.close()
    return out.getvalue()


def _plain(value: Any) -> Cell:
    return format(value, "f") if isinstance(value, Decimal) else cell_of(value)
