"""The loop of approvals, ticked every 30 seconds."""

from approvals import actions
from jobs.tasks import loop_task
from lib import clock
from lib.actors import job


@loop_task("approvals.tick")
def tick() -> None:
    actor, now = job("approvals.tick"), clock.now()
    actions.escalate_due(actor=actor, at=now)
    actions.alert_overdue(actor=actor, at=now)
