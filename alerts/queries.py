"""Reading alerts, incidents and duty."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Case, Count, DateTimeField, F, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Least
from psycopg2.extras import DateTimeTZRange

from accounts.models import User
from alerts.models import (
    Alert,
    DutyShift,
    Handover,
    Incident,
    IncidentEntry,
    IncidentNotice,
    IncidentStep,
    Tier,
)
from alerts.rules import gaps
from jobs.queries import missed_slots


def known_alert_keys(keys: Collection[str]) -> set[str]:
    """Those of `keys` that an alert has or had, in whatever state. One query."""
    return set(Alert.objects.filter(key__in=list(keys)).values_list("key", flat=True))


def all_alerts() -> QuerySet[Alert]:
    return Alert.objects.select_related("site", "incident")


def open_alerts() -> QuerySet[Alert]:
    """Alerts not resolved."""
    return all_alerts().exclude(state=Alert.State.RESOLVED)


def all_incidents() -> QuerySet[Incident]:
    """Incidents with site, owner and playbook, and how many steps they have and how many are done."""
    return Incident.objects.select_related("site", "owner", "playbook").annotate(
        step_count=Count("steps", distinct=True),
        done_count=Count("steps", filter=Q(steps__done_at__isnull=False), distinct=True),
    )


def by_deadline(incidents: QuerySet[Incident]) -> QuerySet[Incident]:
    """Open ones, the nearest running clock first; those without a running clock last, majors before ordinary ones."""
    running = Least(
        Case(When(responded_at=None, then=F("respond_due_at")), output_field=DateTimeField()),
        Case(When(informed_at=None, then=F("inform_due_at")), output_field=DateTimeField()),
    )
    rank = Case(When(grade="major", then=Value(0)), default=Value(1), output_field=IntegerField())
    return incidents.exclude(state=Incident.State.CLOSED).order_by(
        running.asc(nulls_last=True), rank, "opened_at", "id"
    )


def steps_of(incident_id: int) -> list[IncidentStep]:
    """The steps in order, with who did them. One query."""
    return list(
        IncidentStep.objects.filter(incident_id=incident_id).select_related("done_by").order_by("number")
    )


def entries_of(incident_id: int, limit: int = 200) -> list[IncidentEntry]:
    """The timeline, newest first. One query."""
    return list(IncidentEntry.objects.filter(incident_id=incident_id).order_by("-at", "-id")[:limit])


def notices_of(incident_id: int) -> list[IncidentNotice]:
    """Who was told, in order. One query."""
    return list(
        IncidentNotice.objects.filter(incident_id=incident_id)
        .select_related("user")
        .order_by("told_at", "id")
    )


def tellable_users(incident_id: int) -> list[User]:
    """Active people who have not been told yet, by name. One query."""
    told = IncidentNotice.objects.filter(incident_id=incident_id).values("user_id")
    return list(User.objects.filter(is_active=True).exclude(pk__in=told).order_by("display_name", "username"))


@dataclass(frozen=True)
class Duty:
    """Who has the watch: the shift that covers now, the next one, and the last handover."""

    now: DutyShift | None
    following: DutyShift | None
    handover: Handover | None


def duty_at(at: datetime) -> Duty:
    """The first tier's shift at `at`, the next one, and the last handover before. Three queries."""
    shifts = DutyShift.objects.filter(tier=Tier.DUTY).select_related("user")
    return Duty(
        now=shifts.filter(during__contains=at).first(),
        following=shifts.filter(during__startswith__gt=at).order_by("during").first(),
        handover=Handover.objects.select_related("taken_by", "taken_from").order_by("-id").first(),
    )


def shifts_after(at: datetime, limit: int) -> list[DutyShift]:
    """The first tier's next shifts. One query."""
    rows = DutyShift.objects.filter(tier=Tier.DUTY, during__startswith__gt=at).select_related("user")
    return list(rows.order_by("during")[:limit])


def coming_shifts(at: datetime, days: int = 28) -> list[DutyShift]:
    """Shifts running or beginning within `days`, by beginning. One query."""
    window = DateTimeTZRange(at, at + timedelta(days=days))
    return list(
        DutyShift.objects.filter(during__overlap=window).select_related("user").order_by("during", "tier")
    )


def missed_slot_count(at: datetime, hours: int) -> int:
    """How many slots were missed or failed in the `hours` before `at`. One query."""
    return len(missed_slots(at - timedelta(hours=hours)))


def alerts_of(incident_id: int, limit: int = 50) -> list[Alert]:
    """The alerts joined in an incident, newest first. One query."""
    return list(
        Alert.objects.filter(incident_id=incident_id).select_related("site").order_by("-last_at")[:limit]
    )


def shifts_between(since: datetime, until: datetime) -> list[DutyShift]:
    """All shifts that touch [since, until), by tier and beginning. One query."""
    window = DateTimeTZRange(since, until)
    return list(
        DutyShift.objects.filter(during__overlap=window)
        .select_related("user")
        .order_by("tier", "during", "id")
    )


@dataclass(frozen=True)
class RosterCell:
    """One day of one row: the shift that begins in it, or a gap."""

    on: date
    shift: DutyShift | None
    is_gap: bool
    is_now: bool
    is_past: bool

    @property
    def short_name(self) -> str:
        """ "Priya N."; a name of one word as it is."""
        words = str(self.shift.user).split() if self.shift else []
        return f"{words[0]} {words[-1][0]}." if len(words) > 1 else " ".join(words)


@dataclass(frozen=True)
class RosterRow:
    """One slot of the day in one tier, over the seven days of the week."""

    tier: str
    tier_label: str
    team: str
    start: time
    end: time
    cells: list[RosterCell]

    @property
    def hours(self) -> str:
        """ "16–24", with minutes where there are any."""
        if self.start.minute or self.end.minute:
            return f"{self.start:%H:%M}–{self.end:%H:%M}"
        return f"{self.start:%H}–{self.end.hour or 24:02d}"


@dataclass(frozen=True)
class Roster:
    """A week of shifts in UTC, and the stretches of the first tier that nobody covers."""

    days: list[date]
    today: date
    rows: list[RosterRow]
    gaps: list[tuple[datetime, datetime]]


def roster_of_week(at: datetime) -> Roster:
    """The week (Monday to Sunday, UTC) that `at` lies in: one row per tier and time of day. One query."""
    today = at.astimezone(ZoneInfo("UTC")).date()
    monday = today - timedelta(days=today.weekday())
    days = [monday + timedelta(days=n) for n in range(7)]
    since = datetime.combine(monday, time(), ZoneInfo("UTC"))
    until = since + timedelta(days=7)
    shifts = shifts_between(since, until)
    rows: dict[tuple[int, time, time, str], dict[date, DutyShift]] = {}
    for shift in shifts:
        key = _row_key(shift)
        rows.setdefault(key, {}).update(dict.fromkeys(_days_of(shift, days), shift))
    covered = [(s.during.lower, s.during.upper) for s in shifts if s.tier == Tier.DUTY]
    return Roster(
        days=days,
        today=today,
        rows=[_row(key, by_day, days, at) for key, by_day in sorted(rows.items())],
        gaps=gaps(covered, since, until) if covered else [],
    )


def _is_long(shift: DutyShift) -> bool:
    return bool(shift.during.upper - shift.during.lower > timedelta(days=1))


def _row_key(shift: DutyShift) -> tuple[int, time, time, str]:
    """Shifts of a day by their hours; longer ones share the row "all day"."""
    start, end = (
        (time(), time()) if _is_long(shift) else (shift.during.lower.time(), shift.during.upper.time())
    )
    return list(Tier.values).index(shift.tier), start, end, shift.team


def _days_of(shift: DutyShift, days: list[date]) -> list[date]:
    """The day a shift begins on; of a longer one every day whose noon (UTC) it covers."""
    if not _is_long(shift):
        return [shift.during.lower.date()]
    return [day for day in days if shift.during.lower <= _noon(day) < shift.during.upper]


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), ZoneInfo("UTC"))


def _row(
    key: tuple[int, time, time, str], by_day: dict[date, DutyShift], days: list[date], at: datetime
) -> RosterRow:
    tier = list(Tier)[key[0]]
    return RosterRow(
        tier.value,
        str(tier.label),
        key[3],
        key[1],
        key[2],
        [_cell(key[1], by_day.get(day), day, at) for day in days],
    )


def _cell(starts: time, shift: DutyShift | None, day: date, at: datetime) -> RosterCell:
    today = at.astimezone(ZoneInfo("UTC")).date()
    if shift is None:
        is_past = datetime.combine(day, starts, ZoneInfo("UTC")) <= at
        return RosterCell(day, None, not is_past, False, is_past)
    is_long = _is_long(shift)
    runs = shift.during.lower <= at < shift.during.upper
    is_past = day < today if is_long else shift.during.upper <= at
    return RosterCell(day, shift, False, runs and (not is_long or day == today), is_past)
