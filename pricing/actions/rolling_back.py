"""Roll back: a new change that restores what was valid before another."""

from lib.actors import Actor
from pricing.models import PriceChange


def roll_back_change(*, actor: Actor, change_id: int, comment: str = "") -> PriceChange:
    """Submit a new change by the caller that undoes `change_id` from now on; returns the new change.

    Raises Faults 409 `wrong_state` (only approved and applied ones), `already_rolled_back`, `nothing_left`.
    """
    raise NotImplementedError
