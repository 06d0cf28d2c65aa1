"""Reading slots, loops and the outbox."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Min, QuerySet

from jobs.models import Heartbeat, JobDefinition, JobRun, JobScope, Outbox, ScopeTimes
from lib import clock

STALE_AFTER = timedelta(seconds=120)
CANARY = "jobs.canary"


def canary_age_s() -> float | None:
    """Seconds since scheduler and worker last answered together; None when they never did. One query."""
    ok_at = Heartbeat.objects.filter(name=CANARY).values_list("ok_at", flat=True).first()
    return (clock.now() - ok_at).total_seconds() if ok_at else None


def stack_health() -> dict[str, Any]:
    """Age of the canary, of the oldest slot not yet started and of the oldest outbox row, in seconds. Three queries."""
    now = clock.now()
    slot = JobRun.objects.filter(state=JobRun.State.PLANNED, slot__lte=now).aggregate(at=Min("slot"))["at"]
    waiting = Outbox.objects.filter(state=Outbox.State.WAITING, next_at__lte=now).aggregate(
        at=Min("next_at")
    )["at"]
    return {
        "canary_age_s": canary_age_s(),
        "oldest_due_slot_s": (now - slot).total_seconds() if slot else 0.0,
        "oldest_outbox_s": (now - waiting).total_seconds() if waiting else 0.0,
    }


def missed_slots(since: datetime) -> list[JobRun]:
    """The slots that ended missed or failed at or after `since`, the oldest first, with their job. One query."""
    return list(
        JobRun.objects.select_related("job")
        .filter(state__in=[JobRun.State.MISSED, JobRun.State.FAILED], finished_at__gte=since)
        .order_by("finished_at", "id")
    )


def local_times(job_name: str) -> tuple[list[str], dict[str, list[str]]]:
    """The job's local times, and by scope those that have their own. Two queries."""
    job = JobDefinition.objects.filter(name=job_name).first()
    if job is None:
        return [], {}
    own = ScopeTimes.objects.filter(job=job).values_list("scope_key", "local_times")
    return list(job.local_times), dict(own)


def slots_of(job_name: str, since: datetime, until: datetime) -> list[JobRun]:
    """The job's slots with since ≤ slot < until, of every scope, in order. One query."""
    return list(
        JobRun.objects.filter(job__name=job_name, slot__gte=since, slot__lt=until).order_by(
            "slot", "scope_key"
        )
    )


def stale_loops() -> list[Heartbeat]:
    """Loops whose last good turn is more than 120 seconds ago. One query."""
    return list(Heartbeat.objects.exclude(ok_at__gte=clock.now() - STALE_AFTER).order_by("name"))


def loops() -> list[Heartbeat]:
    """All loops with their last turn, by name. One query."""
    return list(Heartbeat.objects.order_by("name"))


@dataclass(frozen=True)
class BoardRow:
    """One job for one scope on one day: its slots in order, and what is next."""

    job: str
    scope_key: str
    runs: list[JobRun]
    next_at: datetime | None


def board(day: date, start: datetime | None = None) -> list[BoardRow]:
    """The slots of the day (UTC, or the 24 hours from `start`) by job and scope. One query."""
    start = start or datetime.fromisoformat(f"{day.isoformat()}T00:00:00+00:00")
    now = clock.now()
    runs = (
        JobRun.objects.select_related("job")
        .filter(slot__gte=start, slot__lt=start + timedelta(days=1))
        .order_by("job__name", "scope_key", "slot")
    )
    rows: dict[tuple[str, str], list[JobRun]] = {}
    for run in runs:
        rows.setdefault((run.job.name, run.scope_key), []).append(run)
    return [
        BoardRow(name, key, of_job, next((run.slot for run in of_job if run.slot > now), None))
        for (name, key), of_job in rows.items()
    ]


def last_ok(name: str, scope_key: str = "") -> datetime | None:
    """The newest slot of job `name` that ended well. One query."""
    ended_well = JobRun.objects.filter(job__name=name, scope_key=scope_key, state=JobRun.State.OK)
    return ended_well.order_by("-slot").values_list("slot", flat=True).first()


def delivery(outbox_id: int, attempt: int) -> Outbox | None:
    """The outbox row of this attempt, or None when it is done or another attempt has begun. One query."""
    return Outbox.objects.filter(pk=outbox_id, attempts=attempt, state=Outbox.State.WAITING).first()


def definition(name: str) -> JobDefinition | None:
    """The job of this name. One query."""
    return JobDefinition.objects.filter(name=name).first()


def definitions() -> QuerySet[JobDefinition]:
    """The jobs that are switched on, by name."""
    return JobDefinition.objects.filter(is_active=True).order_by("name")


def scope_keys(job: JobDefinition) -> list[str]:
    """The scopes `job` runs for; one empty key when it runs for none. One query."""
    if not job.scope_kind:
        return [""]
    return list(JobScope.objects.filter(kind=job.scope_kind).order_by("key").values_list("key", flat=True))


@dataclass(frozen=True)
class Mark:
    """One slot on the board; at: percent of the day. tone: good (ran), amber (ran late), late (not yet), bad, running, track."""

    at: float
    tone: str
    slot: datetime


@dataclass(frozen=True)
class JobLine:
    """One job on the board of a day: its slots as marks, how many of how many are done, what is wrong."""

    name: str
    marks: list[Mark]
    done: int
    total: int
    missed: int
    late: int


_TONES = ("bad", "late", "amber", "running", "good", "track")
LATE_START = timedelta(minutes=5)


def board_by_job(since: datetime, until: datetime, now: datetime) -> list[JobLine]:
    """The slots from `since` to `until` by job; a slot of many scopes is one mark, of the worst of them. One query."""
    runs = (
        JobRun.objects.filter(slot__gte=since, slot__lt=until, job__is_active=True)
        .order_by("job__name", "slot")
        .values_list("job__name", "slot", "state", "started_at")
    )
    tones: dict[str, dict[datetime, list[str]]] = {}
    for name, slot, state, started_at in runs:
        tones.setdefault(name, {}).setdefault(slot, []).append(_tone(slot, state, started_at, now))
    return [_line(name, slots, since, until) for name, slots in tones.items()]


def _tone(slot: datetime, state: str, started_at: datetime | None, now: datetime) -> str:
    if state in (JobRun.State.MISSED, JobRun.State.FAILED):
        return "bad"
    if state == JobRun.State.OK:
        return "amber" if started_at and started_at - slot > LATE_START else "good"
    if state == JobRun.State.RUNNING:
        return "running"
    return "late" if state == JobRun.State.PLANNED and now - slot > LATE_START else "track"


def _line(name: str, slots: dict[datetime, list[str]], since: datetime, until: datetime) -> JobLine:
    span_s = (until - since).total_seconds()
    marks = [
        Mark(round((slot - since).total_seconds() / span_s * 100, 2), min(of_slot, key=_TONES.index), slot)
        for slot, of_slot in slots.items()
    ]
    everything = [tone for of_slot in slots.values() for tone in of_slot]
    return JobLine(
        name=name,
        marks=marks,
        done=sum(tone in ("good", "amber") for tone in everything),
        total=len(everything),
        missed=everything.count("bad"),
        late=everything.count("late"),
    )
