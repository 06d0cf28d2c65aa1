"""The entry page: what a code means, and the form without scripts."""

import re

import pytest
from django.test import Client

from catalog.models import Pack, Product
from inventory.models import Balance, Movement
from tests.inventory.builders import held, make_product, make_site, receive
from tests.inventory.test_bundles import bill
from tests.inventory.test_pages import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    make_site("LON")
    nut = make_product("NUT", barcode="4006381333931")
    Pack.objects.create(product=nut, unit="box", factor=12, barcode="96385074")
    receive("NUT", quantity="30", lot="L1")
    return signed_in("stock_manager")


@pytest.mark.parametrize(
    ("code", "given", "quantity"),
    [("4006381333931", "", "1"), ("96385074", "box:12", "1"), ("nut", "", "1"), (" NUT ", "", "1")],
)
def test_a_code_tells_product_pack_and_stock(client: Client, code: str, given: str, quantity: str) -> None:
    told = client.get("/stock/movements/new/read/", {"code": code, "site": "LON"}).json()
    assert (told["sku"], told["given"], told["quantity"]) == ("NUT", given, quantity)
    assert (told["states"], told["units"]) == ({"available": "30"}, {"box:12": "12"})
    assert told["lots"] == [{"lot": "L1", "state": "available", "on_hand": "30", "expires_on": None}]


@pytest.mark.parametrize(("code", "status"), [("4006381333932", 422), ("5012345678900", 404), ("", 422)])
def test_what_is_no_code_says_so(client: Client, code: str, status: int) -> None:
    answer = client.get("/stock/movements/new/read/", {"code": code, "site": "LON"})
    assert (answer.status_code, bool(answer.json()["detail"])) == (status, True)


def test_a_bundle_is_told_as_one(client: Client) -> None:
    make_product("SET")
    bill("SET", ("NUT", "2"))
    assert client.get("/stock/movements/new/read/", {"code": "SET"}).json()["is_bundle"] is True


def test_one_scan_costs_the_same_few_queries(client: Client, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(12):
        client.get("/stock/movements/new/read/", {"code": "4006381333931", "site": "LON"})


def test_the_form_takes_packs_and_changes_of_state_without_scripts(client: Client) -> None:
    line = {"sku": ["NUT"], "quantity": ["2"], "lot": ["L1"], "unit_cost": [""], "unit_price": [""]}
    form = {
        "reference": "S-1",
        "from": "LON",
        "to": "supplier",
        "kind": "state",
        "from_state": "available",
        "to_state": "blocked",
    }
    assert client.post("/stock/movements/new/", form | line | {"unit": ["box"]}).status_code == 302
    made = Movement.objects.get(reference="S-1")
    assert made.kind == "transfer"
    assert Balance.objects.get(product__sku="NUT", lot="L1", state="blocked").on_hand == 24


def test_each_opened_page_has_a_key_of_its_own(client: Client) -> None:
    keys = {
        re.search(
            r'data-key-once="([0-9a-f-]{36})"', client.get("/stock/movements/new/").content.decode()
        ).group(1)
        for _again in range(2)
    }
    assert len(keys) == 2
    assert Product.objects.count() == 1 and held("LON", "NUT", "L1").on_hand == 30
