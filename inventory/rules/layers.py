"""First in, first out: what a site holds of a product as layers, each with its own cost. Pure; Decimal throughout.

What is taken comes from the oldest layers; a reversal takes from, or gives back to, exactly the layers of what it takes
back. Where there is nothing left, what goes out is valued at the last cost known, and the next receipt settles the
difference, as with the average.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from inventory.rules.valuation import NOBODY, ZERO, By, Pool, Undo, Valued, abs_cost, per_unit, share, times


@dataclass(slots=True, eq=False)
class Layer:
    """Goods that came in together. row_id: 0 until it is stored; by: the movement and line that brought them."""

    by: By
    quantity: Decimal = ZERO
    value: Decimal = ZERO
    row_id: int = 0
    came: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class LayerChange:
    """What a line put into a layer (or took, below zero)."""

    layer: Layer
    by: By
    quantity: Decimal
    value: Decimal


@dataclass(slots=True)
class LayeredPool(Pool):
    """A pool whose goods lie in layers, oldest first. While it holds goods, the layers sum to its quantity and value.

    last_cost: of what came in or was taken last. is_layered: False until the first posting has put what was there
    before into one layer. changes: what this posting did.
    """

    layers: list[Layer] = field(default_factory=list)
    changes: list[LayerChange] = field(default_factory=list)
    is_layered: bool = True

    def begin(self, movement_id: int) -> None:
        """Put what a pool valued otherwise until now holds into one layer at its value."""
        if self.is_layered:
            return
        self.is_layered = True
        if self.quantity > 0:
            self._put(Layer((movement_id, -1)), self.quantity, self.value, (movement_id, -1))

    def take_in(
        self,
        quantity: Decimal,
        unit_cost: Decimal | None = None,
        *,
        fallback: Decimal = ZERO,
        carried: Decimal | None = None,
        by: By = NOBODY,
        undo: Undo | None = None,
    ) -> Valued:
        cost = unit_cost if unit_cost is not None else self.average
        cost = fallback if cost is None else cost
        value = times(quantity, cost) if carried is None else carried
        pieces = self._pieces(quantity, value, by, undo)
        settlement = ZERO
        if self.quantity < 0:
            missing = -self.quantity
            covered = min(quantity, missing)
            assumed = -self.value if covered == missing else share(-self.value, covered, missing)
            pieces, spent = _without(pieces, covered)
            settlement = assumed - spent
        for layer, part, worth in pieces:
            self._put(layer, part, worth, by)
        self.quantity += quantity
        self.value += value + settlement
        self.last_cost = per_unit(value, quantity) or ZERO
        return Valued(abs_cost(value, quantity), value, settlement)

    def take_out(
        self,
        quantity: Decimal,
        *,
        fallback: Decimal = ZERO,
        exact: Decimal | None = None,
        by: By = NOBODY,
        undo: Undo | None = None,
    ) -> Valued:
        left, value = quantity, ZERO
        for layer in self._in_order(by, undo):
            if not left:
                break
            part = min(left, layer.quantity)
            worth = layer.value if part == layer.quantity else share(layer.value, part, layer.quantity)
            self.last_cost = per_unit(worth, part)
            self._put(layer, -part, -worth, by)
            left, value = left - part, value + worth
        self.layers = [layer for layer in self.layers if layer.quantity]
        if left:
            if self.last_cost is None:
                self.last_cost = fallback
            value += times(left, self.last_cost)
        self.quantity -= quantity
        self.value -= value
        return Valued(abs_cost(value, quantity), -value)

    def revalue(self, amount: Decimal, *, by: By = NOBODY, only: By | None = None) -> None:
        """Spread `amount` over the layers by their value (by quantity where they have none), or over those of `only`."""
        layers = [layer for layer in self.layers if only is None or layer.by == only]
        if only is not None or not self.value:
            weights = [layer.quantity for layer in layers]
        else:
            weights = [layer.value for layer in layers]
        whole = sum(weights, ZERO)
        for layer, weight in zip(layers, weights, strict=True):
            part = share(amount, weight, whole) if whole != weight else amount
            amount, whole = amount - part, whole - weight
            self._put(layer, ZERO, part, by)
            self.value += part
        self.last_cost = per_unit(self.value, self.quantity)

    def reprice(self, unit_cost: Decimal, *, by: By = NOBODY) -> Decimal:
        """Value every layer at `unit_cost`; answers what that changed."""
        before = self.value
        for layer in self.layers:
            change = times(layer.quantity, unit_cost) - layer.value
            self._put(layer, ZERO, change, by)
            self.value += change
        self.last_cost = unit_cost
        return self.value - before

    def left_of(self, source: By) -> Decimal:
        """What is left of what a line brought."""
        return sum((layer.quantity for layer in self.layers if layer.by == source), ZERO)

    def _in_order(self, by: By, undo: Undo | None) -> list[Layer]:
        """Oldest first; a reversal takes first what the line it takes back had brought."""
        if undo is None:
            return list(self.layers)
        source = (undo.movement_id, by[1])
        return sorted(self.layers, key=lambda layer: layer.by != source)

    def _pieces(
        self, quantity: Decimal, value: Decimal, by: By, undo: Undo | None
    ) -> list[tuple[Layer, Decimal, Decimal]]:
        """Into which layers `quantity` worth `value` goes: those it was taken from, the rest into one of its own."""
        pieces, rest, worth = [], quantity, value
        for row_id, source, taken, its_value in undo.taken if undo is not None else ():
            part = min(taken, rest)
            if part:
                back = its_value if part == taken else share(its_value, part, taken)
                pieces.append((self._known(row_id, source), part, back))
                rest, worth = rest - part, worth - back
        if rest > 0 and worth >= 0:
            return [*pieces, (Layer(by), rest, worth)]
        if not rest and not worth:
            return pieces
        return [(Layer(by), quantity, value)]

    def _known(self, row_id: int, source: By) -> Layer:
        for layer in self.layers:
            if layer.row_id == row_id:
                return layer
        return Layer(source, row_id=row_id)

    def _put(self, layer: Layer, quantity: Decimal, value: Decimal, by: By) -> None:
        layer.quantity += quantity
        layer.value += value
        if quantity > 0:
            if not layer.row_id and layer.by == by:
                layer.came = quantity
            if layer not in self.layers:
                self.layers.append(layer)
                self.layers.sort(key=_age)
        self.changes.append(LayerChange(layer, by, quantity, value))


def _age(layer: Layer) -> tuple[bool, int]:
    """Stored ones first, by number; new ones after them in the order they came (the sort is stable)."""
    return (not layer.row_id, layer.row_id)


def _without(
    pieces: Sequence[tuple[Layer, Decimal, Decimal]], covered: Decimal
) -> tuple[list[tuple[Layer, Decimal, Decimal]], Decimal]:
    """`pieces` less `covered` of the oldest, and what that was worth."""
    kept, spent = [], ZERO
    for layer, quantity, value in sorted(pieces, key=lambda piece: _age(piece[0])):
        part = min(covered, quantity)
        worth = ZERO if not part else value if part == quantity else share(value, part, quantity)
        covered, spent = covered - part, spent + worth
        if quantity > part:
            kept.append((layer, quantity - part, value - worth))
    return kept, spent
