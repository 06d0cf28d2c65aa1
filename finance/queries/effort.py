"""How long matching and disputes took, by month."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from finance.models import Dispute, DisputeStep
from finance.queries.disputes import in_scope
from finance.rules.effort import Step, hands_on

MONTHS = 6

_MATCHED = """
SELECT to_char(date_trunc('month', arrived_at AT TIME ZONE 'UTC'), 'YYYY-MM'), count(*),
       count(*) FILTER (WHERE state = 'matched'), count(*) FILTER (WHERE state <> 'waiting'),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM matched_at - arrived_at)),
       percentile_cont(0.9) WITHIN GROUP (ORDER BY extract(epoch FROM matched_at - arrived_at))
FROM finance_comparison
WHERE arrived_at >= %(since)s AND (%(sites)s::bigint[] IS NULL OR site_id = ANY(%(sites)s))
    AND (%(matching)s = '' OR matching = %(matching)s)
GROUP BY 1 ORDER BY 1 DESC
"""


@dataclass
class MonthEffort:
    """One month: keys that arrived, how many were judged and matched by machine, times in seconds, disputes that ended.

    match_*: arrival to matched. close_*: dispute to its end; hands_*: minutes of people's work on a dispute.
    """

    month: str
    arrived: int = 0
    judged: int = 0
    matched: int = 0
    match_median_s: float | None = None
    match_p90_s: float | None = None
    ended: int = 0
    close_median_s: float | None = None
    close_p90_s: float | None = None
    hands_median_minutes: float | None = None
    hands_p90_minutes: float | None = None
    hands_total_minutes: float = 0

    @property
    def machine_fraction(self) -> float | None:
        """Matched by machine, of those that could be judged."""
        return self.matched / self.judged if self.judged else None

    def as_json(self) -> dict[str, Any]:
        return {**vars(self), "machine_fraction": self.machine_fraction}


def effort(visible: Collection[int] | None, now: datetime, matching: str = "") -> list[MonthEffort]:
    """The last six months with anything, newest first. 3 queries."""
    since = (now - timedelta(days=31 * MONTHS)).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    found: dict[str, MonthEffort] = {}
    with connection.cursor() as cursor:
        sites = None if visible is None else sorted(visible)
        cursor.execute(_MATCHED, {"since": since, "sites": sites, "matching": matching})
        for month, arrived, matched, judged, median, p90 in cursor.fetchall():
            found[month] = MonthEffort(month, arrived, judged, matched, _number(median), _number(p90))
    for month, ended in _ended(visible, since, matching).items():
        row = found.setdefault(month, MonthEffort(month))
        lengths = [seconds for seconds, _minutes in ended]
        minutes = [worked for _seconds, worked in ended]
        row.ended = len(ended)
        row.close_median_s, row.close_p90_s = share_at(lengths, 0.5), share_at(lengths, 0.9)
        row.hands_median_minutes, row.hands_p90_minutes = share_at(minutes, 0.5), share_at(minutes, 0.9)
        row.hands_total_minutes = round(sum(minutes), 1)
    return sorted(found.values(), key=lambda row: row.month, reverse=True)


def _ended(
    visible: Collection[int] | None, since: datetime, matching: str
) -> dict[str, list[tuple[float, float]]]:
    """month → (seconds from opening to end, minutes of work) of each dispute that ended in it."""
    rows = in_scope(Dispute.objects.filter(closed_at__gte=since), visible)
    if matching:
        rows = rows.filter(matching=matching)
    ended = list(rows.order_by("pk"))
    worked = minutes_of([one.pk for one in ended])
    found: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for one in ended:
        assert one.closed_at is not None
        length = (one.closed_at - one.opened_at).total_seconds()
        found[f"{one.closed_at:%Y-%m}"].append((length, worked.get(one.pk, 0.0)))
    return found


def minutes_of(disputes: Collection[int]) -> dict[int, float]:
    """Dispute → minutes that people worked on it. 1 query."""
    steps: dict[int, list[Step]] = defaultdict(list)
    rows = DisputeStep.objects.filter(dispute__in=list(disputes)).order_by("id")
    for dispute_id, step, by, at in rows.values_list("dispute", "step", "by_name", "at"):
        steps[dispute_id].append(Step(step, by, at))
    return {number: round(hands_on(of_one).total_seconds() / 60, 1) for number, of_one in steps.items()}


def share_at(values: Collection[float], share: float) -> float | None:
    """The value below which `share` of them lie, between neighbours; None without any."""
    ordered = sorted(values)
    if not ordered:
        return None
    place = (len(ordered) - 1) * share
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
