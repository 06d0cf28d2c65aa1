"""Formulas of the price grid, worked out exactly: +3 %, −0.50, to margin 35 %, end in .99, =13.25, competitor −1 %."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from lib.money import minor_unit, round_money
from pricing.rules.derivation import ended
from pricing.rules.margins import Load, net_for, net_of_tax, worst_left

ONE_HUNDRED = Decimal(100)
NO_LOAD = Load(Decimal(0), Decimal(0))
NUMBER = r"(\d{1,9}(?:\.\d{1,6})?|\.\d{1,6})"
ENDING = re.compile(r"^(.*?)(?:^|\s+)(?:end in|ends in|尾数)?\s*(\.\d{1,4})$", re.IGNORECASE)
SHIFT = re.compile(rf"([+-]){NUMBER}(%?)")
PERCENT = re.compile(rf"{NUMBER}%")
MARGIN = re.compile(rf"(?:tomargin|margin|m|毛利率|毛利){NUMBER}%?", re.IGNORECASE)
MARKET = re.compile(
    rf"(?:matchlowest|match|competitor|market|竞品|竞争对手)(?:([+-]){NUMBER}(%?))?", re.IGNORECASE
)
SET = re.compile(rf"={NUMBER}")


class BadFormula(ValueError):
    """The text is no formula of the grid."""


class NoMargin(ValueError):
    """A price cannot be worked out from the margin: unknown cost, or a margin out of reach."""


class NoCompetitor(ValueError):
    """No competitor's price is known to work from."""


@dataclass(frozen=True)
class Formula:
    """kind: percent, add, margin, set, market_percent, market_add, or "" for an ending alone.

    value as written (3 for 3 %); ends_in or None.
    """

    kind: str
    value: Decimal
    ends_in: Decimal | None = None

    @property
    def is_of_market(self) -> bool:
        return self.kind.startswith("market")


@dataclass(frozen=True)
class MarginFacts:
    """What a price in a list's currency is weighed against: the net unit cost; tax, commission and subsidies wherever it sells; and
    what the cheapest competitor asks."""

    unit_cost: Decimal | None
    loads: Sequence[Load] = ()
    tax_included: bool = True
    competitor_amount: Decimal | None = None


def read_formula(text: str) -> Formula:
    """The formula in `text`; an ending may follow: "+3 % .99". Raises BadFormula."""
    plain = unicodedata.normalize("NFKC", text).replace("\u2212", "-").strip()
    ending = ENDING.match(plain)
    ends_in = None
    if ending:
        plain, ends_in = ending.group(1).strip(), Decimal("0" + ending.group(2))
    body = re.sub(r"\s+", "", plain)
    if not body:
        if ends_in is None:
            raise BadFormula(text)
        return Formula("", Decimal(0), ends_in)
    if match := SHIFT.fullmatch(body):
        value = Decimal(match.group(1) + match.group(2))
        return Formula("percent" if match.group(3) else "add", value, ends_in)
    if match := PERCENT.fullmatch(body):
        return Formula("percent", Decimal(match.group(1)), ends_in)
    if match := MARGIN.fullmatch(body):
        return Formula("margin", Decimal(match.group(1)), ends_in)
    if match := MARKET.fullmatch(body):
        sign, number, percent = match.groups()
        return Formula(
            "market_percent" if percent else "market_add", Decimal(f"{sign}{number}" if sign else 0), ends_in
        )
    if match := SET.fullmatch(body):
        return Formula("set", Decimal(match.group(1)), ends_in)
    raise BadFormula(text)


def apply_formula(formula: Formula, amount: Decimal, currency: str, facts: MarginFacts) -> Decimal:
    """The new price, rounded once to the currency's minor unit (a margin rounds up, so that it is reached).

    Raises NoMargin, NoCompetitor.
    """
    if formula.is_of_market:
        result = _beside_market(formula, facts.competitor_amount)
    elif formula.kind == "margin":
        exact = amount_for_margin(formula.value / ONE_HUNDRED, facts)
        step = Decimal(1).scaleb(-minor_unit(currency))
        result = exact.quantize(step, rounding=ROUND_CEILING)
    elif formula.kind == "percent":
        result = amount * (1 + formula.value / ONE_HUNDRED)
    elif formula.kind == "add":
        result = amount + formula.value
    elif formula.kind == "set":
        result = formula.value
    else:
        result = amount
    if formula.ends_in is not None:
        result = ended(result, formula.ends_in)
    return round_money(result, currency)


def _beside_market(formula: Formula, competitor: Decimal | None) -> Decimal:
    if competitor is None:
        raise NoCompetitor
    if formula.kind == "market_add":
        return competitor + formula.value
    return competitor * (1 + formula.value / ONE_HUNDRED)


def amount_for_margin(margin: Decimal, facts: MarginFacts) -> Decimal:
    """The lowest price that leaves `margin` (0–1) under the worst load. Raises NoMargin."""
    return max(_amount_under(margin, facts, load) for load in facts.loads or (NO_LOAD,))


def _amount_under(margin: Decimal, facts: MarginFacts, load: Load) -> Decimal:
    net = None if facts.unit_cost is None else net_for(margin, load, facts.unit_cost)
    if net is None:
        raise NoMargin
    return net * (1 + load.tax_fraction) if facts.tax_included else net


def margin_of(amount: Decimal, facts: MarginFacts) -> Decimal | None:
    """The margin (0–1) under the worst load; None when the cost is unknown or the price is zero."""
    if facts.unit_cost is None or not amount:
        return None
    loads = facts.loads or (NO_LOAD,)
    nets = [(net_of_tax(amount, facts.tax_included, load.tax_fraction), load) for load in loads]
    return worst_left(nets, facts.unit_cost)
