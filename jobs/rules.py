"""Slot arithmetic: from a schedule in local wall time to instants in UTC.

Daylight saving: a wall time that does not exist is run at the first instant after the gap; one that exists twice is
run at its first occurrence only.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

PLAN_AHEAD = timedelta(hours=24)
DISPATCH_LEASE = timedelta(seconds=60)
LATE_AFTER = timedelta(seconds=60)
MAX_ATTEMPTS = 3
MAX_DELIVERIES = 12

_WALL_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]\Z")


@dataclass(frozen=True)
class Definition:
    """What must run when; see `jobs.models.JobDefinition` for the meaning of each field."""

    name: str
    task: str
    interval_s: int | None = None
    local_times: tuple[str, ...] = ()
    timezone: str = "UTC"
    scope_kind: str = ""
    misfire: str = "run_once"
    grace_s: int = 3600
    max_runtime_s: int = 600
    queue: str = "normal"


def is_wall_time(text: str) -> bool:
    """Whether `text` is a time of day, "06:00"."""
    return _WALL_TIME.match(text) is not None


def definition_fault(definition: Definition) -> str:
    """Why `definition` cannot be planned, or ""."""
    if (definition.interval_s is None) == (not definition.local_times):
        return "either an interval or local times"
    if definition.interval_s is not None and definition.interval_s < 1:
        return "an interval of at least one second"
    wrong = [wall for wall in definition.local_times if not _WALL_TIME.match(wall)]
    return f"not a wall time: {', '.join(wrong)}" if wrong else ""


def instant_of(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """The instant in UTC at which the clocks of `zone` show `wall` on `day`.

    In a gap: the first instant after it. Shown twice: the first of the two.
    """
    local = datetime.combine(day, wall, tzinfo=zone)
    first = local.astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return first
    return _end_of_gap(local.replace(fold=1).astimezone(UTC), first, zone)


def _end_of_gap(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The instant at which the offset changes, `before` < it ≤ `after`; transitions fall on whole seconds."""
    offset_after = after.astimezone(zone).utcoffset()
    low, high = 0, int((after - before).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        if (before + timedelta(seconds=middle)).astimezone(zone).utcoffset() == offset_after:
            high = middle
        else:
            low = middle
    return before + timedelta(seconds=high)


def slots_between(
    definition: Definition, since: datetime, until: datetime, timezone: str = ""
) -> list[datetime]:
    """The slots of `definition` with since ≤ slot < until, in order, each once, in UTC.

    timezone: the scope's zone, for a job that runs per scope; else the definition's own.
    """
    if definition.interval_s is not None:
        return _interval_slots(definition.interval_s, since, until)
    zone = ZoneInfo(timezone or definition.timezone)
    walls = [time.fromisoformat(wall) for wall in definition.local_times]
    day = since.astimezone(zone).date() - timedelta(days=1)
    last = until.astimezone(zone).date() + timedelta(days=1)
    found = set()
    while day <= last:
        found |= {instant_of(day, wall, zone) for wall in walls}
        day += timedelta(days=1)
    return sorted(slot for slot in found if since <= slot < until)


def _interval_slots(interval_s: int, since: datetime, until: datetime) -> list[datetime]:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    number = -((epoch - since) // timedelta(seconds=interval_s))
    slot, found = epoch + number * timedelta(seconds=interval_s), []
    while slot < until:
        found.append(slot)
        slot += timedelta(seconds=interval_s)
    return found


def retry_delay_s(attempts: int) -> int:
    """Seconds to wait after the `attempts`-th failure: 10, 20, 40 … at most an hour."""
    return min(10 << max(attempts - 1, 0), 3600)
