"""Signs of life of loops, worker and scheduler."""

from django.db import connection

from lib import clock


def beat(name: str, error: str = "") -> None:
    """Note that `name` did its work now, or failed with `error`.

    Locks: the row for a moment. Records: nothing, it is no business event. Allowed: loops.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO jobs_heartbeat (name, ok_at, error_at, error) VALUES (%(name)s, %(ok)s, %(bad)s, %(error)s)"
            " ON CONFLICT (name) DO UPDATE SET ok_at = coalesce(EXCLUDED.ok_at, jobs_heartbeat.ok_at),"
            " error_at = coalesce(EXCLUDED.error_at, jobs_heartbeat.error_at), error = EXCLUDED.error",
            {
                "name": name,
                "ok": None if error else clock.now(),
                "bad": clock.now() if error else None,
                "error": error[:2000],
            },
        )
