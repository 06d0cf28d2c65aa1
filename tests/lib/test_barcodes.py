"""EAN-13: the modules of a printed example, what is refused, and that a reader gets back what was drawn."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.barcodes import as_ean13, check_digit, ean13_bars, ean13_modules

#: 5901234123457, the example of the standard's parity table, written out by hand from the code tables.
PRINTED = (
    "101" "0001011" "0100111" "0110011" "0010011" "0111101" "0011101"
    "01010" "1100110" "1101100" "1000010" "1011100" "1001110" "1000100" "101"
)  # fmt: skip


def read(modules: str) -> str:
    """A reader of its own: by the widths of bars and gaps, not by the code tables of the drawing."""
    widths = {
        "3211": 0, "2221": 1, "2122": 2, "1411": 3, "1132": 4, "1231": 5, "1114": 6, "1312": 7, "1213": 8, "3112": 9,
    }  # fmt: skip
    firsts = {"OOOOOO": 0, "OOEOEE": 1, "OOEEOE": 2, "OOEEEO": 3, "OEOOEE": 4, "OEEOOE": 5, "OEEEOO": 6,
              "OEOEOE": 7, "OEOEEO": 8, "OEEOEO": 9}  # fmt: skip
    digits, parity = [], ""
    for start in [*range(3, 45, 7), *range(50, 92, 7)]:
        part = modules[start : start + 7]
        runs = "".join(str(len(run)) for run in part.replace("01", "0 1").replace("10", "1 0").split())
        if part.count("1") % 2 == 0 and start < 45:
            parity, runs = parity + "E", runs[::-1]
        elif start < 45:
            parity += "O"
        digits.append(widths[runs])
    return "".join(map(str, [firsts[parity], *digits]))


def test_the_printed_example() -> None:
    assert ean13_modules("5901234123457") == PRINTED


@given(st.integers(0, 10**12 - 1))
def test_a_reader_gets_back_what_was_drawn(number: int) -> None:
    digits = f"{number:012d}"
    code = f"{digits}{check_digit(digits)}"
    modules = ean13_modules(code)
    assert len(modules) == 95 and read(modules) == code
    drawn = ["0"] * 95
    for start, width in ean13_bars(code):
        drawn[start : start + width] = "1" * width
    assert "".join(drawn) == modules and len(ean13_bars(code)) == 30


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        ("5901234123457", "5901234123457"),
        ("036000291452", "0036000291452"),
        ("05901234123457", "5901234123457"),
        ("15901234123454", ""),
        ("5901234123458", ""),
        ("59012341234", ""),
        ("５901234123457", ""),
        ("", ""),
        ("ABC", ""),
    ],
)
def test_what_can_be_drawn(code: str, wanted: str) -> None:
    assert as_ean13(code) == wanted


def test_anything_else_is_refused() -> None:
    with pytest.raises(ValueError, match="not an EAN-13"):
        ean13_modules("036000291452")
