"""What stands between a price and its cost besides tax and commission: laws against selling below cost, subsidies."""

from typing import NamedTuple

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


def cost_option_problems(options: dict[str, object], reasons: frozenset[str]) -> list[str]:
    """The names of options that a law on prices below cost cannot have; `reasons` are the kinds there are."""
    problems = [str(name) for name in options if name != EXEMPT]
    given = options.get(EXEMPT, [])
    texts = [one for one in given if isinstance(one, str)] if isinstance(given, list) else []
    if not isinstance(given, list) or len(texts) < len(given) or len(set(texts) & reasons) < len(texts):
        problems.append(EXEMPT)
    return problems
