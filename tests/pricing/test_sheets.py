"""Price sheets: preview, refusals by line, three-way merge, taking once; the round trip through a workbook."""

import io
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import Http404
from django.test import Client

from accounts.models import User
from audit.models import Event
from lib.faults import Faults
from pricing.actions.sheets import SheetFile, preview_sheet, take_sheet
from pricing.models import PriceChange, PriceSheet
from tests.pricing.builders import House, a_draft, a_house, a_product, priced

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> House:
    made = a_house()
    for sku in ("A", "B", "C"):
        a_product(sku)
        priced(made.clerk, ("BASE", sku, "4.00"))
    return made


def previewed(house: House, text: str, **more: Any) -> PriceSheet:
    body = text if isinstance(text, bytes) else text.encode()
    file = SheetFile(**{"name": "may.csv", "body": body, "decimal_mark": ".", **more})
    return preview_sheet(actor=house.clerk, file=file)


def states(sheet: PriceSheet) -> list[tuple[int, str, str, str]]:
    return [(row.line, row.sku, row.state, row.code) for row in sheet.rows.order_by("line", "pk")]


def client_of(actor: Any) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=actor.id), "django.contrib.auth.backends.ModelBackend")
    return client


def test_a_preview_tells_each_row_and_changes_nothing(house: House) -> None:
    sheet = previewed(house, "sku,BASE GBP\nA,4.10\nB,4.00\nZ,1.00\nC,４.10\n")
    assert states(sheet) == [
        (2, "A", "good", ""),
        (4, "Z", "refused", "unknown_sku"),
        (5, "C", "refused", "full_width"),
    ]
    assert sheet.unchanged == 1 and not PriceChange.objects.filter(state="draft").exists()
    assert Event.objects.filter(kind="price_sheet.previewed", subject=f"price_sheet:{sheet.pk}").count() == 1


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("NaN", "not_a_number"),
        ("1e400", "not_a_number"),
        ("4.105", "too_precise"),
        ("-1", "negative"),
        ("€4.10", "currency_mismatch"),
        ("4.10 EUR", "currency_mismatch"),
        ("#N/A", "error_cell"),
        ("123456789012345", "too_large"),
    ],
)
def test_refusals_by_row(house: House, typed: str, code: str) -> None:
    assert states(previewed(house, f"sku,BASE\nA,{typed}\n")) == [(2, "A", "refused", code)]


def test_a_price_that_stands_twice_is_refused(house: House) -> None:
    sheet = previewed(house, "sku,price_list,amount\nA,BASE,4.10\nA,BASE,4.20\n")
    assert states(sheet)[1] == (3, "A", "refused", "duplicate_line")


def test_chinese_headers_in_gbk(house: House) -> None:
    sheet = previewed(house, "商品编码,价目表,新价\nA,BASE,4.10\n".encode("gbk"))
    assert states(sheet) == [(2, "A", "good", "")] and sheet.encoding == "gb18030"


def test_the_decimal_sign_is_asked_for_not_guessed(house: House) -> None:
    with pytest.raises(Faults) as refused:
        previewed(house, "sku;BASE\nA;4,10\n", decimal_mark="")
    assert refused.value.faults[0].code == "decimal_mark_needed"
    assert states(previewed(house, "sku;BASE\nA;4,10\n", decimal_mark=",")) == [(2, "A", "good", "")]


@pytest.mark.parametrize(
    ("text", "more", "code"),
    [
        ("name,BASE\nA,1\n", {}, "missing_columns"),
        ("sku,amount\nA,1\n", {}, "missing_columns"),
        ("sku,amount\nA,1\n", {"price_list": "NONE"}, "unknown_price_list"),
        ("sku,BASE\n" + "A,1\n" * 200_001, {}, "too_many_rows"),
        ("", {}, "empty_file"),
    ],
)
def test_refused_whole(house: House, text: str, more: dict[str, str], code: str) -> None:
    with pytest.raises(Faults) as refused:
        previewed(house, text, **more)
    assert refused.value.faults[0].code == code and not PriceSheet.objects.exists()


def test_a_formula_in_a_price_is_refused(house: House) -> None:
    book = openpyxl.Workbook()
    for row in (["sku", "BASE"], ["A", "=4+0.1"], ["B", 4.1]):
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    sheet = previewed(house, out.getvalue(), name="a.xlsx", decimal_mark="")  # type: ignore[arg-type]
    assert states(sheet) == [(2, "A", "refused", "formula"), (3, "B", "good", "")]


def test_good_rows_only_when_the_person_says_so(house: House) -> None:
    sheet = previewed(house, "sku,BASE\nA,4.10\nZ,1.00\n")
    with pytest.raises(Faults) as refused:
        take_sheet(actor=house.clerk, sheet_id=sheet.pk, draft_id=None, only_good=False)
    assert refused.value.faults[0].code == "has_faults"
    change = take_sheet(actor=house.clerk, sheet_id=sheet.pk, draft_id=None, only_good=True)
    assert [(line.product.sku, str(line.amount)) for line in change.lines.all()] == [("A", "4.100000")]
    assert Event.objects.filter(kind="price_sheet.taken").get().after["left"] == 1


def test_a_sheet_goes_into_a_draft_that_is_there_and_only_once(house: House) -> None:
    draft = a_draft(house.clerk, ("BASE", "B", "4.05"))
    sheet = previewed(house, "sku,BASE\nA,4.10\nC,end\n")
    change = take_sheet(actor=house.clerk, sheet_id=sheet.pk, draft_id=draft.pk, only_good=False)
    assert change.pk == draft.pk and change.line_count == 3
    assert change.lines.get(product__sku="C").amount is None
    with pytest.raises(Faults) as refused:
        take_sheet(actor=house.clerk, sheet_id=sheet.pk, draft_id=None, only_good=False)
    assert refused.value.status == 409


def test_another_person_does_not_see_it(house: House) -> None:
    sheet = previewed(house, "sku,BASE\nA,4.10\n")
    with pytest.raises(Http404):
        take_sheet(actor=house.manager, sheet_id=sheet.pk, draft_id=None, only_good=True)
    assert client_of(house.manager).get(f"/prices/sheets/{sheet.pk}/").status_code == 404


def test_prices_that_moved_since_the_preview_refuse_it(house: House) -> None:
    sheet = previewed(house, "sku,BASE\nA,4.10\n")
    priced(house.clerk, ("BASE", "A", "4.15"))
    with pytest.raises(Faults) as refused:
        take_sheet(actor=house.clerk, sheet_id=sheet.pk, draft_id=None, only_good=True)
    assert refused.value.faults[0].code == "moved_meanwhile"


def exported(house: House) -> openpyxl.Workbook:
    answer = client_of(house.clerk).get("/prices/sheet.xlsx")
    assert answer.status_code == 200
    return openpyxl.load_workbook(io.BytesIO(answer.content))


def test_the_round_trip_merges_three_ways(house: House) -> None:
    book = exported(house)
    page = book.active
    column = [cell.value for cell in page[1]].index("BASE GBP") + 1
    page.cell(2, column).value, page.cell(3, column).value = 4.10, 4.20
    priced(house.manager, ("BASE", "B", "4.05"), ("BASE", "C", "4.15"))
    out = io.BytesIO()
    book.save(out)
    sheet = previewed(house, out.getvalue(), name="a.xlsx", decimal_mark="")  # type: ignore[arg-type]
    assert states(sheet) == [(2, "A", "good", ""), (3, "B", "conflict", ""), (4, "C", "theirs", "")]
    mine = sheet.rows.get(sku="B")
    change = take_sheet(actor=house.clerk, sheet_id=sheet.pk, draft_id=None, only_good=False, mine={mine.pk})
    assert sorted(line.product.sku for line in change.lines.all()) == ["A", "B"]


def test_an_unedited_round_trip_asks_for_nothing(house: House) -> None:
    out = io.BytesIO()
    exported(house).save(out)
    sheet = previewed(house, out.getvalue(), name="a.xlsx", decimal_mark="")  # type: ignore[arg-type]
    assert states(sheet) == [] and sheet.unchanged == 3


def test_the_pages(house: House) -> None:
    client = client_of(house.clerk)
    sent = {"file": SimpleUploadedFile("may.csv", b"sku,BASE\nA,4.10\n=Z,1.00\n"), "decimal_mark": "."}
    place = client.post("/prices/sheets/", sent).headers["Location"]
    assert b"4.10" in client.get(place).content and b"may.csv" in client.get("/prices/sheets/").content
    assert "'=Z" in client.get(f"{place}faults.csv").content.decode("utf-8-sig")
    assert client.post(f"{place}take/").status_code == 422
    assert client.post(f"{place}take/", {"only_good": "1"}).headers["Location"].startswith("/prices/changes/")
    assert client.post("/prices/sheets/", {}).status_code == 422


def test_over_rest(house: House) -> None:
    client = client_of(house.clerk)
    sent = {"file": SimpleUploadedFile("may.csv", b"sku,BASE\nA,4.10\nZ,1\n"), "decimal_mark": "."}
    sheet = client.post("/api/v1/price-sheets/", sent)
    assert sheet.status_code == 201 and sheet.json()["counts"] == {"good": 1, "refused": 1}
    address = f"/api/v1/price-sheets/{sheet.json()['id']}/"
    assert client.get(address).json()["rows"][0]["code"] == "unknown_sku"
    taken = client.post(f"{address}take/", {"only_good": True}, content_type="application/json")
    assert taken.status_code == 200 and taken.json()["line_count"] == 1
    assert client.post("/api/v1/price-sheets/", {}).status_code == 422


def test_the_number_of_queries_stays_flat(house: House, django_assert_max_num_queries: Any) -> None:
    for number in range(40):
        a_product(f"N{number}")
    text = "sku,BASE\n" + "".join(f"N{number},5.00\n" for number in range(40))
    with django_assert_max_num_queries(40):
        previewed(house, text)


def test_what_is_not_read_is_told(house: House) -> None:
    assert previewed(house, "sku,name,Bonus,BASE\nA,x,1,4.10\n").not_read == ["Bonus"]
