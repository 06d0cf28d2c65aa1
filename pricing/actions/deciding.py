"""Decide: approve, reject, withdraw."""

from lib.actors import Actor
from pricing.models import PriceChange


def approve_change(*, actor: Actor, change_id: int, comment: str = "") -> PriceChange:
    """Approve a pending change and place its rows in the same transaction.

    Raises Faults 403 `own_request`; 409 `wrong_state`, `base_moved` (others changed a price meanwhile).
    """
    raise NotImplementedError


def reject_change(*, actor: Actor, change_id: int, comment: str = "") -> PriceChange:
    """Reject a pending change. Raises Faults 403 `own_request`, 409 `wrong_state`."""
    raise NotImplementedError


def withdraw_change(*, actor: Actor, change_id: int, comment: str = "") -> PriceChange:
    """Take back a draft, a pending change, or an approved one before its effective moment (its rows close)."""
    raise NotImplementedError
