"""Own-price elasticity of one product, from weekly sales at different prices; pure.

The model is the constant-elasticity one, ln units = a_site + e · ln price, fitted by ordinary least squares on weeks, with
a level of its own for each site. Sources: Tellis, "The Price Elasticity of Selective Demand", Journal of Marketing
Research 25 (1988), 331–341; Bijmolt, van Heerde & Pieters, "New Empirical Generalizations on the Determinants of Price
Elasticity", Journal of Marketing Research 42 (2005), 141–156. It takes no account of season, stock-outs or the prices
of other products: a price cut timed to a season looks stronger than it is.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

#: Fewer weeks, or prices closer together, prove nothing.
MIN_WEEKS = 10
MIN_SPREAD = math.log(1.03)
#: Beyond this no product was ever found to react; a price moved further than it was ever tried is not guessed.
STRONGEST = -12.0
REACH = math.log(1.5)
CONFIDENCE = 0.95


class Sums(NamedTuple):
    """Of one product's weeks with sales, each centred on the mean of its site: x = ln price, y = ln units.

    spread is the largest less the smallest ln price within one site.
    """

    weeks: int
    sites: int
    spread: float
    xx: float
    xy: float
    yy: float


@dataclass(frozen=True, slots=True)
class Elasticity:
    """value with its 95 % interval low … high, or a code why it cannot be told (then value is None).

    problem: few_weeks, price_never_moved, wrong_sign, not_proven (the interval reaches zero).
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    weeks: int = 0
    problem: str = ""


def estimate(sums: Sums) -> Elasticity:
    """The slope by least squares with its 95 % interval by Student's t (weeks − sites − 1 degrees of freedom)."""
    freedom = sums.weeks - sums.sites - 1
    if sums.weeks < MIN_WEEKS or freedom < 3:
        return Elasticity(None, weeks=sums.weeks, problem="few_weeks")
    if sums.spread < MIN_SPREAD or sums.xx <= 1e-9:
        return Elasticity(None, weeks=sums.weeks, problem="price_never_moved")
    slope = sums.xy / sums.xx
    left_over = max(sums.yy - slope * sums.xy, 0.0)
    error = math.sqrt(left_over / freedom / sums.xx) * student_t(freedom)
    low, high = slope - error, slope + error
    problem = "" if high < 0 else ("wrong_sign" if slope >= 0 else "not_proven")
    if problem:
        return Elasticity(None, low, high, sums.weeks, problem)
    return Elasticity(max(slope, STRONGEST), max(low, STRONGEST), max(high, STRONGEST), sums.weeks)


def student_t(freedom: int) -> float:
    """The two-sided 95 % quantile of Student's t, within 0.005 for freedom >= 3.

    Source: Abramowitz & Stegun, Handbook of Mathematical Functions, 26.7.5.
    """
    z = 1.959963984540054
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + math.fsum(term / freedom ** (power + 1) for power, term in enumerate(terms))


def units_factor(elasticity: float, price_ratio: float) -> float:
    """By how much units multiply when the price does by `price_ratio` (> 0); moves beyond ±50 % count as 50 %."""
    moved = max(-REACH, min(REACH, math.log(price_ratio)))
    return math.exp(elasticity * moved)
