"""GS1 barcodes: check digit of GTIN-8, -12, -13 and -14."""

from lib import barcodes

LENGTHS = (8, 12, 13, 14)


def check_digit(digits: str) -> int:
    """The check digit that follows `digits` (a GTIN without its last digit).

    Weights 3 and 1 alternate from the right; the digit fills the sum up to a multiple of ten.
    Raises ValueError: anything but ASCII digits.
    Source: GS1 General Specifications, 7.9.
    """
    if not digits.isascii() or not digits.isdigit():
        raise ValueError("a GTIN has digits only")
    return barcodes.check_digit(digits)


def barcode_fault(barcode: str) -> str:
    """Why `barcode` is no GTIN, or "" when it is one."""
    if not barcode.isascii() or not barcode.isdigit():
        return "a barcode has digits only"
    if len(barcode) not in LENGTHS:
        return "a barcode has 8, 12, 13 or 14 digits"
    expected = check_digit(barcode[:-1])
    return "" if int(barcode[-1]) == expected else f"the check digit should be {expected}"


def in_store_barcode(number: int) -> str:
    """The GTIN-13 with in-store prefix 20 for `number` (0 ≤ number < 10^10). Raises ValueError: out of range."""
    if not 0 <= number < 10**10:
        raise ValueError("an in-store number has up to ten digits")
    digits = f"20{number:010d}"
    return f"{digits}{check_digit(digits)}"
