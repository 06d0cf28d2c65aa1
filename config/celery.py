"""Celery: three queues, and a beat that only ticks. What must run, and the proof that it ran, is kept by jobs."""

import os
import signal
from pathlib import Path
from typing import Any

from celery import Celery, bootsteps
from celery.signals import beat_init, worker_process_init

from config.lifeline import die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

QUEUES = ("urgent", "normal", "bulk")

#: task → (seconds between ticks, queue). A tick that waits longer than its own interval is dropped, not queued up.
TICKS = {
    "pricing.apply_due": (2, "urgent"),
    "inventory.place_approved": (2, "urgent"),
    "jobs.relay_outbox": (5, "urgent"),
    "jobs.tick": (10, "urgent"),
    "audit.seal": (10, "normal"),
    "jobs.canary": (15, "normal"),
    "alerts.tick": (15, "normal"),
    "approvals.tick": (30, "normal"),
    "inventory.expire_reservations": (15, "normal"),
    "inventory.settle_transfers": (15, "normal"),
    "inventory.settle_counts": (15, "normal"),
    "inventory.look_again": (30, "bulk"),
    "inventory.settle_customs": (30, "normal"),
    "inventory.settle_write_offs": (5, "normal"),
    "inventory.settle_valuations": (15, "normal"),
    "pricing.keep_rates": (30, "normal"),
    "finance.settle_disputes": (15, "normal"),
    "feeds.process": (10, "normal"),
    "feeds.look_in": (15, "bulk"),
    "feeds.publish": (10, "normal"),
    "feeds.read_back": (30, "bulk"),
    "patrol.tick": (30, "normal"),
    "audit.work": (15, "bulk"),
}


def tick(seconds: int, queue: str) -> dict[str, Any]:
    """Options of a tick's message."""
    return {"expires": max(seconds * 2, 10), "queue": queue}


app = Celery("steelyard")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    name: {"task": name, "schedule": seconds, "options": tick(seconds, queue)}
    for name, (seconds, queue) in TICKS.items()
}
app.conf.beat_max_loop_interval = 2


@worker_process_init.connect
def pool_process_dies_with_worker(**_: Any) -> None:
    """A killed worker leaves no pool process behind that would go on with half a task."""
    die_with_parent(signal.SIGKILL)


class SignOfLife(bootsteps.StartStopStep):
    """Touches ALIVE_FILE while the worker's own timer turns: the health check of a container."""

    requires = {"celery.worker.components:Timer"}

    def start(self, worker: Any) -> None:
        path = os.environ.get("ALIVE_FILE")
        if path:
            worker.timer.call_repeatedly(5, Path(path).touch)


app.steps["worker"].add(SignOfLife)


@beat_init.connect
def first_canary(**_: Any) -> None:
    """The scheduler's first sign of life at once, not after the first interval: /readyz waits for it."""
    app.send_task("jobs.canary", **tick(*TICKS["jobs.canary"]))
