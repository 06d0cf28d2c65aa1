"""Numbers written by people, under a declared decimal sign. Nothing is guessed: what could be read two ways is refused."""

import re
import unicodedata

MARKS = (".", ",")
#: What stands between thousands beside the other sign: blanks (also the narrow ones) and the apostrophe.
GROUPS = " \u00a0\u202f'\u2019"
DIGITS = re.compile(r"[0-9]+")
PLAIN = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)")
#: One sign before exactly three digits: a thousand to some, a thousandth to others.
TWO_WAYS = re.compile(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}")
#: Digits with signs between them: a number to somebody.
_NUMERIC = re.compile(r"[+\-\u2212]?[0-9][0-9.,'\u2019\u00a0\u202f ]*")


def number_of(text: str, mark: str) -> tuple[str, str]:
    """(`text` in plain notation with its sign, "") or ("", what is wrong with it).

    mark: the declared decimal sign, "." or ",", or "" when none was declared: only digits are read then. Thousands stand in
    groups of three between the other sign, a blank or an apostrophe, the same throughout. Codes: full_width (digits or
    signs of full width), undeclared (a sign stands in it and none was declared), not_a_number.
    """
    if any(unicodedata.east_asian_width(letter) == "F" for letter in text):
        return "", "full_width"
    bare = text.strip().replace("\u2212", "-")
    sign, body = (bare[0], bare[1:].lstrip()) if bare[:1] in ("-", "+") else ("", bare)
    sign = "-" if sign == "-" else ""
    if not mark:
        if DIGITS.fullmatch(body):
            return sign + body, ""
        return "", "undeclared" if body and _NUMERIC.fullmatch(body) else "not_a_number"
    whole, has_mark, decimals = body.partition(mark)
    groups = {letter for letter in whole if not "0" <= letter <= "9"}
    if len(groups) > 1 or not groups <= {"," if mark == "." else ".", *GROUPS}:
        return "", "not_a_number"
    first, *others = whole.split(groups.pop()) if groups else [whole]
    fits = all(len(part) == 3 for part in others) and (len(first) in (1, 2, 3) or not others)
    fits = fits and not (others and first.startswith("0"))
    digits = "".join((first, *others))
    if not fits or not DIGITS.fullmatch(digits) or (has_mark and not DIGITS.fullmatch(decimals)):
        return "", "not_a_number"
    return sign + (f"{digits}.{decimals}" if decimals else digits), ""


def plain_number(text: str, mark: str) -> tuple[str, str]:
    """As `number_of`, for what cannot lie below zero: code negative."""
    plain, code = number_of(text, mark)
    if plain.startswith("-"):
        return ("", "negative") if DIGITS.search(plain.strip("-0.")) else (plain[1:], "")
    return plain, code


def undeclared_number(text: str, *, is_doubtful: bool) -> tuple[str, str]:
    """(`text`, "") when it is in plain notation (digits, a point, a sign before them), else ("", what is wrong with it).

    is_doubtful: the file speaks of another notation (a comma in another number, a separator other than the comma), so a
    point before three digits may stand between thousands. Codes: full_width, undeclared, not_a_number.
    """
    if PLAIN.fullmatch(text):
        return ("", "undeclared") if is_doubtful and TWO_WAYS.fullmatch(text) else (text, "")
    if any(unicodedata.east_asian_width(letter) == "F" for letter in text):
        return "", "full_width"
    if text.startswith("\u2212"):
        return undeclared_number(f"-{text[1:]}", is_doubtful=is_doubtful)
    return "", "undeclared" if _NUMERIC.fullmatch(text) else "not_a_number"
