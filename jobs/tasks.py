"""Loops that beat ticks, and the two decorators other apps make their tasks with."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any

from celery import shared_task

from audit.actions import delete_old_files, ensure_partitions, run_verification
from jobs import actions, queries
from jobs.models import JobRun
from lib import clock
from lib.actors import Actor, job
from web.stored_files import sweep

log = logging.getLogger(__name__)


class LostLease(Exception):
    """Another worker has taken this run over; what is not committed must not be."""


class DamagedFiles(Exception):
    """A stored file is not what its hash says, or not there: it must come from the backup."""


@dataclass(frozen=True)
class RunContext:
    """What a slot task is told: which run of which job, for which scope and slot, as whom."""

    run_id: int
    job: str
    scope_key: str
    slot: datetime
    fence: int
    actor: Actor

    def keep(self, seconds: int) -> None:
        """Keep a long run's lease. Raises LostLease: it is no longer ours."""
        if not actions.extend_lease(self.run_id, self.fence, seconds):
            raise LostLease(self.job)


def loop_task(name: str) -> Callable[[Callable[[], Any]], Any]:
    """A loop that beat ticks: runs, then leaves a heartbeat; a failure is noted and the next tick tries again."""

    def decorate(function: Callable[[], Any]) -> Any:
        @shared_task(name=name)
        @wraps(function)
        def task() -> None:
            try:
                function()
            except Exception as error:
                log.exception("%s failed", name)
                actions.beat(name, f"{type(error).__name__}: {error}")
            else:
                actions.beat(name)

        return task

    return decorate


def slot_task(name: str) -> Callable[[Callable[[RunContext], dict[str, Any] | None]], Any]:
    """A task that works on one slot: runs only while it holds the fence, and writes how it ended."""

    def decorate(function: Callable[[RunContext], dict[str, Any] | None]) -> Any:
        @shared_task(name=name)
        @wraps(function)
        def task(run_id: int, fence: int) -> str:
            run = actions.start_run(run_id, fence)
            return "taken over" if run is None else _work(run, function)

        return task

    return decorate


def _work(run: JobRun, function: Callable[[RunContext], dict[str, Any] | None]) -> str:
    actor = job(run.job.name, run.slot)
    context = RunContext(run.pk, run.job.name, run.scope_key, run.slot, run.fence, actor)
    try:
        result = function(context)
    except Exception as error:
        log.exception("%s failed for %s %s", run.job.name, run.scope_key, run.slot)
        actions.finish_run(run, error=f"{type(error).__name__}: {error}"[:2000])
        return "failed"
    return "ok" if actions.finish_run(run, result=result) else "taken over"


def outbox_handler(kind: str) -> Callable[[Callable[[str, dict[str, Any]], None]], Any]:
    """Handles outbox rows of `kind`: called with key and payload, outside any transaction, at least once."""

    def decorate(function: Callable[[str, dict[str, Any]], None]) -> Any:
        @shared_task(name=f"outbox.{kind}")
        @wraps(function)
        def task(outbox_id: int, attempt: int) -> None:
            row = queries.delivery(outbox_id, attempt)
            if row is None:
                return
            try:
                function(row.key, row.payload)
            except Exception as error:
                log.exception("outbox %s %s failed", kind, row.key)
                actions.finish_delivery(outbox_id, attempt, f"{type(error).__name__}: {error}"[:2000])
            else:
                actions.finish_delivery(outbox_id, attempt)

        return task

    return decorate


@loop_task("jobs.tick")
def tick() -> None:
    """Plan, settle what is late, send what is due."""
    now = clock.now()
    actions.plan_slots(now)
    actions.settle_late(now)
    for claim in actions.claim_due(now):
        if not actions.send(
            claim.task, queue=claim.queue, expires_s=60, run_id=claim.run_id, fence=claim.fence
        ):
            actions.release_run(claim)


@loop_task("jobs.relay_outbox")
def relay_outbox() -> None:
    """Hand waiting outbox rows to their handlers."""
    for delivery in actions.claim_deliveries(clock.now()):
        sent = actions.send(
            f"outbox.{delivery.kind}", queue="normal", outbox_id=delivery.outbox_id, attempt=delivery.attempt
        )
        if not sent:
            actions.release_delivery(delivery)


@loop_task("jobs.canary")
def canary() -> None:
    """Sent by the scheduler, run by the worker: its heartbeat says that both are alive."""


@slot_task("jobs.ensure_partitions")
def make_partitions(context: RunContext) -> dict[str, Any]:
    """Months of the partitioned tables, two ahead; export files older than a week go."""
    return {"made": ensure_partitions(context.slot.date()), "files_deleted": delete_old_files()}


@slot_task("jobs.sweep_files")
def sweep_files(context: RunContext) -> dict[str, Any]:
    """Files without a row go, the others are compared with their hash; one that is lost or altered fails the run."""
    swept = sweep()
    if swept.missing or swept.altered:
        raise DamagedFiles(f"missing {list(swept.missing)[:5]}, altered {list(swept.altered)[:5]}")
    return {"orphans": swept.orphans, "checked": swept.checked}


@slot_task("audit.verify")
def verify_trail(context: RunContext) -> dict[str, Any]:
    """The whole trail checked once a day; the outcome is kept, recorded and stands on the page."""
    return {"breaches": run_verification(actor=context.actor)}
