"""Which alerts become incidents, and when each clock is over. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Severity = Literal["note", "warning", "major"]
Grade = Literal["ordinary", "major"]

SEVERITIES = ("note", "warning", "major")
CATEGORIES = (
    "price_swing",
    "promotion_price",
    "price_mismatch",
    "exchange_shock",
    "stock_out",
    "overstock",
    "book_difference",
    "feed_trouble",
    "goods_condition",
    "unauthorised_change",
)

INFORM_MINUTES = 30

#: Alert kinds that open an incident by themselves, with the category when the alert names none.
CATEGORY_OF_KIND = {
    "job_missed": "feed_trouble",
    "loop_stopped": "feed_trouble",
    "round_unsigned": "unauthorised_change",
    "feed_late": "feed_trouble",
    "feed_replayed": "unauthorised_change",
    "seal_late": "unauthorised_change",
    "price_swing": "price_swing",
    "below_cost": "price_swing",
    "rate_stale": "exchange_shock",
    "negative_stock": "book_difference",
    "difference": "book_difference",
    "stock_out": "stock_out",
    "overstock": "overstock",
    "expiry": "goods_condition",
    "lot_recall": "goods_condition",
}
DEFAULT_CATEGORY = "unauthorised_change"


def grade_of(severity: str, category: str) -> Grade | None:
    """The incident an alert asks for: major ones always, warnings when they name a category, notes never."""
    if severity == "major":
        return "major"
    return "ordinary" if severity == "warning" and category else None


def category_of(kind: str, category: str) -> str:
    """The category of an incident opened for an alert of `kind`; the alert's own word comes first."""
    return category or CATEGORY_OF_KIND.get(kind, DEFAULT_CATEGORY)


def dedup_key(category: str, kind: str, site_id: int | None) -> str:
    """Alerts with this key in common belong to one open incident, so that 1,000 alarms are not 1,000 incidents."""
    return f"{category}:{kind}:{site_id or '-'}"


@dataclass(frozen=True)
class Clocks:
    """Absolute deadlines of an incident. inform_due_at is None where nobody must be informed."""

    respond_due_at: datetime
    inform_due_at: datetime | None


def clocks_of(grade: str, opened_at: datetime, graded_at: datetime, respond_minutes: int) -> Clocks:
    """Respond from the opening on; core management within 30 minutes of the grading as major."""
    inform = graded_at + timedelta(minutes=INFORM_MINUTES) if grade == "major" else None
    return Clocks(opened_at + timedelta(minutes=respond_minutes), inform)


def gaps(
    shifts: Iterable[tuple[datetime, datetime]], since: datetime, until: datetime
) -> list[tuple[datetime, datetime]]:
    """The half-open stretches of [since, until) that no shift covers, in order."""
    found = []
    at = since
    for start, end in sorted(shifts):
        if start > at:
            found.append((at, min(start, until)))
        at = max(at, end)
        if at >= until:
            break
    if at < until:
        found.append((at, until))
    return [(start, end) for start, end in found if start < end]
