"""What a posting needs of the past: the later course of balances that are backdated, and lots chosen by it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import cast

from django.db import connection

from inventory.queries.documents import plain
from inventory.rules.drafts import MovementDraft
from inventory.rules.lots import LotRefusal, by_lot, takes_any_lot
from inventory.rules.posting import BalanceKey, Book, Line, Move, Short, Timeline
from inventory.rules.states import AVAILABLE
from inventory.sql import posting as sql
from lib.faults import Fault


def choose_lots(book: Book, move: Move, draft: MovementDraft) -> tuple[Move | None, list[Fault]]:
    """`move` with its lots chosen by first expiry, or every fault: `insufficient_stock`, `negative_later`, `expired_lot`,
    `short_life`, `recalled_lot`. At most 1 query, none without lots."""
    if not book.has_lots:
        return move, []
    if any(takes_any_lot(line, book.products.get(line.product_id)) for line in move.lines):
        load_timelines(book, [move])
    made = by_lot(book, move)
    faults = short_faults(made.shorts, draft) + [_refusal_fault(one, draft) for one in made.refusals]
    return (None, faults) if faults else (made.move, [])


_REFUSALS = {
    "expired_lot": "has expired",
    "short_life": "has too little of its life left to be sold",
    "recalled_lot": "is recalled",
}


def _refusal_fault(refusal: LotRefusal, draft: MovementDraft) -> Fault:
    line = draft.lines[min(refusal.line, len(draft.lines) - 1)]
    on = f" ({refusal.expires_on.isoformat()})" if refusal.expires_on else ""
    text = f"Lot {refusal.lot} of {line.sku} {_REFUSALS[refusal.code]}{on}."
    return Fault(f"/lines/{refusal.line}/lot", refusal.code, text)


def short_faults(shorts: Sequence[Short], draft: MovementDraft) -> list[Fault]:
    """One fault a line: what was asked, what there is, and for a backdated command when it would be missing."""
    faults = []
    for short in shorts:
        line = draft.lines[short.line]
        pointer = f"/lines/{short.line}/quantity"
        what = f"{line.sku} at {line.from_code}"
        asked, available = plain(short.asked), plain(short.available)
        if short.at is None:
            text = f"{what}: {asked} asked, {available} available."
            faults.append(Fault(pointer, "insufficient_stock", text))
        else:
            text = f"{what}: {asked} asked, but only {available} would be there at {short.at.isoformat()}."
            faults.append(Fault(pointer, "negative_later", text))
    return faults


def load_timelines(
    book: Book, moves: Sequence[Move], others: Mapping[BalanceKey, datetime] | None = None
) -> None:
    """The later course of every balance from which a backdated command, or a line without its lot, among `moves` takes.

    others: when what is posted beside them last touches a balance. What is loaded is kept. At most 1 query.
    """
    latest: dict[BalanceKey, datetime] = dict(others or {})
    since: dict[BalanceKey, datetime] = {}
    for move in moves:
        for line in move.lines:
            givers = _givers(book, line)
            for key in (*givers, line.to_key):
                if key[0] > 0 and (key not in latest or move.occurred_at > latest[key]):
                    latest[key] = move.occurred_at
            if line.from_id > 0 and (move.is_command or len(givers) > 1):
                for key in givers:
                    if key not in since or move.occurred_at < since[key]:
                        since[key] = move.occurred_at
    wanted = []
    for key, at in since.items():
        stored = book.balances[key].last_occurred_at
        if key not in book.timelines and ((stored is not None and stored > at) or latest[key] > at):
            wanted.append((key, at))
    if not wanted:
        return
    later: dict[BalanceKey, list[tuple[datetime, Decimal]]] = {key: [] for key, _ in wanted}
    with connection.cursor() as cursor:
        columns = zip(*((*key, at) for key, at in wanted), strict=True)
        cursor.execute(sql.TIMELINES, [list(column) for column in columns])
        for *key_parts, at, quantity in cursor.fetchall():
            later[cast(BalanceKey, tuple(key_parts))].append((at, quantity))
    for key, moved in later.items():
        base = book.balances[key].on_hand - sum((quantity for _, quantity in moved), Decimal(0))
        book.timelines[key] = Timeline(base, moved)


def _givers(book: Book, line: Line) -> list[BalanceKey]:
    """The balances that the line may take from: its own, or of every lot where it names none."""
    if not takes_any_lot(line, book.products.get(line.product_id)):
        return [line.from_key]
    lots = book.lots_at.get((line.from_id, line.product_id, line.owner_id), [])
    return [
        line.from_key,
        *((line.from_id, line.product_id, lot, AVAILABLE, line.owner_id) for lot in lots),
    ]
