"""Stock of one site: figures, filters, pages, REST, scope, and the same few queries however many products."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from catalog.models import Product, Site
from inventory.actions.reservations import Wanted, reserve
from inventory.models import SafetyStock
from inventory.queries.site_stock import SiteAsked, site_figures, site_rows
from lib.clock import frozen
from tests.inventory.builders import AT, TESTER, line, make_product, make_site, post, receive
from tests.inventory.test_api import NOW, client_of
from tests.inventory.test_pages import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def house() -> Iterator[Site]:
    """At LON: A1 fine, B2 below its safety stock, C3 below zero, D4 in quarantine, E5 on its way from YRK."""
    with frozen(NOW):
        london, _york = make_site("LON"), make_site("YRK")
        for sku in ("A1", "B2", "C3", "D4", "E5"):
            make_product(sku)
        receive("A1", quantity="10", cost="2")
        b2 = receive("B2", quantity="3", cost="1")
        assert b2.state == "posted"
        SafetyStock.objects.create(site=london, product_id=_id("B2"), given_units=Decimal(5))
        post("sale", line("C3", "LON", "customer", "2", unit_price="9"))
        receive("D4", quantity="4", cost="5")
        post("transfer", line("D4", "LON", "LON", "4", to_state="quarantine"))
        receive("E5", site="YRK", quantity="9", cost="1")
        post("transfer", line("E5", "YRK", "transit", "6"), destination="LON")
        yield london


def _id(sku: str) -> int:
    return Product.objects.get(sku=sku).pk


def skus(state: str = "", **asked: Any) -> list[str]:
    return [
        row["sku"] for row in site_rows(SiteAsked(Site.objects.get(code="LON").pk, state=state, **asked))[0]
    ]


def test_the_figures_count_what_is_wrong(house: Site) -> None:
    found = site_figures(house.pk)
    assert {name: found[name] for name in ("products", "below", "negative", "aside", "transit", "others")} == {
        "products": 4, "below": 1, "negative": 1, "aside": 1, "transit": 1, "others": 0,
    }  # fmt: skip
    assert (found["value"], found["transit_value"]) == (20 + 3 + 20, 6)


@pytest.mark.parametrize(
    ("state", "found"),
    [
        ("", ["A1", "B2", "C3", "D4", "E5"]), ("stock", ["A1", "B2", "C3", "D4"]), ("below", ["B2"]),
        ("negative", ["C3"]), ("aside", ["D4"]), ("transit", ["E5"]), ("others", []), ("nonsense", ["A1", "B2", "C3", "D4", "E5"]),
    ],
)  # fmt: skip
def test_the_filters(state: str, found: list[str]) -> None:
    assert skus(state) == found


def test_what_is_free_leaves_out_reserved_and_set_aside(house: Site) -> None:
    reserve(
        actor=TESTER, site_code="LON", reference="O-1", expires_at=NOW + timedelta(days=1), lines=[Wanted("A1", Decimal(4))]
    )  # fmt: skip
    rows = {row["sku"]: row for row in site_rows(SiteAsked(house.pk))[0]}
    assert (rows["A1"]["on_hand"], rows["A1"]["available"]) == (10, 6)
    assert (rows["D4"]["on_hand"], rows["D4"]["available"], rows["D4"]["aside"]) == (4, 0, 4)


def test_the_page_shows_figures_filters_movements_and_what_waits() -> None:
    client = signed_in("stock_manager")
    page = client.get("/stock/sites/LON/?state=below").content.decode()
    assert ("B2" in page, "/stock/products/A1/" in page) == (True, False)
    assert client.get("/stock/sites/LON/?q=%25").status_code == 200
    assert client.get("/stock/sites/NONE/").status_code == 404
    told = client.get("/stock/sites/LON/?format=csv").content.decode()
    assert told.splitlines()[1].startswith("A1,")


def test_costs_are_for_who_may_see_them() -> None:
    assert "Value at cost" not in signed_in("stock_clerk").get("/stock/sites/LON/").content.decode()
    seen = client_of("stock_clerk").get("/api/v1/stock/sites/LON/").json()
    assert ("value" in seen, seen["open_documents"]["transfers_in"]) == (False, 0)
    assert client_of("finance").get("/api/v1/stock/sites/LON/").json()["value"] == "43"


def test_rest_pages_equal_the_page() -> None:
    client = client_of("stock_manager")
    first = client.get("/api/v1/stock/sites/LON/products/?page_size=3").json()
    second = client.get(first["next"]).json()
    assert [row["sku"] for row in first["results"] + second["results"]] == skus()
    assert (second["next"], first["results"][1]["is_below_safety_stock"]) == (None, True)


def test_out_of_scope_it_is_not_there() -> None:
    client = client_of("stock_clerk", site="YRK")
    assert client.get("/api/v1/stock/sites/LON/").status_code == 404
    assert client.get("/api/v1/stock/sites/LON/products/").status_code == 404


def test_it_costs_the_same_queries_for_many_products(django_assert_max_num_queries: Any) -> None:
    client: Client = signed_in("stock_manager")
    with django_assert_max_num_queries(60) as few:
        client.get("/stock/sites/LON/")
    for number in range(30):
        make_product(f"N{number}")
        receive(f"N{number}", at=AT)
    with django_assert_max_num_queries(len(few)):
        client.get("/stock/sites/LON/")
