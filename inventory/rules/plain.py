"""Plain movements: own goods without lots, from outside into one site or out of it, valued at the moving average. Pure.

Most of what is posted in bulk is plain. It takes a shorter way to the figures of `Book`: what is refused, what an entry is
worth and what becomes of balance and pool are those of `rules.posting`, to which tests hold this module.
"""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Context, Decimal

from inventory.rules.drafts import COST_DIGITS, MAX_LINES, MovementDraft, head_faults
from inventory.rules.lines import BalanceKey, Entry, Held, Line, Move, Short
from inventory.rules.locations import (
    ADJUSTMENT,
    COMMANDS,
    CUSTOMER,
    KINDS,
    PRICED_KINDS,
    SUPPLIER,
    VIRTUAL_IDS,
)
from inventory.rules.posting import Book
from inventory.rules.row_texts import RowTexts, fixed, negated
from inventory.rules.states import AVAILABLE, OWN
from inventory.rules.valuation import SIX, ZERO, Pool
from lib.quantities import MAX_INTEGER_DIGITS

_CONTEXT = Context(prec=60, rounding=ROUND_HALF_UP)
_MOST = Decimal(10) ** MAX_INTEGER_DIGITS
_DEAREST = Decimal(10) ** COST_DIGITS
#: (kind, the line's end outside): whether goods come.
_INTO = {("receipt", SUPPLIER): True, ("return", CUSTOMER): True}
_OUT_OF = {("sale", CUSTOMER): False, ("issue", CUSTOMER): False, ("issue", SUPPLIER): False}

#: Of any line: both sides, and a settlement or variance with its other side at either end.
MOST_ENTRIES = 6
#: SKU, quantity at six decimals, unit cost, unit price.
PlainLine = tuple[str, Decimal, Decimal | None, Decimal | None]


@dataclass(slots=True)
class PlainDraft:
    """A draft that is plain and sound as far as that shows without a look-up. outside: the virtual location."""

    kind: str
    site: str
    outside: int
    comes: bool
    at: datetime
    lines: list[PlainLine]


@dataclass(slots=True)
class Spot:
    """What plain lines of one site and product change. is_average: valued so; else the book posts the line.

    latest: when the last line of the batch occurs there. spare: the unit cost of last resort, once a line may need it.
    """

    site_id: int
    product_id: int
    currency: str
    held: Held
    pool: Pool
    is_average: bool = True
    latest: datetime | None = None
    spare: Decimal | None = None
    is_touched: bool = False
    ends: dict[int, tuple[str, str, str, str]] = field(default_factory=dict)

    @property
    def key(self) -> BalanceKey:
        return (self.site_id, self.product_id, "", AVAILABLE, OWN)

    def texts(self, outside: int) -> tuple[str, str, str, str]:
        """An entry from its location to its lot, outside and at the site: as COPY takes it, as the digest covers it."""
        if outside not in self.ends:
            site, product = self.site_id, self.product_id
            self.ends[outside] = (
                f"\t{outside}\t{site}\t\\N\t{product}\t\t",
                f"\t{site}\t{outside}\t\\N\t{product}\t\t",
                f', {outside}, {site}, null, {product}, "", ',
                f', {site}, {outside}, null, {product}, "", ',
            )
        return self.ends[outside]


@dataclass(slots=True)
class PlainMove:
    """A plain draft by ids. lines: each with its spot, quantity, unit cost and price."""

    draft: PlainDraft
    lines: list[tuple[Spot, Decimal, Decimal | None, Decimal | None]]

    @property
    def is_command(self) -> bool:
        return self.draft.kind in COMMANDS


def plain_draft(draft: MovementDraft, now: datetime) -> PlainDraft | None:
    """`draft` if it is plain and has no fault that `draft_faults` would name, else None."""
    lines = draft.lines
    if not lines or len(lines) > MAX_LINES or draft.destination or draft.kind not in KINDS:
        return None
    from_code, to_code = lines[0].from_code, lines[0].to_code
    comes = _INTO.get((draft.kind, VIRTUAL_IDS.get(from_code, 0)))
    if comes is None:
        comes = _OUT_OF.get((draft.kind, VIRTUAL_IDS.get(to_code, 0)))
    site, outside = (to_code, from_code) if comes else (from_code, to_code)
    if comes is None or not site or site in VIRTUAL_IDS or next(iter(head_faults(draft, now, KINDS)), None):
        return None
    taken: list[PlainLine] = []
    is_priced = draft.kind in PRICED_KINDS
    for line in lines:
        if (
            line.from_code != from_code
            or line.to_code != to_code
            or line.lot
            or line.owner
            or line.unit
            or line.of
            or line.bundle is not None
            or line.from_state != AVAILABLE
            or line.to_state != AVAILABLE
            or line.is_assumed
            or line.expires_on is not None
            or line.produced_on is not None
        ):
            return None
        quantity, cost, price = line.quantity, line.unit_cost, line.unit_price
        if not (quantity.is_finite() and ZERO < quantity < _MOST):
            return None
        kept = quantity.quantize(SIX, context=_CONTEXT)
        if kept != quantity or (cost is not None and not _is_amount(cost)):
            return None
        if price is not None and not (is_priced and _is_amount(price)):
            return None
        taken.append((line.sku, kept, cost, price))
    return PlainDraft(draft.kind, site, VIRTUAL_IDS[outside], comes, draft.occurred_at or now, taken)


def load_spares(moves: Iterable[PlainMove], book: Book, *, are_all_average: bool) -> None:
    """Ask for the cost of last resort of whatever may need it, so that nothing has to be asked later."""
    if not are_all_average:
        for (_location, owner, product_id), pool in book.pools.items():
            if pool.last_cost is None and pool.average is None and owner in book.currencies:
                book.fallback(product_id, book.currencies[owner])
    for move in moves:
        for spot, _quantity, cost, _price in move.lines:
            if cost is None and spot.spare is None and spot.pool.average is None:
                spot.spare = book.fallback(spot.product_id, spot.currency)


def most_entries(moves: Collection[PlainMove]) -> int:
    """How many entries the moves may have: two a line, two more where a shortfall may be settled; see MOST_ENTRIES."""
    lines = [(move.draft.comes, spot) for move in moves for spot, *_rest in move.lines]
    may_settle = any(not comes or spot.pool.quantity < 0 for comes, spot in lines)
    most = 2 * len(lines) + sum(MOST_ENTRIES for _comes, spot in lines if not spot.is_average)
    return most + (2 * sum(comes for comes, _spot in lines) if may_settle else 0)


def touched_by(drafts: Sequence[PlainDraft]) -> dict[tuple[str, str], bool]:
    """(site, SKU) of every line, and whether any takes from there."""
    touched: dict[tuple[str, str], bool] = {}
    for draft in drafts:
        site = draft.site
        if draft.comes:
            for sku, _quantity, _cost, _price in draft.lines:
                touched.setdefault((site, sku), False)
        else:
            for sku, _quantity, _cost, _price in draft.lines:
                touched[site, sku] = True
    return touched


def _is_amount(amount: Decimal) -> bool:
    if not amount.is_finite() or amount.is_signed() or amount >= _DEAREST:
        return False
    return amount.quantize(SIX, context=_CONTEXT) == amount


def plain_shorts(move: PlainMove) -> list[Short]:
    """What `Book.shorts` finds of a plain command that is not backdated."""
    moved: dict[int, Decimal] = {}
    short: list[Short] = []
    for number, (spot, quantity, _cost, _price) in enumerate(move.lines):
        before = moved.get(spot.product_id, ZERO)
        left = spot.held.on_hand - spot.held.reserved - before
        if quantity > left:
            short.append(Short(number, quantity, left))
        moved[spot.product_id] = before + quantity
    return short


def plain_rows(
    move: PlainMove,
    movement_id: int,
    texts: RowTexts,
    book: Book,
) -> str:
    """What `Book.post` makes of the move, as rows of COPY; balances and pools change."""
    draft, outside = move.draft, move.draft.outside
    at, comes, timelines = draft.at, draft.comes, book.timelines
    tail, covered_tail = texts.tails(move.lines[0][0].currency, at)
    next_number, update, sha256 = texts.next_number, texts.entries.update, hashlib.sha256
    rows: list[str] = []
    count = 0
    for number, (spot, quantity, cost, _price) in enumerate(move.lines):
        if not spot.is_average:
            rows.append(_by_book(book, move, movement_id, number, texts))
            continue
        pool, held = spot.pool, spot.held
        spare = spot.spare or ZERO
        if comes:
            valued = pool.take_in(quantity, cost, fallback=spare)
            value, settlement = valued.value, valued.settlement
            held.on_hand += quantity
            held.value += value + settlement
        else:
            valued = pool.take_out(quantity, fallback=spare if cost is None else cost)
            value, settlement = -valued.value, ZERO
            held.on_hand -= quantity
            held.value -= value
        if held.last_occurred_at is None or at > held.last_occurred_at:
            held.last_occurred_at = at
        if held.on_hand < held.lowest:
            held.lowest, held.lowest_by = held.on_hand, movement_id
        spot.is_touched = True
        if timelines and spot.key in timelines:
            timelines[spot.key].add(at, quantity if comes else -quantity)
        out, here, covered_out, covered_here = spot.ends.get(outside) or spot.texts(outside)
        if not comes:
            out, here, covered_out, covered_here = here, out, covered_here, covered_out
        amount, worth = str(quantity), fixed(value)
        less, unit = negated(worth), fixed(valued.unit_cost)
        given, taken = next_number(), next_number()
        rows.append(
            f"{given}\t{movement_id}\t{number}{out}-{amount}\t{unit}\t{less}{tail}"
            f"{taken}\t{movement_id}\t{number}{here}{amount}\t{unit}\t{worth}{tail}"
        )
        update(
            sha256(
                f"[{given}, {movement_id}, {number}{covered_out}-{amount}, {unit}, {less}{covered_tail}".encode()
            ).digest()
            + sha256(
                f"[{taken}, {movement_id}, {number}{covered_here}{amount}, {unit}, {worth}{covered_tail}".encode()
            ).digest()
        )
        count += 2
        if settlement:
            rows.append(_settled(spot, (movement_id, number), settlement, texts, (tail, covered_tail)))
            count += 2
    texts.entry_count += count
    return "".join(rows)


def _by_book(book: Book, move: PlainMove, movement_id: int, number: int, texts: RowTexts) -> str:
    """A line of a pool in layers or at a standard, as the book posts it."""
    spot, quantity, cost, price = move.lines[number]
    draft = move.draft
    ends = (draft.outside, spot.site_id) if draft.comes else (spot.site_id, draft.outside)
    line = Line(number, spot.product_id, *ends, quantity, unit_cost=cost, unit_price=price)
    entries: list[Entry] = []
    book.posting_id = movement_id
    book.post_line(line, Move(draft.kind, draft.at, (line,)), movement_id, entries)
    return "".join([texts.entry(movement_id, draft.at, entry) for entry in entries])


def _settled(
    spot: Spot, place: tuple[int, int], settlement: Decimal, texts: RowTexts, tails: tuple[str, str]
) -> str:
    """The value without quantity, at the site and against adjustment."""
    movement_id, number = place
    out, here, covered_out, covered_here = spot.texts(ADJUSTMENT)
    worth = fixed(settlement)
    made = ""
    for end, covered, signed in ((here, covered_here, worth), (out, covered_out, negated(worth))):
        row_id = texts.next_number()
        row = f"[{row_id}, {movement_id}, {number}{covered}0.000000, null, {signed}{tails[1]}"
        texts.entries.update(hashlib.sha256(row.encode()).digest())
        made += f"{row_id}\t{movement_id}\t{number}{end}0\t\\N\t{signed}{tails[0]}"
    return made
