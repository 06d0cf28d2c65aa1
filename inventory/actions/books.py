"""Opening the book for a posting: resolve codes, make missing rows, lock balances, load what the rules need."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from audit.actions import actor_hash
from catalog.queries.bills import has_bundle
from inventory.actions.costing import AVERAGE, Original, load_originals, load_pools
from inventory.actions.costs import Fallbacks, Rates
from inventory.actions.timelines import choose_lots
from inventory.actions.timelines import load_timelines as load_timelines
from inventory.rules.drafts import LineDraft, MovementDraft
from inventory.rules.locations import COMMANDS, CUSTOMS, TRANSIT, VIRTUAL_IDS
from inventory.rules.plain import PlainDraft, touched_by
from inventory.rules.posting import (
    Book,
    Held,
    Line,
    LotFacts,
    Move,
    PoolKey,
    ProductFacts,
)
from inventory.rules.states import AVAILABLE, BLOCKED, OWN, QUARANTINE
from inventory.rules.valuation import Pool, share
from inventory.sql import posting as sql
from inventory.sql.functions import CALL_OPEN
from lib import clock
from lib.actors import Actor
from lib.faults import Fault

#: From here on a plan made for so many keys is worth its making.
MANY_KEYS = 100
CALL_OPEN_UNLESS_BUNDLES = CALL_OPEN + " WHERE NOT catalog_has_bundle(%(skus)s::text[])"


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """What a posting needs to know of a site."""

    id: int
    code: str
    currency: str
    channel_id: int | None
    legal_entity_id: int | None = None


@dataclass
class Opened:
    """A book with everything locked, and what the posting will be written under; opened_at: when all locks were held."""

    book: Book
    event_id: int
    movement_ids: list[int]
    name_hash: bytes
    opened_at: datetime
    sites: dict[str, SiteFacts] = field(default_factory=dict)
    products: dict[str, int] = field(default_factory=dict)
    visible: frozenset[int] | None = None
    owners: dict[str, int] = field(default_factory=dict)
    is_refused: bool = False
    closed_until: dict[int, datetime] = field(default_factory=dict)
    valued: dict[PoolKey, str] = field(default_factory=dict)
    originals: dict[tuple[str, str], Original] = field(default_factory=dict)

    def codes(self) -> dict[int, str]:
        """Site id → code, for the sites touched."""
        return {site.id: site.code for site in self.sites.values()}


def open_book(
    actor: Actor,
    drafts: Sequence[MovementDraft],
    visible: frozenset[int] | None,
    count: int | None = None,
    *,
    unless_bundles: bool = False,
    plain: Sequence[PlainDraft] = (),
) -> Opened:
    """Resolve and lock everything `drafts` touch. Three statements in one trip; one more with goods at customs.

    visible: the ids of the sites in the actor's scope, None for all. count: how many movement ids to draw.
    unless_bundles: nothing is opened and `is_refused` when a product was ever a bundle, so that the caller takes bundles
    apart before anything is locked; asked in the same trip. plain: drafts that are opened for beside `drafts`.
    Locks: periods by (site, month), balances by (site, product, lot, state, owner).
    """
    keys = _with_plain(_keys(drafts), plain)
    months = _months(drafts) | dict.fromkeys((one.site, _quarter(one.at)) for one in plain)
    values: dict[str, Any] = _columns(_KEY_COLUMNS, [(*key, use) for key, use in keys.items()])
    values |= _columns(_LOT_COLUMNS, _arriving(drafts))
    values |= {
        "period_codes": [code for code, _at in months],
        "period_times": [at for _code, at in months],
        "count": len(drafts) if count is None else count,
        "actor_kind": actor.kind,
        "actor_id": actor.id,
        "actor_name": actor.name[:200],
    }
    if values["lot_codes"] and len(keys) >= MANY_KEYS:
        _hold_lots(values)
    with connection.cursor() as cursor:
        if unless_bundles and len(keys) >= MANY_KEYS and has_bundle(values["skus"]):
            rows = []
        else:
            call = CALL_OPEN_UNLESS_BUNDLES if unless_bundles else CALL_OPEN
            cursor.execute(call if len(keys) < MANY_KEYS else sql.OPEN, values)
            rows = cursor.fetchall()
    book = Book(currencies={}, rate=Rates(), fallback=Fallbacks(lambda: {k[2] for k in book.pools}))
    event_id, movement_ids, name_hash, opened_at = rows[0][29:] if rows else (0, [], None, clock.now())
    opened = Opened(
        book,
        event_id,
        movement_ids or [],
        bytes(name_hash) if name_hash else actor_hash(actor),
        opened_at,
        visible=visible,
        is_refused=unless_bundles and bool(keys) and not rows,
    )
    for row in rows:
        _take(opened, row)
    if opened.valued:
        load_pools(book, opened.valued)
    opened.originals = load_originals(
        (line.of, line.sku) for draft in drafts for line in draft.lines if line.of and line.unit_cost is None
    )
    if any(CUSTOMS in _numbers(line) for draft in drafts for line in draft.lines):
        _load_customs(book, opened)
    return opened


def _numbers(line: object) -> tuple[int, int]:
    return VIRTUAL_IDS.get(line.from_code, 1), VIRTUAL_IDS.get(line.to_code, 1)  # type: ignore[attr-defined]


def _hold_lots(values: dict[str, Any]) -> None:
    """What the function does for few keys, before balances: make the lots that arrive and lock them."""
    with connection.cursor() as cursor:
        cursor.execute(f"{sql.LOTS};{sql.ASIDE_ROWS}", values)


_KEY_COLUMNS = ("codes", "skus", "lots", "states", "owners", "uses")
_LOT_COLUMNS = ("lot_skus", "lot_codes", "lot_expires", "lot_produced", "lot_owners")
CodeKey = tuple[str, str, str, str, str]
#: How a row is needed: see inventory.sql.posting.
NEEDED, ANY_LOT, ASIDE = 0, 1, 2


def _columns(names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> dict[str, list[Any]]:
    return {name: [row[place] for row in rows] for place, name in enumerate(names)}


def _keys(drafts: Sequence[MovementDraft]) -> dict[CodeKey, int]:
    """What to lock, by codes, and how it is needed: each line's rows at its real ends, the pair's row of each site.

    A line that takes from no lot in particular may take from any; what arrives of a lot may be set aside.
    """
    keys: dict[CodeKey, int] = {}
    for draft in drafts:
        for line in draft.lines:
            for code, state in ((line.from_code, line.from_state), (line.to_code, line.to_state)):
                if code and code not in VIRTUAL_IDS:
                    keys.setdefault((code, line.sku, "", AVAILABLE, ""), NEEDED)
                    key = (code, line.sku, line.lot, state, line.owner)
                    if keys.get(key) != ANY_LOT:
                        keys[key] = NEEDED
            if draft.destination and draft.destination not in VIRTUAL_IDS:
                keys.setdefault((draft.destination, line.sku, "", AVAILABLE, ""), NEEDED)
            _add_by_lot(keys, line)
    return keys


def _with_plain(keys: dict[CodeKey, int], plain: Sequence[PlainDraft]) -> dict[CodeKey, int]:
    """With the pairs' own rows that plain drafts touch; what they take from may have lots."""
    for (code, sku), is_taken_from in touched_by(plain).items():
        key = (code, sku, "", AVAILABLE, "")
        keys[key] = max(keys.get(key, NEEDED), ANY_LOT if is_taken_from else NEEDED)
    return keys


def _add_by_lot(keys: dict[CodeKey, int], line: LineDraft) -> None:
    if not line.lot and line.from_state == AVAILABLE and line.from_code and line.from_code not in VIRTUAL_IDS:
        keys[line.from_code, line.sku, "", AVAILABLE, line.owner] = ANY_LOT
    if line.lot and line.to_state == AVAILABLE and line.to_code and line.to_code not in VIRTUAL_IDS:
        for state in (QUARANTINE, BLOCKED):
            keys.setdefault((line.to_code, line.sku, line.lot, state, line.owner), ASIDE)


def _arriving(drafts: Sequence[MovementDraft]) -> list[tuple[Any, ...]]:
    """The lots that come to a site, by codes, with what is said of them."""
    lots: dict[tuple[str, str, date | None, date | None, str], None] = {}
    for draft in drafts:
        for line in draft.lines:
            if line.lot and line.to_code and line.to_code not in VIRTUAL_IDS:
                lots[line.sku, line.lot, line.expires_on, line.produced_on, line.owner] = None
    return list(lots)


def _months(drafts: Sequence[MovementDraft]) -> dict[tuple[str, datetime], None]:
    """(site, instant) of each month written into; instants of one quarter of an hour lie in one month everywhere."""
    months: dict[tuple[str, datetime], None] = {}
    now = clock.now()
    for draft in drafts:
        at = _quarter(draft.occurred_at or now)
        for line in draft.lines:
            for code in (line.from_code, line.to_code, draft.destination):
                if code and code not in VIRTUAL_IDS:
                    months[code, at] = None
    return months


def _quarter(at: datetime) -> datetime:
    return at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)


def _take(opened: Opened, row: tuple) -> None:
    code, sku, lot, state, owner, site_id, currency, channel_id, entity_id, product_id, owner_id = row[:11]
    row_id, on_hand, reserved, value, in_transit, in_transit_value = row[11:17]
    pair_on_hand, pair_value, last_cost, last_at, closed, zone = row[17:23]
    book = opened.book
    if site_id is not None and code not in opened.sites:
        opened.sites[code] = SiteFacts(site_id, code, currency, channel_id, entity_id)
        book.currencies[site_id] = currency
        book.zones[site_id] = zone
        book.entities[site_id] = entity_id
        if closed is not None:
            opened.closed_until[site_id] = closed
    if product_id is not None:
        opened.products[sku] = product_id
        book.products[product_id] = ProductFacts(*row[23:28])
    if row[28] is not None:
        book.lots[product_id, lot] = _lot_facts(*row[28])
    if owner_id is not None:
        opened.owners[owner] = owner_id
    if row_id is None:
        return
    book.balances[site_id, product_id, lot, state, owner_id] = Held(
        on_hand, value, last_at, row_id, was_negative=on_hand < 0, reserved=reserved
    )
    if lot and state == AVAILABLE:
        lots = book.lots_at.setdefault((site_id, product_id, owner_id), [])
        if lot not in lots:
            lots.append(lot)
    if not lot and state == AVAILABLE and owner_id == OWN:
        book.pools[site_id, site_id, product_id] = Pool(pair_on_hand, pair_value, last_cost)
        book.pools[TRANSIT, site_id, product_id] = Pool(in_transit, in_transit_value, None)
        if row[24] != AVERAGE:
            opened.valued[site_id, site_id, product_id] = row[24]


def _lot_facts(expires_on: str | None, produced_on: str | None, is_recalled: str) -> LotFacts:
    expires, produced = (date.fromisoformat(text) if text else None for text in (expires_on, produced_on))
    return LotFacts(expires, produced, is_recalled == "true")


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
    """`resolve_ids`, then lots chosen by the book as it stands: what may be posted next, or every fault."""
    move, faults = resolve_ids(draft, opened, now)
    return (None, faults) if move is None else choose_lots(opened.book, move, draft)


def resolve_ids(draft: MovementDraft, opened: Opened, now: datetime) -> tuple[Move | None, list[Fault]]:
    """`draft` by ids, or the faults of reference: unknown products, sites and owners, those out of scope included.

    A fact whose month is closed at one of its sites occurs at the first open instant and keeps `reported_at`; a
    command there is `closed_period`.
    """
    faults: list[Fault] = []
    destination_id = None
    if draft.destination:
        destination = opened.sites.get(draft.destination)
        if destination is None:
            faults.append(Fault("/destination", "unknown_site", f"There is no site {draft.destination!r}."))
        else:
            destination_id = destination.id
    lines = tuple(_line(opened, line, number, faults) for number, line in enumerate(draft.lines))
    at = draft.occurred_at or now
    first_open = _first_open(opened, lines, destination_id, at)
    if first_open is not None and draft.kind in COMMANDS:
        detail = f"The books are closed until {first_open.isoformat()}; a command occurs after that."
        faults.append(Fault("/occurred_at", "closed_period", detail))
    if faults:
        return None, faults
    move = Move(draft.kind, first_open or at, lines, destination_id, reported_at=at if first_open else None)
    return move, []


def _line(opened: Opened, line: LineDraft, number: int, faults: list[Fault]) -> Line:
    at = f"/lines/{number}"
    ends = []
    for name, code in (("from", line.from_code), ("to", line.to_code)):
        ends.append(_location(opened, code))
        if not ends[-1]:
            faults.append(Fault(f"{at}/{name}", "unknown_site", f"There is no site or location {code!r}."))
    product_id = opened.products.get(line.sku)
    if product_id is None:
        faults.append(Fault(f"{at}/sku", "unknown_sku", f"There is no product {line.sku!r}."))
    owner_id = opened.owners.get(line.owner, OWN) if line.owner else OWN
    if line.owner and owner_id == OWN:
        faults.append(Fault(f"{at}/owner", "unknown_owner", f"There is no supplier {line.owner!r}."))
    return Line(
        number,
        product_id or 0,
        ends[0],
        ends[1],
        line.quantity,
        line.lot,
        line.unit_cost,
        line.unit_price,
        from_state=line.from_state,
        to_state=line.to_state,
        owner_id=owner_id,
        in_value=_left_at(opened, line, ends[1]),
        is_assumed=line.is_assumed,
        expires_on=line.expires_on,
    )


def _left_at(opened: Opened, line: LineDraft, site_id: int) -> Decimal | None:
    """What the goods of a return were worth when they were sold, where that is known in the site's currency."""
    original = opened.originals.get((line.of, line.sku))
    if original is None or original[2] != opened.book.currencies.get(site_id):
        return None
    return share(original[0], line.quantity, original[1])


def _first_open(
    opened: Opened, lines: Sequence[Line], destination_id: int | None, at: datetime
) -> datetime | None:
    """The first instant open at every site the movement touches, where `at` lies in a closed month; None when it does not.

    What is posted later than meant must find its own month open and hold it: 1 query for each closed one.
    """
    ends = {end for line in lines for end in (line.from_id, line.to_id)} | {destination_id or 0}
    sites = sorted(end for end in ends if end > 0)
    first = max((opened.closed_until[site] for site in sites if site in opened.closed_until), default=at)
    if first <= at:
        return None
    with connection.cursor() as cursor:
        while True:
            cursor.execute(sql.HOLD_PERIODS, [sites, [first] * len(sites)])
            later = max((ends_at for _site, ends_at in cursor.fetchall()), default=first)
            if later <= first:
                return first
            first = later


def _location(opened: Opened, code: str) -> int:
    """The location's id, 0 when there is none in the actor's scope."""
    if code in VIRTUAL_IDS:
        return VIRTUAL_IDS[code]
    site = opened.sites.get(code)
    if site is None or (opened.visible is not None and site.id not in opened.visible):
        return 0
    return site.id
