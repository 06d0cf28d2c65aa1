"""The loop and the slot of finance; config/celery.py and config/schedule.py say when."""

from finance.actions.dispute_alerts import alert_overdue_disputes
from finance.actions.disputes import apply_dispute_decisions
from finance.actions.matching import compare
from finance.actions.verifying import verify_vouchers
from finance.models import Matching
from jobs.tasks import RunContext, loop_task, slot_task
from lib import actors


@loop_task("finance.settle_disputes")
def settle_disputes() -> None:
    actor = actors.job("finance.settle_disputes")
    apply_dispute_decisions(actor=actor)
    alert_overdue_disputes(actor=actor)


@slot_task("finance.compare")
def compare_all(run: RunContext) -> dict[str, object]:
    return {
        str(matching): compare(actor=run.actor, matching=matching).as_json() for matching in Matching.values
    }


@slot_task("finance.verify_vouchers")
def verify(run: RunContext) -> dict[str, object]:
    return {"breaches": verify_vouchers(actor=run.actor)}
