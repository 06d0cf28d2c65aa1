"""Deadline clocks: what a clock says and how loud, given the instants. The same rules run in static/js/frame.js."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.utils.translation import gettext as _

State = Literal["calm", "near", "last", "over", "stopped"]
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
DAYS_ALONE_FROM = 3


@dataclass(frozen=True)
class Clock:
    """A deadline clock at one instant. left_fraction: of the time given, 0–1."""

    state: State
    text: str
    left_fraction: float


def clock_of(
    due_at: datetime, now: datetime, *, started_at: datetime | None, stopped_at: datetime | None, watch: bool
) -> Clock:
    """The clock of a deadline.

    Amber under a third of the time given or under an hour, whichever is shorter; red in the last minute; over
    from the deadline on; stopped says how long it took. `watch`: mm:ss below an hour instead of whole minutes.
    """
    if stopped_at is not None:
        return Clock("stopped", clock_face(stopped_at - (started_at or stopped_at)), 0)
    left = due_at - now
    if left <= timedelta(0):
        return Clock("over", _("%(time)s over") % {"time": clock_face(-left)}, 0)
    given = max(due_at - started_at, left) if started_at else max(left, HOUR * 24)
    near = min(given / 3, HOUR)
    state: State = "last" if left <= MINUTE else "near" if left < near else "calm"
    text = clock_face(left) if watch or state == "last" else rough_time(left)
    return Clock(state, text, min(1.0, left / given))


def clock_face(span: timedelta) -> str:
    """ "4:12" below an hour, then as `rough_time`."""
    seconds = int(span.total_seconds())
    if seconds >= 3600:
        return rough_time(span)
    return f"{seconds // 60}:{seconds % 60:02d}"


def rough_time(span: timedelta) -> str:
    """ "1 d 2 h", "3 h 18", "18 min"; whole days from three on."""
    minutes = int(span.total_seconds()) // 60
    days, hours = minutes // 1440, minutes // 60 % 24
    if days >= DAYS_ALONE_FROM or (days and not hours):
        return _("%(days)d d") % {"days": days}
    if days:
        return _("%(days)d d %(hours)d h") % {"days": days, "hours": hours}
    if minutes >= 60:
        return _("%(hours)d h %(minutes)02d") % {"hours": hours, "minutes": minutes % 60}
    return _("%(minutes)d min") % {"minutes": max(minutes, 1)}
