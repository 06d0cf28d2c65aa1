"""How people are shown: initials in a circle, a surname's character in Chinese."""

import re

_HAN = re.compile(r"[\u3400-\u9fff]")
NOT_PEOPLE = {"policy": "robot", "job": "robot", "system": "robot"}


def initials_of(name: str) -> str:
    """Amy Whitcombe" → "AW", "陈思远" → "陈", "clerk.price" → "CP"; "?" for nothing."""
    name = name.strip()
    if not name:
        return "?"
    if _HAN.match(name):
        return name[0]
    words = [word for word in re.split(r"[\s._-]+", name) if word]
    return (
        "".join(word[0] for word in (words[0], words[-1]) if word).upper()
        if len(words) > 1
        else name[:2].upper()
    )
