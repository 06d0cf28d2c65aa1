"""Price changes by day: how many begin when, the largest of each day, and what runs from–until."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from lib.references import reference

#: How many changes of one day are told one by one, and how many bars; the rest is a number that leads to the list.
TOLD_A_DAY = 4
TOLD_A_DAY_WEEK = 25
BARS = 14
#: What happens on no day any more.
OVER = ("rejected", "withdrawn")


@dataclass(frozen=True)
class CalendarFilter:
    """Half-open time in a zone; price list and region by code, kind of reason, state; "" = any."""

    since: datetime
    until: datetime
    zone: str
    price_list: str = ""
    region: str = ""
    reason_code: str = ""
    state: str = ""


@dataclass(frozen=True)
class Entry:
    """A change on the day it takes effect, or as a bar from–until."""

    id: int
    reference: str
    title: str
    state: str
    reason_code: str
    is_advertised: bool
    start: datetime
    end: datetime | None
    line_count: int
    prepared_by: str
    lists: list[str]
    on: date | None = None


#: When a change takes effect: its moment, or, "on approval", when it was placed.
BEGINS = "coalesce(c.effective_from, c.placed_at)"
#: The lists a change touches: by its lines, or, where a history was loaded without lines, by its rows.
TOUCHED = (
    "SELECT x.price_list_id FROM pricing_pricechangeline x WHERE x.change_id = c.id"
    " UNION SELECT p.price_list_id FROM pricing_price p WHERE p.price_change_id = c.id"
)
FIELDS = (
    "c.id, c.created_at, c.title, c.state, c.reason_code, c.is_advertised,"
    f" {BEGINS}, c.effective_until, c.line_count, c.prepared_by_name,"
    " (SELECT coalesce(array_agg(l.code ORDER BY l.code), '{}') FROM pricing_pricelist l"
    f"   WHERE l.id IN ({TOUCHED}))"
)


def _conditions(wanted: CalendarFilter) -> str:
    conditions = ["c.state = %(state)s" if wanted.state else "c.state <> ALL(%(over)s)"]
    if wanted.reason_code:
        conditions.append("c.reason_code = %(reason_code)s")
    if wanted.price_list or wanted.region:
        conditions.append(
            "EXISTS (SELECT FROM pricing_pricelist l LEFT JOIN catalog_site s ON s.id = l.site_id"
            " LEFT JOIN catalog_region r ON r.id = coalesce(l.region_id, s.region_id)"
            f" WHERE l.id IN ({TOUCHED}) AND (%(price_list)s = '' OR l.code = %(price_list)s)"
            " AND (%(region)s = '' OR r.code = %(region)s))"
        )
    return " AND ".join(conditions)


def _asked(wanted: CalendarFilter) -> dict[str, Any]:
    return {**wanted.__dict__, "over": list(OVER)}


def counts_by_day(wanted: CalendarFilter) -> dict[date, dict[str, tuple[int, int]]]:
    """Day → state → (changes, lines) of what takes effect on it. 1 query."""
    found: dict[date, dict[str, tuple[int, int]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT ({BEGINS} AT TIME ZONE %(zone)s)::date, c.state, count(*), sum(c.line_count)"
            f" FROM pricing_pricechange c WHERE {BEGINS} >= %(since)s AND {BEGINS} < %(until)s"
            f" AND {_conditions(wanted)} GROUP BY 1, 2",
            _asked(wanted),
        )
        for day, state, count, lines in cursor.fetchall():
            found.setdefault(day, {})[state] = (count, int(lines))
    return found


def entries_by_day(wanted: CalendarFilter, told: int) -> dict[date, list[Entry]]:
    """Day → its `told` largest changes, the largest first. 1 query, however many changes."""
    found: dict[date, list[Entry]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH ranked AS (SELECT c.id, ({BEGINS} AT TIME ZONE %(zone)s)::date AS day, row_number() OVER"
            f" (PARTITION BY ({BEGINS} AT TIME ZONE %(zone)s)::date ORDER BY c.line_count DESC, c.id) AS place"
            f" FROM pricing_pricechange c WHERE {BEGINS} >= %(since)s AND {BEGINS} < %(until)s"
            f" AND {_conditions(wanted)})"
            f" SELECT {FIELDS}, k.day FROM ranked k JOIN pricing_pricechange c ON c.id = k.id"
            " WHERE k.place <= %(told)s ORDER BY k.day, k.place",
            {**_asked(wanted), "told": told},
        )
        for row in cursor.fetchall():
            found.setdefault(row[-1], []).append(_entry(row))
    return found


def running(wanted: CalendarFilter) -> tuple[list[Entry], int]:
    """Changes with an end that touch the time asked about, the first to end first, and how many there are. 2 queries."""
    touches = f"c.effective_until IS NOT NULL AND {BEGINS} < %(until)s AND c.effective_until > %(since)s"
    asked = {**_asked(wanted), "bars": BARS}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM pricing_pricechange c WHERE {touches} AND {_conditions(wanted)}", asked
        )
        count = cursor.fetchone()[0]
        cursor.execute(
            f"SELECT {FIELDS}, NULL FROM pricing_pricechange c WHERE {touches} AND {_conditions(wanted)}"
            " ORDER BY c.effective_until, c.id LIMIT %(bars)s",
            asked,
        )
        return [_entry(row) for row in cursor.fetchall()], count


def _entry(row: tuple[Any, ...]) -> Entry:
    pk, created_at, *rest = row
    return Entry(pk, reference("PC", created_at.year, pk), *rest)
