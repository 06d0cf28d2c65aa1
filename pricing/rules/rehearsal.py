"""The worst case of the price to pay: what the shop earns when everything that may meet does. Pure and exact.

Each discount is counted on the gross price before the others, so their order does not matter. A threshold is counted
as reached exactly, where a discount weighs most: a basket of max(threshold, price), of which this price is a part.
A cap holds for the basket. Shares that platform or supplier bear do not cost the shop. A subsidy is paid on every
sale in its scope, whatever the customer takes; of one stacking group of subsidies the least is counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

NOTHING = Fraction(0)


@dataclass(frozen=True, slots=True)
class Offer:
    """An incentive as the rules see it; fraction or amount. own_fraction: the part of it that the shop bears."""

    code: str
    name: str
    fraction: Decimal | None = None
    amount: Decimal | None = None
    threshold: Decimal | None = None
    cap: Decimal | None = None
    own_fraction: Decimal = Decimal(1)
    stacking_group: str = ""
    is_exclusive: bool = False
    is_subsidy: bool = False
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Sold:
    """How one unit is sold: gross price, tax and commission (0–1), net cost, all in one currency."""

    gross: Decimal
    tax_fraction: Decimal
    commission_fraction: Decimal
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Worst:
    """The combination that leaves the shop the least: what is taken, what the customer pays, what the shop earns net."""

    taken: tuple[str, ...]
    names: tuple[str, ...]
    to_pay: Fraction
    earned: Fraction


def taken_off(offer: Offer, price: Decimal) -> Fraction:
    """What the offer takes off (or a subsidy adds to) one unit at `price`, never more than the price."""
    if price <= 0:
        return NOTHING
    unit = Fraction(price)
    basket = max(Fraction(offer.threshold or 0), unit)
    whole = Fraction(offer.amount) if offer.amount is not None else Fraction(offer.fraction or 0) * basket
    if offer.cap is not None:
        whole = min(whole, Fraction(offer.cap))
    return min(whole * unit / basket, unit)


def worst_case(sold: Sold, offers: Sequence[Offer]) -> Worst:
    """The lowest that the shop earns on one unit over every combination of offers that a customer may take.

    What is borne by the shop adds up, so of each group the one that costs it most is taken, and of those that stand
    alone the one that costs it more than all others together. Offers of another currency do not meet.
    """
    meeting = [one for one in offers if one.currency in ("", sold.currency)]
    together: dict[str, tuple[Fraction, Offer]] = {}
    alone: tuple[Fraction, Offer] | None = None
    for one in sorted((one for one in meeting if not one.is_subsidy), key=lambda offer: offer.code):
        cost = taken_off(one, sold.gross) * Fraction(one.own_fraction)
        if cost <= 0:
            continue
        if one.is_exclusive:
            alone = (cost, one) if alone is None or cost > alone[0] else alone
            continue
        key = f"group {one.stacking_group}" if one.stacking_group else f"offer {one.code}"
        if key not in together or cost > together[key][0]:
            together[key] = (cost, one)
    chosen = [one for _cost, one in together.values()]
    if alone is not None and alone[0] > sum((cost for cost, _one in together.values()), NOTHING):
        chosen = [alone[1]]
    return earned_with(sold, chosen, [one for one in meeting if one.is_subsidy])


def earned_with(sold: Sold, taken: Sequence[Offer], subsidies: Sequence[Offer]) -> Worst:
    """What the shop earns when exactly these discounts are taken: net of tax and commission, with subsidies."""
    gross = Fraction(sold.gross)
    deducted = [(taken_off(one, sold.gross), one) for one in taken]
    own = sum((off * Fraction(one.own_fraction) for off, one in deducted), NOTHING)
    received = max(gross - own, NOTHING)
    net = received / (1 + Fraction(sold.tax_fraction))
    return Worst(
        tuple(one.code for one in taken),
        tuple(one.name for one in taken),
        max(gross - sum((off for off, _one in deducted), NOTHING), NOTHING),
        net * (1 - Fraction(sold.commission_fraction)) + added_by(sold, subsidies),
    )


def added_by(sold: Sold, subsidies: Sequence[Offer]) -> Fraction:
    """What subsidies add. Net of tax; a fraction is of the net price. Of one stacking group the least."""
    net = sold.gross / (1 + sold.tax_fraction)
    least: dict[str, Fraction] = {}
    for one in subsidies:
        key = f"group {one.stacking_group}" if one.stacking_group else f"offer {one.code}"
        added = taken_off(one, net)
        least[key] = min(least.get(key, added), added)
    return sum(least.values(), NOTHING)
