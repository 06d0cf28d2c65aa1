"""Every write of approvals."""

from approvals.actions.decisions import decide, decide_many, refused_in_bulk
from approvals.actions.overdue import alert_overdue
from approvals.actions.policies import ensure_default_policies, save_policy_version
from approvals.actions.rates import ask_for_rate, withdraw_rate
from approvals.actions.requests import open_request, record_effect, void, withdraw

__all__ = [
    "alert_overdue",
    "ask_for_rate",
    "decide",
    "decide_many",
    "ensure_default_policies",
    "open_request",
    "record_effect",
    "refused_in_bulk",
    "save_policy_version",
    "void",
    "withdraw",
    "withdraw_rate",
]
