"""What a sale leaves: net of tax, less commission, plus what is paid on it. The only place that says so for a margin."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from pricing.rules.costs import NOTHING, Subsidy, paid_on, turning_points

#: A net price that is solved for is exact to so many places, so that rounding up meets no noise of a division.
EXACT = Decimal("1E-12")


class Load(NamedTuple):
    """One way of selling in a list's scope: the tax and the channel's commission, both 0–1, subsidies, and an example site; places: one for each country."""

    tax_fraction: Decimal
    commission_fraction: Decimal
    site: str = ""
    places: tuple[tuple[str, str], ...] = ()
    subsidies: tuple[Subsidy, ...] = ()


class Left(NamedTuple):
    """The margin (None for a net price of zero), and the subsidies that are counted in it."""

    margin_fraction: Decimal | None
    subsidy: Decimal = NOTHING
    subsidies: tuple[Subsidy, ...] = ()


def net_of_tax(amount: Decimal, tax_included: bool, tax_fraction: Decimal) -> Decimal:
    """The net price, not rounded."""
    return amount / (1 + tax_fraction) if tax_included else amount


def left_on(net: Decimal, load: Load, unit_cost: Decimal) -> Left:
    """(net − commission + subsidies − net unit cost) / net."""
    paid, by = paid_on(net, load.subsidies) if load.subsidies else (NOTHING, ())
    if not net:
        return Left(None, paid, by)
    return Left((net - net * load.commission_fraction + paid - unit_cost) / net, paid, by)


def net_for(margin: Decimal, load: Load, unit_cost: Decimal) -> Decimal | None:
    """The lowest net price that leaves this margin; None when commission and margin eat it all.

    What is paid grows with the price in straight stretches, so the answer lies on the first stretch that reaches it.
    """
    share = 1 - load.commission_fraction - margin
    if share <= 0:
        return None
    most = unit_cost / share
    if not load.subsidies or most <= 0:
        return most
    low, wanting = NOTHING, unit_cost
    for high in [*(point for point in turning_points(load.subsidies) if point < most), most]:
        beyond = high * share + paid_on(high, load.subsidies)[0] - unit_cost
        if beyond >= 0:
            found = low + wanting * (high - low) / (wanting + beyond)
            return found.quantize(EXACT)
        low, wanting = high, -beyond
    return most


def worst_left(nets: Sequence[tuple[Decimal, Load]], unit_cost: Decimal) -> Decimal | None:
    """The smallest margin among ways of selling, each with its net price; None where one sells for nothing."""
    margins = [left_on(net, load, unit_cost).margin_fraction for net, load in nets]
    known = [margin for margin in margins if margin is not None]
    return min(known) if len(known) == len(margins) else None
