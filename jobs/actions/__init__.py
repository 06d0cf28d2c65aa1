"""Every write of jobs, by noun."""

from jobs.actions.definitions import remove_scope, set_scope, set_scope_times, sync_definitions
from jobs.actions.heartbeats import beat
from jobs.actions.outbox import claim_deliveries, enqueue, finish_delivery, release_delivery
from jobs.actions.runs import claim_run, extend_lease, finish_run, start_run
from jobs.actions.slots import claim_due, plan_slots, release_run, settle_late
from jobs.actions.wakes import send, wake

__all__ = [
    "beat",
    "claim_deliveries",
    "claim_due",
    "claim_run",
    "enqueue",
    "extend_lease",
    "finish_delivery",
    "finish_run",
    "plan_slots",
    "release_delivery",
    "release_run",
    "remove_scope",
    "send",
    "set_scope",
    "set_scope_times",
    "settle_late",
    "start_run",
    "sync_definitions",
    "wake",
]
