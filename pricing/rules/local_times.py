"""Wall times in each site's zone: the instant they are, and what daylight saving does to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from catalog.rules.fields import Wrong
from jobs.rules import instant_of

PLAIN, GAP, OVERLAP = "plain", "gap", "overlap"
#: A wall time as it is kept: minutes, no offset.
WALL_LENGTH = 16


@dataclass(frozen=True, slots=True)
class LocalMoment:
    """A wall time in one zone. at: the instant in UTC; kind: plain, gap (the clocks skip it) or overlap (shown twice).

    shown: what the clocks of the zone show at `at`; later than `wall` in a gap.
    """

    zone: str
    wall: datetime
    at: datetime
    kind: str
    shown: datetime

    @property
    def utc(self) -> datetime:
        """`at` as UTC's clock shows it, naive."""
        return self.at.replace(tzinfo=None)


def local_moment(wall: datetime, zone: str) -> LocalMoment:
    """The instant at which the clocks of `zone` show `wall` (naive).

    In a gap the first instant after it, in an overlap the first of the two: the same rule as the jobs' slots.
    """
    place = ZoneInfo(zone)
    at = instant_of(wall.date(), wall.time(), place)
    shown = at.astimezone(place).replace(tzinfo=None)
    if shown != wall:
        return LocalMoment(zone, wall, at, GAP, shown)
    later = wall.replace(tzinfo=place, fold=1).astimezone(UTC)
    return LocalMoment(zone, wall, at, OVERLAP if later != at else PLAIN, shown)


def read_wall(raw: object) -> datetime | None:
    """A wall time from "2026-11-30T09:00", without an offset; None for nothing.

    Raises Wrong: not_a_time, offset_not_allowed.
    """
    if raw in (None, ""):
        return None
    try:
        wall = raw if isinstance(raw, datetime) else datetime.fromisoformat(raw)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError) as error:
        raise Wrong(
            "not_a_time", f"“{str(raw)[:40]}” is not a local time such as 2026-11-30T09:00"
        ) from error
    if wall.tzinfo is not None:
        raise Wrong(
            "offset_not_allowed", f"“{raw}” has an offset; a local time is the same on every site's clock"
        )
    if not 1970 <= wall.year <= 9000:
        raise Wrong("not_a_time", f"“{str(raw)[:40]}” lies outside the years 1970 to 9000")
    return wall.replace(second=0, microsecond=0)


def wall_text(wall: datetime | None) -> str:
    """As it is kept: "2026-11-30T09:00", "" for none."""
    return "" if wall is None else wall.isoformat(timespec="minutes")[:WALL_LENGTH]


def is_one_instant(moments: Sequence[LocalMoment]) -> bool:
    """True if all zones come to the same instant; a list can then keep one timeline."""
    return len({moment.at for moment in moments}) <= 1
