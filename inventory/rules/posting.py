"""What posting a movement does to the book: who is short, which entries arise, what they are worth. Pure.

One movement or ten thousand go through the same `Book`, in order; so bulk and single posting cannot differ.
"""

from bisect import insort
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from inventory.rules.locations import ADJUSTMENT, COMMANDS, CUSTOMS, TRANSIT
from inventory.rules.states import AVAILABLE, OWN
from inventory.rules.valuation import ZERO, Pool, Valued, abs_cost, six, times

#: (site, product, lot, state, owner).
BalanceKey = tuple[int, int, str, str, int]
PoolKey = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Line:
    """One line, resolved to ids. out_value, in_value: what a reversal takes back, both at least zero.

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

    @property
    def from_key(self) -> BalanceKey:
        return (self.from_id, self.product_id, self.lot, self.from_state, self.owner_id)

    @property
    def to_key(self) -> BalanceKey:
        return (self.to_id, self.product_id, self.lot, self.to_state, self.owner_id)


@dataclass(frozen=True, slots=True)
class Move:
    """A movement to post. is_command: it may not take a real location below zero."""

    kind: str
    occurred_at: datetime
    lines: tuple[Line, ...]
    destination_id: int | None = None
    is_reversal: bool = False
    reported_at: datetime | None = None

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


@dataclass
class Book:
    """The part of the ledger a posting touches, locked by the caller and changed in memory.

    balances: by BalanceKey. pools: what has an average, by (location, owner, product): (site, site, p) for a
    site's stock, (TRANSIT or CUSTOMS, owner, p) for what is on its way to, or held for, a site.
    currencies, entities (legal), zones (IANA names): by site. products: by id. lots: by (product, lot). rate: (base, quote, day) → factor. fallback: (product, currency) → unit cost of last resort.
    timelines: of the balances that backdated commands touch.
    """

    currencies: dict[int, str]
    rate: Callable[[str, str, date], Decimal]
    fallback: Callable[[int, str], Decimal]
    balances: dict[BalanceKey, Held] = field(default_factory=dict)
    pools: dict[PoolKey, Pool] = field(default_factory=dict)
    timelines: dict[BalanceKey, Timeline] = field(default_factory=dict)
    entities: dict[int, int] = field(default_factory=dict)
    zones: dict[int, str] = field(default_factory=dict)
    products: dict[int, ProductFacts] = field(default_factory=dict)
    lots: dict[tuple[int, str], LotFacts] = field(default_factory=dict)
    touched: set[BalanceKey] = field(default_factory=set)
    touched_pools: set[PoolKey] = field(default_factory=set)

    # -- what refuses ------------------------------------------------------------------------------------------------

    def shorts(self, move: Move) -> list[Short]:
        """Every line of a command that takes more than there is, now or at a later moment; nothing is changed."""
        if not move.is_command:
            return []
        moved: dict[BalanceKey | PoolKey, Decimal] = {}
        short: list[Short] = []
        for line in move.lines:
            for key, have in self._limited(line, move):
                left = have + moved.get(key, ZERO)
                if line.quantity > left:
                    short.append(Short(line.number, line.quantity, left))
                moved[key] = moved.get(key, ZERO) - line.quantity
            if line.to_id > 0:
                into = line.to_key
                moved[into] = moved.get(into, ZERO) + line.quantity
        return short or self._short_later(move, moved)

    def _limited(self, line: Line, move: Move) -> list[tuple[BalanceKey | PoolKey, Decimal]]:
        """What the line takes from that has a bottom: a real site, or goods on their way."""
        if line.from_id > 0:
            held = self.balances[line.from_key]
            return [(line.from_key, held.on_hand - held.reserved)]
        if line.from_id in (TRANSIT, CUSTOMS):
            pool = (line.from_id, owner_of(line.from_id, line.to_id, move.destination_id), line.product_id)
            return [(pool, self.pools[pool].quantity)]
        return []

    def _short_later(self, move: Move, moved: dict[BalanceKey | PoolKey, Decimal]) -> list[Short]:
        found = []
        for line in move.lines:
            key = line.from_key
            timeline = self.timelines.get(key)
            if timeline is None or moved.get(key, ZERO) >= 0:
                continue
            first = timeline.first_below_zero(move.occurred_at, moved[key])
            if first is not None:
                found.append(Short(line.number, line.quantity, first[1], first[0]))
        return found

    def check_rates(self, move: Move) -> None:
        """Ask for every exchange rate that posting `move` needs, so that a missing one refuses before anything changes."""
        for line in move.lines:
            if line.from_id > 0 or line.from_id in (TRANSIT, CUSTOMS):
                base = self._currency(line.from_id, line.to_id, move)
                quote = self._currency(line.to_id, line.from_id, move)
                if base != quote:
                    self.rate(base, quote, move.occurred_at.date())

    def cost_now(self, line: Line, move: Move) -> tuple[Decimal, str]:
        """Unit cost of what the line moves as the book stands, and its currency."""
        end, other = (
            (line.from_id, line.to_id) if line.from_id > 0 or line.to_id < 0 else (line.to_id, line.from_id)
        )
        currency = self._currency(end, other, move)
        owner = end if end > 0 else owner_of(end, other, move.destination_id)
        average = self.pools[end, owner, line.product_id].average
        if average is None:
            average = (
                line.unit_cost if line.unit_cost is not None else self.fallback(line.product_id, currency)
            )
        return average, currency

    # -- what posts --------------------------------------------------------------------------------------------------

    def post(self, move: Move, movement_id: int = 0) -> list[Entry]:
        """The movement's entries; balances and pools change. Call `shorts` first."""
        entries: list[Entry] = []
        for line in move.lines:
            self._post_line(line, move, movement_id, entries)
        return entries

    def _post_line(self, line: Line, move: Move, movement_id: int, entries: list[Entry]) -> None:
        out, got, margin = self._valued(line, move)
        out_value = out.value if out is not None else -got.value if got is not None else ZERO
        in_value = got.value - margin if got is not None else -out_value
        out_cost = out.unit_cost if out is not None else got.unit_cost if got is not None else None
        in_cost = got.unit_cost if got is not None else out_cost
        beside = margin + (got.settlement if got is not None else ZERO)
        sides = (
            (line.from_id, line.to_id, -line.quantity, out_cost, out_value, line.from_state),
            (line.to_id, line.from_id, line.quantity, in_cost, in_value, line.to_state),
        )
        for at, other, quantity, cost, value, state in sides:
            currency = self._currency(at, other, move)
            entries.append(self._entry(line, move, (at, other), quantity, cost, value, currency, state))
        if beside:
            currency = self._currency(line.to_id, line.from_id, move)
            for ends, value in (((line.to_id, ADJUSTMENT), beside), ((ADJUSTMENT, line.to_id), -beside)):
                entries.append(self._entry(line, move, ends, ZERO, None, value, currency, line.to_state))
        self._change(line.from_key, -line.quantity, out_value, move, movement_id)
        self._change(line.to_key, line.quantity, in_value + beside, move, movement_id)

    def _entry(self, line: Line, move: Move, ends: tuple[int, int], *figures: Any) -> Entry:
        at, other = ends
        quantity, cost, value, currency, state = figures
        return Entry(
            line.number, at, other, line.product_id, line.lot, quantity, cost, value, currency,
            _destination_or_none(at, line, move), state if at > 0 else AVAILABLE, line.owner_id,
        )  # fmt: skip

    def _valued(self, line: Line, move: Move) -> tuple[Valued | None, Valued | None, Decimal]:
        """What the giver gave and the taker took, None for outside, and the margin of a sale between legal entities.

        Goods of others have no value; a change of state moves the average's value and leaves the average alone.
        """
        if line.owner_id != OWN:
            nothing = Valued(ZERO, ZERO)
            return nothing, nothing, ZERO
        out_currency = self._currency(line.from_id, line.to_id, move)
        in_currency = self._currency(line.to_id, line.from_id, move)
        if line.from_id == line.to_id:
            value = times(line.quantity, self.cost_now(line, move)[0])
            cost = abs_cost(value, line.quantity)
            return Valued(cost, -value), Valued(cost, value), ZERO
        out = self._give(line, move, out_currency)
        carried = self._carried(out, line, out_currency, in_currency, move)
        margin = ZERO
        if out is not None and carried is not None and self._is_sold(line, move):
            price = times(line.quantity, line.unit_cost or ZERO)
            margin, carried = price - carried, price
        return out, self._take(line, move, in_currency, carried), margin

    def _is_sold(self, line: Line, move: Move) -> bool:
        """Whether the line leaves one legal entity for another at a transfer price."""
        taker = line.to_id if line.to_id > 0 else move.destination_id
        if line.unit_cost is None or line.out_value is not None or line.from_id <= 0 or taker is None:
            return False
        return self.entities.get(line.from_id) != self.entities.get(taker)

    def _give(self, line: Line, move: Move, currency: str) -> Valued | None:
        """Take the line out of its giver; None when it comes from outside."""
        giver = self._pool(line.from_id, line.to_id, move, line.product_id)
        if giver is None:
            return None
        last_resort = line.unit_cost
        if last_resort is None:
            last_resort = self._fallback(giver, line.product_id, currency)
        return giver.take_out(line.quantity, fallback=last_resort, exact=line.out_value)

    def _take(self, line: Line, move: Move, currency: str, carried: Decimal | None) -> Valued | None:
        """Put the line into its taker; None when it leaves for outside."""
        taker = self._pool(line.to_id, line.from_id, move, line.product_id)
        if taker is None:
            return None
        is_known = carried is not None or line.unit_cost is not None
        fallback = ZERO if is_known else self._fallback(taker, line.product_id, currency)
        return taker.take_in(line.quantity, line.unit_cost, carried=carried, fallback=fallback)

    def _carried(
        self, out: Valued | None, line: Line, out_currency: str, in_currency: str, move: Move
    ) -> Decimal | None:
        """The value the goods bring along, in the taker's currency; None when they come from outside."""
        if out is None:
            return line.in_value
        if out_currency == in_currency:
            return -out.value
        if line.in_value is not None:
            return line.in_value
        return six(-out.value * self.rate(out_currency, in_currency, move.occurred_at.date()))

    def _pool(self, location_id: int, counter_id: int, move: Move, product_id: int) -> Pool | None:
        if location_id > 0:
            key = (location_id, location_id, product_id)
        elif location_id in (TRANSIT, CUSTOMS):
            key = (location_id, owner_of(location_id, counter_id, move.destination_id), product_id)
        else:
            return None
        self.touched_pools.add(key)
        return self.pools[key]

    def _fallback(self, pool: Pool, product_id: int, currency: str) -> Decimal:
        return ZERO if pool.average is not None else self.fallback(product_id, currency)

    def _currency(self, location_id: int, counter_id: int, move: Move) -> str:
        if location_id > 0:
            return self.currencies[location_id]
        if location_id in (TRANSIT, CUSTOMS):
            return self.currencies[owner_of(location_id, counter_id, move.destination_id)]
        return self._currency(counter_id, location_id, move)

    def _change(
        self, key: BalanceKey, quantity: Decimal, value: Decimal, move: Move, movement_id: int
    ) -> None:
        if key[0] <= 0:
            return
        held = self.balances[key]
        self.touched.add(key)
        held.on_hand += quantity
        held.value += value
        if held.last_occurred_at is None or move.occurred_at > held.last_occurred_at:
            held.last_occurred_at = move.occurred_at
        if held.on_hand < held.lowest:
            held.lowest, held.lowest_by = held.on_hand, movement_id
        timeline = self.timelines.get(key)
        if timeline is not None:
            timeline.add(move.occurred_at, quantity)


def owner_of(location_id: int, counter_id: int, destination_id: int | None) -> int:
    """For whose books goods at `location_id` (transit or customs) are held: the destination, else the other side."""
    if destination_id is not None:
        return destination_id
    if counter_id > 0:
        return counter_id
    raise ValueError(f"goods at location {location_id} without a destination")


def _destination_or_none(location_id: int, line: Line, move: Move) -> int | None:
    if location_id not in (TRANSIT, CUSTOMS):
        return move.destination_id
    counter_id = line.to_id if location_id == line.from_id else line.from_id
    return owner_of(location_id, counter_id, move.destination_id)
