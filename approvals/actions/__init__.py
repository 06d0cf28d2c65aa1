"""Every write of approvals."""

from approvals.actions.author_limits import set_author_limit
from approvals.actions.decisions import decide, decide_many, refused_in_bulk
from approvals.actions.delegations import DelegationDraft, delegate, revoke_delegation
from approvals.actions.overdue import alert_overdue, escalate_due
from approvals.actions.policies import ensure_default_policies, save_policy_version
from approvals.actions.proposals import DRY_RUN_DAYS, Proposed, propose_policy, withdraw_proposal
from approvals.actions.rates import ask_for_rate, withdraw_rate
from approvals.actions.remarks import remark
from approvals.actions.requests import open_request, record_effect, void, withdraw
from approvals.actions.reviews import review

__all__ = [
    "DRY_RUN_DAYS",
    "DelegationDraft",
    "Proposed",
    "alert_overdue",
    "ask_for_rate",
    "decide",
    "decide_many",
    "delegate",
    "ensure_default_policies",
    "escalate_due",
    "open_request",
    "propose_policy",
    "record_effect",
    "refused_in_bulk",
    "remark",
    "review",
    "revoke_delegation",
    "save_policy_version",
    "set_author_limit",
    "void",
    "withdraw",
    "withdraw_proposal",
    "withdraw_rate",
]
