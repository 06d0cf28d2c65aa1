"""Why a shop's price is not ours: one class for each reading. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from lib.money import minor_unit, round_money

#: A shop that shows whole or half units of money, or tenths, rounds; nearer than this it is rounding, not a price.
STEPS = (Decimal("0.05"), Decimal("0.10"), Decimal("0.50"), Decimal(1))


@dataclass(frozen=True)
class Ours:
    """What we say: amount and currency at the moment of reading, None: no price.

    around: amounts that were or became effective within the time a change takes to arrive. tax_fraction: of the site and
    product. is_unsent: the newest version has not been confirmed by the other side.
    """

    amount: Decimal | None
    currency: str
    around: Sequence[Decimal | None] = ()
    tax_fraction: Decimal = Decimal(0)
    is_unsent: bool = False


@dataclass(frozen=True)
class Theirs:
    """What was read: amount None: the shop does not have the product. tax_included None: not said."""

    amount: Decimal | None
    currency: str
    is_known: bool = True
    tax_included: bool | None = None


@dataclass(frozen=True)
class Verdict:
    """class_code "" = they agree. is_settled: nothing is left unexplained. why: a code beside the class."""

    class_code: str
    is_settled: bool = False
    why: str = ""


AGREE = Verdict("")


def verdict(ours: Ours, theirs: Theirs) -> Verdict:
    """The first class that fits, from the plainest to what is left: a wrong price.

    A shop that shows prices without tax is right when it says so and the figure fits.
    """
    if not theirs.is_known:
        return Verdict("unknown_product")
    if theirs.amount is None or ours.amount is None:
        return _one_sided(ours, theirs)
    if theirs.currency and theirs.currency != ours.currency:
        return Verdict("currency")
    net = round_money(ours.amount / (1 + ours.tax_fraction), ours.currency)
    if theirs.amount == (net if theirs.tax_included is False else ours.amount):
        return AGREE
    if theirs.amount in ours.around:
        return Verdict("timing", True, "in_time")
    return Verdict(_left(ours, theirs.amount, net), False, "not_sent" if ours.is_unsent else "")


def _one_sided(ours: Ours, theirs: Theirs) -> Verdict:
    if theirs.amount is None and ours.amount is None:
        return AGREE
    if theirs.amount in ours.around:  # None among them: there was no price a moment ago
        return Verdict("timing", True, "in_time")
    return Verdict("missing_there" if theirs.amount is None else "missing_here", False, "not_sent" if ours.is_unsent else "")  # fmt: skip


def _left(ours: Ours, amount: Decimal, net: Decimal) -> str:
    assert ours.amount is not None
    gross = round_money(ours.amount * (1 + ours.tax_fraction), ours.currency)
    if ours.tax_fraction and amount in (net, gross, ours.amount):
        return "tax"
    unit = Decimal(1).scaleb(-minor_unit(ours.currency))
    if abs(amount - ours.amount) <= unit or any(amount == _stepped(ours.amount, step) for step in STEPS):
        return "rounding"
    return "price"


def _stepped(amount: Decimal, step: Decimal) -> Decimal:
    return (amount / step).quantize(Decimal(1), rounding=ROUND_HALF_UP) * step
