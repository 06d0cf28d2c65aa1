"""Fragment of jobs: the slots of a day, for Watch."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from audit.queries import seal_status
from jobs import queries
from lib import clock
from web.gates import permission_required


@require_GET
@never_cache
@permission_required("watch.view")
def board(request: HttpRequest) -> HttpResponse:
    """The slots of the reader's day by job; jobs that run per scope are summed."""
    now = clock.now()
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    rows = queries.board_by_job(midnight, midnight + timedelta(days=1), now)
    context = {
        "rows": rows,
        "loops": queries.loops(),
        "stale": {beat.name for beat in queries.stale_loops()},
        "seal": seal_status(),
        "now_at": round((now - midnight).total_seconds() / 864, 2),
        "missed": sum(row.missed for row in rows),
    }
    return render(request, "jobs/board.html", context)
