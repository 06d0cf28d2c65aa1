"""How much of what lies at a site each channel may promise, and how much of what is still to come.

Pure. Quantities are Decimals of the product's unit; `step` is the smallest quantity that can be promised (1 piece, 0.001
of what is weighed). Whatever the rules say, the promises of all channels together never exceed what there is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

ZERO = Decimal(0)
PIECE = Decimal(1)
WEIGHED = Decimal("0.001")
LIMITS = ("available", "buffer", "share", "cap", "others", "minimum")
#: Units that are sold whole.
COUNTED = frozenset({"pcs", "box", "set"})


@dataclass(frozen=True)
class Terms:
    """What one rule lays down for a channel at a site.

    buffer_pieces, buffer_fraction: kept back from this channel, of what is available; both add up.
    share_fraction: the channel's part of what remains then; None = all of it.
    cap: never shows more. minimum: below it nothing is shown. priority: who is served first (the lowest).
    presale_fraction: of each order that is still to come and expected until presale_until (None = whenever), 0 = no
    presale.
    """

    buffer_pieces: Decimal = ZERO
    buffer_fraction: Decimal = ZERO
    share_fraction: Decimal | None = None
    cap: Decimal | None = None
    minimum: Decimal = ZERO
    priority: int = 100
    presale_fraction: Decimal = ZERO
    presale_until: date | None = None


@dataclass(frozen=True)
class Claim:
    """One channel that sells from the site."""

    channel: str
    terms: Terms


@dataclass(frozen=True)
class ToCome:
    """What is still to come on one day."""

    quantity: Decimal
    expected_on: date


@dataclass(frozen=True)
class Promise:
    """What a channel may promise, and why.

    quantity: from_stock + presale. expected_on: when the last piece of the presale is expected. kept_back: the buffer.
    limit: what decided from_stock: "available", "buffer", "share", "cap", "others" (channels served earlier), "minimum".
    """

    channel: str
    quantity: Decimal
    from_stock: Decimal
    presale: Decimal
    expected_on: date | None
    kept_back: Decimal
    limit: str


def step_of(unit: str) -> Decimal:
    """The smallest quantity of a unit that can be promised."""
    return PIECE if unit in COUNTED else WEIGHED


def promises(
    available: Decimal, coming: Sequence[ToCome], claims: Iterable[Claim], step: Decimal = PIECE
) -> list[Promise]:
    """What each channel may promise, served by priority, then by its code.

    available: what may be sold at the site now, less than zero counts as nothing. coming: in any order.
    The sum of from_stock is at most `available`; the sum of presale is at most what is to come.
    """
    stock = _floor(max(available, ZERO), step)
    left = stock
    orders = sorted(coming, key=lambda order: order.expected_on)
    unsold = [_floor(max(order.quantity, ZERO), step) for order in orders]
    found: list[Promise] = []
    for claim in sorted(claims, key=lambda claim: (claim.terms.priority, claim.channel)):
        terms = claim.terms
        from_stock, kept_back, limit = _from_stock(stock, left, terms, step)
        room = None if terms.cap is None else max(ZERO, _floor(terms.cap, step) - from_stock)
        taken = _from_orders(orders, unsold, terms, room, step)
        presale = sum(taken, ZERO)
        if from_stock + presale < terms.minimum:
            from_stock, presale, taken, limit = ZERO, ZERO, [ZERO] * len(orders), "minimum"
        left -= from_stock
        unsold = [rest - part for rest, part in zip(unsold, taken, strict=True)]
        last = [order.expected_on for order, part in zip(orders, taken, strict=True) if part > 0]
        promise = Promise(
            claim.channel,
            from_stock + presale,
            from_stock,
            presale,
            last[-1] if last else None,
            kept_back,
            limit,
        )
        found.append(promise)
    return found


def _from_stock(stock: Decimal, left: Decimal, terms: Terms, step: Decimal) -> tuple[Decimal, Decimal, str]:
    """(promised, kept back, what decided). The buffer is kept back from what earlier channels leave, too."""
    kept_back = min(stock, _ceiling(terms.buffer_pieces + terms.buffer_fraction * stock, step))
    free = stock - kept_back
    bounds = [(free, "buffer" if kept_back else "available")]
    if terms.share_fraction is not None:
        bounds.append((_floor(free * terms.share_fraction, step), "share"))
    if terms.cap is not None:
        bounds.append((max(ZERO, _floor(terms.cap, step)), "cap"))
    bounds.append((max(ZERO, left - kept_back), "others"))
    promised, limit = min(bounds, key=lambda bound: bound[0])
    return promised, kept_back, limit


def _from_orders(
    orders: Sequence[ToCome], unsold: Sequence[Decimal], terms: Terms, room: Decimal | None, step: Decimal
) -> list[Decimal]:
    """How much of each order is promised, the earliest first."""
    taken = []
    for order, rest in zip(orders, unsold, strict=True):
        is_early = terms.presale_until is None or order.expected_on <= terms.presale_until
        part = (
            min(rest, _floor(max(order.quantity, ZERO) * terms.presale_fraction, step)) if is_early else ZERO
        )
        if room is not None:
            part = min(part, room)
            room -= part
        taken.append(part)
    return taken


def _floor(quantity: Decimal, step: Decimal) -> Decimal:
    return (quantity / step).to_integral_value(ROUND_FLOOR) * step


def _ceiling(quantity: Decimal, step: Decimal) -> Decimal:
    return (quantity / step).to_integral_value(ROUND_CEILING) * step


@dataclass(frozen=True)
class Rule:
    """A rule with its scope: ids, None = every one; category is the path of the node, "" = every one."""

    id: int
    channel_id: int | None
    site_id: int | None
    category: str
    product_id: int | None
    terms: Terms

    @property
    def rank(self) -> tuple[bool, int, bool, bool]:
        """The greater one is the more particular: product, depth of the category, site, channel."""
        depth = self.category.count(" / ") + 1 if self.category else 0
        return self.product_id is not None, depth, self.site_id is not None, self.channel_id is not None

    def fits(self, channel_id: int, site_id: int, category: str, product_id: int | None) -> bool:
        """Whether the rule speaks of this channel, site and product (None: of the whole category)."""
        return (
            self.channel_id in (None, channel_id)
            and self.site_id in (None, site_id)
            and self.product_id in (None, product_id)
            and (not self.category or f"{category} / ".startswith(f"{self.category} / "))
        )


def ruling(fitting: Iterable[Rule]) -> Rule | None:
    """The one that counts: the most particular; it counts whole, nothing is mixed."""
    return max(fitting, key=lambda rule: rule.rank, default=None)


def sells_from(fitting: Iterable[Rule]) -> bool:
    """Whether one of the rules says that the channel sells from a site which is not its own."""
    return any(rule.channel_id is not None and rule.site_id is not None for rule in fitting)
