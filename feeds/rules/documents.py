"""Flat rows of movements, sales and snapshots as the documents they belong to."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from catalog.rules import fields
from catalog.rules.fields import Wrong
from feeds.rules.cells import fault_of
from lib.faults import Fault

_quantity = fields.decimal(12, 6)
_amount = fields.decimal(14, 6)
_words = fields.text(64)
_long = fields.text(500, empty=True)

MOVEMENT_FIELDS: dict[str, Callable[[Any], Any]] = {
    "reference": _words,
    "kind": _words,
    "sku": _words,
    "from": _words,
    "to": _words,
    "quantity": _quantity,
}
MOVEMENT_OPTIONAL: dict[str, Callable[[Any], Any]] = {
    "lot": fields.text(64, empty=True),
    "occurred_at": fields.instant,
    "destination": fields.text(64, empty=True),
    "reason": _long,
    "unit_cost": _amount,
    "unit_price": _amount,
    "unit": fields.text(64, empty=True),
}
SALE_FIELDS: dict[str, Callable[[Any], Any]] = {
    "reference": _words,
    "site": _words,
    "sku": _words,
    "quantity": _quantity,
    "unit_price": _amount,
    "occurred_at": fields.instant,
}
SALE_OPTIONAL: dict[str, Callable[[Any], Any]] = {
    "lot": fields.text(64, empty=True),
    "unit": fields.text(64, empty=True),
}
SNAPSHOT_FIELDS: dict[str, Callable[[Any], Any]] = {"site": _words, "sku": _words, "quantity": _quantity}
SNAPSHOT_OPTIONAL: dict[str, Callable[[Any], Any]] = {
    "lot": fields.text(64, empty=True),
    "taken_at": fields.instant,
}


#: What tells which document a row belongs to; a row at fault keeps them, so that its document is kept back whole.
GROUPING = ("reference", "kind", "site", "purchase_order", "transfer")


@dataclass
class Document:
    """Rows that are posted together or not at all; `head` is what they share, `places` their numbers, `raw` what came."""

    head: dict[str, Any]
    lines: list[dict[str, Any]] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    raw: list[Any] = field(default_factory=list)
    fault: Fault | None = None
    faulty_place: int = 0


def checked_row(
    row: Any, required: Mapping[str, Callable[[Any], Any]], optional: Mapping[str, Callable[[Any], Any]]
) -> tuple[dict[str, Any], Fault | None]:
    """The row's values in their types, or its first fault."""
    if not isinstance(row, Mapping):
        return {}, Fault("", "not_an_object", "Each row must be an object.")
    found = fault_of(row)
    if found is not None:
        return {name: row[name] for name in GROUPING if isinstance(row.get(name), str)}, found
    taken: dict[str, Any] = {}
    for name, check in [*required.items(), *optional.items()]:
        if row.get(name) in (None, ""):
            if name in required:
                return taken, Fault(f"/{name}", "required", f"{name} is needed.")
            continue
        try:
            taken[name] = check(row[name])
        except Wrong as wrong:
            return taken, Fault(f"/{name}", wrong.code, f"{name} {wrong.detail}.")
    return taken, None


def movements_of(rows: Sequence[Any], places: Sequence[int]) -> list[Document]:
    """One document per reference and kind; what they share is taken from the first row."""
    shared = ("reference", "kind", "occurred_at", "destination", "reason")
    return _documents(
        (
            (row, place, *checked_row(row, MOVEMENT_FIELDS, MOVEMENT_OPTIONAL))
            for row, place in zip(rows, places, strict=True)
        ),
        key=lambda row: (str(row.get("reference", "")), str(row.get("kind", ""))),
        shared=shared,
    )


def sales_of(rows: Sequence[Any], places: Sequence[int]) -> list[Document]:
    """One document per reference, site and direction: sales, and returns where the quantity is below zero."""

    def read() -> Iterable[tuple[Any, int, dict[str, Any], Fault | None]]:
        for row, place in zip(rows, places, strict=True):
            taken, fault = checked_row(row, SALE_FIELDS, SALE_OPTIONAL)
            if fault is None and taken["quantity"] == 0:
                fault = Fault("/quantity", "zero_quantity", "quantity must not be zero.")
            if fault is not None and "quantity" not in taken and _is_below_zero(row):
                taken["quantity"] = Decimal(
                    -1
                )  # a return: it keeps back the returns of its reference, not the sales
            yield row, place, _as_movement(taken), fault

    return _documents(
        read(),
        key=lambda row: (str(row.get("reference", "")), str(row.get("kind", "")), str(row.get("site", ""))),
        shared=("reference", "kind", "occurred_at"),
    )


def _is_below_zero(row: Any) -> bool:
    return isinstance(row, Mapping) and str(row.get("quantity", "")).strip().startswith(("-", "\u2212"))


def _as_movement(row: dict[str, Any]) -> dict[str, Any]:
    """A sale row with where it goes: out to the customer, or back."""
    quantity = row.get("quantity", Decimal(0))
    is_return = quantity < 0
    site = row.get("site", "")
    return {
        **row,
        "kind": "return" if is_return else "sale",
        "quantity": abs(quantity),
        "from": "customer" if is_return else site,
        "to": site if is_return else "customer",
    }


def _documents(
    rows: Iterable[tuple[Any, int, dict[str, Any], Fault | None]],
    *,
    key: Callable[[dict[str, Any]], tuple[str, ...]],
    shared: Sequence[str],
) -> list[Document]:
    found: dict[tuple[str, ...], Document] = {}
    for raw, place, taken, fault in rows:
        named = taken if taken.get("reference") else {**taken, "reference": f"\x00{place}"}
        document = found.setdefault(key(named), Document({name: taken.get(name) for name in shared}))
        if document.head.get("occurred_at") is None:
            document.head["occurred_at"] = taken.get("occurred_at")
        document.lines.append(taken if isinstance(raw, Mapping) else {})
        document.places.append(place)
        document.raw.append(raw)
        if fault is not None and document.fault is None:
            document.fault, document.faulty_place = fault, place
    return list(found.values())


def latest(documents: Iterable[Document]) -> datetime | None:
    """The latest moment any document tells of."""
    moments = [d.head["occurred_at"] for d in documents if d.head.get("occurred_at") is not None]
    return max(moments) if moments else None
