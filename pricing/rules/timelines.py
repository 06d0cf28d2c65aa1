"""Timelines: what remains of a row when others are laid over it, and what stood there before."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Segment:
    """An amount from `start` to `end` (None = open); amount None ends the price there."""

    start: datetime
    end: datetime | None
    amount: Decimal | None
    price_change_id: int | None = None


def rests(row: Segment, laid: Sequence[Segment]) -> list[Segment]:
    """The parts of `row` that none of `laid` covers, in order of time."""
    parts = [row]
    for over in laid:
        parts = [rest for part in parts for rest in _minus(part, over)]
    return parts


def _minus(part: Segment, over: Segment) -> list[Segment]:
    if not overlap(part, over):
        return [part]
    left = [replace(part, end=over.start)] if part.start < over.start else []
    right = []
    if over.end is not None and (part.end is None or over.end < part.end):
        right = [replace(part, start=over.end)]
    return left + right


def overlap(one: Segment, other: Segment) -> bool:
    """True if the two half-open ranges share an instant."""
    return (one.end is None or other.start < one.end) and (other.end is None or one.start < other.end)


def lay(timeline: Sequence[Segment], laid: Sequence[Segment]) -> list[Segment]:
    """The timeline after `laid` (not overlapping among themselves) went over it; ended stretches leave gaps."""
    kept = [rest for row in timeline for rest in rests(row, laid)]
    return sorted([*kept, *(s for s in laid if s.amount is not None)], key=lambda s: s.start)


def restoring(before: Sequence[Segment], taken: Sequence[Segment]) -> list[Segment]:
    """What must be laid over `taken` (the stretches to give back) so that `before` is in force there again.

    Gaps of `before` become segments without an amount.
    """
    out: list[Segment] = []
    for stretch in taken:
        covered = []
        for old in before:
            if overlap(old, stretch):
                start = max(old.start, stretch.start)
                end = _earlier(old.end, stretch.end)
                covered.append(replace(old, start=start, end=end))
        gaps = rests(replace(stretch, amount=None, price_change_id=None), covered)
        out += [*covered, *gaps]
    return sorted(out, key=lambda s: s.start)


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    if one is None or other is None:
        return one or other
    return min(one, other)
