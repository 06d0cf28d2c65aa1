"""Scanned codes: what they mean at a site, and the rules that tell."""

from datetime import date
from decimal import Decimal

import pytest

from catalog.models import Pack
from inventory.actions.barcode_rules import add_barcode_rule, retire_barcode_rule
from inventory.models import Lot
from inventory.queries.barcodes import read, scan_body
from lib.barcodes import check_digit
from lib.clock import frozen
from lib.faults import Faults
from tests.inventory.builders import AT, TESTER, make_product, make_site

GTIN = "09506000134352"


def code(refused: pytest.ExceptionInfo[Faults]) -> str:
    return refused.value.faults[0].code


def rule(
    pattern: str = "23IIIIIMMMMMC", measure: str = "weight", decimals: int = 3, country: str = ""
) -> int:
    return add_barcode_rule(
        actor=TESTER, country=country, pattern=pattern, measure=measure, decimals=decimals, source="house"
    ).pk


def number(body: str) -> str:
    return body + str(check_digit(body))


def test_a_number_is_found_however_the_catalogue_writes_it(db: None) -> None:
    product = make_product("A1", barcode=GTIN[1:])
    for spelled in (GTIN, GTIN[1:]):
        assert read(spelled).product == product
    with pytest.raises(Faults) as refused:
        read("9506000134353")
    assert code(refused) == "invalid_barcode"


def test_a_packs_number_is_so_many_pieces(db: None) -> None:
    product = make_product("A1")
    Pack.objects.create(product=product, unit="box", factor=12, barcode="10012345678902")
    assert read("10012345678902").quantity == 12
    assert read("(02)10012345678902(37)3").quantity == 36


def test_lot_expiry_weight_and_price_of_an_element_string(db: None) -> None:
    product = make_product("A1", barcode=GTIN[1:], unit="kg", tracks_lots=True)
    Lot.objects.create(product=product, code="L7", expires_on=date(2026, 11, 19), is_recalled=True)
    site = make_site()
    with frozen(AT):
        found = read(f"(01){GTIN}(3103)001250(3922)1299(10)L7(21)S9", site=site)
    assert (found.quantity, found.price, found.currency, found.serial) == (
        Decimal("1.25"),
        Decimal("12.99"),
        "GBP",
        "S9",
    )
    assert (found.lot, found.expires_on, found.is_recalled, found.is_expired) == (
        "L7",
        date(2026, 11, 19),
        True,
        True,
    )
    assert scan_body(found)["weight_kg"] == "1.25"


@pytest.mark.parametrize(
    ("text", "wrong"),
    [("(10)L7", "invalid_barcode"), ("(01)09506000134353", "invalid_barcode"), ("", "invalid_barcode"),
     ("(01)" + GTIN, "unknown_barcode"), ("XYZ", "unknown_barcode"), ("9" * 200, "invalid_barcode"),
     ("(01)" + GTIN + "(17)270231", "invalid_barcode"), (number("230000100123"), "no_barcode_rule")],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(db: None, text: str, wrong: str) -> None:
    with pytest.raises(Faults) as refused:
        read(text)
    assert code(refused) == wrong


def test_a_weight_in_a_number_of_restricted_circulation(db: None) -> None:
    rule()
    cheese = make_product("CHEESE", barcode=number("230001200000"), unit="kg")
    found = read(number("230001200750"))
    assert (found.product, found.quantity, found.kind) == (cheese, Decimal("0.75"), "restricted")


def test_a_price_tells_no_quantity_and_is_in_the_sites_currency(db: None) -> None:
    rule("20IIIIIVMMMMC", "price", 2)
    make_product("HAM", barcode="2000012")
    found = read(number("200001292875"), site=make_site())
    assert (found.price, found.currency, found.quantity) == (Decimal("28.75"), "GBP", None)
    with pytest.raises(Faults) as refused:
        read(number("200001282875"))
    assert code(refused) == "invalid_barcode"


def test_the_countrys_rule_stands_before_the_one_for_all(db: None) -> None:
    rule("23IIIIIMMMMMC", "weight", 3)
    rule("23IIIIIMMMMMC", "price", 2, country="GB")
    make_product("CHEESE", barcode="2300012", unit="kg")
    assert read(number("230001200750")).quantity == Decimal("0.75")
    assert read(number("230001200750"), site=make_site()).price == Decimal("7.5")


def test_a_rule_ends_and_its_numbers_are_refused(db: None) -> None:
    made = rule()
    make_product("CHEESE", barcode="2300012", unit="kg")
    retire_barcode_rule(actor=TESTER, rule_id=made, reason="new scales")
    with pytest.raises(Faults) as refused:
        read(number("230001200750"))
    assert code(refused) == "no_barcode_rule"
    with pytest.raises(Faults) as again:
        retire_barcode_rule(actor=TESTER, rule_id=made, reason="new scales")
    assert code(again) == "already_ended"


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [({"pattern": "99IIIIIMMMMMC"}, "invalid_pattern"), ({"country": "XX"}, "unknown_country"),
     ({"measure": "none"}, "invalid_measure"), ({"decimals": 9}, "invalid_pattern")],
)  # fmt: skip
def test_rules_that_cannot_be_are_refused(db: None, fields: dict, wrong: str) -> None:
    with pytest.raises(Faults) as refused:
        rule(**fields)
    assert code(refused) == wrong


def test_the_same_rule_twice_is_refused(db: None) -> None:
    rule()
    with pytest.raises(Faults) as refused:
        rule()
    assert code(refused) == "exists"
