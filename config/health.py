"""Two questions anyone may ask without signing in: can pages be served, and do worker and scheduler answer."""

from collections.abc import Callable

from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from jobs.queries import canary_age_s

FRESH_S = 60

_migrated = False


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return ""


def _migrations() -> str:
    global _migrated
    if not _migrated:  # once true it stays true for this process
        executor = MigrationExecutor(connection)
        _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return "" if _migrated else "migrations are missing"


def _cache() -> str:
    cache.set("healthz", "1", 10)
    return "" if cache.get("healthz") == "1" else "does not keep a value"


def _worker_and_scheduler() -> str:
    age_s = canary_age_s()
    if age_s is None:
        return "have not answered yet"
    return "" if age_s <= FRESH_S else f"last answered {age_s:.0f} s ago"


def _answer(parts: dict[str, Callable[[], str]]) -> JsonResponse:
    faults: dict[str, str] = {}
    for name, check in parts.items():
        try:
            fault = check()
        except Exception as error:  # a health check reports every fault, it never fails itself
            fault = type(error).__name__
        if fault:
            faults[name] = fault
    body = {"status": "down" if faults else "ok", "down": faults}
    return JsonResponse(body, status=503 if faults else 200)


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 once pages can be served, 503 naming the part that is down."""
    return _answer({"database": _database, "migrations": _migrations, "cache": _cache})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 once worker and scheduler also answered within the last 60 seconds."""
    parts = {"database": _database, "cache": _cache, "worker_and_scheduler": _worker_and_scheduler}
    return _answer(parts)
