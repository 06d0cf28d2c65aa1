"""How an open book is valued where it is not by the average: cost layers and standards read, layers written."""

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal

from django.db import connection

from inventory.rules.layers import Layer, LayerChange, LayeredPool
from inventory.rules.posting import Book, PoolKey
from inventory.rules.standard import StandardPool
from inventory.rules.states import AVAILABLE, OWN
from inventory.rules.valuation import By, Pool, Undo
from inventory.sql import layering as sql
from lib import clock

AVERAGE, FIFO, STANDARD = "average", "fifo", "standard"
LAYERED = "+"


def load_pools(book: Book, valued: Mapping[PoolKey, str]) -> None:
    """Put layered and standard pools in the place of averages. valued: as `inventory_open` tells. At most 2 queries.

    A product without a standard cost in the site's currency keeps its average until it gets one. The method comes from the
    statement that waits for the locks, so it may be the one of before a change made meanwhile; whether the pair lies in layers
    is read with the lock, so such a posting takes the pair back to its old method and the next one to the new: the value is the
    same, and layers taken over at that moment are one.
    """
    stored = [key for key, method in valued.items() if method.endswith(LAYERED)]
    if stored:
        with connection.cursor() as cursor:
            cursor.execute(sql.LAYERS, [[key[0] for key in stored], [key[2] for key in stored]])
            rows = cursor.fetchall()
        book.layers = {key: [] for key in stored}
        for site, product, movement, line, left, value, row_id, came in rows:
            book.layers[site, site, product].append(Layer((movement, line), left, value, row_id, came))
    methods = {key: method.removesuffix(LAYERED) for key, method in valued.items()}
    standards = standards_now({key[2] for key, method in methods.items() if method == STANDARD})
    for key, method in methods.items():
        pool = book.pools[key]
        held = (pool.quantity, pool.value, pool.last_cost)
        standard = standards.get((key[2], book.currencies[key[0]]))
        if method == FIFO:
            layers = book.layers.get(key, [])
            book.pools[key] = LayeredPool(*held, layers=list(layers), is_layered=key in book.layers)
        elif method == STANDARD and standard is not None:
            book.pools[key] = StandardPool(*held, standard=standard)


def standards_now(product_ids: Collection[int]) -> dict[tuple[int, str], Decimal]:
    """(product, currency) → the standard cost in force. 1 query, none without products."""
    if not product_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(sql.STANDARDS, [sorted(product_ids), clock.now()])
        return {(product, currency): amount for product, currency, amount in cursor.fetchall()}


Original = tuple[Decimal, Decimal, str]


def load_originals(named: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Original]:
    """(reference of a sale, SKU) → what it took out: value, quantity, currency; unknown where currencies differ. 1 query."""
    pairs = sorted(set(named))
    if not pairs:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(sql.ORIGINALS, [list(column) for column in zip(*pairs, strict=True)])
        rows = cursor.fetchall()
    found = {(reference, sku): (value, sold, currency) for reference, sku, currency, value, sold in rows}
    many = len(rows) != len(found)
    if many:
        counts: dict[tuple[str, str], int] = {}
        for row in rows:
            counts[row[0], row[1]] = counts.get((row[0], row[1]), 0) + 1
        found = {key: original for key, original in found.items() if counts[key] == 1}
    return found


def undos_of(movement_id: int, book: Book) -> dict[int, Undo]:
    """Line → what it took from layers, for the movement that takes it back. At most 1 query."""
    if not any(isinstance(pool, LayeredPool) for pool in book.pools.values()):
        return {}
    taken: dict[int, list[tuple[int, By, Decimal, Decimal]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(sql.TAKEN, [movement_id])
        for line, layer, maker, maker_line, quantity, value in cursor.fetchall():
            taken.setdefault(line, []).append((layer, (maker, maker_line), quantity, value))
    return {line: Undo(movement_id, tuple(pieces)) for line, pieces in taken.items()}


def write_layers(book: Book, event_id: int) -> None:
    """Write what the posting did to layers, under the locks of its balances. Nothing without layers, else 2 statements.

    A pair that is valued otherwise by now leaves its layers at its first posting.
    """
    changes: list[tuple[PoolKey, LayerChange]] = []
    flags: dict[PoolKey, bool] = {}
    for key in sorted(book.touched_pools):
        pool = book.pools[key]
        if isinstance(pool, LayeredPool):
            changes += [(key, change) for change in pool.changes]
            if pool.is_layered and key not in book.layers:
                flags[key] = True
        elif key in book.layers:
            changes += [(key, _closed(layer, book.posting_id)) for layer in book.layers[key]]
            flags[key] = False
    if changes or flags:
        _write(book, event_id, changes, flags)


def _closed(layer: Layer, movement_id: int) -> LayerChange:
    change = LayerChange(layer, (movement_id, -1), -layer.quantity, -layer.value)
    layer.quantity = layer.value = Decimal(0)
    return change


def _write(
    book: Book, event_id: int, changes: list[tuple[PoolKey, LayerChange]], flags: dict[PoolKey, bool]
) -> None:
    layers = {id(change.layer): (key, change.layer) for key, change in changes}
    new = [(key, layer) for key, layer in layers.values() if not layer.row_id]
    old = [layer for _key, layer in layers.values() if layer.row_id]
    with connection.cursor() as cursor:
        if new:
            cursor.execute(sql.NUMBERS, [len(new)])
            for (_key, layer), (number,) in zip(new, cursor.fetchall(), strict=True):
                layer.row_id = number
        pairs = [book.balances[key[0], key[2], "", AVAILABLE, OWN].row_id for key in flags]
        cursor.execute(
            sql.WRITE,
            {
                "event_id": event_id,
                "new_id": [layer.row_id for _key, layer in new],
                "new_site": [key[0] for key, _layer in new],
                "new_product": [key[2] for key, _layer in new],
                "new_movement": [layer.by[0] for _key, layer in new],
                "new_line": [layer.by[1] for _key, layer in new],
                "new_came": [layer.came for _key, layer in new],
                "new_left": [layer.quantity for _key, layer in new],
                "new_value": [layer.value for _key, layer in new],
                "old_id": [layer.row_id for layer in old],
                "old_left": [layer.quantity for layer in old],
                "old_value": [layer.value for layer in old],
                "flag_id": pairs,
                "flag_is": list(flags.values()),
                "move_layer": [change.layer.row_id for _key, change in changes],
                "move_movement": [change.by[0] for _key, change in changes],
                "move_line": [change.by[1] for _key, change in changes],
                "move_quantity": [change.quantity for _key, change in changes],
                "move_value": [change.value for _key, change in changes],
            },
        )


def is_average(pool: Pool) -> bool:
    """Whether the pool is valued at its moving average."""
    return not isinstance(pool, (LayeredPool, StandardPool))
