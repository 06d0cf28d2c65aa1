"""How long work took: hands on, and from one moment to another. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

#: Two steps of one person closer than this are one stretch of work.
PAUSE = timedelta(minutes=15)
#: A step by itself took at least so long.
LEAST = timedelta(minutes=1)
#: Nobody works on one dispute for longer at a time; who forgot to stop is cut off here.
MOST = timedelta(hours=4)


@dataclass(frozen=True)
class Step:
    """Who did what when; started and stopped enclose work that somebody timed."""

    step: str
    by: str
    at: datetime


def hands_on(steps: Sequence[Step]) -> timedelta:
    """Time that people worked on it.

    What was timed counts from start to stop (a stop missing: to the person's last step after it, at most four hours). Steps
    outside timed stretches are joined to stretches where they lie within fifteen minutes of each other, of a minute each at
    least. Machine's steps take nobody's time.
    """
    total = timedelta()
    for person in sorted({one.by for one in steps if one.by not in ("", "machine")}):
        own = sorted((one for one in steps if one.by == person), key=lambda one: one.at)
        total += _of_one(own)
    return total


def _of_one(steps: Sequence[Step]) -> timedelta:
    timed, loose = _timed(steps)
    total = sum((end - start for start, end in timed), timedelta())
    stretch: list[datetime] = []
    for at in [*loose, None]:
        if at is not None and stretch and at - stretch[-1] <= PAUSE:
            stretch.append(at)
            continue
        if stretch:
            total += max(stretch[-1] - stretch[0], LEAST)
        stretch = [] if at is None else [at]
    return total


def _timed(steps: Sequence[Step]) -> tuple[list[tuple[datetime, datetime]], list[datetime]]:
    """Stretches from started to stopped, and the instants of steps outside them."""
    spans: list[tuple[datetime, datetime]] = []
    loose: list[datetime] = []
    start: datetime | None = None
    last: datetime | None = None
    for one in steps:
        if one.step == "started":
            if start is not None and last is not None:
                spans.append((start, min(last, start + MOST)))
            start = last = one.at
        elif start is None:
            loose.append(one.at)
        elif one.step == "stopped":
            spans.append((start, min(one.at, start + MOST)))
            start = last = None
        else:
            last = one.at
    if start is not None and last is not None:
        spans.append((start, min(max(last, start + LEAST), start + MOST)))
    return spans, loose
