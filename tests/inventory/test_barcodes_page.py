"""/stock/barcodes/: a code is read there, and rules for weighed goods are kept by who may."""

import pytest

from inventory.models import BarcodeRule
from lib.clock import frozen
from tests.inventory.builders import AT, make_product, make_site
from tests.inventory.test_barcodes import number, rule
from tests.inventory.test_lots_pages import client_of, text

URL = "/stock/barcodes/"
FORM = {
    "pattern": "23iiiiimmmmmc",
    "country": "",
    "measure": "weight",
    "decimals": "3",
    "source": "the scales of the house",
}


@pytest.fixture(autouse=True)
def house(db: None):
    with frozen(AT):
        make_site("LON")
        make_product("HAM", barcode=number("230004200000"), unit="kg")
        yield


def test_a_label_of_a_scale_is_read_once_its_rule_is_kept() -> None:
    manager = client_of("stock_manager")
    label = number("230004201250")
    assert "no_barcode_rule" not in text(manager, URL)
    assert "HAM" not in text(manager, f"{URL}?code={label}&site=LON")
    assert manager.post(URL, FORM).status_code == 302
    shown = text(manager, f"{URL}?code={label}&site=LON")
    assert "HAM" in shown
    assert "1.25" in shown


def test_what_cannot_be_a_rule_is_named_and_what_was_typed_is_kept() -> None:
    manager = client_of("stock_manager")
    for wrong in ({"pattern": "99IIIIIMMMMMC"}, {"decimals": "x"}, {"country": "XX"}, {"measure": "none"}):
        answer = manager.post(URL, {**FORM, **wrong})
        assert answer.status_code == 422
        assert "the scales of the house" in answer.content.decode()
    assert not BarcodeRule.objects.exists()


def test_a_rule_ends_with_a_reason_and_a_code_of_another_site_is_told_nothing() -> None:
    rule_id = rule()
    manager = client_of("stock_manager")
    manager.post(f"{URL}{rule_id}/retire/", {"reason": ""})
    assert BarcodeRule.objects.get().retired_at is None
    manager.post(f"{URL}{rule_id}/retire/", {"reason": "New scales"})
    assert BarcodeRule.objects.get().retired_at is not None
    clerk = client_of("stock_clerk", "LON")
    assert "End the rule" not in text(clerk, URL)
    assert clerk.get(f"{URL}?code=1&site=NONE").status_code == 404
    sales = client_of("sales")
    assert sales.post(URL, FORM).status_code == 403
    assert sales.post(f"{URL}{rule_id}/retire/", {"reason": "x"}).status_code == 403
