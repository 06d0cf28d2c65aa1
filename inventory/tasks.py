"""Loops and slots of stock; config/schedule.py and config/celery.py say when."""

from typing import Any

from inventory.actions.costing_methods import align_due
from inventory.actions.counts_comparing import compare_waiting
from inventory.actions.counts_planning import plan_by_rules
from inventory.actions.counts_settling import settle_within
from inventory.actions.customs_alerts import alert_late_consignments
from inventory.actions.customs_moving import settle_undone
from inventory.actions.placing import place_approved
from inventory.actions.reconciliations import look_again
from inventory.actions.reservations import expire_due
from inventory.actions.safety_stock import compute_safety_stock, warn_below_safety
from inventory.actions.supplier_returns import apply_return_decisions
from inventory.actions.supplier_returns_moving import alert_overdue_returns, settle_taken_back
from inventory.actions.transfers import apply_decisions
from inventory.actions.transfers_moving import reopen_refused
from inventory.actions.transfers_templates import alert_overdue
from inventory.actions.valuation_decisions import apply_valuation_decisions
from inventory.actions.write_offs_posting import apply_write_off_decisions
from jobs.tasks import RunContext, loop_task, slot_task
from lib import actors


@loop_task("inventory.place_approved")
def place() -> None:
    place_approved(actor=actors.job("inventory.place_approved"))


@loop_task("inventory.expire_reservations")
def expire_reservations() -> None:
    expire_due(actor=actors.job("inventory.expire_reservations"))


@loop_task("inventory.settle_transfers")
def settle_transfers() -> None:
    actor = actors.job("inventory.settle_transfers")
    apply_decisions(actor=actor)
    reopen_refused(actor=actor)
    alert_overdue(actor=actor)
    alert_overdue_returns(actor=actor)


@loop_task("inventory.settle_write_offs")
def settle_write_offs() -> None:
    actor = actors.job("inventory.settle_write_offs")
    apply_write_off_decisions(actor=actor)
    apply_return_decisions(actor=actor)
    settle_taken_back(actor=actor)


@loop_task("inventory.settle_counts")
def settle_counts() -> None:
    actor = actors.job("inventory.settle_counts")
    compare_waiting(actor=actor)
    settle_within(actor=actor)


@loop_task("inventory.look_again")
def look_again_at_differences() -> None:
    look_again(actor=actors.job("inventory.look_again"))


@loop_task("inventory.settle_customs")
def settle_customs() -> None:
    actor = actors.job("inventory.settle_customs")
    settle_undone(actor=actor)
    alert_late_consignments(actor=actor)


@slot_task("inventory.plan_counts")
def plan_counts(run: RunContext) -> dict[str, Any]:
    return dict(plan_by_rules(actor=run.actor, site_code=run.scope_key, at=run.slot))


@loop_task("inventory.settle_valuations")
def settle_valuations() -> None:
    actor = actors.job("inventory.settle_valuations")
    apply_valuation_decisions(actor=actor)
    align_due(actor=actor)


@slot_task("inventory.safety_stock")
def safety_stock(run: RunContext) -> dict[str, Any]:
    pairs = compute_safety_stock(actor=run.actor, at=run.slot)
    return {"pairs": pairs, "sites_below": warn_below_safety(actor=run.actor)}
