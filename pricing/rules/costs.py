"""What stands between a price and its cost besides tax and commission: laws against selling below cost, subsidies."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from pricing.rules.rehearsal import Offer

NOTHING = Decimal(0)
#: Reasons for which a price below cost is always looked at by a person, never blocked by the house: only a law blocks it.
REVIEWED = frozenset({"clearance", "expiry", "damage", "season"})
#: Options of a law on prices below cost.
EXEMPT = "exempt_reasons"


class CostLaw(NamedTuple):
    """A country's law that forbids prices below cost; exempt_reasons are the kinds of reason that it lets pass."""

    country: str
    exempt_reasons: frozenset[str]
    source: str
    label: str


class Subsidy(NamedTuple):
    """What a platform or a supplier pays the shop on each unit sold, net of tax; until: its end, None = open."""

    offer: Offer
    until: datetime | None


def paid_on(net: Decimal, currency: str, subsidies: Sequence[Subsidy]) -> tuple[Decimal, tuple[Subsidy, ...]]:
    """What is paid on a unit of this net price, and by which; of one stacking group the least, of other currencies none."""
    least: dict[tuple[str, str], tuple[Decimal, Subsidy]] = {}
    for one in subsidies:
        offer = one.offer
        if offer.currency not in ("", currency):
            continue
        paid = offer.amount if offer.amount is not None else (offer.fraction or NOTHING) * net
        paid = min(paid, net) if offer.cap is None else min(paid, net, offer.cap)
        key = (offer.stacking_group, "") if offer.stacking_group else ("", offer.code)
        if paid > 0 and (key not in least or paid < least[key][0]):
            least[key] = (paid, one)
    return sum((paid for paid, _one in least.values()), NOTHING), tuple(one for _paid, one in least.values())


def cost_option_problems(options: dict[str, object], reasons: frozenset[str]) -> list[str]:
    """The names of options that a law on prices below cost cannot have; `reasons` are the kinds there are."""
    problems = [str(name) for name in options if name != EXEMPT]
    given = options.get(EXEMPT, [])
    texts = [one for one in given if isinstance(one, str)] if isinstance(given, list) else []
    if not isinstance(given, list) or len(texts) < len(given) or len(set(texts) & reasons) < len(texts):
        problems.append(EXEMPT)
    return problems
