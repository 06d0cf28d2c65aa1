"""The slot that records yesterday's figures."""

from typing import Any

from jobs.tasks import RunContext, slot_task
from lib import clock
from reports import actions

DAYS_BACK = 28


@slot_task("reports.daily_figures")
def daily_figures(run: RunContext) -> dict[str, Any]:
    days = actions.missing_days(clock.now().date(), DAYS_BACK)
    return {"days": len(days), "figures": actions.record_figures(days, actor=run.actor)}
