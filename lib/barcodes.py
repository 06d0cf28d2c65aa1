"""EAN-13 as bars: the drawing of ISO/IEC 15420, for labels."""

DIGITS = 13
#: Left odd parity (L) by digit; G is R backwards, R the complement of L.
LEFT = (
    "0001101",
    "0011001",
    "0010011",
    "0111101",
    "0100011",
    "0110001",
    "0101111",
    "0111011",
    "0110111",
    "0001011",
)
#: The first digit is told by the parity of the six digits that follow it.
PARITY = ("LLLLLL", "LLGLGG", "LLGGLG", "LLGGGL", "LGLLGG", "LGGLLG", "LGGGLL", "LGLGLG", "LGLGGL", "LGGLGL")
EDGE, MIDDLE = "101", "01010"
COMPLEMENT = str.maketrans("01", "10")


def check_digit(digits: str) -> int:
    """The check digit that follows `digits` of a GTIN: weights 3 and 1 from the right. GS1 General Specifications, 7.9."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return -total % 10


def as_ean13(code: str) -> str:
    """`code` (GTIN-12, -13, or -14 of a single piece) as thirteen digits; "" when it is none or its check digit is wrong."""
    if not (code.isascii() and code.isdigit()) or len(code) not in (12, 13, 14):
        return ""
    digits = code.zfill(DIGITS) if len(code) < 14 else code[1:] if code[0] == "0" else ""
    return digits if digits and check_digit(digits[:-1]) == int(digits[-1]) else ""


def ean13_modules(digits: str) -> str:
    """The 95 modules of thirteen digits, "1" is a bar. Raises ValueError unless they are an EAN-13."""
    if len(digits) != DIGITS or as_ean13(digits) != digits:
        raise ValueError(f"not an EAN-13: {digits}")
    left = "".join(
        LEFT[int(digit)] if parity == "L" else LEFT[int(digit)].translate(COMPLEMENT)[::-1]
        for digit, parity in zip(digits[1:7], PARITY[int(digits[0])], strict=True)
    )
    right = "".join(LEFT[int(digit)].translate(COMPLEMENT) for digit in digits[7:])
    return EDGE + left + MIDDLE + right + EDGE


def ean13_bars(digits: str) -> list[tuple[int, int]]:
    """The bars of thirteen digits as (start, width) in modules, the first at 0. Raises ValueError as `ean13_modules`."""
    bars: list[tuple[int, int]] = []
    for place, module in enumerate(ean13_modules(digits)):
        if module == "0":
            continue
        if bars and sum(bars[-1]) == place:
            bars[-1] = (bars[-1][0], bars[-1][1] + 1)
        else:
            bars.append((place, 1))
    return bars
