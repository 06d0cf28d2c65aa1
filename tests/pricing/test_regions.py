"""All regions side by side: bands, what leaves them first, filters, files, REST."""

from decimal import Decimal
from typing import Any

import pytest

from catalog.models import Category, ExchangeRate, Product
from lib import clock
from pricing.actions.price_changes import approve_change
from pricing.models import Guardrail
from pricing.queries.grid import GridFilter
from pricing.queries.regions import RegionRow, region_board, region_counts, region_rows
from tests.pricing.builders import House, a_house, a_list, a_product, a_rate, priced, submitted
from tests.pricing.test_pages import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> House:
    """Base 10.00 GBP; Britain from −10 % to +10 %, the eurozone derived at 1.20 and 5 % above, without a band."""
    made = a_house()
    a_rate("GBP", "EUR", "1.20")
    a_rate("EUR", "GBP", "0.8333333333")
    band = {"floor_fraction": Decimal("-0.1"), "ceiling_fraction": Decimal("0.1")}
    a_list("BRITAIN", kind="region", region=made.london.region, parent=made.base, **band)
    euro = {"kind": "region", "region": made.berlin.region, "currency": "EUR", "parent": made.base}
    a_list("EURO", float_fraction=Decimal("0.05"), **euro)
    toys = Category.objects.create(name="Toys", path="Toys")
    for sku in ("A", "B", "C"):
        a_product(sku, "2.00", category=toys if sku == "C" else None)
        priced(made.clerk, ("BASE", sku, "10.00"))
    return made


def asked(house: House, *lines: tuple[str, str, str]) -> None:
    """Prices in force that a manager has approved."""
    change = submitted(house.clerk, *lines)
    if change.state == "pending":
        approve_change(actor=house.manager, change_id=change.pk)


def rows(**fields: Any) -> list[RegionRow]:
    only = fields.pop("breaks_only", False)
    return region_rows(region_board(clock.now()), GridFilter(**fields), breaks_only=only)


def test_derived_regions_stand_beside_the_base(house: House) -> None:
    first = rows()[0]
    assert (first.sku, first.base_amount) == ("A", Decimal("10.00"))
    britain, euro = first.cells
    assert (britain.amount, britain.is_derived, britain.breaks) == (Decimal("10.00"), True, "")
    assert (euro.amount, euro.fraction) == (Decimal("12.60"), Decimal("0.05"))


def test_what_leaves_its_band_comes_first_and_furthest_first(house: House) -> None:
    """11.50 lies 5 % beyond the ceiling of 11.00, 8.90 1 % beyond the floor of 9.00, 11.00 is the limit itself."""
    asked(house, ("BRITAIN", "A", "11.00"), ("BRITAIN", "B", "8.90"), ("BRITAIN", "C", "11.50"))
    assert [(one.sku, one.cells[0].breaks) for one in rows()] == [("C", "ceiling"), ("B", "floor"), ("A", "")]
    assert [one.sku for one in rows(breaks_only=True)] == ["C", "B"]
    assert region_counts(region_board(clock.now()), GridFilter()) == (3, 2)
    assert [one.sku for one in rows(category="Toys")] == ["C"]
    assert [one.sku for one in rows(search="B")] == ["B"]


def test_the_guardrail_is_the_band_of_a_list_without_one(house: House) -> None:
    Guardrail.objects.create(rule="band", options={"basis": "base", "ceiling": "0.2"})
    asked(house, ("EURO", "B", "14.50"))
    first = rows()[0]
    assert (first.sku, first.cells[1].breaks) == ("B", "ceiling")


def test_without_a_rate_a_region_has_no_figure(house: House) -> None:
    ExchangeRate.objects.all().delete()
    assert (rows()[0].cells[1].amount, rows()[0].cells[1].fraction) == (None, None)


def test_the_queries_stay_the_same_however_many_products(
    house: House, django_assert_max_num_queries: Any
) -> None:
    Product.objects.bulk_create(Product(sku=f"N{n}", name="n") for n in range(200))
    with django_assert_max_num_queries(8):
        assert len(region_rows(region_board(clock.now()), GridFilter(), limit=500)) == 203


def test_the_page_the_files_and_rest_show_the_same(house: House) -> None:
    asked(house, ("BRITAIN", "C", "11.50"))
    client = client_of(house.clerk.id)
    page = client.get("/prices/regions/?breaks=1").content.decode()
    assert "above the ceiling" in page and "/prices/why/?sku=C" in page and "sku=A" not in page
    sheet = client.get("/prices/regions/?breaks=1&format=csv").content.decode("utf-8-sig").splitlines()
    assert sheet[1].startswith("C,Product C,Toys,10") and sheet[1].count("ceiling") == 1 and len(sheet) == 2
    assert client.get("/prices/regions/?format=xlsx").content[:2] == b"PK"
    found = client.get("/api/v1/price-regions/?breaks=true").json()
    assert found["next"] is None and [one["sku"] for one in found["results"]] == ["C"]
    assert found["results"][0]["regions"][0]["fraction"] == "0.150000"
    first = client.get("/api/v1/price-regions/?page_size=2").json()
    assert [one["sku"] for one in client.get(first["next"]).json()["results"]] == ["B"]
    assert client.get("/api/v1/price-regions/?cursor=x").status_code == 400
    assert client.get("/prices/regions/?page=0&category=%25&q=%27").status_code == 200
