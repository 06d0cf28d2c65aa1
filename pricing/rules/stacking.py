"""Offers prepared once, so that the worst case of a price is a few products of whole numbers. Pure and exact.

What `rules.rehearsal` says of one price, for many: `tests/pricing/test_rehearsal_rules.py` holds the two together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import lcm

from pricing.rules.rehearsal import NOTHING, Offer, Sold, Worst, added_by

ONE = Fraction(1)


@dataclass(frozen=True, slots=True)
class _Discount:
    """An offer in whole numbers of 1/scale. Up to threshold (top/bottom) it takes `share` of a price, beyond it `whole` or
    `fraction` of it, at most `cap`; `own` of 1/own_scale of that is the shop's.
    """

    offer: Offer
    key: str
    top: int
    bottom: int
    share: int
    whole: int | None
    fraction: int
    cap: int | None
    own: int


@dataclass(frozen=True, slots=True)
class Stacked:
    """The worst case of one price: earned / of, and how it comes about."""

    earned: int
    of: int
    taken: tuple[_Discount, ...]

    def is_below(self, other: "Stacked") -> bool:
        return self.earned * other.of < other.earned * self.of


class Stack:
    """The offers that meet where tax and commission are these, for prices in one currency."""

    def __init__(self, offers: Sequence[Offer], tax: Decimal, commission: Decimal, currency: str) -> None:
        self._tax, self._commission, self._currency = tax, commission, currency
        meeting = [one for one in offers if one.currency in ("", currency)]
        self._subsidies = [one for one in meeting if one.is_subsidy]
        discounts = sorted((one for one in meeting if not one.is_subsidy), key=lambda one: one.code)
        figures = [figure for one in discounts for figure in _figures(one)]
        self._scale = lcm(*(one.denominator for one in figures if one is not None))
        self._own_scale = lcm(*(Fraction(one.own_fraction).denominator for one in discounts))
        self._discounts = [_discount(one, self._scale, self._own_scale) for one in discounts]
        net = (ONE - Fraction(commission)) / (ONE + Fraction(tax))
        self._net_top, self._net_bottom = net.numerator, net.denominator * self._scale * self._own_scale

    def stacked(self, gross: Decimal) -> Stacked | None:
        """The worst case at a price; None where a customer takes nothing."""
        top, bottom = gross.as_integer_ratio()
        taken, off = self._chosen(top, bottom)
        if not taken:
            return None
        received = max(top * self._scale * self._own_scale - off, 0)
        earned, of = received * self._net_top, bottom * self._net_bottom
        if self._subsidies:
            whole = Fraction(earned, of) + added_by(self._sold(gross), self._subsidies)
            earned, of = whole.numerator, whole.denominator
        return Stacked(earned, of, taken)

    def worst(self, gross: Decimal, stacked: Stacked) -> Worst:
        """A worst case of this price in words: what is taken, what the customer pays, what the shop earns."""
        top, bottom = gross.as_integer_ratio()
        left = top * self._scale - sum(_off(one, top, bottom, self._scale) for one in stacked.taken)
        return Worst(
            tuple(one.offer.code for one in stacked.taken),
            tuple(one.offer.name for one in stacked.taken),
            Fraction(max(left, 0), bottom * self._scale),
            Fraction(stacked.earned, stacked.of),
        )

    def _sold(self, gross: Decimal) -> Sold:
        return Sold(gross, self._tax, self._commission, self._currency)

    def _chosen(self, top: int, bottom: int) -> tuple[tuple[_Discount, ...], int]:
        """Those taken at top/bottom, and what they cost the shop, of 1/(bottom · scale · own_scale)."""
        together: dict[str, tuple[int, _Discount]] = {}
        alone: tuple[int, _Discount] | None = None
        if top <= 0:
            return (), 0
        for one in self._discounts:
            cost = _off(one, top, bottom, self._scale) * one.own
            if cost <= 0:
                continue
            if one.offer.is_exclusive:
                if alone is None or cost > alone[0]:
                    alone = (cost, one)
                continue
            before = together.get(one.key)
            if before is None or cost > before[0]:
                together[one.key] = (cost, one)
        off = sum(cost for cost, _one in together.values())
        if alone is not None and alone[0] > off:
            return (alone[1],), alone[0]
        return tuple(one for _cost, one in together.values()), off


def _off(one: _Discount, top: int, bottom: int, scale: int) -> int:
    """What it takes off top/bottom, of 1/(bottom · scale)."""
    if top * one.bottom <= one.top * bottom:
        return top * one.share
    off = top * one.fraction if one.whole is None else one.whole * bottom
    if one.cap is not None:
        off = min(off, one.cap * bottom)
    return min(off, top * scale)


def _figures(one: Offer) -> tuple[Fraction | None, Fraction | None, Fraction | None, Fraction]:
    """Amount, fraction, cap and the share of a price below the threshold, as far as given."""
    threshold = Fraction(one.threshold or 0)
    amount = None if one.amount is None else Fraction(one.amount)
    fraction = None if amount is not None else Fraction(one.fraction or 0)
    cap = None if one.cap is None else Fraction(one.cap)
    whole = amount if amount is not None else (fraction or NOTHING) * threshold
    if cap is not None:
        whole = min(whole, cap)
    return amount, fraction, cap, min(whole / threshold, ONE) if threshold > 0 else NOTHING


def _discount(one: Offer, scale: int, own_scale: int) -> _Discount:
    amount, fraction, cap, share = _figures(one)
    threshold = Fraction(one.threshold or 0)
    return _Discount(
        one,
        f"group {one.stacking_group}" if one.stacking_group else f"offer {one.code}",
        threshold.numerator,
        threshold.denominator,
        int(share * scale),
        None if amount is None else int(amount * scale),
        int((fraction or NOTHING) * scale),
        None if cap is None else int(cap * scale),
        int(Fraction(one.own_fraction) * own_scale),
    )
