"""What stands between a price and its cost besides tax and commission: laws against selling below cost, subsidies."""

from collections.abc import Sequence
from dataclasses import replace
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
    """What a platform or a supplier pays the shop on each unit sold, net of tax, in the currency of the price; until:
    its end, None = open. problem: why it cannot be counted, "" when it can."""

    offer: Offer
    until: datetime | None
    problem: str = ""


def paid_on(net: Decimal, subsidies: Sequence[Subsidy]) -> tuple[Decimal, tuple[Subsidy, ...]]:
    """What is paid on a unit of this net price, and by which; of one stacking group the least."""
    least: dict[tuple[str, str], tuple[Decimal, Subsidy]] = {}
    for one in subsidies:
        if one.problem:
            continue
        offer = one.offer
        paid = offer.amount if offer.amount is not None else (offer.fraction or NOTHING) * net
        paid = min(paid, net) if offer.cap is None else min(paid, net, offer.cap)
        key = (offer.stacking_group, "") if offer.stacking_group else ("", offer.code)
        if paid > 0 and (key not in least or paid < least[key][0]):
            least[key] = (paid, one)
    return sum((paid for paid, _one in least.values()), NOTHING), tuple(one for _paid, one in least.values())


def turning_points(subsidies: Sequence[Subsidy]) -> list[Decimal]:
    """The net prices between which what is paid grows evenly, in order."""
    offers = [one.offer for one in subsidies if not one.problem]
    flat = {one for offer in offers for one in (offer.amount, offer.cap) if one is not None}
    fractions = {offer.fraction for offer in offers if offer.fraction} | {Decimal(1)}
    return sorted({most / fraction for most in flat for fraction in fractions})


def in_currency(one: Subsidy, currency: str, rate: Decimal) -> Subsidy:
    """The same subsidy in another currency, not rounded."""
    offer = one.offer
    amount = None if offer.amount is None else offer.amount * rate
    cap = None if offer.cap is None else offer.cap * rate
    return one._replace(offer=replace(offer, amount=amount, cap=cap, currency=currency))


def cost_option_problems(options: dict[str, object], reasons: frozenset[str]) -> list[str]:
    """The names of options that a law on prices below cost cannot have; `reasons` are the kinds there are."""
    problems = [str(name) for name in options if name != EXEMPT]
    given = options.get(EXEMPT, [])
    texts = [one for one in given if isinstance(one, str)] if isinstance(given, list) else []
    if not isinstance(given, list) or len(texts) < len(given) or len(set(texts) & reasons) < len(texts):
        problems.append(EXEMPT)
    return problems
