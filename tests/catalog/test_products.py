"""Products by lists: all or nothing, every fault at once, set-based, recorded."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.models import Event
from catalog import actions, queries
from catalog.models import Category, Product
from lib.faults import Faults
from tests.catalog.builders import SETUP, product, product_row

pytestmark = pytest.mark.django_db


def codes(rows: Any) -> list[tuple[str, str]]:
    with pytest.raises(Faults) as refused:
        actions.upsert_products(actor=SETUP, rows=rows)
    return [(fault.pointer, fault.code) for fault in refused.value.faults]


def test_creates_updates_and_leaves_alone() -> None:
    rows = [product_row(), product_row(sku="P-2", barcode="6291041500213")]
    assert actions.upsert_products(actor=SETUP, rows=rows).as_json() == {
        "created": 2,
        "updated": 0,
        "unchanged": 0,
    }
    rows[0]["name"] = "Blue mug"
    assert actions.upsert_products(actor=SETUP, rows=rows).as_json() == {
        "created": 0,
        "updated": 1,
        "unchanged": 1,
    }
    assert Product.objects.get(sku="P-1").name == "Blue mug"


def test_creates_the_category_path() -> None:
    product(category="A/ B /C")
    paths = list(Category.objects.order_by("path").values_list("path", "parent__path"))
    assert paths == [("A", None), ("A / B", "A"), ("A / B / C", "A / B")]


def test_an_absent_field_keeps_its_value_and_null_clears_it() -> None:
    product(barcode="6291041500213", net_content="0.5", net_content_unit="kg", status="new")
    again = product(name="Other")
    assert (again.barcode, again.net_content, again.status) == ("6291041500213", Decimal("0.5"), "new")
    cleared = product(barcode=None, net_content=None, net_content_unit="")
    assert (cleared.barcode, cleared.net_content) == ("", None)


def test_records_before_and_after() -> None:
    product()
    product(name="Blue mug")
    event = Event.objects.filter(kind="product.upserted").latest("id")
    assert event.subject == "product:P-1"
    assert event.before["rows"]["P-1"]["name"] == "White mug"
    assert event.after["rows"]["P-1"]["name"] == "Blue mug"


def test_a_long_list_is_recorded_by_digest() -> None:
    actions.upsert_products(actor=SETUP, rows=[product_row(sku=f"L-{n}") for n in range(101)])
    event = Event.objects.filter(kind="product.upserted").latest("id")
    assert event.after["created"] == 101
    assert len(event.after["sha256"]) == 64
    assert "rows" not in event.after


def test_nothing_changed_records_nothing() -> None:
    product()
    before = Event.objects.count()
    product()
    assert Event.objects.count() == before


def test_all_faults_of_all_rows_at_once_and_nothing_written() -> None:
    rows = [
        product_row(barcode="6291041500214"),
        product_row(sku="P-2", unit="furlong", status="gone"),
        product_row(sku="P-3", net_content="0", net_content_unit="kg"),
        {"sku": "P-4", "name": ""},
        product_row(sku="P-2"),
        "text",
    ]
    assert codes(rows) == [
        ("/0/barcode", "invalid_barcode"),
        ("/1/status", "unknown_status"),
        ("/1/unit", "unknown_unit"),
        ("/2/net_content", "not_above_zero"),
        ("/2/net_content_unit", "net_content_unit_needed"),
        ("/3/category", "required"),
        ("/3/name", "blank"),
        ("/3/unit", "required"),
        ("/4/sku", "duplicate_row"),
        ("/5", "not_an_object"),
    ]
    assert not Product.objects.exists()


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"name": "a\x00b"}, "/0/name", "control_character"),
        ({"name": "x" * 301}, "/0/name", "too_long"),
        ({"name": 5}, "/0/name", "not_text"),
        ({"category": "A / / B"}, "/0/category", "invalid_category"),
        ({"net_content": "1.1234567", "net_content_unit": "kg"}, "/0/net_content", "too_precise"),
        ({"net_content": "NaN", "net_content_unit": "kg"}, "/0/net_content", "not_a_number"),
        ({"net_content": "1", "net_content_unit": None}, "/0/net_content_unit", "net_content_unit_needed"),
        ({"colour": "red"}, "/0/colour", "unknown_field"),
        ({"packs": [{"unit": "box", "factor": "0"}]}, "/0/packs", "not_above_zero"),
    ],
)
def test_refuses(changes: dict[str, Any], pointer: str, code: str) -> None:
    assert (pointer, code) in codes([product_row(**changes)])


def test_refuses_a_body_that_is_no_list() -> None:
    assert codes({"sku": "P-1"}) == [("", "not_a_list")]


def test_refuses_a_barcode_of_another_product() -> None:
    product(barcode="6291041500213")
    assert codes([product_row(sku="P-2", barcode="6291041500213")]) == [("/0/barcode", "barcode_taken")]
    twice = [product_row(sku=f"T-{n}", barcode="7300011000017") for n in (1, 2)]
    assert codes(twice) == [("/1/barcode", "barcode_taken")]


def test_refuses_another_unit() -> None:
    product()
    assert codes([product_row(unit="kg")]) == [("/0/unit", "unit_fixed")]


def test_packs_are_replaced_and_alone_count_as_an_update() -> None:
    box = {"unit": "box", "factor": "12"}
    product(packs=[box])
    assert actions.upsert_products(actor=SETUP, rows=[product_row(packs=[box])]).unchanged == 1
    assert actions.upsert_products(actor=SETUP, rows=[product_row(packs=[])]).updated == 1
    assert not Product.objects.get(sku="P-1").packs.exists()


def test_the_number_of_queries_does_not_grow_with_the_rows() -> None:
    def measured(start: int, rows: int) -> int:
        with CaptureQueriesContext(connection) as seen:
            actions.upsert_products(
                actor=SETUP, rows=[product_row(sku=f"Q-{n}") for n in range(start, start + rows)]
            )
        return len(seen)

    measured(0, 1)
    assert measured(10, 10) == measured(100, 50)


def test_search_puts_the_exact_one_first() -> None:
    product(sku="MUG", name="Saucer")
    product(sku="P-2", name="Mug, green", barcode="6291041500213")
    assert [hit.sku for hit in queries.search_products("mug")] == ["MUG", "P-2"]
    assert [hit.sku for hit in queries.search_products("6291041500213")] == ["P-2"]
    assert queries.search_products("%") == []
    assert queries.search_products("100%") == []
