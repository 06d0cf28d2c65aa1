"""Every file of the dirty set, by each way in: what its manifest says comes of it, and where we differ, why.

The files name sku, name, qty, price; no kind of feed does, so each is read through a mapping of its header (TEXTS, COSTS), as a
person would assign it once. manifest.json beside the files says what each should give.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client

from catalog.actions import upsert_products
from catalog.models import Product, UnitCost
from feeds import actions
from feeds.actions.mappings import save_mapping
from feeds.models import Delivery, Feed, QuarantineRow, Upload
from feeds.tasks import process
from lib.faults import Faults
from lib.sheets.bounds import MIB, OF_FEEDS
from lib.sheets.worker import grid_of
from lib.sheets.writing import csv_bytes
from tests.approvals.builders import a_user
from tests.feeds.builders import LOOP, SET_UP, a_key, push

pytestmark = pytest.mark.django_db

DIRTY = Path(__file__).parent / "dirty"
MANIFEST = {entry["file"]: entry for entry in json.loads((DIRTY / "manifest.json").read_text())["files"]}

TEXTS: dict[str, Any] = {
    "columns": {"sku": "sku", "name": "name", "qty": "net_content", "price": ""},
    "constants": {"category": "Dirty", "unit": "pcs", "net_content_unit": "g"},
}
NAMES: dict[str, Any] = {
    "columns": {"sku": "sku", "name": "name", "qty": "", "price": ""},
    "constants": {"category": "Dirty", "unit": "pcs"},
}
COSTS: dict[str, Any] = {
    "columns": {"sku": "sku", "name": "", "qty": "", "price": "amount"},
    "constants": {"currency": "GBP", "valid_from": "2026-01-01"},
}
DATED: dict[str, Any] = {
    "columns": {"sku": "sku", "price": "amount", "valid_from": "valid_from"},
    "constants": {"currency": "GBP"},
}
HEADER = ["sku", "name", "qty", "price"]
CHINESE = ["货号", "名称", "数量", "单价"]
DATES = ["sku", "price", "valid_from"]


@dataclass(frozen=True)
class Case:
    """taken, refused: rows. codes: of the rows in quarantine, by their place. file_code: of a file refused whole."""

    file: str
    feed: str = "products"
    mapping: dict[str, Any] = field(default_factory=lambda: NAMES)
    headers: tuple[str, ...] = tuple(HEADER)
    taken: int = 0
    codes: dict[int, str] = field(default_factory=dict)
    file_code: str = ""

    @property
    def id(self) -> str:
        return f"{self.file[:2]}-{self.feed}{'-declared' if self.mapping.get('decimal_mark') or self.mapping.get('date_order') else ''}"


def case(file: str, feed: str = "products", mapping: Any = NAMES, headers: Any = HEADER, **rest: Any) -> Case:
    return Case(file, feed, mapping, tuple(headers), **rest)


CASES = [
    case("01_utf8_bom.csv", taken=3),
    case("01_utf8_bom.csv", "unit-costs", COSTS, taken=3),
    case(
        "03_gb18030_4byte.csv",
        headers=CHINESE,
        mapping={
            "columns": {"货号": "sku", "名称": "name", "数量": "", "单价": ""},
            "constants": NAMES["constants"],
        },
        taken=3,
    ),
    case("05_utf16le_bom.csv", taken=1),
    # Undeclared: "9,99" and "1.234,50" are read by nobody; declared, both rows are taken as the manifest says.
    case(
        "07_semicolon_decimal_comma.csv",
        "unit-costs",
        COSTS,
        codes={1: "decimal_mark_needed", 2: "decimal_mark_needed"},
    ),
    case("07_semicolon_decimal_comma.csv", "unit-costs", {**COSTS, "decimal_mark": ","}, taken=2),
    # The warning of the manifest: 1.250 alone, in a file of semicolons, is not read as 1.25.
    case("07_semicolon_decimal_comma.csv", mapping=TEXTS, taken=1, codes={2: "decimal_mark_needed"}),
    case("07_semicolon_decimal_comma.csv", mapping={**TEXTS, "decimal_mark": ","}, taken=2),
    case("09_pipe.txt", taken=1),
    case("11_no_header.csv", file_code="missing_columns"),
    case("13_formula_injection.csv", taken=6),
    # No kind of ours takes both figures of the file: row 2 is wrong in its price, the five others in their quantity.
    case("15_nan_null.csv", mapping=TEXTS, taken=3, codes=dict.fromkeys((1, 3, 4, 5, 6), "not_a_number")),
    case("15_nan_null.csv", "unit-costs", COSTS, taken=7, codes={2: "not_a_number"}),
    # Row 3 hides a zero-width space in its SKU and a sign that turns text around in its name: refused, so A003 is no duplicate.
    case("17_rtl_bidi_zero_width.csv", taken=4, codes={3: "invisible_character"}),
    case(
        "19_ambiguous_dates.csv",
        "unit-costs",
        DATED,
        DATES,
        taken=3,
        # 31/12/2026 has one reading only, but the order is not guessed row by row: it waits like 03/04/2026.
        codes={1: "date_order_needed", 2: "date_order_needed", 3: "not_a_time", 7: "not_a_time"},
    ),
    case(
        "19_ambiguous_dates.csv",
        "unit-costs",
        {**DATED, "date_order": "dmy"},
        DATES,
        taken=5,
        codes={3: "not_a_time", 7: "not_a_time"},
    ),
    case("21_leading_zeros.csv", taken=3),
    # Decided: digits of full width, of other scripts and fractions are no numbers; U+2212 is a minus, and a content is above zero.
    case(
        "23_fullwidth.csv",
        mapping=TEXTS,
        codes={1: "full_width", 2: "not_a_number", 3: "not_above_zero", 4: "not_a_number"},
    ),
    # A code in full width is not taken for the other code.
    case("23_fullwidth.csv", taken=3, codes={1: "full_width"}),
    case("25_unbalanced_quote.csv", file_code="unbalanced_quote"),
    case("27_blank_and_total_rows.csv", taken=2, codes={3: "total_row", 4: "total_row"}),
    case("29_cr_only.csv", taken=2),
    # Same code in another case or with a blank is the same code: nothing is guessed, none is taken.
    case("31_conflicting_duplicates.csv", "unit-costs", COSTS, codes=dict.fromkeys(range(1, 5), "conflicting_rows")),
    case("33_empty.csv", file_code="empty_file"),
    case("35_mojibake.csv", taken=3),
    case("37_wide.csv", headers=["sku"], mapping={"columns": {"sku": "sku"}}, file_code="too_many_columns"),
    case("39_html_sql.csv", taken=5),
    case(
        "41_timezones.csv",
        "unit-costs",
        DATED,
        DATES,
        taken=2,
        codes={1: "no_offset", 2: "no_offset"},
    ),
    case(
        "41_timezones.csv",
        "unit-costs",
        {**DATED, "time_zone": "Europe/Berlin"},
        DATES,
        taken=3,
        codes={1: "no_such_time"},
    ),
    case(
        "41_timezones.csv",
        "unit-costs",
        {**DATED, "time_zone": "Europe/London"},
        DATES,
        taken=3,
        codes={2: "time_twice"},
    ),
    case("43_csv_named.xlsx", file_code="not_a_workbook"),
    case(
        "50_types_and_formulas.xlsx",
        "unit-costs",
        {**DATED, "columns": {**COSTS["columns"], "valid_from": "valid_from"}},
        [*HEADER, "valid_from"],
        taken=1,
        # 123 has a time without an offset; 1,234.50 is text, and no sign is declared; a false is no amount.
        codes={
            2: "no_offset",
            3: "formula",
            4: "decimal_mark_needed",
            5: "error_cell",
            6: "not_a_number",
        },
    ),
    # The merged SKU is not spread over its rows; the sum below is a formula.
    case("52_merged_title_rows.xlsx", taken=1, codes={2: "required", 3: "total_row"}),
    # 60 MB that no sheet refers to are never unpacked.
    case("54_inflates_60mb.xlsx", "unit-costs", DATED, DATES, taken=1),
]  # fmt: skip


@pytest.fixture(autouse=True)
def _products() -> None:
    """What unit costs are of; under names that no file has."""
    skus = ["A001", "A002", "A003", "A004", "A005", "A006", "A007", "123", "a001", "NA"]
    rows = [{"sku": sku, "name": "Before", "category": "Dirty", "unit": "pcs"} for sku in skus]
    upsert_products(actor=SET_UP, rows=rows)


def mapped(given: Case) -> Feed:
    feed = Feed.objects.get(name=given.feed)
    save_mapping(actor=SET_UP, feed=feed, headers=given.headers, data=given.mapping)
    return feed


def by_command(given: Case, feed: Feed) -> None:
    """import_file: exit 0 for all rows, 1 for a refused file, 2 for rows in quarantine."""
    code, out = 0, StringIO()
    try:
        call_command("import_file", feed.name, str(DIRTY / given.file), stdout=out, stderr=StringIO())
    except SystemExit as exit_:
        code = int(exit_.code or 0)
    assert code == (1 if given.file_code else 2 if given.codes else 0)
    last = out.getvalue().strip().splitlines()[-1]
    assert last == f"accepted {given.taken}, rejected {len(given.codes)}"


def by_upload(given: Case, feed: Feed) -> None:
    client = Client()
    client.force_login(a_user("admin", "admin"))
    file = SimpleUploadedFile(given.file, (DIRTY / given.file).read_bytes())
    assert client.post("/feeds/upload/", {"feed": feed.name, "file": file}).status_code == 302
    process()


def by_push(given: Case, feed: Feed) -> None:
    answer = push(a_key(feed.name).secret, (DIRTY / given.file).read_bytes(), feed=feed.name)
    assert answer.status_code == 202
    process()


@pytest.mark.parametrize("way", [by_command, by_upload, by_push])
@pytest.mark.parametrize("given", CASES, ids=lambda case: case.id)
def test_each_file_by_each_way(given: Case, way: Callable[[Case, Feed], None]) -> None:
    feed = mapped(given)
    before = Product.objects.count()
    if way is by_push and given.file.startswith(
        "43"
    ):  # a push has no name: its bytes are CSV, and are read as such
        given = replace(given, taken=1, file_code="")
    way(given, feed)
    if (
        way is by_upload and given.file_code == "missing_columns"
    ):  # it waits for somebody to say what its columns are
        assert (Upload.objects.get().state, Delivery.objects.count()) == ("waiting", 0)
        return
    delivery = Delivery.objects.get(feed=feed)
    found = dict(QuarantineRow.objects.filter(delivery=delivery).values_list("number", "code"))
    assert (delivery.accepted, found, delivery.error_code) == (given.taken, given.codes, given.file_code)
    if given.file_code:
        assert (delivery.state, Product.objects.count()) == ("refused", before)


def applied_as(
    file: str, feed_name: str = "products", mapping: Any = NAMES, headers: Any = HEADER
) -> Delivery:
    feed = mapped(case(file, feed_name, mapping, headers))
    body = (DIRTY / file).read_bytes()
    taken = actions.receive_file(actor=SET_UP, feed=feed, filename=file, body=body, is_claimed=True)
    return actions.apply_delivery(actor=LOOP, delivery_id=taken.pk, attempt=1)


def test_every_file_of_the_manifest_has_a_case() -> None:
    assert {given.file for given in CASES} == set(MANIFEST)
    for given in CASES:
        expected = MANIFEST[given.file]["expect"].get("file_error")
        assert bool(given.file_code) == bool(expected) or given.file == "37_wide.csv"


def test_03_the_name_of_four_bytes() -> None:
    columns = {"货号": "sku", "名称": "name", "数量": "", "单价": ""}
    applied_as(
        "03_gb18030_4byte.csv", mapping={"columns": columns, "constants": NAMES["constants"]}, headers=CHINESE
    )
    assert Product.objects.get(sku="A003").name == MANIFEST["03_gb18030_4byte.csv"]["expect"]["row3_name"]


def test_07_the_declared_comma() -> None:
    expected = MANIFEST["07_semicolon_decimal_comma.csv"]["expect"]
    applied_as("07_semicolon_decimal_comma.csv", "unit-costs", {**COSTS, "decimal_mark": ","})
    amounts = UnitCost.objects.order_by("product__sku").values_list("amount", flat=True)
    assert [f"{amount:.2f}" for amount in amounts] == expected["prices"]
    applied_as("07_semicolon_decimal_comma.csv", "products", {**TEXTS, "decimal_mark": ","})
    contents = Product.objects.filter(sku__in=["A001", "A002"]).order_by("sku")
    assert [f"{product.net_content:.0f}" for product in contents] == expected["qty"]


def test_13_stored_as_text_and_safe_in_every_export() -> None:
    applied_as("13_formula_injection.csv")
    names = list(Product.objects.filter(category__path="Dirty").values_list("sku", "name"))
    assert ("A003", "@SUM(A1)") in names and "=1+1" in {sku for sku, _name in names}
    written = csv_bytes(["sku", "name"], names).decode("utf-8-sig")
    cells = [cell.strip('"') for line in written.splitlines()[1:] for cell in line.split(",")]
    starts = tuple(MANIFEST["13_formula_injection.csv"]["expect"]["export_must_not_start_with"])
    assert not any(cell.startswith(starts) for cell in cells)


def test_17_right_to_left_stays_and_blanks_go() -> None:
    applied_as("17_rtl_bidi_zero_width.csv")
    names = dict(Product.objects.values_list("sku", "name"))
    assert (names["A001"], names["A002"]) == ("كوب شاي", "ספל")
    assert (names["A003"], names["A004"]) == ("Bowl", "Pan")


def test_19_the_declared_order_counts_for_every_row() -> None:
    applied_as("19_ambiguous_dates.csv", "unit-costs", {**DATED, "date_order": "dmy"}, DATES)
    days = dict(UnitCost.objects.values_list("product__sku", "valid_from__date"))
    assert days == {
        "A001": date(2026, 4, 3), "A002": date(2026, 12, 31), "A004": date(2026, 1, 5), "A005": date(2026, 1, 5),
        "A006": date(2026, 1, 5),
    }  # fmt: skip


def test_21_zeros_in_front_tell_codes_apart() -> None:
    applied_as("21_leading_zeros.csv")
    assert Product.objects.filter(sku__in=["000123", "123", "00123"]).count() == 3


def test_31_the_whole_story_is_told() -> None:
    delivery = applied_as("31_conflicting_duplicates.csv")
    assert (delivery.accepted, delivery.rejected) == (0, 4)
    assert "Rows 1, 2, 3, 4 contradict" in QuarantineRow.objects.first().detail  # type: ignore[union-attr]
    assert Product.objects.get(sku="A001").name == "Before"


def test_35_what_looks_broken_is_taken_and_told() -> None:
    delivery = applied_as("35_mojibake.csv")
    assert delivery.result["warnings"] == {"mojibake": {"rows": 3, "first": [1, 2, 3]}}


def test_39_is_shown_escaped() -> None:
    applied_as("39_html_sql.csv")
    client = Client()
    client.force_login(a_user("admin", "admin"))
    page = client.get("/stock/products/A001/").content.decode()
    assert "<script>alert(1)</script>" not in page and "&lt;script&gt;alert(1)" in page
    assert Product.objects.get(sku="A002").name == "'; DROP TABLE item; --"


def test_50_numbers_as_codes_and_the_hidden_sheet() -> None:
    delivery = applied_as(
        "50_types_and_formulas.xlsx",
        mapping={**NAMES, "columns": {**NAMES["columns"], "valid_from": ""}},
        headers=[*HEADER, "valid_from"],
    )
    assert Product.objects.get(sku="123").name == "numeric SKU"
    assert not Product.objects.filter(sku="ZZZ").exists()
    assert delivery.result["sheets_not_read"] == ["Hidden"]


def test_52_title_and_merged_cells_are_told() -> None:
    delivery = applied_as("52_merged_title_rows.xlsx")
    assert delivery.result["merged_cells"] == ["A1:D1", "A4:A5"]
    grid = grid_of((DIRTY / "52_merged_title_rows.xlsx").read_bytes())
    assert [line for line, _cells, _marks in grid.lines()][1] == MANIFEST["52_merged_title_rows.xlsx"][
        "expect"
    ]["header_row"]


def test_54_within_the_memory_of_the_manifest() -> None:
    body = (DIRTY / "54_inflates_60mb.xlsx").read_bytes()
    limit = MANIFEST["54_inflates_60mb.xlsx"]["expect"]["memory_limit_mb"] * MIB
    assert grid_of(body, bounds=replace(OF_FEEDS, memory=limit)).count == 2
    with pytest.raises(Faults):
        grid_of(body, bounds=replace(OF_FEEDS, inflated=50 * MIB))
