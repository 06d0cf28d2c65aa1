"""What a difference between book and count most likely is, and the explanation that goes with it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import combinations
from typing import Any

TIMING_WINDOW = timedelta(minutes=45)
DUPLICATE_WINDOW = timedelta(days=7)
TRANSIT_WINDOW = timedelta(days=60)
SWAP_LEAST = 3

#: Most documents that together explain a difference, and how many of the nearest are tried.
TOGETHER_MOST, TOGETHER_OF = 3, 8

#: Classes that the count, the clock or the road explains: accepting them moves nothing.
EXPLAINED_WITHOUT_MOVEMENT = frozenset(
    {"unit_or_pack", "timing", "in_transit", "pending_adjustment", "unknown_product"}
)
#: Classes for which nothing was found that explains them whole.
UNEXPLAINED = frozenset({"quantity", "not_counted"})
#: Classes in which no document accounts for the pieces.
WITHOUT_DOCUMENT = UNEXPLAINED | {"unknown_product", "negative_book"}


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
    """A line that differs, with what is known around it.

    nearby: entries close to the instant. doubled: documents posted twice. on_the_way: sent here, not received.
    awaited: ordered and not received. pending: adjustments that wait for approval.
    """

    sku: str
    product_id: int | None
    book: Decimal
    counted: Decimal
    is_counted: bool = True
    packs: Sequence[Decimal] = ()
    nearby: Sequence[Moved] = ()
    doubled: Sequence[Moved] = ()
    on_the_way: Sequence[Moved] = ()
    awaited: Sequence[Moved] = ()
    pending: Sequence[Moved] = ()

    @property
    def difference(self) -> Decimal:
        return self.counted - self.book


@dataclass(frozen=True, slots=True)
class Verdict:
    """A class, the parameters of its sentence, and how much of the difference documents account for (of its sign)."""

    class_code: str
    explanation: dict[str, Any] = field(default_factory=dict)
    explained: Decimal = Decimal(0)


def verdict_on(line: Differing, taken_at: datetime) -> Verdict:
    """The class of one difference, the most certain explanation first.

    A document explains a difference when its quantity is the difference exactly, or up to three of those near the instant
    when theirs together are. What only accounts for a part leaves the class unexplained and says so.
    """
    gap = line.difference
    if line.product_id is None:
        return Verdict("unknown_product", {"code": "unknown_product"})
    if line.book < 0:
        return Verdict("negative_book", {"code": "negative_book", "book": str(line.book)})
    for factor in line.packs:
        if line.counted and line.counted * factor == line.book:
            return _whole(
                line, "unit_or_pack", {"code": "counted_in_packs", "factor": str(factor.normalize())}
            )
        if line.book and line.book * factor == line.counted:
            return _whole(
                line, "unit_or_pack", {"code": "booked_in_packs", "factor": str(factor.normalize())}
            )
    found = _evidence(line, taken_at)
    for one in found:
        if one.effect == gap:
            return _whole(line, one.class_code, _document(one.code, one.moved))
    several = _together([one for one in found if one.class_code == "timing"], gap)
    if several:
        return _whole(
            line, "timing", {"code": "several", "documents": [_document(o.code, o.moved) for o in several]}
        )
    rest = Verdict("quantity", {"code": "no_document"})
    if not line.is_counted:
        rest = Verdict("not_counted", {"code": "not_counted"})
    part = _largest_part(found, gap)
    if part is None:
        return rest
    code = {
        **_document(part.code, part.moved),
        "code": "partly",
        "by": part.code,
        "quantity": _text(part.effect),
    }
    return Verdict(rest.class_code, code, part.effect)


@dataclass(frozen=True, slots=True)
class _Evidence:
    """A document and what it would make of the difference."""

    class_code: str
    code: str
    effect: Decimal
    moved: Moved


def _evidence(line: Differing, taken_at: datetime) -> list[_Evidence]:
    found = [_Evidence("duplicate", "posted_twice", -moved.quantity, moved) for moved in line.doubled]
    for moved in line.nearby:
        if moved.occurred_at > taken_at:
            found.append(_Evidence("timing", "posted_after", moved.quantity, moved))
        else:
            found.append(_Evidence("timing", "not_seen_yet", -moved.quantity, moved))
    for moved in line.pending:
        found.append(_Evidence("pending_adjustment", "in_approval", moved.quantity, moved))
    for moved in line.on_the_way:
        found.append(_Evidence("in_transit", "arrived_not_posted", moved.quantity, moved))
    for moved in line.awaited:
        found.append(_Evidence("receipt_not_posted", "ordered_not_posted", moved.quantity, moved))
    return found


def _together(found: Sequence[_Evidence], gap: Decimal) -> tuple[_Evidence, ...]:
    for size in range(2, TOGETHER_MOST + 1):
        for some in combinations(found[:TOGETHER_OF], size):
            if sum(one.effect for one in some) == gap:
                return some
    return ()


def _largest_part(found: Sequence[_Evidence], gap: Decimal) -> _Evidence | None:
    """The document that accounts for most of the difference without passing it; one posted twice or only ordered is whole
    or nothing."""
    parts = [
        one
        for one in found
        if one.class_code not in ("duplicate", "receipt_not_posted")
        and one.effect * gap > 0
        and abs(one.effect) < abs(gap)
    ]
    return max(parts, key=lambda one: abs(one.effect), default=None)


def _whole(line: Differing, class_code: str, explanation: dict[str, Any]) -> Verdict:
    return Verdict(class_code, explanation, line.difference)


def _document(code: str, moved: Moved) -> dict[str, Any]:
    return {
        "code": code,
        "reference": moved.reference,
        "kind": moved.kind,
        "movement": moved.movement_id,
        "at": moved.occurred_at.isoformat(),
    }


def _text(quantity: Decimal) -> str:
    return f"{quantity.normalize():f}"


@dataclass(frozen=True)
class Tolerance:
    """Differences accepted without a person: at most this many units and this value, both, and where a fraction of the book
    is set, that too. classes: only those, when any are named. Zero: none.
    """

    units: Decimal = Decimal(0)
    value: Decimal = Decimal(0)
    fraction: Decimal | None = None
    classes: frozenset[str] = frozenset()

    def allows(self, class_code: str, difference: Decimal, value: Decimal | None, book: Decimal) -> bool:
        """Whether a difference of `difference` units, worth `value` (None: unknown), against `book` units is within."""
        if value is None or (self.classes and class_code not in self.classes):
            return False
        is_small = 0 < abs(difference) <= self.units and abs(value) <= self.value
        return is_small and (self.fraction is None or abs(difference) <= self.fraction * abs(book))


def accuracy(matched: int, differing: int) -> float | None:
    """matched / (matched + differing), 0–1; None when nothing was compared."""
    total = matched + differing
    return matched / total if total else None
