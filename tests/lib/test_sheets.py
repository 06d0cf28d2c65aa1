"""Reading sheets: forms, encodings, limits; what is written is safe and reads back."""

import io
import itertools
import tracemalloc
import zipfile
from dataclasses import replace
from decimal import Decimal

import openpyxl
import pytest
import xlsxwriter

from lib.faults import Faults
from lib.sheets import tables
from lib.sheets.bounds import ON_PAGE, Bounds
from lib.sheets.numbers import plain_number
from lib.sheets.reading import sheet_of
from lib.sheets.tables import Shape
from lib.sheets.writing import csv_bytes, xlsx_bytes

SHAPE = Shape(lambda header: header.strip().lower(), frozenset({"sku"}))


def a_workbook(*rows: list[object]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"constant_memory": True})
    sheet = book.add_worksheet()
    for place, row in enumerate(rows):
        sheet.write_row(place, 0, row)
    book.close()
    return out.getvalue()


def refusal(body: bytes, name: str = "a.csv", shape: Shape = SHAPE, bounds: Bounds = ON_PAGE) -> str:
    with pytest.raises(Faults) as refused:
        sheet_of(body, name, shape, bounds)
    return refused.value.faults[0].code


def test_a_workbook_gives_text_numbers_and_formulas_apart() -> None:
    sheet = sheet_of(
        a_workbook(["sku", "amount"], [123, 12.95], ["A", "=1+1"], ["007", "1"]), "a.xlsx", SHAPE
    )
    assert [row["sku"] for row in sheet.table.rows] == ["123", "A", "007"]
    assert sheet.table.rows[0]["amount"] == "12.95"
    assert sheet.table.formulas == {(1, "amount")} and (0, "amount") in sheet.table.numeric


def test_the_header_may_stand_below_a_title() -> None:
    sheet = sheet_of(a_workbook(["Prices of May"], [], ["SKU", "amount"], ["A", 1]), "a.xlsx", SHAPE)
    assert sheet.table.rows == [{"sku": "A", "amount": "1"}]
    assert sheet.table.lines == [4]


def test_a_hidden_sheet_is_told_not_read() -> None:
    book = openpyxl.Workbook()
    book.active.append(["sku"])
    book.active.append(["A"])
    book.create_sheet("Secret").sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    assert sheet_of(out.getvalue(), "a.xlsx", SHAPE).not_read == ("Secret",)


def test_a_million_rows_are_refused_with_the_limit_named() -> None:
    shape = Shape(SHAPE.name_of, SHAPE.required, max_rows=200_000)
    body = b"sku,amount\n" + b"A,1\n" * 1_000_000
    with pytest.raises(Faults) as refused:
        sheet_of(body, "a.csv", shape)
    assert refused.value.faults[0].code == "too_many_rows" and "200,000" in refused.value.faults[0].detail


def test_a_workbook_too_long_is_refused_before_it_is_read_through() -> None:
    shape = Shape(SHAPE.name_of, SHAPE.required, max_rows=1000)
    assert refusal(a_workbook(["sku"], *(["A"] for _ in range(5000))), "a.xlsx", shape) == "too_many_rows"


def test_an_archive_that_inflates_is_refused_unread() -> None:
    assert (
        refusal(a_workbook(["sku"], ["A"]), "a.xlsx", bounds=replace(ON_PAGE, inflated=1000)) == "too_large"
    )


def test_entities_in_a_workbook_are_refused() -> None:
    source = zipfile.ZipFile(io.BytesIO(a_workbook(["sku"], ["A"])))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for entry in source.infolist():
            data = source.read(entry)
            if entry.filename == "xl/workbook.xml":
                data = data.replace(b"<workbook", b'<!DOCTYPE x [<!ENTITY a "aaaa">]><workbook', 1)
            target.writestr(entry.filename, data)
    assert refusal(out.getvalue(), "a.xlsx") == "not_a_workbook"


@pytest.mark.parametrize(
    ("body", "name", "code"),
    [
        (b"PK\x03\x04nothing", "a.xlsx", "not_a_workbook"),
        (b"sku,amount\nA,1\n", "a.xlsx", "not_a_workbook"),
        (b"\xd0\xcf\x11\xe0abc", "a.csv", "not_text"),
        (b"", "a.csv", "empty_file"),
        (b"name,amount\nA,1\n", "a.csv", "missing_columns"),
        (b'sku,amount\n"A,1\n', "a.csv", "unbalanced_quote"),
        (b"sku,a,a\n1,2,3\n", "a.csv", "duplicate_column"),
    ],
)
def test_refusals(body: bytes, name: str, code: str) -> None:
    assert refusal(body, name) == code


@pytest.mark.parametrize(
    ("text", "mark", "plain", "code"),
    [
        ("12.95", ".", "12.95", ""),
        ("1,234.50", ".", "1234.50", ""),
        ("1.234,50", ",", "1234.50", ""),
        ("1 234,5", ",", "1234.5", ""),
        ("1.250", ",", "1250", ""),
        ("12", "", "12", ""),
        ("12.95", "", "", "undeclared"),
        ("12.95", ",", "", "not_a_number"),
        ("12,34.5", ".", "", "not_a_number"),
        ("１２.９５", ".", "", "full_width"),
        ("٣", ".", "", "not_a_number"),
        ("NaN", ".", "", "not_a_number"),
        ("1e400", ".", "", "not_a_number"),
        ("-5", ".", "", "negative"),
        ("5.", ".", "", "not_a_number"),
    ],
)
def test_numbers_are_never_guessed(text: str, mark: str, plain: str, code: str) -> None:
    assert plain_number(text, mark) == (plain, code)


def test_what_is_written_is_safe_and_reads_back() -> None:
    rows = [["=1+1", Decimal("12.95")], ["-A", Decimal("-1")]]
    assert csv_bytes(["sku", "amount"], rows).decode("utf-8-sig") == "sku,amount\r\n'=1+1,12.95\r\n'-A,-1\r\n"
    table = sheet_of(xlsx_bytes("Prices", ["sku", "amount"], rows), "a.xlsx", SHAPE).table
    assert table.rows == [{"sku": "'=1+1", "amount": "12.95"}, {"sku": "'-A", "amount": "-1"}]
    assert table.formulas == frozenset()


def test_a_long_sheet_is_read_within_its_memory() -> None:
    body = a_workbook(["sku", "amount"], *([f"SKU-{n}", n] for n in range(20_000)))
    tracemalloc.start()
    assert len(sheet_of(body, "a.xlsx", SHAPE).table.rows) == 20_000
    assert tracemalloc.get_traced_memory()[1] < 40 * 1024 * 1024
    tracemalloc.stop()


def test_empty_columns_do_not_count_as_cells() -> None:
    bounds = replace(ON_PAGE, cells=250)
    body = a_workbook(["sku", "amount"], *(["A", 1] for _ in range(100)))
    assert len(sheet_of(body, "a.xlsx", SHAPE, bounds).table.rows) == 100
    body = a_workbook(["sku", "amount"], *(["A", 1] for _ in range(200)))
    assert refusal(body, "a.xlsx", bounds=bounds) == "too_many_cells"


def test_a_sheet_that_is_slow_to_read_is_given_up(monkeypatch: pytest.MonkeyPatch):
    """A small workbook may hold millions of blank rows: they count, too."""
    monkeypatch.setattr(tables, "MAX_SECONDS", -1.0)
    with pytest.raises(Faults) as refused:
        tables.read_lines(((number, [""]) for number in itertools.count()), tables.Shape(str))
    assert refused.value.faults[0].code == "too_slow"
