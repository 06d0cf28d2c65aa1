"""The loop of alerts, ticked every 15 seconds."""

import time

from alerts import actions
from jobs.tasks import loop_task
from lib import clock
from lib.actors import job

LOOPS_AFTER_S = 180
_started = time.monotonic()


@loop_task("alerts.tick")
def tick() -> None:
    actor = job("alerts.tick")
    at = clock.now()
    actions.watch_jobs(actor=actor, at=at, with_loops=time.monotonic() - _started > LOOPS_AFTER_S)
    actions.open_incidents_for_alerts(actor=actor)
    actions.record_breaches(actor=actor, at=at)
