"""What a difference between book and count most likely is, and the explanation that goes with it. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

TIMING_WINDOW = timedelta(minutes=45)
DUPLICATE_WINDOW = timedelta(days=7)
TRANSIT_WINDOW = timedelta(days=60)
SWAP_LEAST = 3

#: Classes that the count, the clock or the road explains: accepting them moves nothing.
EXPLAINED_WITHOUT_MOVEMENT = frozenset({"unit_or_pack", "timing", "in_transit", "unknown_product"})
#: Classes for which nothing was found that explains them.
UNEXPLAINED = frozenset({"quantity", "not_counted"})


@dataclass(frozen=True, slots=True)
class Moved:
    """An entry of the product at the site: signed quantity, with its document."""

    movement_id: int
    reference: str
    kind: str
    quantity: Decimal
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class Differing:
    """A line that differs, with what is known around it."""

    sku: str
    product_id: int | None
    book: Decimal
    counted: Decimal
    is_counted: bool = True
    packs: Sequence[Decimal] = ()
    nearby: Sequence[Moved] = ()
    doubled: Sequence[Moved] = ()
    on_the_way: Sequence[Moved] = ()

    @property
    def difference(self) -> Decimal:
        return self.counted - self.book


@dataclass(frozen=True, slots=True)
class Verdict:
    """A class and the parameters of its sentence."""

    class_code: str
    explanation: dict[str, Any] = field(default_factory=dict)


def verdict_on(line: Differing, taken_at: datetime) -> Verdict:
    """The class of one difference, the most certain explanation first.

    A document explains a difference only when its quantity is the difference exactly.
    """
    gap = line.difference
    if line.product_id is None:
        return Verdict("unknown_product", {"code": "unknown_product"})
    if line.book < 0:
        return Verdict("negative_book", {"code": "negative_book", "book": str(line.book)})
    for factor in line.packs:
        if line.counted and line.counted * factor == line.book:
            return Verdict("unit_or_pack", {"code": "counted_in_packs", "factor": str(factor.normalize())})
        if line.book and line.book * factor == line.counted:
            return Verdict("unit_or_pack", {"code": "booked_in_packs", "factor": str(factor.normalize())})
    for moved in line.doubled:
        if gap == -moved.quantity:
            return Verdict("duplicate", _document("posted_twice", moved))
    for moved in line.nearby:
        if moved.occurred_at > taken_at and gap == moved.quantity:
            return Verdict("timing", _document("posted_after", moved))
        if moved.occurred_at <= taken_at and gap == -moved.quantity:
            return Verdict("timing", _document("not_seen_yet", moved))
    for moved in line.on_the_way:
        if gap == moved.quantity:
            return Verdict("in_transit", _document("arrived_not_posted", moved))
    if not line.is_counted:
        return Verdict("not_counted", {"code": "not_counted"})
    return Verdict("quantity", {"code": "no_document"})


def _document(code: str, moved: Moved) -> dict[str, Any]:
    return {
        "code": code,
        "reference": moved.reference,
        "kind": moved.kind,
        "movement": moved.movement_id,
        "at": moved.occurred_at.isoformat(),
    }


def verdicts(lines: Sequence[Differing], taken_at: datetime) -> list[Verdict]:
    """The class of every difference; of those left unexplained, exact mirrors are taken for swapped products."""
    found = [verdict_on(line, taken_at) for line in lines]
    for a, b in _mirrors(lines, found):
        found[a] = Verdict("swapped", {"code": "mirrors", "sku": lines[b].sku})
        found[b] = Verdict("swapped", {"code": "mirrors", "sku": lines[a].sku})
    return found


def _mirrors(lines: Sequence[Differing], found: Sequence[Verdict]) -> Iterable[tuple[int, int]]:
    """Pairs of counted, unexplained lines whose differences cancel and that no other line could pair with."""
    by_size: dict[Decimal, list[int]] = defaultdict(list)
    for place, verdict in enumerate(found):
        if verdict.class_code == "quantity" and abs(lines[place].difference) >= SWAP_LEAST:
            by_size[abs(lines[place].difference)].append(place)
    for places in by_size.values():
        if len(places) == 2 and sum(lines[place].difference for place in places) == 0:
            yield places[0], places[1]


@dataclass(frozen=True)
class Tolerance:
    """Differences accepted without a person: at most this many units and this value, both. Zero: none."""

    units: Decimal = Decimal(0)
    value: Decimal = Decimal(0)

    def allows(self, difference: Decimal, value: Decimal | None) -> bool:
        """Whether a difference of `difference` units, worth `value` (None: unknown), is within."""
        return value is not None and 0 < abs(difference) <= self.units and abs(value) <= self.value


def accuracy(matched: int, differing: int) -> float | None:
    """matched / (matched + differing), 0–1; None when nothing was compared."""
    total = matched + differing
    return matched / total if total else None
