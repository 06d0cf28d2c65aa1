"""Rows of the other side's documents, gathered into the documents they belong to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from catalog.rules import fields
from feeds.rules.documents import checked_row
from lib.faults import Fault

KINDS = ("receipt", "shipment", "transfer")

MOST = Decimal(10) ** 12

FIELDS: dict[str, Callable[[Any], Any]] = {
    "reference": fields.text(64),
    "kind": fields.choice(KINDS, "unknown_kind"),
    "site": fields.text(64),
    "sku": fields.text(64),
    "quantity": fields.decimal(12, 6),
    "occurred_at": fields.instant,
}


@dataclass
class PartnerPaper:
    """One document as read: its lines by SKU, and the places of its rows; fault: the first, and where."""

    reference: str
    kind: str
    site: str
    occurred_at: datetime | None = None
    lines: dict[str, Decimal] = field(default_factory=dict)
    places: list[int] = field(default_factory=list)
    rows: list[Any] = field(default_factory=list)
    fault: Fault | None = None
    faulty_place: int = 0

    def refuse(self, place: int, fault: Fault) -> None:
        """Keep the first fault."""
        if self.fault is None:
            self.fault, self.faulty_place = fault, place


def papers_of(rows: Sequence[Any], places: Sequence[int], shared: dict[str, Any]) -> list[PartnerPaper]:
    """One paper per site, kind and reference, in the order of their first rows; lines of one SKU are added up.

    shared: what stands once in a JSON document (kind, site, reference, occurred_at) and not in each row.
    A row that names no reference stands alone with its fault.
    """
    found: dict[tuple[str, ...], PartnerPaper] = {}
    for row, place in zip(rows, places, strict=True):
        given = {**shared, **row} if isinstance(row, dict) else row
        taken, fault = checked_row(given, FIELDS, {})
        if fault is None and taken["quantity"] < 0:
            fault = Fault("/quantity", "negative_quantity", "quantity must not be below zero.")
        named = given if isinstance(given, dict) else {}
        reference = str(named.get("reference") or f"\x00{place}").strip()
        key = (str(named.get("site", "")).strip(), str(named.get("kind", "")).strip(), reference)
        paper = found.setdefault(key, PartnerPaper(reference, key[1], key[0]))
        paper.places.append(place)
        paper.rows.append(row)
        if fault is not None:
            paper.refuse(place, fault)
            continue
        paper.occurred_at = paper.occurred_at or taken["occurred_at"]
        total = paper.lines.get(taken["sku"], Decimal(0)) + taken["quantity"]
        if total >= MOST:
            paper.refuse(place, Fault("/quantity", "too_large", "quantity has more than 12 integer digits."))
        paper.lines[taken["sku"]] = total
    return list(found.values())
