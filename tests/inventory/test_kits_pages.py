"""Pages of bundles, kits and production: read, saved, refused, posted."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.test import Client

from catalog.models import BillOfMaterials
from inventory.models import Movement
from lib.clock import frozen
from tests.inventory.builders import held, make_product, make_site, receive
from tests.inventory.test_api import NOW
from tests.inventory.test_bundles import bill
from tests.inventory.test_pages import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def house() -> Iterator[None]:
    with frozen(NOW):
        make_site("LON")
        for sku in ("GIFT", "CUP", "TEA"):
            make_product(sku)
        receive("CUP", quantity="7", cost="3")
        receive("TEA", quantity="9", cost="1")
        yield


@pytest.fixture
def client() -> Client:
    return signed_in("stock_manager")


def test_a_bill_is_saved_on_the_page_and_shown(client: Client) -> None:
    form = {"kind": "bundle", "sku": ["CUP", "TEA", ""], "quantity": ["1", "2", ""], "reason": "Christmas"}
    assert client.post("/stock/kits/GIFT/save/", form).status_code == 302
    page = client.get("/stock/kits/GIFT/").content.decode()
    assert ("Christmas" in page, "in all, counted from the components" in page) == (True, True)
    assert "GIFT" in client.get("/stock/kits/").content.decode()


@pytest.mark.parametrize(
    ("sku", "quantity"), [("CUP", "0"), ("CUP", "x"), ("GIFT", "1"), ("NONE", "1"), ("", "")]
)
def test_what_is_refused_stays_typed(client: Client, sku: str, quantity: str) -> None:
    form = {"kind": "bundle", "sku": [sku], "quantity": [quantity], "reason": "as typed"}
    answer = client.post("/stock/kits/GIFT/save/", form)
    assert (answer.status_code, "as typed" in answer.content.decode()) == (422, True)
    assert not BillOfMaterials.objects.exists()


def test_an_unknown_sku_says_so(client: Client) -> None:
    assert client.get("/stock/kits/NONE/").status_code == 404
    assert client.get("/stock/kits/?open=GIFT").headers["Location"] == "/stock/kits/GIFT/"
    assert "no product NONE" in client.get("/stock/kits/?open=NONE").content.decode()


def test_production_is_looked_at_first_and_then_posted(client: Client) -> None:
    bill("GIFT", ("CUP", "1"), ("TEA", "2"), kind="kit")
    form = {"site": "LON", "reference": "P-1", "added_cost": "1", "outputs_sku": ["GIFT"], "outputs_quantity": ["3"],
            "outputs_unit": [""], "outputs_lot": [""]}  # fmt: skip
    seen = client.post("/stock/production/new/", form | {"look": "1"})
    assert (seen.status_code, "16.00" in seen.content.decode()) == (200, True)
    assert not Movement.objects.filter(kind="production").exists()
    assert client.post("/stock/production/new/", form | {"post": "1"}).status_code == 302
    assert (held(sku="GIFT").on_hand, held(sku="GIFT").value) == (3, Decimal(16))
    assert "3 × GIFT" in client.get("/stock/production/").content.decode()


def test_too_little_is_said_beforehand_and_refused(client: Client) -> None:
    bill("GIFT", ("CUP", "1"), kind="kit")
    form = {"site": "LON", "reference": "P-1", "outputs_sku": ["GIFT"], "outputs_quantity": ["8"],
            "outputs_unit": [""], "outputs_lot": [""]}  # fmt: skip
    assert "not enough" in client.post("/stock/production/new/", form | {"look": "1"}).content.decode()
    assert client.post("/stock/production/new/", form | {"post": "1"}).status_code == 422


def test_rights(client: Client) -> None:
    clerk, seller = signed_in("stock_clerk"), signed_in("sales")
    assert clerk.post("/stock/kits/GIFT/save/", {"kind": "kit"}).status_code == 403
    assert "New version" not in clerk.get("/stock/kits/GIFT/").content.decode()
    assert seller.get("/stock/production/new/").status_code == 403


def test_the_stock_page_of_a_bundle_leads_to_its_components(client: Client) -> None:
    bill("GIFT", ("CUP", "1"))
    page = client.get("/stock/products/GIFT/").content.decode()
    assert ("A bundle has no stock of its own" in page, "/stock/kits/GIFT/" in page) == (True, True)
    assert "/stock/kits/" not in client.get("/stock/products/CUP/").content.decode()
