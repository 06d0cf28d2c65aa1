"""Opening the book for a posting: resolve codes, make missing rows, lock balances, load what the rules need."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from audit.actions import actor_hash
from inventory.actions.costs import Fallbacks, Rates
from inventory.rules.drafts import MovementDraft
from inventory.rules.locations import CUSTOMS, TRANSIT, VIRTUAL_IDS
from inventory.rules.posting import BalanceKey, Book, Held, Line, Move, Timeline
from inventory.rules.valuation import Pool
from inventory.sql import posting as sql
from inventory.sql.functions import CALL_OPEN
from lib.actors import Actor
from lib.faults import Fault

#: From here on a plan made for so many keys is worth its making.
MANY_KEYS = 100


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """What a posting needs to know of a site."""

    id: int
    code: str
    currency: str
    channel_id: int | None


@dataclass
class Opened:
    """A book with everything locked, and the numbers the posting will write under."""

    book: Book
    event_id: int
    movement_ids: list[int]
    name_hash: bytes
    sites: dict[str, SiteFacts] = field(default_factory=dict)
    products: dict[str, int] = field(default_factory=dict)
    visible: frozenset[int] | None = None

    def codes(self) -> dict[int, str]:
        """Site id → code, for the sites touched."""
        return {site.id: site.code for site in self.sites.values()}


def open_book(
    actor: Actor, drafts: Sequence[MovementDraft], visible: frozenset[int] | None, count: int | None = None
) -> Opened:
    """Resolve and lock everything `drafts` touch. Two statements in one trip; one more with goods at customs.

    visible: the ids of the sites in the actor's scope, None for all. count: how many movement ids to draw.
    Locks: balances by (site, product, lot).
    """
    keys = _keys(drafts)
    values: dict[str, Any] = {
        "codes": [key[0] for key in keys],
        "skus": [key[1] for key in keys],
        "lots": [key[2] for key in keys],
        "count": len(drafts) if count is None else count,
        "actor_kind": actor.kind,
        "actor_id": actor.id,
        "actor_name": actor.name[:200],
    }
    with connection.cursor() as cursor:
        cursor.execute(CALL_OPEN if len(keys) < MANY_KEYS else sql.OPEN, values)
        rows = cursor.fetchall()
    rates = Rates()
    book = Book(currencies={}, rate=rates, fallback=Fallbacks(lambda: {k[2] for k in book.pools}, rates))
    event_id, movement_ids, name_hash = rows[0][16:] if rows else (0, [], None)
    opened = Opened(
        book,
        event_id,
        movement_ids or [],
        bytes(name_hash) if name_hash else actor_hash(actor),
        visible=visible,
    )
    for row in rows:
        _take(opened, row)
    if any(CUSTOMS in _numbers(line) for draft in drafts for line in draft.lines):
        _load_customs(book, opened)
    return opened


def _numbers(line: object) -> tuple[int, int]:
    return VIRTUAL_IDS.get(line.from_code, 1), VIRTUAL_IDS.get(line.to_code, 1)  # type: ignore[attr-defined]


def _keys(drafts: Sequence[MovementDraft]) -> list[tuple[str, str, str]]:
    keys: dict[tuple[str, str, str], None] = {}
    for draft in drafts:
        for line in draft.lines:
            for code in (line.from_code, line.to_code, draft.destination):
                if code and code not in VIRTUAL_IDS:
                    keys[code, line.sku, ""] = None
                    if line.lot and code != draft.destination:
                        keys[code, line.sku, line.lot] = None
    return list(keys)


def _take(opened: Opened, row: tuple) -> None:
    (code, sku, lot, site_id, currency, channel_id, product_id, row_id, on_hand, value) = row[:10]
    (in_transit, in_transit_value, pair_on_hand, pair_value, last_cost, last_occurred_at) = row[10:16]
    book = opened.book
    if site_id is not None and code not in opened.sites:
        opened.sites[code] = SiteFacts(site_id, code, currency, channel_id)
        book.currencies[site_id] = currency
    if product_id is not None:
        opened.products[sku] = product_id
    if row_id is None:
        return
    book.balances[site_id, product_id, lot] = Held(
        on_hand, value, last_occurred_at, row_id, was_negative=on_hand < 0
    )
    if not lot:
        book.pools[site_id, site_id, product_id] = Pool(pair_on_hand, pair_value, last_cost)
        book.pools[TRANSIT, site_id, product_id] = Pool(in_transit, in_transit_value, None)


def _load_customs(book: Book, opened: Opened) -> None:
    products = sorted(set(opened.products.values()))
    for site_id in book.currencies:
        for product_id in products:
            book.pools[CUSTOMS, site_id, product_id] = Pool()
    with connection.cursor() as cursor:
        cursor.execute(sql.HELD_AT_CUSTOMS, [products])
        for owner, product_id, quantity, value in cursor.fetchall():
            if owner in book.currencies:
                book.pools[CUSTOMS, owner, product_id] = Pool(quantity, value, None)


def resolve(draft: MovementDraft, opened: Opened, now: datetime) -> tuple[Move | None, list[Fault]]:
    """`draft` by ids, or the faults of reference: unknown products and sites, those out of scope included."""
    faults: list[Fault] = []
    destination_id = None
    if draft.destination:
        destination = opened.sites.get(draft.destination)
        if destination is None:
            faults.append(Fault("/destination", "unknown_site", f"There is no site {draft.destination!r}."))
        else:
            destination_id = destination.id
    lines = []
    for number, line in enumerate(draft.lines):
        ends = []
        for name, code in (("from", line.from_code), ("to", line.to_code)):
            ends.append(_location(opened, code))
            if not ends[-1]:
                faults.append(
                    Fault(
                        f"/lines/{number}/{name}", "unknown_site", f"There is no site or location {code!r}."
                    )
                )
        product_id = opened.products.get(line.sku)
        if product_id is None:
            faults.append(Fault(f"/lines/{number}/sku", "unknown_sku", f"There is no product {line.sku!r}."))
        lines.append(
            Line(
                number,
                product_id or 0,
                ends[0],
                ends[1],
                line.quantity,
                line.lot,
                line.unit_cost,
                line.unit_price,
            )
        )
    if faults:
        return None, faults
    return Move(draft.kind, draft.occurred_at or now, tuple(lines), destination_id), []


def _location(opened: Opened, code: str) -> int:
    """The location's id, 0 when there is none in the actor's scope."""
    if code in VIRTUAL_IDS:
        return VIRTUAL_IDS[code]
    site = opened.sites.get(code)
    if site is None or (opened.visible is not None and site.id not in opened.visible):
        return 0
    return site.id


def load_timelines(book: Book, moves: Sequence[Move]) -> None:
    """The later course of every balance from which a backdated command among `moves` takes. At most 1 query."""
    latest: dict[BalanceKey, datetime] = {}
    since: dict[BalanceKey, datetime] = {}
    for move in moves:
        for line in move.lines:
            for location in (line.from_id, line.to_id):
                key = (location, line.product_id, line.lot)
                if location > 0 and (key not in latest or move.occurred_at > latest[key]):
                    latest[key] = move.occurred_at
            if move.is_command and line.from_id > 0:
                key = (line.from_id, line.product_id, line.lot)
                if key not in since or move.occurred_at < since[key]:
                    since[key] = move.occurred_at
    wanted = []
    for key, at in since.items():
        stored = book.balances[key].last_occurred_at
        if (stored is not None and stored > at) or latest[key] > at:
            wanted.append((key, at))
    if not wanted:
        return
    later: dict[BalanceKey, list[tuple[datetime, Decimal]]] = {key: [] for key, _ in wanted}
    with connection.cursor() as cursor:
        cursor.execute(
            sql.TIMELINES,
            [
                [key[0] for key, _ in wanted],
                [key[1] for key, _ in wanted],
                [key[2] for key, _ in wanted],
                [at for _, at in wanted],
            ],
        )
        for site_id, product_id, lot, at, quantity in cursor.fetchall():
            later[site_id, product_id, lot].append((at, quantity))
    for key, moved in later.items():
        base = book.balances[key].on_hand - sum((quantity for _, quantity in moved), Decimal(0))
        book.timelines[key] = Timeline(base, moved)
