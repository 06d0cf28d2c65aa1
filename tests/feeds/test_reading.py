import codecs

import pytest

from catalog.models import ExchangeRate, Product
from feeds.models import QuarantineRow
from feeds.rules.tables import table_of
from lib.faults import Faults
from lib.sheets.decoding import text_of
from tests.feeds.builders import PRODUCTS, applied

CHINESE = "商品编码,商品名称,类别,单位\nA001,杯子,厨房,pcs\n"


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (codecs.BOM_UTF8 + CHINESE.encode(), "utf-8"),
        (CHINESE.encode(), "utf-8"),
        (CHINESE.encode("gb18030"), "gb18030"),
        (codecs.BOM_UTF16_LE + CHINESE.encode("utf-16-le"), "utf-16-le"),
        (codecs.BOM_UTF16_BE + CHINESE.encode("utf-16-be"), "utf-16-be"),
    ],
)
def test_encodings_and_chinese_headers(body: bytes, encoding: str) -> None:
    text, found = text_of(body)
    assert found == encoding
    assert table_of(text).rows == [{"sku": "A001", "name": "杯子", "category": "厨房", "unit": "pcs"}]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separators(separator: str) -> None:
    assert table_of(f"sku{separator}name\nA{separator}x\n").rows == [{"sku": "A", "name": "x"}]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "empty_file"),
        (b"  \r\n", "empty_file"),
        (b"PK\x03\x04abc", "not_text"),
        (b"\xff\xff\xff\xff", "unknown_encoding"),
        (b"a\x00b,c\n", "control_characters"),
    ],
)
def test_bytes_that_are_no_text(body: bytes, code: str) -> None:
    with pytest.raises(Faults) as refused:
        text_of(body)
    assert refused.value.faults[0].code == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("sku,name\n", "no_rows"),
        ("sku,sku\n1,2\n", "duplicate_column"),
        ('sku,name\n"A,x\n', "unbalanced_quote"),
        (",".join(f"c{n}" for n in range(201)) + "\n1\n", "too_many_columns"),
    ],
)
def test_tables_that_are_refused(text: str, code: str) -> None:
    with pytest.raises(Faults) as refused:
        table_of(text)
    assert refused.value.faults[0].code == code


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"A001,Cup\nA002,Bowl\n", "missing_columns"),
        (b"[", "invalid_json"),
        (b'{"a": 1}', "not_a_list"),
        (b"[" * 100_000, "invalid_json"),
        (b"[NaN]", "invalid_json"),
    ],
)
def test_a_refused_file_writes_nothing(body: bytes, code: str) -> None:
    delivery = applied(body)
    assert (delivery.state, delivery.error_code, delivery.accepted) == ("refused", code, 0)
    assert Product.objects.count() == 0


@pytest.mark.django_db
def test_bad_rows_go_to_quarantine_and_the_others_are_taken() -> None:
    delivery = applied(
        PRODUCTS + b"A003,Jug,Kitchen,furlong\nA004,Pot,Kitchen,pcs,too,many\n,No sku,Kitchen,pcs\n"
    )
    assert (delivery.state, delivery.accepted, delivery.rejected) == ("quarantined", 2, 3)
    rows = QuarantineRow.objects.order_by("number")
    assert [(row.number, row.code) for row in rows] == [
        (3, "unknown_unit"),
        (4, "extra_cells"),
        (5, "required"),
    ]


@pytest.mark.django_db
def test_json_rows_keep_their_digits() -> None:
    body = b'[{"base": "EUR", "quote": "GBP", "rate": 0.8612345678, "on": "2026-10-14"}, 7]'
    delivery = applied(body, "exchange-rates")
    assert (delivery.accepted, delivery.rejected) == (1, 1)
    assert str(ExchangeRate.objects.get().rate) == "0.8612345678"


@pytest.mark.django_db
def test_the_wide_file_of_the_ecb() -> None:
    delivery = applied(
        b"Date,USD,JPY,CYP,\n2026-10-14,1.0812,161.5,N/A,\n2026-10-13,1.08,,N/A,\n", "exchange-rates"
    )
    assert (delivery.state, delivery.accepted) == ("applied", 3)
    assert ExchangeRate.objects.filter(base="EUR", quote="USD").count() == 2
