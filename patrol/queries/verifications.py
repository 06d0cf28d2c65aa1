"""Reading verification runs: the board of a day, one run, its trend and who offends again."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, Min, Q, QuerySet
from django.http import Http404

from catalog.models import Site
from jobs.models import JobRun
from jobs.queries import local_times, slots_of
from patrol.models import (
    VerificationCase,
    VerificationCheck,
    VerificationDifference,
    VerificationRun,
    VerificationSample,
)

JOB = "patrol.verify"
USUAL_GAP = timedelta(hours=8)
LONGEST_GAP = timedelta(hours=36)
State = VerificationRun.State


def site_of(code: str) -> Site | None:
    """The site of a slot, with its control profile. 1 query."""
    return Site.objects.select_related("control_profile").filter(code=code).first()


def slot_before(site_id: int, slot: datetime) -> datetime:
    """The site's verified slot before `slot`, or eight hours earlier where there is none within 36 hours. 1 query."""
    earlier = (
        VerificationRun.objects.filter(site_id=site_id, slot__lt=slot, slot__gte=slot - LONGEST_GAP)
        .exclude(state=State.RUNNING)
        .order_by("-slot")
        .values_list("slot", flat=True)
        .first()
    )
    return earlier or slot - USUAL_GAP


def open_since(site_id: int, check: str) -> datetime | None:
    """When the oldest open case of the check at the site was opened; None without one. 1 query."""
    rows = VerificationCase.objects.filter(
        site_id=site_id, check_name=check, state=VerificationCase.State.OPEN
    )
    oldest: datetime | None = rows.aggregate(at=Min("opened_at"))["at"]
    return oldest


def visible_runs(
    site_ids: Collection[int] | None, state: str = "", site: str = ""
) -> QuerySet[VerificationRun]:
    """Runs of the sites (None: of all), newest first, with how much of the sample waits and how many cases are open."""
    rows = VerificationRun.objects.select_related("site", "signed_by").order_by("-slot", "site_id")
    rows = rows.annotate(
        sample_count=Count("sample", distinct=True),
        waiting_count=Count("sample", filter=Q(sample__answer=""), distinct=True),
        failed_count=Count("checks", filter=Q(checks__outcome="failed"), distinct=True),
    )
    if site_ids is not None:
        rows = rows.filter(site_id__in=site_ids)
    if site:
        rows = rows.filter(site__code=site)
    return rows.filter(state=state) if state else rows


def run_by_id(run_id: int, site_ids: Collection[int] | None) -> VerificationRun:
    """The run. Raises Http404: unknown, or of another site. 1 query."""
    found = visible_runs(site_ids).filter(pk=run_id).first()
    if found is None:
        raise Http404(run_id)
    return found


def checks_of(run_id: int) -> list[VerificationCheck]:
    """The checks in the order they ran. 1 query."""
    return list(VerificationCheck.objects.filter(run_id=run_id).order_by("id"))


def differences_of(
    run_id: int, check: str = "", state: str = "", limit: int = 500
) -> list[VerificationDifference]:
    """What differs: cases first, then tolerated and explained. 1 query."""
    rows = VerificationDifference.objects.filter(run_id=run_id).select_related("check_run", "case")
    if check:
        rows = rows.filter(check_run__name=check)
    if state:
        rows = rows.filter(state=state)
    rank = {"case": 0, "tolerated": 1, "explained": 2}
    return sorted(rows.order_by("id")[:limit], key=lambda row: (rank[row.state], row.pk))


def sample_of(run_id: int) -> list[VerificationSample]:
    """What is to be looked at again, in its order. 1 query."""
    return list(
        VerificationSample.objects.filter(run_id=run_id).select_related("answered_by").order_by("number")
    )


@dataclass(frozen=True)
class WaitingRuns:
    """Runs that wait for people: how many, the lines to look at again in them, the first one and the next deadline."""

    runs: int
    lines: int
    first_id: int
    since: datetime
    due_at: datetime


def waiting_runs(sites: Collection[Site] | QuerySet[Site], is_ready: bool) -> WaitingRuns | None:
    """Runs of the sites to be looked at again, or (is_ready) to be signed only; None: there is none. 1 query."""
    rows = (
        VerificationRun.objects.filter(state=State.TO_SIGN, site__in=sites)
        .annotate(waiting=Count("sample", filter=Q(sample__answer="")))
        .order_by("sign_due_at", "id")
        .values_list("waiting", "pk", "slot", "sign_due_at")
    )
    found = [row for row in rows if (row[0] == 0) == is_ready]
    if not found:
        return None
    return WaitingRuns(len(found), sum(row[0] for row in found), *found[0][1:])


def unsigned_runs(at: datetime) -> list[VerificationRun]:
    """Finished runs past their time to sign. 1 query."""
    rows = VerificationRun.objects.filter(state=State.TO_SIGN, sign_due_at__lte=at).select_related("site")
    return list(rows.order_by("slot", "site_id")[:200])


def failed_checks(since: datetime) -> list[VerificationCheck]:
    """Checks of runs not signed yet that could not be carried out, of slots since then. 1 query."""
    rows = VerificationCheck.objects.filter(
        outcome=VerificationCheck.Outcome.FAILED, run__state=State.TO_SIGN, run__slot__gte=since
    )
    return list(rows.select_related("run__site").order_by("id")[:200])


# -- the board -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SlotOfSite:
    """One slot of a site's day. state: signed, to_sign, running, missed, planned."""

    slot: datetime
    state: str
    run: VerificationRun | None


@dataclass(frozen=True)
class SiteDay:
    """A site's verifications on its local day, its open cases and those past their deadline."""

    site: Site
    on: date
    slots: tuple[SlotOfSite, ...]
    open_cases: int
    overdue_cases: int

    @property
    def lines(self) -> int:
        return sum(box.run.lines for box in self.slots if box.run)

    @property
    def differing(self) -> int:
        return sum(box.run.differing for box in self.slots if box.run)

    @property
    def accuracy_fraction(self) -> float | None:
        return self.differing / self.lines if self.lines else None


def board(sites: Collection[Site], at: datetime, days_ago: int = 0) -> list[SiteDay]:
    """Every site's slots on its local day of `at` (or so many days before), by name. 3 queries."""
    since, until = (
        at - timedelta(days=days_ago, hours=30),
        at - timedelta(days=days_ago) + timedelta(hours=30),
    )
    runs = {(run.site_id, run.slot): run for run in _runs(sites, since, until)}
    planned: dict[str, list[JobRun]] = {}
    for job_run in slots_of(JOB, since, until):
        planned.setdefault(job_run.scope_key, []).append(job_run)
    cases = _case_counts(sites, at)
    return [_site_day(site, at - timedelta(days=days_ago), at, runs, planned, cases) for site in sites]


def _runs(sites: Collection[Site], since: datetime, until: datetime) -> list[VerificationRun]:
    rows = visible_runs([site.pk for site in sites]).filter(slot__gte=since, slot__lt=until)
    return list(rows)


def _case_counts(sites: Collection[Site], at: datetime) -> dict[int, tuple[int, int]]:
    rows = (
        VerificationCase.objects.filter(state=VerificationCase.State.OPEN, site__in=sites)
        .values("site_id")
        .annotate(count=Count("id"), late=Count("id", filter=Q(due_at__lte=at)))
    )
    return {row["site_id"]: (row["count"], row["late"]) for row in rows}


def _site_day(
    site: Site,
    of: datetime,
    at: datetime,
    runs: dict[tuple[int, datetime], VerificationRun],
    planned: dict[str, list[JobRun]],
    cases: dict[int, tuple[int, int]],
) -> SiteDay:
    zone = ZoneInfo(site.timezone)
    on = of.astimezone(zone).date()
    job_runs = {job_run.slot: job_run.state for job_run in planned.get(site.code, [])}
    slots = {slot for site_id, slot in runs if site_id == site.pk} | set(job_runs)
    boxes = []
    for slot in sorted(slot for slot in slots if slot.astimezone(zone).date() == on):
        run = runs.get((site.pk, slot))
        boxes.append(SlotOfSite(slot, _state(run, job_runs.get(slot, ""), slot, at), run))
    count, late = cases.get(site.pk, (0, 0))
    return SiteDay(site, on, tuple(boxes), count, late)


def _state(run: VerificationRun | None, job_state: str, slot: datetime, at: datetime) -> str:
    if run is not None and run.state != State.RUNNING:
        return run.state
    if job_state in ("missed", "failed", "skipped"):
        return "missed"
    return "planned" if slot > at else "running"


def times_by_site() -> tuple[list[str], dict[str, list[str]]]:
    """The usual local times, and by site code those of sites with their own. 2 queries."""
    return local_times(JOB)
