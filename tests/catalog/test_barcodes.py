"""Published GS1 examples: gs1.org, gs1.se, python-stdnum."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.rules.barcodes import barcode_fault, check_digit, in_store_barcode


@pytest.mark.parametrize(
    ("without", "digit"), [("629104150021", 3), ("730001100001", 7), ("7351353", 7), ("9841234567890", 8)]
)
def test_published_check_digits(without: str, digit: int) -> None:
    assert check_digit(without) == digit
    assert barcode_fault(f"{without}{digit}") == ""


@pytest.mark.parametrize(
    "bad", ["6291041500214", "8904000210030", "62910415002A3", "12345678901234567", "", "²" * 13]
)
def test_refuses_what_is_no_gtin(bad: str) -> None:
    assert barcode_fault(bad) != ""


@given(st.integers(0, 10**10 - 1))
def test_in_store_barcodes_are_gtins(number: int) -> None:
    barcode = in_store_barcode(number)
    assert barcode.startswith("20")
    assert barcode_fault(barcode) == ""


@given(st.from_regex(r"\A[0-9]{12}\Z"), st.integers(0, 11), st.integers(1, 9))
def test_one_wrong_digit_is_found(digits: str, place: int, step: int) -> None:
    whole = f"{digits}{check_digit(digits)}"
    wrong = whole[:place] + str((int(whole[place]) + step) % 10) + whole[place + 1 :]
    assert barcode_fault(wrong) != ""
