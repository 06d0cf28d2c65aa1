"""Months of the partitioned tables, made ahead."""

from datetime import date, timedelta

from django.db import connection

MONTHS_AHEAD = 2


def ensure_partitions(today: date) -> list[str]:
    """Make the partitions of this month and the two after it, of every partitioned table; returns all their names.

    Locks: the parent, for a moment. Records: nothing. Allowed: the daily job.
    """
    months = [
        (today.replace(day=1) + timedelta(days=31 * ahead)).replace(day=1)
        for ahead in range(MONTHS_AHEAD + 1)
    ]
    made = []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT partrelid::regclass::text FROM pg_partitioned_table p JOIN pg_class c ON c.oid = p.partrelid"
            " WHERE c.relnamespace = 'public'::regnamespace AND p.partstrat = 'r' ORDER BY 1"
        )
        for (table,) in cursor.fetchall():
            for month in months:
                cursor.execute("SELECT steelyard_ensure_partition(%s, %s)", [table, month])
                made.append(str(cursor.fetchone()[0]))
    return made
