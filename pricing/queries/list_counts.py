"""How much stands in each price list."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection


@dataclass(frozen=True)
class ListCounts:
    """Prices valid at the moment asked, those still to come, and when the last one began."""

    valid: int
    scheduled: int
    last_at: datetime | None


def list_counts(at: datetime) -> dict[int, ListCounts]:
    """Price list → its counts at `at`; absent where nothing stands. 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT price_list_id, count(*) FILTER (WHERE valid @> %(at)s::timestamptz),"
            " count(*) FILTER (WHERE lower(valid) > %(at)s),"
            " max(lower(valid)) FILTER (WHERE lower(valid) <= %(at)s)"
            " FROM pricing_price WHERE upper_inf(known) GROUP BY price_list_id",
            {"at": at},
        )
        return {row[0]: ListCounts(*row[1:]) for row in cursor.fetchall()}
