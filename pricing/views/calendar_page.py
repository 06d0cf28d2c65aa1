"""What the calendar shows: a month or a week of changes and the bars of what runs from–until."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import Region
from lib import clock
from pricing.models import PriceChange
from pricing.queries.calendar import (
    TOLD_A_DAY,
    TOLD_A_DAY_WEEK,
    CalendarFilter,
    Entry,
    counts_by_day,
    entries_by_day,
    running,
)
from pricing.queries.why import lists_by_code, regions_to_choose

WEEK = timedelta(days=7)


class CalendarQuestion:
    """View, day and filters as the address gives them; what cannot be read falls back to this month, unfiltered."""

    def __init__(self, asked: Any) -> None:
        self.view = "week" if asked.get("view") == "week" else "month"
        self.today = timezone.localtime(clock.now()).date()
        self.day = self._day(asked.get("day", ""))
        self.lists = lists_by_code()
        self.regions: list[Region] = regions_to_choose()
        self.price_list = self._one_of(asked.get("price_list", ""), self.lists)
        self.region = self._one_of(asked.get("region", ""), {one.code for one in self.regions})
        self.reason = self._one_of(asked.get("kind", ""), PriceChange.ReasonCode.values)
        self.state = self._one_of(asked.get("state", ""), PriceChange.State.values)

    def _day(self, raw: str) -> date:
        try:
            day = date.fromisoformat(raw[:10])
        except ValueError:
            return self.today
        return day if 1970 < day.year < 9000 else self.today

    @staticmethod
    def _one_of(value: str, known: Any) -> str:
        return value if value in known else ""

    @property
    def first(self) -> date:
        """The Monday with which the page begins."""
        start = self.day if self.view == "week" else self.day.replace(day=1)
        return start - timedelta(days=start.weekday())

    @property
    def days(self) -> list[date]:
        if self.view == "week":
            return [self.first + timedelta(days=n) for n in range(7)]
        last = self.step(1) - timedelta(days=1)
        return [self.first + timedelta(days=n) for n in range((last - self.first).days + 7 - last.weekday())]

    def step(self, by: int) -> date:
        """The day of the page before (-1) or after (1)."""
        if self.view == "week":
            return self.day + by * WEEK
        first = self.day.replace(day=1)
        return (
            (first + timedelta(days=32)).replace(day=1)
            if by > 0
            else (first - timedelta(days=1)).replace(day=1)
        )

    def filter(self) -> CalendarFilter:
        zone = timezone.get_current_timezone()
        since, until = self.days[0], self.days[-1] + timedelta(days=1)
        return CalendarFilter(
            datetime.combine(since, time(), zone),
            datetime.combine(until, time(), zone),
            timezone.get_current_timezone_name(),
            self.price_list,
            self.region,
            self.reason,
            self.state,
        )


def calendar_context(asked: CalendarQuestion) -> dict[str, Any]:
    """Everything templates/pricing/calendar.html reads; 6 queries, however many changes."""
    wanted = asked.filter()
    counts = counts_by_day(wanted)
    entries = entries_by_day(wanted, TOLD_A_DAY_WEEK if asked.view == "week" else TOLD_A_DAY)
    bars, bar_count = running(wanted)
    days = [_day(asked, day, counts.get(day, {}), entries.get(day, [])) for day in asked.days]
    return {
        "asked": asked,
        "days": days,
        "has_any": any(day["count"] for day in days),
        "week_days": asked.days[:7],
        "bars": [_bar(wanted, entry) for entry in bars],
        "bars_more": bar_count - len(bars),
        "now_x": _place(wanted, clock.now()) if wanted.since <= clock.now() < wanted.until else "",
        "filters": _filters(asked),
        "back": asked.step(-1),
        "forth": asked.step(1),
    }


def _day(
    asked: CalendarQuestion, day: date, states: dict[str, tuple[int, int]], entries: list[Entry]
) -> dict[str, Any]:
    count = sum(one[0] for one in states.values())
    return {
        "date": day,
        "noon": datetime.combine(day, time(12), timezone.get_current_timezone()),
        "is_today": day == asked.today,
        "is_other": asked.view == "month" and day.month != asked.day.month,
        "count": count,
        "lines": sum(one[1] for one in states.values()),
        "entries": entries,
        "more": count - len(entries),
    }


def _share(wanted: CalendarFilter, at: datetime) -> float:
    share = (at - wanted.since) / (wanted.until - wanted.since) * 100
    return min(max(share, 0.0), 100.0)


def _place(wanted: CalendarFilter, at: datetime) -> str:
    return f"{_share(wanted, at):.3f}%"


def _bar(wanted: CalendarFilter, entry: Entry) -> dict[str, Any]:
    x = _share(wanted, entry.start)
    width = max(_share(wanted, entry.end or wanted.until) - x, 0.5)
    return {"entry": entry, "x": f"{x:.3f}%", "width": f"{width:.3f}%"}


def _filters(asked: CalendarQuestion) -> list[dict[str, Any]]:
    return [
        {"label": _("State"), "name": "state", "value": asked.state, "options": PriceChange.State.choices},
        {
            "label": _("Kind of reason"),
            "name": "kind",
            "value": asked.reason,
            "options": PriceChange.ReasonCode.choices,
        },
        {
            "label": _("Price list"),
            "name": "price_list",
            "icon": "list-details",
            "value": asked.price_list,
            "options": [
                (one.code, one.name) for one in sorted(asked.lists.values(), key=lambda one: one.code)
            ],
        },
        {
            "label": _("Region"),
            "name": "region",
            "icon": "map-pin",
            "value": asked.region,
            "options": [(one.code, one.name) for one in asked.regions],
        },
    ]
