"""The loop of approvals, ticked every 30 seconds."""

from approvals import actions
from jobs.tasks import loop_task
from lib import clock
from lib.actors import job


@loop_task("approvals.tick")
def tick() -> None:
    actions.alert_overdue(actor=job("approvals.tick"), at=clock.now())
