"""What a posting is made of: moves and their lines, entries, what is held, and a balance over time. Pure."""

from bisect import insort
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from inventory.rules.locations import COMMANDS
from inventory.rules.states import AVAILABLE, OWN
from inventory.rules.valuation import ZERO, Undo

#: (site, product, lot, state, owner).
BalanceKey = tuple[int, int, str, str, int]
PoolKey = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Line:
    """One line, resolved to ids. out_value, in_value: what a reversal takes back, both at least zero, from and
    into which layers by undo; in_value alone: what goods from outside are known to be worth.

    is_assumed: nobody named the lot. expires_on: as the caller says.
    unit_cost: what goods from outside cost; between sites of two legal entities the transfer price, in the taker's currency.
    """

    number: int
    product_id: int
    from_id: int
    to_id: int
    quantity: Decimal
    lot: str = ""
    unit_cost: Decimal | None = None
    unit_price: Decimal | None = None
    out_value: Decimal | None = None
    in_value: Decimal | None = None
    from_state: str = AVAILABLE
    to_state: str = AVAILABLE
    owner_id: int = OWN
    undo: Undo | None = None
    is_assumed: bool = False
    piece_of: int | None = None
    expires_on: date | None = None

    @property
    def asked_number(self) -> int:
        """The number of the line that was asked for: a line over several lots is posted as several."""
        return self.number if self.piece_of is None else self.piece_of

    @property
    def from_key(self) -> BalanceKey:
        return (self.from_id, self.product_id, self.lot, self.from_state, self.owner_id)

    @property
    def to_key(self) -> BalanceKey:
        return (self.to_id, self.product_id, self.lot, self.to_state, self.owner_id)


@dataclass(frozen=True, slots=True)
class Move:
    """A movement to post. is_command: it may not take a real location below zero. remarks: on its lots."""

    kind: str
    occurred_at: datetime
    lines: tuple[Line, ...]
    destination_id: int | None = None
    is_reversal: bool = False
    reported_at: datetime | None = None
    remarks: tuple["LotRemark", ...] = ()

    @property
    def is_command(self) -> bool:
        return self.kind in COMMANDS or self.is_reversal


@dataclass(frozen=True, slots=True)
class Entry:
    """One side of a line, valued. destination_id: also for whom goods in transit or customs are held."""

    line: int
    location_id: int
    counter_id: int
    product_id: int
    lot: str
    quantity: Decimal
    unit_cost: Decimal | None
    value: Decimal
    currency: str
    destination_id: int | None = None
    state: str = AVAILABLE
    owner_id: int = OWN
    is_assumed: bool = False


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """What a posting needs to know of a product. costing: how its category is valued; fractions as in catalog.Product."""

    tracks_lots: bool = False
    costing: str = "average"
    shelf_life_days: int | None = None
    receipt_life_fraction: Decimal | None = None
    sale_life_fraction: Decimal | None = None


@dataclass(frozen=True, slots=True)
class LotFacts:
    """What is known of a lot."""

    expires_on: date | None = None
    produced_on: date | None = None
    is_recalled: bool = False


@dataclass(frozen=True, slots=True)
class LotRemark:
    """What somebody should know of a fact: `models.LotFinding.Code`. expires_on: as known."""

    code: str
    line: int
    product_id: int
    site_id: int
    lot: str
    quantity: Decimal
    expires_on: date | None


@dataclass(frozen=True, slots=True)
class Short:
    """A line that asks for more than there is. at: the first moment it would be short, None for now."""

    line: int
    asked: Decimal
    available: Decimal
    at: datetime | None = None


@dataclass(slots=True)
class Held:
    """What a balance row holds; `row_id` is the caller's. lowest: of this posting. reserved: promised to others."""

    on_hand: Decimal = ZERO
    value: Decimal = ZERO
    last_occurred_at: datetime | None = None
    row_id: int = 0
    lowest: Decimal = ZERO
    lowest_by: int = 0
    was_negative: bool = False
    reserved: Decimal = ZERO


class Timeline:
    """A balance over time from `base` on: (instant, quantity moved) in order."""

    def __init__(self, base: Decimal, moves: Iterable[tuple[datetime, Decimal]]) -> None:
        self.base = base
        self.moves = sorted(moves)

    def add(self, at: datetime, quantity: Decimal) -> None:
        insort(self.moves, (at, quantity))

    def lowest_from(self, at: datetime) -> Decimal:
        """The least the balance is from `at` on. Movements of one instant count together."""
        running = self.base
        lowest: Decimal | None = None
        for place, (moved_at, quantity) in enumerate(self.moves):
            if moved_at > at and (lowest is None or running < lowest) and self._is_new(place):
                lowest = running
            running += quantity
        return running if lowest is None else min(lowest, running)

    def _is_new(self, place: int) -> bool:
        return place == 0 or self.moves[place - 1][0] != self.moves[place][0]

    def first_below_zero(self, at: datetime, change: Decimal) -> tuple[datetime, Decimal] | None:
        """The first instant from `at` on at which the balance with `change` would be below zero, and the balance
        without it; None when there is none. Movements of one instant count together."""
        running = self.base
        later: list[tuple[datetime, Decimal]] = []
        for moved_at, quantity in self.moves:
            if moved_at <= at:
                running += quantity
            elif later and later[-1][0] == moved_at:
                later[-1] = (moved_at, later[-1][1] + quantity)
            else:
                later.append((moved_at, quantity))
        if running + change < 0:
            return at, running
        for moved_at, quantity in later:
            running += quantity
            if running + change < 0:
                return moved_at, running
        return None
