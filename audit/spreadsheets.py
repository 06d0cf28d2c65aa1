"""Export files: CSV, XLSX and JSON lines, written row by row, safe against formulas (OWASP ASVS 5.0, 1.2.10).

The spreadsheet forms are for reading: escaping a formula changes the text. Proofs need JSON lines, which are exact.
"""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import xlsxwriter

from lib.sheets.writing import cell_of, safe_text

SHEET_ROWS = 1_000_000

Row = Mapping[str, Any]


def write_csv(path: Path, columns: list[str], rows: Iterable[Row], note: Row) -> int:
    """UTF-8 with BOM, RFC 4180; the last line is the watermark with the control total. Returns the rows."""
    count = 0
    with open(path, "w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(columns)
        for row in rows:
            writer.writerow([cell_of(row[name]) for name in columns])
            count += 1
        writer.writerow([safe_text(f"{key}: {value}") for key, value in {**note, "rows": count}.items()])
    return count


def write_xlsx(path: Path, columns: list[str], rows: Iterable[Row], note: Row) -> int:
    """One sheet per million rows, in constant memory, and a sheet that says whose export it is. Returns the rows."""
    book = xlsxwriter.Workbook(
        str(path),
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    book.set_properties(
        {"title": "Steelyard trail", "author": str(note["by"]), "comments": str(note["reason"])}
    )
    count = 0
    for count, row in enumerate(rows, 1):
        place = (count - 1) % SHEET_ROWS
        if place == 0:
            sheet = _sheet(book, f"Trail {(count - 1) // SHEET_ROWS + 1}", columns)
        for number, name in enumerate(columns):
            value = cell_of(row[name])
            if isinstance(value, int):
                sheet.write_number(place + 1, number, value)
            elif value is not None:
                sheet.write_string(place + 1, number, value[:32767])
    about = book.add_worksheet("About")
    for number, (key, value) in enumerate({**note, "rows": count}.items()):
        about.write_string(number, 0, key)
        about.write_string(number, 1, safe_text(str(value)))
    book.close()
    return count


def _sheet(book: Any, name: str, columns: list[str]) -> Any:
    sheet = book.add_worksheet(name)
    sheet.freeze_panes(1, 0)
    sheet.write_row(0, 0, columns)
    return sheet


def write_jsonl(path: Path, columns: list[str], rows: Iterable[Row], note: Row) -> int:
    """One exact JSON object per line, the last one {"export": …} with the control total. Returns the rows."""
    count = 0
    with open(path, "w", encoding="utf8") as out:
        for row in rows:
            out.write(
                json.dumps({name: row[name] for name in columns}, ensure_ascii=False, default=str) + "\n"
            )
            count += 1
        out.write(json.dumps({"export": {**note, "rows": count}}, ensure_ascii=False, default=str) + "\n")
    return count


WRITERS = {"csv": write_csv, "xlsx": write_xlsx, "jsonl": write_jsonl}
CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "jsonl": "application/x-ndjson",
}


def lines_of(path: Path, size: int = 1 << 20) -> Iterator[bytes]:
    """A file in pieces."""
    with open(path, "rb") as read:
        while piece := read.read(size):
            yield piece
