"""Numbers written by people, under a declared decimal sign. Nothing is guessed: what could be read two ways is refused."""

import re
import unicodedata

MARKS = (".", ",")
BLANKS = re.compile(r"[ \u00a0\u202f']")
DIGITS = re.compile(r"[0-9]+")


def plain_number(text: str, mark: str) -> tuple[str, str]:
    """(`text` in plain notation, "") or ("", what is wrong with it).

    mark: the declared decimal sign, "." or ",", or "" when none was declared. Codes: full_width (digits or signs of
    full width), undeclared (a sign stands in it and none was declared), not_a_number, negative.
    """
    if any(unicodedata.east_asian_width(letter) == "F" for letter in text):
        return "", "full_width"
    bare = BLANKS.sub("", text).replace("\u2212", "-")
    sign, body = ("-", bare[1:]) if bare.startswith("-") else ("", bare)
    if not mark:
        if DIGITS.fullmatch(body):
            return ("", "negative") if sign and int(body) else (body, "")
        return "", "undeclared" if re.fullmatch(r"[0-9.,]+", body) else "not_a_number"
    group = "," if mark == "." else "."
    whole, _sign, decimals = body.partition(mark)
    first, *others = whole.split(group)
    fits = all(len(part) == 3 for part in others) and (1 <= len(first) <= 3 if others else True)
    digits = "".join((first, *others))
    if not fits or not DIGITS.fullmatch(digits) or (_sign and not DIGITS.fullmatch(decimals)):
        return "", "not_a_number"
    if sign and int(digits + decimals):
        return "", "negative"
    return f"{digits}.{decimals}" if decimals else digits, ""
