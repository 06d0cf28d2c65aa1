"""Flat rows of purchase orders, confirmations and receipts in their types. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from catalog.rules import fields
from catalog.rules.fields import Wrong
from feeds.rules.documents import checked_row
from lib.faults import Fault

Checks = dict[str, Callable[[Any], Any]]

_words = fields.text(64)
_quantity = fields.above_zero(fields.decimal(12, 6))
_amount = fields.decimal(14, 6)


def _line_number(value: Any) -> int:
    text = str(value).strip()
    if isinstance(value, bool) or not text.isascii() or not text.isdigit() or not 0 < int(text) < 100_000:
        raise Wrong("not_a_number", "must be a whole number from 1 on")
    return int(text)


def _from_zero(value: Any) -> Any:
    number = fields.decimal(12, 6)(value)
    if number < 0:
        raise Wrong("negative", "must not be below zero")
    return number


ORDER_FIELDS: Checks = {
    "reference": _words,
    "supplier": fields.text(200),
    "site": _words,
    "sku": _words,
    "quantity": _quantity,
    "ordered_on": fields.day,
}
ORDER_OPTIONAL: Checks = {
    "line": _line_number,
    "unit_price": _amount,
    "currency": fields.currency,
    "expected_on": fields.day,
    "state": fields.choice(("open", "closed", "cancelled"), "unknown_state"),
}
CONFIRMATION_FIELDS: Checks = {"reference": _words, "quantity": _from_zero}
CONFIRMATION_OPTIONAL: Checks = {"line": _line_number, "sku": _words, "confirmed_on": fields.day}
RECEIPT_FIELDS: Checks = {
    "reference": _words,
    "site": _words,
    "sku": _words,
    "quantity": _from_zero,
    "occurred_at": fields.instant,
}
RECEIPT_OPTIONAL: Checks = {
    "purchase_order": _words,
    "transfer": _words,
    "lot": fields.text(64, empty=True),
    "unit": fields.text(64, empty=True),
    "unit_cost": _amount,
    "damaged": _from_zero,
}


@dataclass
class Group:
    """Rows that are taken together or not at all. places: their numbers; fault: the first, and in which row."""

    key: tuple[str, ...]
    rows: list[dict[str, Any]] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    fault: Fault | None = None
    faulty_place: int = 0

    def refuse(self, index: int, fault: Fault) -> None:
        if self.fault is None:
            self.fault, self.faulty_place = fault, self.places[index]


def groups_of(
    rows: Sequence[Any], places: Sequence[int], shape: tuple[Checks, Checks], by: Sequence[str]
) -> list[Group]:
    """The rows by what they have in common (`by`), each in its types; a row whose reference is unreadable stands alone."""
    found: dict[tuple[str, ...], Group] = {}
    for raw, place in zip(rows, places, strict=True):
        taken, fault = checked_row(raw, *shape)
        key = tuple(str(taken.get(name, "")) for name in by)
        if not taken.get("reference"):
            key = (f"\x00{place}",)
        group = found.setdefault(key, Group(key))
        group.rows.append(taken)
        group.places.append(place)
        if fault is not None:
            group.refuse(len(group.places) - 1, fault)
    return list(found.values())
