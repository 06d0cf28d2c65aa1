"""Rows of a JSON list, or of the member rows (or lines) of a JSON object, one at a time: never the whole as objects."""

import json
from collections.abc import Callable, Generator, Iterator
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any

from lib.faults import refuse

ROWS = ("rows", "lines")
_BLANK = " \t\n\r"


def is_json(text: str) -> bool:
    """Whether the text begins like a list or an object."""
    return text[:4096].lstrip()[:1] in ("[", "{")


def rows_of(text: str, document: dict[str, Any]) -> Iterator[Any]:
    """Each row. The other members of an object are put into `document` as they are met.

    Raises Faults 422 `invalid_json`, `not_a_list`, `duplicate_member`.
    """
    try:
        yield from _Reader(text).rows(document)
    except (ValueError, RecursionError, IndexError) as error:
        detail = "it ends too early" if isinstance(error, IndexError) else str(error)[:200]
        raise refuse("invalid_json", f"The JSON cannot be read: {detail}.") from error


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        decoder = json.JSONDecoder(parse_float=str, parse_constant=_no_constant)
        self.value: Callable[[str, int], tuple[Any, int]] = decoder.scan_once  # type: ignore[attr-defined]

    def rows(self, document: dict[str, Any]) -> Iterator[Any]:
        at = self.blank(0)
        if self.text[at] == "[":
            at = yield from self.listed(at)
        else:
            at = yield from self.members(at, document)
        if self.blank(at) != len(self.text):
            raise ValueError(f"something follows its end at character {at}")

    def members(self, at: int, document: dict[str, Any]) -> Generator[Any, None, int]:
        has_rows = False
        at = self.blank(at + 1)
        while self.text[at] != "}":
            if self.text[at] != '"':
                raise ValueError(f"a name is missing at character {at}")
            name, at = scanstring(self.text, at + 1, True)
            at = self.blank(at)
            if self.text[at] != ":":
                raise ValueError(f"a colon is missing at character {at}")
            at = self.blank(at + 1)
            if name in ROWS and self.text[at] == "[":
                if has_rows:
                    raise refuse("duplicate_member", "There are two lists of rows.")
                has_rows = True
                at = yield from self.listed(at)
            else:
                document[name], at = self.one(at)
            at = self.after(at, "}")
        if not has_rows and not _may_be_empty(document):
            raise refuse("not_a_list", "There must be a list of rows.")
        return at + 1

    def listed(self, at: int) -> Generator[Any, None, int]:
        at = self.blank(at + 1)
        while self.text[at] != "]":
            row, at = self.one(at)
            yield row
            at = self.after(at, "]")
        return at + 1

    def one(self, at: int) -> tuple[Any, int]:
        try:
            return self.value(self.text, at)
        except StopIteration as error:
            raise ValueError(f"a value is missing at character {error.value}") from error

    def after(self, at: int, end: str) -> int:
        """Beyond a comma, or at `end`."""
        at = self.blank(at)
        if self.text[at] == ",":
            at = self.blank(at + 1)
            if self.text[at] == end:
                raise ValueError(f"a value is missing at character {at}")
        elif self.text[at] != end:
            raise ValueError(f"a comma is missing at character {at}")
        return at

    def blank(self, at: int) -> int:
        text = self.text
        while at < len(text) and text[at] in _BLANK:
            at += 1
        return at


def _may_be_empty(document: dict[str, Any]) -> bool:
    return document.get("kind") == "heartbeat"


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")
