"""How right the books are over time, and what differs again and again."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.db.models import Count, F, Max, Q, Sum
from django.db.models.functions import TruncDate

from patrol.models import VerificationCheck, VerificationDifference, VerificationRun

State = VerificationRun.State


@dataclass(frozen=True)
class DayAccuracy:
    """Lines compared and differing on one day (UTC)."""

    on: date
    lines: int
    differing: int
    unexplained: int

    @property
    def fraction(self) -> float | None:
        return self.differing / self.lines if self.lines else None


def accuracy_by_day(
    site_ids: Collection[int] | None, since: datetime, site: str = "", check: str = ""
) -> list[DayAccuracy]:
    """Accuracy of each day since then with a finished run; of one site or one check where named. 1 query."""
    rows = VerificationCheck.objects.filter(run__slot__gte=since).exclude(run__state=State.RUNNING)
    if site_ids is not None:
        rows = rows.filter(run__site_id__in=site_ids)
    if site:
        rows = rows.filter(run__site__code=site)
    if check:
        rows = rows.filter(name=check)
    by_day = (
        rows.values(on=TruncDate("run__slot", tzinfo=UTC))
        .annotate(total=Sum("lines"), wrong=Sum("differing"), settled=Sum(F("explained") + F("tolerated")))
        .order_by("on")
    )
    return [
        DayAccuracy(row["on"], row["total"], row["wrong"], row["wrong"] - row["settled"]) for row in by_day
    ]


@dataclass(frozen=True)
class Share:
    """Accuracy of one check or one site over a time."""

    name: str
    label: str
    runs: int
    lines: int
    differing: int
    unexplained: int

    @property
    def fraction(self) -> float | None:
        return self.differing / self.lines if self.lines else None


def accuracy_shares(site_ids: Collection[int] | None, since: datetime, by: str) -> list[Share]:
    """Accuracy by "check" or by "site" since then, the worst first. 1 query."""
    rows = VerificationCheck.objects.filter(run__slot__gte=since).exclude(run__state=State.RUNNING)
    if site_ids is not None:
        rows = rows.filter(run__site_id__in=site_ids)
    names = {"check": ("name", "name"), "site": ("run__site__code", "run__site__name")}[by]
    groups = rows.values_list(*names).annotate(
        runs=Count("run", distinct=True),
        total=Sum("lines"),
        wrong=Sum("differing"),
        settled=Sum(F("explained") + F("tolerated")),
    )
    found = [Share(row[0], row[1], row[2], row[3], row[4], row[4] - row[5]) for row in groups]
    return sorted(found, key=lambda share: (-(share.fraction or 0), share.name))


@dataclass(frozen=True)
class Offender:
    """What differed again and again: in so many runs, since when last, and how often without an explanation."""

    name: str
    label: str
    runs: int
    unexplained: int
    last_slot: datetime


def repeat_offenders(
    site_ids: Collection[int] | None, since: datetime, by: str, limit: int = 10
) -> list[Offender]:
    """Products ("sku"), sites or sources that differed in more than one run since then, the most often first. 1 query."""
    rows = VerificationDifference.objects.filter(run__slot__gte=since)
    if site_ids is not None:
        rows = rows.filter(run__site_id__in=site_ids)
    names = {
        "sku": ("sku", "sku"),
        "site": ("run__site__code", "run__site__name"),
        "source": ("source", "source"),
    }[by]
    groups = (
        rows.exclude(**{names[0]: ""})
        .values_list(*names)
        .annotate(
            runs=Count("run", distinct=True),
            cases=Count("id", filter=Q(state=VerificationDifference.State.CASE)),
            last=Max("run__slot"),
        )
        .filter(runs__gt=1)
        .order_by("-runs", "-cases", names[0])[:limit]
    )
    return [Offender(*row) for row in groups]
