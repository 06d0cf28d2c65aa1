"""When a linked list takes the day's exchange rate and when it stays at its own. Pure."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Outcome = Literal["first", "stays", "moved", "asks"]


@dataclass(frozen=True, slots=True)
class RatePolicy:
    """dead_band: the kept rate stays while the day's differs by at most this fraction. step_limit: a move of more waits
    for a person; None = no limit."""

    dead_band: Decimal = Decimal(0)
    step_limit: Decimal | None = None


def outcome(policy: RatePolicy, kept: Decimal | None, newest: Decimal) -> Outcome:
    """What the day's rate does to a list: its first one, nothing, a move, or a question. Both rates above zero."""
    if kept is None:
        return "first"
    move = abs(newest / kept - 1)
    if move <= policy.dead_band or newest == kept:
        return "stays"
    if policy.step_limit is not None and move > policy.step_limit:
        return "asks"
    return "moved"
