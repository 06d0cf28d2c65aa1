"""Submit: guardrails, then the policy decides or routes."""

from lib.actors import Actor
from pricing.models import PriceChange


def submit_change(*, actor: Actor, change_id: int, comment: str = "") -> PriceChange:
    """Evaluate a draft again and hand it to the policy: `approved` (and placed at once) or `pending`.

    Raises Faults 422 with one fault per blocking finding; 409 `wrong_state`.
    """
    raise NotImplementedError
