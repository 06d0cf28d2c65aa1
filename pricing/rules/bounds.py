"""Guardrails that hold an amount against something else: a band, the supplier, other regions, competitors, its digits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from pricing.rules.findings import (
    BLOCK,
    NOTE,
    REVIEW,
    Found,
    Limits,
    LineFacts,
    figures_of,
    findings_on,
    plain_figures,
    severity_beyond,
)

#: What a rule finds where its options do not say how bad it is.
SEVERITIES = {"band": REVIEW, "map_price": REVIEW, "msrp": NOTE, "ending": NOTE, "minor_unit": BLOCK}
ONE = Decimal(1)
BASES = ("amount", "base")


@dataclass(frozen=True, slots=True)
class Bound:
    """One rule in force. floor and ceiling are amounts in `currency`, or with basis "base" fractions around the base."""

    rule: str
    label: str
    severity: str = REVIEW
    review_at: Decimal | None = None
    block_at: Decimal | None = None
    floor: Decimal | None = None
    ceiling: Decimal | None = None
    basis: str = "amount"
    currency: str = ""
    endings: tuple[str, ...] = ()
    step: Decimal | None = None


class Spread(NamedTuple):
    """The dearest and the cheapest region of a product, in the line's currency at the day's rate."""

    lowest: Decimal
    lowest_list: str
    highest: Decimal
    highest_list: str


@dataclass(slots=True)
class BoundFacts:
    """What a line's amount is held against, in its currency; None = not known, so nothing is found."""

    base_amount: Decimal | None = None
    map_amount: Decimal | None = None
    msrp_amount: Decimal | None = None
    spread: Spread | None = None
    competitor_amount: Decimal | None = None
    competitor_count: int = 0


NOTHING = BoundFacts()


def bound_of(rule: str, label: str, limits: tuple[Decimal | None, Decimal | None], options: Any) -> Bound:
    """A stored rule as this module reads it; limits are review and block."""
    given: Mapping[str, Any] = options or {}
    return Bound(
        rule,
        label,
        str(given.get("severity") or SEVERITIES.get(rule, REVIEW)),
        *limits,
        floor=_decimal(given.get("floor")),
        ceiling=_decimal(given.get("ceiling")),
        basis=str(given.get("basis") or "amount"),
        currency=str(given.get("currency") or ""),
        endings=tuple(given.get("endings") or ()),
        step=_decimal(given.get("step")),
    )


def _decimal(value: Any) -> Decimal | None:
    return None if value in (None, "") else Decimal(str(value))


def bound_findings(line: LineFacts, bounds: Sequence[Bound], facts: BoundFacts = NOTHING) -> list[Found]:
    """What the bounds have against a line; a line that ends a price has nothing to be held against."""
    if line.amount is None:
        return []
    found = [CHECKS[bound.rule](line, line.amount, bound, facts) for bound in bounds if bound.rule in CHECKS]
    return [one for one in found if one is not None]


#: What is worth telling of a price that a derived list makes of a line; the others are the line's own.
DERIVED = frozenset(
    {"below_cost", "margin_floor", "missing_exchange_rate", "stale_exchange_rate", "subsidy_ends"}
)


def derived_findings(
    child: LineFacts, facts: BoundFacts, limits: Limits, bounds: Sequence[Bound], reason_code: str
) -> list[Found]:
    """What the child list's guardrails have against the price it would derive; each finding names that list."""
    found = [one for one in findings_on(child, figures_of(child), limits, reason_code) if one.code in DERIVED]
    found += bound_findings(child, [one for one in bounds if one.rule != "regional_spread"], facts)
    return [Found(one.code, one.severity, {**one.params, "derived": child.price_list}) for one in found]


def gross_range(line: LineFacts, amount: Decimal) -> tuple[Decimal, Decimal]:
    """What customers pay for `amount` where tax is least and most."""
    if line.tax_included or not line.loads:
        return amount, amount
    taxes = [load.tax_fraction for load in line.loads]
    return amount * (1 + min(taxes)), amount * (1 + max(taxes))


def band_limits(bound: Bound, currency: str, base: Decimal | None) -> tuple[Decimal | None, Decimal | None]:
    """Floor and ceiling as amounts; (None, None) where the band does not speak of this currency or no base is known."""
    if bound.basis == "base":
        if base is None:
            return None, None
        return (
            None if bound.floor is None else base * (1 + bound.floor),
            None if bound.ceiling is None else base * (1 + bound.ceiling),
        )
    return (bound.floor, bound.ceiling) if bound.currency in ("", currency) else (None, None)


def _band(line: LineFacts, amount: Decimal, bound: Bound, facts: BoundFacts) -> Found | None:
    floor, ceiling = band_limits(bound, line.currency, facts.base_amount)
    base = facts.base_amount if bound.basis == "base" else None
    if floor is not None and amount < floor:
        return _found(line, bound, "band_floor", bound.severity, most=floor, base=base)
    if ceiling is not None and amount > ceiling:
        return _found(line, bound, "band_ceiling", bound.severity, most=ceiling, base=base)
    return None


def _map(line: LineFacts, amount: Decimal, bound: Bound, facts: BoundFacts) -> Found | None:
    gross = gross_range(line, amount)[0]
    if facts.map_amount is None or gross >= facts.map_amount:
        return None
    return _found(line, bound, "map_price", bound.severity, gross=gross, most=facts.map_amount)


def _msrp(line: LineFacts, amount: Decimal, bound: Bound, facts: BoundFacts) -> Found | None:
    gross = gross_range(line, amount)[1]
    if facts.msrp_amount is None or gross <= facts.msrp_amount:
        return None
    return _found(line, bound, "msrp", bound.severity, gross=gross, most=facts.msrp_amount)


def spread_beyond(
    spread: Spread | None, review_at: Decimal | None, block_at: Decimal | None
) -> tuple[Decimal, str]:
    """How far the dearest region lies above the cheapest (0–1), and how bad that is, "" where it passes."""
    if spread is None or spread.lowest <= 0:
        return Decimal(0), ""
    apart = spread.highest / spread.lowest - 1
    return apart, severity_beyond(apart, review_at, block_at)


def _spread(line: LineFacts, _amount: Decimal, bound: Bound, facts: BoundFacts) -> Found | None:
    spread = facts.spread
    apart, severity = spread_beyond(spread, bound.review_at, bound.block_at)
    if spread is None or not severity:
        return None
    limit = bound.block_at if severity == BLOCK else bound.review_at
    names = {"high_list": spread.highest_list, "low_list": spread.lowest_list}
    figures = {"fraction": apart, "limit": limit, "lowest": spread.lowest, "highest": spread.highest}
    return _found(line, bound, "regional_spread", severity, **figures, **names)


def _competitor(line: LineFacts, amount: Decimal, bound: Bound, facts: BoundFacts) -> Found | None:
    lowest = facts.competitor_amount
    if not lowest:
        return None
    gross = gross_range(line, amount)[1]
    apart = (gross - lowest) / lowest
    severity = severity_beyond(abs(apart), bound.review_at, bound.block_at)
    if not severity:
        return None
    limit = bound.block_at if severity == BLOCK else bound.review_at
    figures = {"gross": gross, "lowest": lowest, "change": apart, "limit": limit}
    return _found(line, bound, "competitor_distance", severity, **figures, count=str(facts.competitor_count))


def _ending(line: LineFacts, amount: Decimal, bound: Bound, _facts: BoundFacts) -> Found | None:
    if not speaks_of(bound, line.currency) or not bound.endings or has_ending(amount, bound.endings):
        return None
    return _found(line, bound, "ending", bound.severity, endings=", ".join(bound.endings))


def _step(line: LineFacts, amount: Decimal, bound: Bound, _facts: BoundFacts) -> Found | None:
    if not speaks_of(bound, line.currency) or not bound.step or amount % bound.step == 0:
        return None
    return _found(line, bound, "minor_unit", bound.severity, step=format(bound.step, "f"))


def speaks_of(bound: Bound, currency: str) -> bool:
    """A rule without a currency speaks of every currency."""
    return bound.currency in ("", currency)


def modulus_of(ending: str) -> Decimal:
    """ "0.99" → 1, "9.90" → 10: the power of ten an ending repeats in."""
    whole = ending.partition(".")[0].lstrip("0")
    return Decimal(10) ** len(whole)


def has_ending(amount: Decimal, endings: Sequence[str]) -> bool:
    """True if the amount ends as one of them."""
    return any(amount % modulus_of(one) == Decimal(one) for one in endings)


def _found(line: LineFacts, bound: Bound, code: str, severity: str, **figures: Decimal | str | None) -> Found:
    return Found(code, severity, {**plain_figures(line, **figures), "rule": bound.label})


CHECKS = {
    "band": _band,
    "map_price": _map,
    "msrp": _msrp,
    "regional_spread": _spread,
    "competitor_distance": _competitor,
    "ending": _ending,
    "minor_unit": _step,
}
