"""Reading rounds."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Avg, Count, Q, QuerySet
from django.http import Http404

from jobs.models import JobRun
from patrol.models import Round, RoundCheck, RoundFinding

ROUND_EVERY = timedelta(hours=2)
ROUND_JOB = "patrol.round"


def rounds(state: str = "") -> QuerySet[Round]:
    """Rounds with how many checks ran, failed, and findings there are and are left to sign; newest first."""
    rows = Round.objects.select_related("signed_by").order_by("-slot")
    rows = rows.annotate(
        check_count=Count("checks", distinct=True),
        finding_count=Count("findings", distinct=True),
        unsigned_count=Count("findings", filter=Q(findings__signed_at=None), distinct=True),
    )
    return rows.filter(state=state) if state else rows


def latest_round() -> Round | None:
    """The newest round. One query."""
    return rounds().first()


def round_by_id(round_id: int) -> Round:
    """The round. Raises Http404. One query."""
    found = rounds().filter(pk=round_id).first()
    if found is None:
        raise Http404(round_id)
    return found


def checks_of(round_id: int) -> list[RoundCheck]:
    """The checks of a round in the order they ran. One query."""
    return list(RoundCheck.objects.filter(round_id=round_id).order_by("id"))


def findings_of(round_id: int) -> list[RoundFinding]:
    """The findings: what is to be signed first, worst first. One query."""
    rank = {"major": 0, "warning": 1, "note": 2}
    rows = RoundFinding.objects.filter(round_id=round_id).select_related("signed_by", "check_run")
    return sorted(rows, key=lambda row: (row.signed_at is not None, rank.get(row.severity, 3), row.pk))


def unsigned_count() -> int:
    """How many findings of rounds to sign are not signed. One query."""
    return RoundFinding.objects.filter(signed_at=None, round__state=Round.State.TO_SIGN).count()


def unsigned_rounds(at: datetime) -> list[Round]:
    """Finished rounds past their time to sign. One query."""
    return list(Round.objects.filter(state=Round.State.TO_SIGN, sign_due_at__lte=at).order_by("slot")[:100])


@dataclass(frozen=True)
class SlotBox:
    """One of the twelve slots of a day (UTC). state: signed, to_sign, running, missed, planned."""

    slot: datetime
    state: str
    round: Round | None


def slot_of(at: datetime) -> datetime:
    """The slot that runs at `at`: the last even hour, UTC."""
    utc = at.astimezone(UTC)
    return utc.replace(hour=utc.hour // 2 * 2, minute=0, second=0, microsecond=0)


def day_of_rounds(at: datetime) -> list[SlotBox]:
    """The twelve slots of the UTC day of `at`; one that was never due (the house was not there yet) is planned.

    Two queries.
    """
    midnight = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    by_slot = {
        row.slot: row for row in rounds().filter(slot__gte=midnight, slot__lt=midnight + timedelta(days=1))
    }
    due = set(
        JobRun.objects.filter(
            job__name=ROUND_JOB, slot__gte=midnight, slot__lt=midnight + timedelta(days=1)
        ).values_list("slot", flat=True)
    )
    boxes = []
    for number in range(12):
        slot = midnight + number * ROUND_EVERY
        row = by_slot.get(slot)
        if row is not None:
            state = row.state
        elif slot > at or slot not in due:
            state = "planned"
        else:
            state = "missed" if slot + ROUND_EVERY <= at else "running"
        boxes.append(SlotBox(slot, state, row))
    return boxes


@dataclass(frozen=True)
class HitRate:
    """How often a check found something. shares are of its runs, 0 to 1."""

    name: str
    runs: int
    hits: int
    failures: int
    average_ms: int

    @property
    def hit_fraction(self) -> float:
        return self.hits / self.runs if self.runs else 0.0


def hit_rates(since: datetime) -> list[HitRate]:
    """Each check's runs since that instant, by hits. One query."""
    rows = (
        RoundCheck.objects.filter(round__slot__gte=since)
        .values("name")
        .annotate(
            runs=Count("id"),
            hits=Count("id", filter=Q(outcome="found")),
            failures=Count("id", filter=Q(outcome="failed")),
            ms=Avg("duration_ms"),
        )
        .order_by("-hits", "name")
    )
    return [
        HitRate(row["name"], row["runs"], row["hits"], row["failures"], int(row["ms"] or 0)) for row in rows
    ]
