"""The loop: place what approvals approved, announce what has come into effect."""

from lib.actors import Actor


def place_approved(*, actor: Actor, limit: int = 100) -> int:
    """Place changes whose request was approved elsewhere; what no longer fits lapses. Returns how many."""
    raise NotImplementedError


def apply_due(*, actor: Actor, limit: int = 500) -> int:
    """Confirm and announce placed changes whose effective moment has come. Returns how many."""
    raise NotImplementedError
