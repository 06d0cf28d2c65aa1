"""Codes from scanners: the oracle's, each application identifier used here, and numbers of restricted circulation."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib import gs1
from lib.barcodes import check_digit

TODAY = date(2026, 11, 24)
FNC1 = gs1.GROUP_SEPARATOR
# Published examples as the oracle of this project lists them (gs1.org, gs1.se, python-stdnum).
ORACLE = json.loads(Path(__file__).with_name("gs1.json").read_text(encoding="utf8"))
CHECKED = [case for case in ORACLE if "without_check_digit" in case["input"]]
NUMBERS = [case for case in ORACLE if "gtin" in case["input"]]
STRINGS = [case for case in ORACLE if "text" in case["input"]]


@pytest.mark.parametrize("case", CHECKED, ids=lambda case: case["id"])
def test_check_digits_are_the_published_ones(case: dict) -> None:
    asked = case["input"]["without_check_digit"]
    assert str(check_digit(asked)) == case["expect"]["check_digit"]
    assert gs1.is_gtin(case["expect"]["full"]) is case["expect"]["valid"]


@pytest.mark.parametrize("case", NUMBERS, ids=lambda case: case["id"])
def test_numbers_that_are_none(case: dict) -> None:
    assert gs1.is_gtin(case["input"]["gtin"]) is case["expect"]["valid"]


@pytest.mark.parametrize("case", STRINGS, ids=lambda case: case["id"])
def test_the_published_element_string(case: dict) -> None:
    text, expected = case["input"]["text"], case["expect"]["fields"]
    found = gs1.elements(text)
    assert gs1.compact(text) == case["expect"]["compact"]
    assert gs1.elements(gs1.compact(text)) == found
    assert (found["01"], str(gs1.element_date(found["17"], TODAY)), int(found["37"])) == tuple(
        expected.values()
    )


def test_every_case_of_the_oracle_is_used() -> None:
    assert len(CHECKED) + len(NUMBERS) + len(STRINGS) == len(ORACLE)


def test_lot_weight_price_and_serial_in_one_code() -> None:
    text = f"]d2010950600013435217270131310300125039221299{FNC1}10L-77{FNC1}21S9"
    found = gs1.elements(text)
    assert found == {
        "01": "09506000134352",
        "17": "270131",
        "3103": "001250",
        "3922": "1299",
        "10": "L-77",
        "21": "S9",
    }
    assert (gs1.measured(found, "310"), gs1.measured(found, "392")) == (Decimal("1.250"), Decimal("12.99"))
    assert gs1.element_dates(found, TODAY) == {"17": date(2027, 1, 31)}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("(01)09506000134353", "wrong_check_digit"),
        ("(17)270231", "not_a_date"),
        ("(17)27013", "wrong_length"),
        ("(8888)1", "unknown_identifier"),
        ("(10)", "wrong_length"),
        ("(10)" + "A" * 21, "wrong_length"),
        ("(10)Ä", "not_a_code"),
        ("(37)1A", "not_a_number"),
        ("(10)A(10)B", "said_twice"),
        ("]C199", "unknown_identifier"),
        ("(", "not_a_code"),
    ],
)
def test_what_is_wrong_is_said(text: str, code: str) -> None:
    with pytest.raises(gs1.BadCode) as refused:
        gs1.element_dates(gs1.elements(text), TODAY)
    assert refused.value.code == code


def test_a_date_without_a_day_is_the_months_last_and_the_year_the_nearest() -> None:
    assert gs1.element_date("280200", TODAY) == date(2028, 2, 29)
    assert gs1.element_date("760101", TODAY) == date(2076, 1, 1)
    assert gs1.element_date("770101", TODAY) == date(1977, 1, 1)


def test_price_verifiers_are_those_of_the_specification() -> None:
    # GS1 General Specifications, calculation examples for four and five digits.
    assert (gs1.price_verifier("2875"), gs1.price_verifier("14685")) == (9, 6)


def test_a_price_is_read_by_its_mask_and_a_changed_digit_is_seen() -> None:
    mask = gs1.Mask("20IIIIIVMMMMC", 2)
    body = "2012345" + "9" + "2875"
    code = body + str(check_digit(body))
    read = gs1.embedded(code, mask)
    assert (read.item, read.measure, read.plain) == ("12345", Decimal("28.75"), "2012345000001")
    wrong = "2012345" + "8" + "2875"
    with pytest.raises(gs1.BadCode, match="price or weight"):
        gs1.embedded(wrong + str(check_digit(wrong)), mask)


@given(grams=st.integers(0, 99_999), item=st.integers(0, 99_999))
def test_a_weight_comes_back_as_it_went_in(grams: int, item: int) -> None:
    mask = gs1.Mask("23IIIIIMMMMMC", 3)
    body = f"23{item:05}{grams:05}"
    read = gs1.embedded(body + str(check_digit(body)), mask)
    assert (read.item, read.measure) == (f"{item:05}", Decimal(grams) / 1000)


@pytest.mark.parametrize(
    ("pattern", "decimals", "is_good"),
    [("23IIIIIMMMMMC", 3, True), ("02IIIIIVMMMMC", 2, True), ("21IIIIIIIIIIC", 0, True), ("30IIIIIMMMMMC", 3, False),
     ("23IIIIIMMMMM", 3, False), ("23MMMMMIIIIIC", 3, False), ("23IIIIIIVMMMC", 2, False), ("23IIIIIMMMMMC", 6, False)],
)  # fmt: skip
def test_masks_are_checked(pattern: str, decimals: int, is_good: bool) -> None:
    assert (gs1.mask_fault(pattern, decimals) == "") is is_good


@given(text=st.text(alphabet="0123456789()ABab\x1d]Cd%/ äÄ٣", max_size=60))
def test_whatever_is_scanned_is_read_or_said_to_be_wrong(text: str) -> None:
    try:
        found = gs1.elements(text)
        gs1.element_dates(found, TODAY)
        gs1.measured(found, "310")
        gs1.measured(found, "393")
    except gs1.BadCode as bad:
        assert bad.code and str(bad)
    assert gs1.is_gtin(text) in (True, False)
    assert gs1.is_restricted(text) in (True, False)
