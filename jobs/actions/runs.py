"""One run of one slot: started, kept alive, finished; every step carries the fence.

Records: nothing; a run's row is its own record.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from jobs.models import JobDefinition, JobRun
from jobs.rules import DISPATCH_LEASE, MAX_ATTEMPTS, retry_delay_s
from lib import clock
from lib.faults import refuse


def claim_run(*, name: str, scope_key: str, slot: datetime) -> JobRun:
    """Take a slot of job `name` by hand, whatever became of it before; the row is made when there is none.

    Raises Faults 404 `unknown_job`, 409 `running` when someone is at it.
    Locks: the run. Allowed: commands.
    """
    job = JobDefinition.objects.filter(name=name).first()
    if job is None:
        raise refuse("unknown_job", f"There is no job {name!r}.", status=404)
    now = clock.now()
    with transaction.atomic():
        JobRun.objects.bulk_create([JobRun(job=job, scope_key=scope_key, slot=slot)], ignore_conflicts=True)
        run = JobRun.objects.select_for_update().get(job=job, scope_key=scope_key, slot=slot)
        if run.state == JobRun.State.RUNNING and run.lease_until is not None and run.lease_until > now:
            raise refuse("running", f"{name} is running for {slot.isoformat()}.", status=409)
        run.state, run.fence = JobRun.State.PLANNED, run.fence + 1
        run.dispatched_at, run.lease_until, run.error = now, now + DISPATCH_LEASE, ""
        run.save()
    return run


def start_run(run_id: int, fence: int) -> JobRun | None:
    """Begin the work of a claim; None when the claim was taken over by another. Locks: the row. Allowed: workers."""
    now = clock.now()
    with transaction.atomic():
        run = (
            JobRun.objects.select_for_update(of=("self",))
            .select_related("job")
            .filter(pk=run_id, fence=fence, state=JobRun.State.PLANNED)
            .first()
        )
        if run is None:
            return None
        run.state, run.attempts = JobRun.State.RUNNING, run.attempts + 1
        run.started_at, run.lease_until = now, now + timedelta(seconds=run.job.max_runtime_s)
        run.save(update_fields=["state", "attempts", "started_at", "lease_until"])
    return run


def extend_lease(run_id: int, fence: int, seconds: int) -> bool:
    """Keep a long run alive; False when it is no longer ours. Locks: the row, by UPDATE. Allowed: workers."""
    return bool(
        JobRun.objects.filter(pk=run_id, fence=fence, state=JobRun.State.RUNNING).update(
            lease_until=clock.now() + timedelta(seconds=seconds)
        )
    )


def finish_run(run: JobRun, *, result: dict[str, Any] | None = None, error: str = "") -> bool:
    """Write how a run ended; False (and nothing written) when another took it over.

    With an error it is planned again 10, 20 … seconds later until the third attempt failed.
    Locks: the row, by UPDATE. Allowed: workers.
    """
    now = clock.now()
    mine = JobRun.objects.filter(pk=run.pk, fence=run.fence, state=JobRun.State.RUNNING)
    if not error:
        return bool(
            mine.update(
                state=JobRun.State.OK, finished_at=now, lease_until=None, result=result or {}, error=""
            )
        )
    if run.attempts >= MAX_ATTEMPTS:
        return bool(mine.update(state=JobRun.State.FAILED, finished_at=now, lease_until=None, error=error))
    again_at = now + timedelta(seconds=retry_delay_s(run.attempts))
    return bool(
        mine.update(state=JobRun.State.PLANNED, fence=F("fence") + 1, lease_until=again_at, error=error)
    )
