"""Slots: a row before it must run, settled when it is late, claimed when it is due.

Records: nothing; a run's row is its own record, and what the job does is recorded by the job.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, Q

from jobs.models import JobDefinition, JobRun, JobScope, ScopeTimes
from jobs.rules import DISPATCH_LEASE, LATE_AFTER, MAX_ATTEMPTS, PLAN_AHEAD, Definition, slots_between

REPLAN_WITHIN = timedelta(hours=23)
CLAIM_BATCH = 100


@dataclass(frozen=True)
class Claim:
    """A run to send out: `task` on `queue` with (run_id, fence)."""

    run_id: int
    fence: int
    task: str
    queue: str


def plan_slots(now: datetime) -> int:
    """Make the rows of all slots from where planning stopped to 24 hours ahead; returns how many were new.

    Idempotent; several planners at once do no harm. Locks: each definition, skipping those locked. Allowed: the loop.
    """
    made = 0
    for job in JobDefinition.objects.filter(is_active=True):
        if job.planned_until is None or job.planned_until < now + REPLAN_WITHIN:
            made += _plan(job.pk, now)
    return made


def _plan(job_id: int, now: datetime) -> int:
    with transaction.atomic():
        job = JobDefinition.objects.select_for_update(skip_locked=True).filter(pk=job_id).first()
        if job is None:
            return 0
        since, until = min(job.planned_until or now, now), now + PLAN_AHEAD
        scopes = [("", "")]
        if job.scope_kind:
            scopes = list(
                JobScope.objects.filter(kind=job.scope_kind).order_by("key").values_list("key", "timezone")
            )
        own = dict(ScopeTimes.objects.filter(job=job).values_list("scope_key", "local_times"))
        rows = [
            (key, slot)
            for key, timezone in scopes
            for slot in slots_between(definition_of(job, own.get(key)), since, until, timezone)
        ]
        made = _insert_runs(job.pk, rows)
        JobDefinition.objects.filter(pk=job.pk).update(planned_until=until)
    return made


def definition_of(job: JobDefinition, local_times: Sequence[str] | None = None) -> Definition:
    """The stored definition as the rules take it; local_times: a scope's own."""
    return Definition(
        name=job.name,
        task=job.task,
        interval_s=job.interval_s,
        local_times=tuple(job.local_times if local_times is None else local_times),
        timezone=job.timezone,
        scope_kind=job.scope_kind,
    )


def _insert_runs(job_id: int, rows: list[tuple[str, datetime]]) -> int:
    if not rows:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO jobs_jobrun (job_id, scope_key, slot, state, fence, attempts, result, error)"
            " SELECT %s, key, slot, 'planned', 0, 0, '{}', '' FROM unnest(%s::text[], %s::timestamptz[]) r (key, slot)"
            " ON CONFLICT (job_id, scope_key, slot) DO NOTHING",
            [job_id, [key for key, _ in rows], [slot for _, slot in rows]],
        )
        return int(cursor.rowcount)


def settle_late(now: datetime) -> dict[str, int]:
    """End the slots that will not be run any more; returns how many became missed, skipped and failed.

    missed:  planned, older than the job's grace. failed: its lease ran out on the last attempt.
    skipped: policy skip and late by more than a minute; policy run_once and a newer slot of the same scope is due.
    Locks: the rows, by UPDATE. Allowed: the loop.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        settled = {}
        for state, sql in _SETTLE.items():
            cursor.execute(sql, {"now": now, "late": now - LATE_AFTER, "attempts": MAX_ATTEMPTS})
            settled[state] = int(cursor.rowcount)
    return settled


_FREE = "r.state = 'planned' AND (r.lease_until IS NULL OR r.lease_until < %(now)s) AND j.id = r.job_id"
_SETTLE = {
    "failed": """UPDATE jobs_jobrun r SET state = 'failed', finished_at = %(now)s, error = 'the lease ran out'
        WHERE state = 'running' AND lease_until < %(now)s AND attempts >= %(attempts)s""",
    "missed": f"""UPDATE jobs_jobrun r SET state = 'missed', finished_at = %(now)s
        FROM jobs_jobdefinition j WHERE {_FREE} AND r.attempts = 0
        AND r.slot + j.grace_s * interval '1 second' < %(now)s""",
    "given up": f"""UPDATE jobs_jobrun r SET state = 'failed', finished_at = %(now)s
        FROM jobs_jobdefinition j WHERE {_FREE} AND r.attempts > 0
        AND r.slot + j.grace_s * interval '1 second' < %(now)s""",
    "skipped": f"""UPDATE jobs_jobrun r SET state = 'skipped', finished_at = %(now)s
        FROM jobs_jobdefinition j WHERE {_FREE} AND r.attempts = 0 AND (
            (j.misfire = 'skip' AND r.slot < %(late)s)
            OR (j.misfire = 'run_once' AND r.slot < %(late)s AND EXISTS (
                SELECT 1 FROM jobs_jobrun newer WHERE newer.job_id = r.job_id AND newer.scope_key = r.scope_key
                AND newer.slot > r.slot AND newer.slot <= %(now)s)))""",
}


def claim_due(now: datetime) -> list[Claim]:
    """Take the due slots and those whose lease ran out, at most 100: a new fence, and a minute to be started.

    Locks: the rows, skipping those locked. Allowed: the loop.
    """
    ended = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    due = Q(state=JobRun.State.PLANNED, slot__lte=now) & ended
    lost = Q(state=JobRun.State.RUNNING, lease_until__lt=now, attempts__lt=MAX_ATTEMPTS)
    with transaction.atomic():
        runs = list(
            JobRun.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("job")
            .filter(due | lost, job__is_active=True)
            .order_by("slot", "id")[:CLAIM_BATCH]
        )
        JobRun.objects.filter(pk__in=[run.pk for run in runs]).update(
            state=JobRun.State.PLANNED,
            fence=F("fence") + 1,
            dispatched_at=now,
            lease_until=now + DISPATCH_LEASE,
        )
    return [Claim(run.pk, run.fence + 1, run.job.task, run.job.queue) for run in runs]


def release_run(claim: Claim) -> None:
    """Give a claim back that could not be sent, so that the next tick takes it. Locks: the row. Allowed: the loop."""
    JobRun.objects.filter(pk=claim.run_id, fence=claim.fence, state=JobRun.State.PLANNED).update(
        lease_until=None
    )
