"""Giving effect to what was decided about revaluations and landed costs on the approvals' page."""

from inventory.actions.landed_costs import post_landed_cost
from inventory.actions.revaluations import post_revaluation
from inventory.actions.valuation_documents import Post, give_effect
from inventory.models import LandedCost, Revaluation
from inventory.models.valuation import ValuationDocument
from lib.actors import Actor

KINDS: dict[str, tuple[type[ValuationDocument], Post]] = {
    "revaluation": (Revaluation, post_revaluation),
    "landed_cost": (LandedCost, post_landed_cost),
}


def apply_valuation_decisions(*, actor: Actor) -> int:
    """Post what was approved, end what was refused; answers how many changed. Allowed: the loop."""
    return give_effect(actor, KINDS)
