"""The slot that records yesterday's figures."""

from typing import Any

from jobs.tasks import RunContext, outbox_handler, slot_task
from lib import clock
from lib.actors import job
from reports import actions

DAYS_BACK = 28


@slot_task("reports.daily_figures")
def daily_figures(run: RunContext) -> dict[str, Any]:
    days = actions.missing_days(clock.now().date(), DAYS_BACK)
    return {"days": len(days), "figures": actions.record_figures(days, actor=run.actor)}


@outbox_handler("reports.fill_figures")
def fill_figures(key: str, payload: dict[str, Any]) -> None:
    """Figures of days that have none yet; asked for when history has been loaded."""
    days = actions.missing_days(clock.now().date(), DAYS_BACK)
    actions.record_figures(days, actor=job("reports.fill_figures"))
