"""A proposal that waits: China's list is to derive a little dearer from next week on."""

from datetime import datetime, timedelta

from accounts.models import User
from demo.steps.prices import CHINA, LISTS
from lib import clock
from pricing.actions.list_rules import propose_rule

FIELDS = ("parent", "ends_in")


def load_proposal(people: dict[str, User]) -> None:
    """One version of how the list derives; another who keeps the lists decides it."""
    stands = next(one for one in LISTS if one["code"] == CHINA)
    begins: datetime = (clock.now() + timedelta(days=7)).replace(hour=0, minute=0, second=0, microsecond=0)
    row = {name: stands[name] for name in FIELDS if name in stands}
    row |= {
        "float_fraction": "-0.08",
        "effective_from": begins.isoformat(),
        "reason": "Freight to China has become dearer by two points.",
    }
    propose_rule(actor=people["manager.price"].as_actor(channel="command"), code=CHINA, row=row)
