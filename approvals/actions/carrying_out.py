"""Acts of lower floors, and of approvals itself, that a decision carries out in its own transaction."""

from approvals.actions import proposals, rates
from approvals.models import ApprovalRequest
from lib.actors import Actor

ACTS = {rates.KIND: rates.carry_out, proposals.KIND: proposals.carry_out}


def carry_out(actor: Actor, request: ApprovalRequest, approve: bool) -> None:
    """Do what the request asked for, or close what waited for it. Locks and records: as the act says."""
    act = ACTS.get(request.kind)
    if act is not None:
        act(actor, request, approve)
