"""What must run, and for which scopes.

Records: nothing here is a business event; definitions come from the code and scopes follow the sites, whose writes
are recorded by their owner.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import transaction

from jobs.models import JobDefinition, JobRun, JobScope, ScopeTimes
from jobs.rules import Definition, definition_fault, is_wall_time
from lib import clock
from lib.faults import refuse


def sync_definitions(definitions: Sequence[Definition]) -> None:
    """Make the stored definitions those of the code; what is no longer named is switched off, its runs stay.

    Future slots of a changed definition are planned anew. Raises ValueError: a definition cannot be planned.
    Locks: the definitions. Allowed: set-up.
    """
    for definition in definitions:
        if fault := definition_fault(definition):
            raise ValueError(f"{definition.name}: {fault}")
    now = clock.now()
    with transaction.atomic():
        stored = {job.name: job for job in JobDefinition.objects.select_for_update().order_by("name")}
        for definition in definitions:
            wanted = {**asdict(definition), "local_times": list(definition.local_times), "is_active": True}
            job = stored.pop(definition.name, None) or JobDefinition(name=definition.name)
            changed = job.pk is None or any(getattr(job, name) != value for name, value in wanted.items())
            if changed:
                for name, value in wanted.items():
                    setattr(job, name, value)
                job.save()
                _replan([job], now)
        for job in stored.values():
            if job.is_active:
                job.is_active = False
                job.save()
                _replan([job], now)


def set_scope(kind: str, key: str, timezone: str) -> None:
    """Let jobs of scope kind `kind` run for `key` in `timezone`; the same again changes nothing.

    Raises Faults 422 `unknown_timezone`. Locks: the scope. Allowed: the app that owns the thing.
    """
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise refuse(
            "unknown_timezone", f"There is no time zone {timezone!r}.", pointer="/timezone"
        ) from error
    with transaction.atomic():
        scope = JobScope.objects.select_for_update().filter(kind=kind, key=key).first()
        if scope is not None and scope.timezone == timezone:
            return
        JobScope.objects.update_or_create(kind=kind, key=key, defaults={"timezone": timezone})
        _replan(list(JobDefinition.objects.filter(scope_kind=kind)), clock.now(), key)


def remove_scope(kind: str, key: str) -> None:
    """No more slots for `key`; past ones stay. Locks: the scope. Allowed: the app that owns the thing."""
    with transaction.atomic():
        JobScope.objects.filter(kind=kind, key=key).delete()
        _replan(list(JobDefinition.objects.filter(scope_kind=kind)), clock.now(), key)


def set_scope_times(*, job_name: str, scope_key: str, local_times: Sequence[str]) -> None:
    """Let one scope of a job run at local times of its own; an empty list: at the job's again.

    Slots to come are planned anew. Raises Faults 404 `unknown_job`, 422 `invalid_time`.
    Locks: the definition. Records: nothing here, the caller's change of a plan is the event. Allowed: the app that owns
    the scope.
    """
    wrong = [wall for wall in local_times if not is_wall_time(wall)]
    if wrong:
        raise refuse("invalid_time", f"Not a time of day: {', '.join(wrong)[:60]}.", pointer="/times")
    with transaction.atomic():
        job = JobDefinition.objects.select_for_update().filter(name=job_name).first()
        if job is None or not job.scope_kind:
            raise refuse("unknown_job", f"There is no job {job_name!r} by scope.", status=404)
        if local_times:
            ScopeTimes.objects.update_or_create(
                job=job, scope_key=scope_key, defaults={"local_times": sorted(local_times)}
            )
        else:
            ScopeTimes.objects.filter(job=job, scope_key=scope_key).delete()
        _replan([job], clock.now(), scope_key)


def _replan(jobs: list[JobDefinition], now: datetime, scope_key: str | None = None) -> None:
    """Forget the slots still to come and let the planner begin again from now."""
    future = JobRun.objects.filter(job__in=jobs, state=JobRun.State.PLANNED, slot__gt=now)
    if scope_key is not None:
        future = future.filter(scope_key=scope_key)
    future.delete()
    JobDefinition.objects.filter(pk__in=[job.pk for job in jobs], planned_until__gt=now).update(
        planned_until=now
    )
