"""What posting a movement does to the book: who is short, which entries arise, what they are worth. Pure.

One movement or ten thousand go through the same `Book`, in order; so bulk and single posting cannot differ.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from inventory.rules.layers import Layer, LayeredPool
from inventory.rules.lines import (
    BalanceKey,
    Entry,
    Held,
    Line,
    LotFacts,
    Move,
    PoolKey,
    ProductFacts,
    Short,
    Timeline,
)
from inventory.rules.locations import ADJUSTMENT, CUSTOMS, TRANSIT
from inventory.rules.standard import StandardPool
from inventory.rules.states import AVAILABLE, OWN
from inventory.rules.valuation import ZERO, By, Pool, Valued, abs_cost, six, times

__all__ = [
    "BalanceKey",
    "Book",
    "Entry",
    "Held",
    "Line",
    "LotFacts",
    "Move",
    "PoolKey",
    "ProductFacts",
    "Short",
    "Timeline",
    "owner_of",
]


@dataclass
class Book:
    """The part of the ledger a posting touches, locked by the caller and changed in memory.

    balances: by BalanceKey. pools: what has an average, by (location, owner, product): (site, site, p) for a
    site's stock, (TRANSIT or CUSTOMS, owner, p) for what is on its way to, or held for, a site.
    currencies, entities (legal), zones (IANA names): by site. products: by id. lots: by (product, lot). rate: (base, quote, day) → factor. fallback: (product, currency) → unit cost of last resort.
    lots_at: what lots of a (site, product, owner) are available, as far as the posting may need them.
    timelines: of the balances that backdated commands touch. layers: what is stored of each pool that lies in layers,
    whatever it is valued by now.
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
    lots_at: dict[tuple[int, int, int], list[str]] = field(default_factory=dict)
    touched: set[BalanceKey] = field(default_factory=set)
    touched_pools: set[PoolKey] = field(default_factory=set)
    layers: dict[PoolKey, list[Layer]] = field(default_factory=dict)
    posting_id: int = 0

    @cached_property
    def has_lots(self) -> bool:
        """Whether anything here is of a product with lots; asked once the book is open."""
        return bool(self.lots) or any(product.tracks_lots for product in self.products.values())

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
                    short.append(Short(line.asked_number, line.quantity, left))
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
                found.append(Short(line.asked_number, line.quantity, first[1], first[0]))
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
        self.posting_id = movement_id
        for line in move.lines:
            self.post_line(line, move, movement_id, entries)
        return entries

    def post_line(self, line: Line, move: Move, movement_id: int, entries: list[Entry]) -> None:
        """Put the entries of one line to `entries`; lines are posted in their order, `posting_id` set."""
        out, got, margin = self._valued(line, move)
        out_value = out.value if out is not None else -got.value if got is not None else ZERO
        in_value = got.value - margin if got is not None else -out_value
        out_cost = out.unit_cost if out is not None else got.unit_cost if got is not None else None
        in_cost = got.unit_cost if got is not None else out_cost
        for at, other, quantity, cost, value, state in (
            (line.from_id, line.to_id, -line.quantity, out_cost, out_value, line.from_state),
            (line.to_id, line.from_id, line.quantity, in_cost, in_value, line.to_state),
        ):
            currency = self._currency(at, other, move)
            entries.append(self._entry(line, move, (at, other), quantity, cost, value, currency, state))
        gone = out.settlement if out is not None else ZERO
        come = margin + (got.settlement if got is not None else ZERO)
        self._beside(line, move, (line.from_id, line.to_id, line.from_state), gone, entries)
        self._beside(line, move, (line.to_id, line.from_id, line.to_state), come, entries)
        self._change(line.from_key, -line.quantity, out_value + gone, move, movement_id)
        self._change(line.to_key, line.quantity, in_value + come, move, movement_id)

    def _beside(
        self, line: Line, move: Move, place: tuple[int, int, str], value: Decimal, entries: list[Entry]
    ) -> None:
        """A value without quantity at one end of the line, against adjustment."""
        if not value:
            return
        at, other, state = place
        currency = self._currency(at, other, move)
        for ends, signed in (((at, ADJUSTMENT), value), ((ADJUSTMENT, at), -value)):
            entries.append(self._entry(line, move, ends, ZERO, None, signed, currency, state))

    def change_value(
        self, line: Line, move: Move, amount: Decimal, entries: list[Entry], *, only: By | None = None
    ) -> None:
        """Change what is at the line's end by `amount`, without goods; the other side is the line's beginning.

        only: the movement and line whose layer takes it. There is stock, and its value stays at zero or above.
        """
        pool = self._pool(line.to_id, line.from_id, move, line.product_id)
        assert pool is not None
        pool.revalue(amount, by=self._by(pool, line), only=only)
        self._without_goods(line, move, amount, entries)

    def set_unit_cost(self, line: Line, move: Move, entries: list[Entry]) -> Decimal:
        """Value what is at the line's end at its unit cost; answers what that changed."""
        pool = self._pool(line.to_id, line.from_id, move, line.product_id)
        assert pool is not None
        change = pool.reprice(line.unit_cost or ZERO, by=self._by(pool, line))
        self._without_goods(line, move, change, entries)
        return change

    def align(self, line: Line, move: Move, entries: list[Entry]) -> Decimal:
        """Bring the pair at the line's end to how its category is valued now: into layers, or to the standard."""
        pool = self._pool(line.to_id, line.from_id, move, line.product_id)
        assert pool is not None
        self._by(pool, line)
        change = pool.align() if isinstance(pool, StandardPool) else ZERO
        self._without_goods(line, move, change, entries)
        return change

    def vary(self, line: Line, move: Move, amount: Decimal, currency: str, entries: list[Entry]) -> None:
        """A value that no stock takes: from the line's beginning to adjustment."""
        for ends, signed in (((ADJUSTMENT, line.from_id), amount), ((line.from_id, ADJUSTMENT), -amount)):
            if amount and ends[0] != ends[1]:
                entries.append(self._entry(line, move, ends, ZERO, None, signed, currency, AVAILABLE))

    def _without_goods(self, line: Line, move: Move, amount: Decimal, entries: list[Entry]) -> None:
        if not amount:
            return
        currency = self._currency(line.to_id, line.from_id, move)
        for ends, signed in (((line.to_id, line.from_id), amount), ((line.from_id, line.to_id), -amount)):
            entries.append(self._entry(line, move, ends, ZERO, None, signed, currency, AVAILABLE))
        self._change(line.to_key, ZERO, amount, move, self.posting_id)

    def _entry(self, line: Line, move: Move, ends: tuple[int, int], *figures: Any) -> Entry:
        at, other = ends
        quantity, cost, value, currency, state = figures
        return Entry(
            line.number, at, other, line.product_id, line.lot, quantity, cost, value, currency,
            _destination_or_none(at, line, move), state if at > 0 else AVAILABLE, line.owner_id, line.is_assumed,
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
        by = self._by(giver, line)
        return giver.take_out(
            line.quantity, fallback=last_resort, exact=line.out_value, by=by, undo=line.undo
        )

    def _take(self, line: Line, move: Move, currency: str, carried: Decimal | None) -> Valued | None:
        """Put the line into its taker; None when it leaves for outside."""
        taker = self._pool(line.to_id, line.from_id, move, line.product_id)
        if taker is None:
            return None
        is_known = carried is not None or line.unit_cost is not None
        fallback = ZERO if is_known else self._fallback(taker, line.product_id, currency)
        by = self._by(taker, line)
        return taker.take_in(
            line.quantity, line.unit_cost, carried=carried, fallback=fallback, by=by, undo=line.undo
        )

    def _by(self, pool: Pool, line: Line) -> By:
        if isinstance(pool, LayeredPool):
            pool.begin(self.posting_id)
        return self.posting_id, line.number

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
