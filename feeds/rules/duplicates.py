"""Rows of one delivery that are about the same thing. Pure."""

from collections.abc import Sequence
from typing import Any

from feeds.rules.cells import FAULT
from lib.faults import Fault


def doubled(rows: Sequence[Any], names: Sequence[str]) -> dict[int, Fault]:
    """Place of a row → why it is not taken. names: the fields that a row is known by; case does not tell rows apart.

    Of rows that say the same the first is taken and the others are `duplicate_row`. Where rows contradict each other, or
    a code is written in two ways, none is taken: `conflicting_rows`.
    """
    places: dict[tuple[str, ...], list[int]] = {}
    for place, row in enumerate(rows):
        if isinstance(row, dict) and FAULT not in row:
            key = tuple(str(row.get(name) or "").strip().casefold() for name in names)
            if any(key):
                places.setdefault(key, []).append(place)
    found: dict[int, Fault] = {}
    for of_one in places.values():
        if len(of_one) > 1:
            found |= _judged(rows, of_one, names[0])
    return found


def _judged(rows: Sequence[Any], places: list[int], name: str) -> dict[int, Fault]:
    first = _said(rows[places[0]])
    if all(_said(rows[place]) == first for place in places[1:]):
        return {
            place: Fault(f"/{name}", "duplicate_row", f"The same as row {places[0] + 1}.")
            for place in places[1:]
        }
    named = ", ".join(str(place + 1) for place in places[:5])
    return {
        place: Fault(f"/{name}", "conflicting_rows", f"Rows {named} contradict each other: none is taken.")
        for place in places
    }


def _said(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value.strip() if isinstance(value, str) else value for name, value in row.items()}
