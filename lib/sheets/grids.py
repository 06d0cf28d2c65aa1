"""Bytes of unknown form as records: what was found, then lines of cells (CSV, XLSX) or rows (JSON) in chunks.

The same generator runs in the reading process (lib.sheets.worker) and, for short texts, where it is asked.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from lib.faults import refuse
from lib.sheets import decoding, jsons, tables, workbooks
from lib.sheets.bounds import Bounds

CHUNK = 2_000
#: Other words that a name may end in when the bytes are a workbook.
WORKBOOK_NAMES = (".xlsx", ".xlsm", ".xls")

Record = dict[str, Any]
#: (its place in the file, cells, marks: per cell "f" formula, "n" number, "e" error, " " else; "" for text files)
Cells = tuple[int, list[str], str]


@dataclass(frozen=True)
class Hints:
    """What was declared about a file; "" where nothing was."""

    encoding: str = ""
    delimiter: str = ""
    takes_json: bool = True


@dataclass(frozen=True)
class Found:
    """What reading found. form: csv, xlsx or json. not_read: other sheets. merged: merged cells of the sheet."""

    form: str
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    not_read: tuple[str, ...] = ()
    merged: tuple[str, ...] = field(default=())


def records(body: bytes, name: str, bounds: Bounds, hints: Hints) -> Iterator[Record]:
    """{"found": …}, then {"lines": […]} or {"rows": […]} in chunks, for JSON {"document": …}, at last {"end": rows}.

    Raises Faults 413 `too_large`; 422 those of decoding, tables, workbooks and jsons, `too_many_rows`, `too_many_cells`.
    """
    if len(body) > bounds.size:
        raise refuse("too_large", f"The file is larger than {bounds.size >> 20} MB.", status=413)
    if workbooks.is_zip(body):
        yield from _of_workbook(body, bounds)
        return
    if name.lower().endswith(WORKBOOK_NAMES) and body.strip():
        raise refuse("not_a_workbook", "The name says workbook, the bytes do not: save it as .xlsx or .csv.")
    encoding, start = decoding.encoding_of(body, hints.encoding)
    head = decoding.stream_of(body, encoding, start).read(tables.HEAD)
    if hints.takes_json and jsons.is_json(head):
        yield from _of_json(body[start:].decode(encoding), encoding, bounds)
        return
    delimiter = hints.delimiter or tables.delimiter_of(head)
    yield {"found": {"form": "csv", "encoding": encoding, "delimiter": delimiter}}
    lines = tables.csv_lines(decoding.stream_of(body, encoding, start), delimiter)
    yield from _chunked("lines", _filled(lines, bounds, bounds.text_cells))


def _of_workbook(body: bytes, bounds: Bounds) -> Iterator[Record]:
    with workbooks.opened(body, bounds) as book:
        yield {
            "found": {
                "form": "xlsx",
                "sheet": book.title,
                "not_read": book.others,
                "merged": workbooks.merged_cells(body, book.part),
            }
        }
        yield from _chunked("lines", _filled(book.lines(bounds), bounds, bounds.cells))


def _of_json(text: str, encoding: str, bounds: Bounds) -> Iterator[Record]:
    yield {"found": {"form": "json", "encoding": encoding}}
    document: dict[str, Any] = {}

    def bounded() -> Iterator[Any]:
        for count, row in enumerate(jsons.rows_of(text, document)):
            if count >= bounds.rows:
                raise tables.too_many_rows(bounds.rows)
            yield row

    yield from _with_document(_chunked("rows", bounded()), document)


def _with_document(made: Iterable[Record], document: dict[str, Any]) -> Iterator[Record]:
    for record in made:
        if "end" in record:
            yield {"document": document}
        yield record


def _filled(lines: Iterable[Cells], bounds: Bounds, cells: int) -> Iterator[Cells]:
    """The lines that hold something; at most so many, and so many cells."""
    count = width = 0
    for line in tables.in_time(lines, bounds.wall_s):
        width += len(line[1])
        if width > cells:
            raise refuse("too_many_cells", f"At most {cells:,} cells.")
        if not any(line[1]):
            continue
        count += 1
        # The header, and what stands above it, are lines too.
        if count > bounds.rows + tables.SAMPLE:
            raise tables.too_many_rows(bounds.rows)
        yield line


def _chunked(kind: str, items: Iterable[Any]) -> Iterator[Record]:
    chunk: list[Any] = []
    count = 0
    for item in items:
        chunk.append(item)
        if len(chunk) >= CHUNK:
            yield {kind: chunk}
            count += len(chunk)
            chunk = []
    if chunk:
        yield {kind: chunk}
    yield {"end": count + len(chunk)}
