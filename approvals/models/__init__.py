"""The tables of approvals."""

from approvals.models.delegations import AuthorLimit, Delegation
from approvals.models.policies import Policy, PolicyProposal
from approvals.models.requests import ApprovalRequest, Decision, Remark, Review, Step

__all__ = [
    "ApprovalRequest",
    "AuthorLimit",
    "Decision",
    "Delegation",
    "Policy",
    "PolicyProposal",
    "Remark",
    "Review",
    "Step",
]
