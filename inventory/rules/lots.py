"""Which lots a movement takes from, what becomes of lots that arrive, and which lots may not move. Pure.

First expiry first. A command is refused what it may not take; a fact stands and is remarked on.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from inventory.rules.lines import Line, LotFacts, LotRemark, Move, ProductFacts, Short
from inventory.rules.locations import ADJUSTMENT, CUSTOMER, CUSTOMS, PRODUCTION, SCRAP, SUPPLIER, TRANSIT
from inventory.rules.posting import Book
from inventory.rules.states import AVAILABLE, BLOCKED, QUARANTINE
from inventory.rules.valuation import ZERO

#: Where goods of any age may go, recalled ones too.
AWAY = frozenset({SUPPLIER, SCRAP, ADJUSTMENT})
UNKNOWN = LotFacts()


@dataclass(frozen=True, slots=True)
class LotRefusal:
    """Why a command may not move a lot: `expired_lot`, `short_life` or `recalled_lot`."""

    code: str
    line: int
    lot: str
    expires_on: date | None


@dataclass(frozen=True, slots=True)
class ByLot:
    """A move with its lots chosen, or what keeps it from being posted."""

    move: Move
    shorts: tuple[Short, ...] = ()
    refusals: tuple[LotRefusal, ...] = ()


def life_left(facts: LotFacts, product: ProductFacts, day: date) -> Decimal | None:
    """The share of its life that a lot has left on `day`, below zero once it is over; None when nobody knows.

    Its whole life is from production to expiry, else the product's shelf life.
    """
    if facts.expires_on is None:
        return None
    whole = product.shelf_life_days
    if facts.produced_on is not None:
        whole = (facts.expires_on - facts.produced_on).days
    return Decimal((facts.expires_on - day).days) / whole if whole else None


def is_expired(facts: LotFacts, day: date) -> bool:
    """Whether the last day of sale is over."""
    return facts.expires_on is not None and facts.expires_on < day


def has_too_little(facts: LotFacts, product: ProductFacts, day: date, least: Decimal | None) -> bool:
    """Whether less than the `least` share of its life is left; never without a rule."""
    left = life_left(facts, product, day)
    return least is not None and left is not None and left < least


def by_lot(book: Book, move: Move) -> ByLot:
    """`move` with a lot chosen for each line that names none of a product with lots, by the book as it stands.

    What is taken by assumption says so; several lots of one line become several lines, the added ones numbered after
    the last. What arrives recalled, expired or with too little life is set aside. `remarks` of the move tell what
    somebody should know of a fact.
    """
    if not book.has_lots:
        return ByLot(move)
    shorts: list[Short] = []
    refusals: list[LotRefusal] = []
    remarks: list[LotRemark] = []
    first: list[Line] = []
    added: list[Line] = []
    taken: dict[tuple[int, int, str, int], Decimal] = {}
    for line in move.lines:
        pieces = _spread(book, move, line, taken, shorts)
        for piece in pieces:
            _judge(book, move, piece, remarks, refusals)
        pieces = [_arriving(book, move, piece, remarks, refusals) for piece in pieces]
        first.append(pieces[0])
        added += pieces[1:]
    following = max((line.number for line in first), default=0) + 1
    lines = (*first, *(replace(piece, number=following + place) for place, piece in enumerate(added)))
    made = replace(move, lines=lines, remarks=tuple(remarks))
    return ByLot(made, tuple(shorts), tuple(refusals))


def takes_any_lot(line: Line, product: ProductFacts | None) -> bool:
    """Whether the line leaves it open which lot it takes from."""
    is_open = line.from_id > 0 and not line.lot and line.from_state == AVAILABLE
    return is_open and product is not None and product.tracks_lots


def _day(book: Book, line: Line, move: Move) -> date:
    """The local day at the real site the goods leave or come to."""
    site = line.from_id if line.from_id > 0 else line.to_id
    zone = book.zones.get(site if site > 0 else move.destination_id or 0, "UTC")
    return move.occurred_at.astimezone(ZoneInfo(zone)).date()


# -- first expiry first ----------------------------------------------------------------------------------------------


def _spread(
    book: Book, move: Move, line: Line, taken: dict[tuple[int, int, str, int], Decimal], shorts: list[Short]
) -> list[Line]:
    """The line as pieces, each of a lot. What a fact takes beyond all lots stays without one, as it always did."""
    if move.is_reversal or not takes_any_lot(line, book.products.get(line.product_id)):
        return [line]
    free = {lot: _free(book, move, line, lot, taken) for lot in _order(book, move, line)}
    total = sum((amount for lot, amount in free.items() if lot == "" or amount > 0), ZERO)
    if move.is_command and total < line.quantity:
        shorts.append(Short(line.number, line.quantity, _told(book, move, line, taken, total)))
        return [line]
    left = line.quantity
    amounts: dict[str, Decimal] = {}
    for lot, amount in free.items():
        if left > 0 and amount > 0:
            amounts[lot] = min(left, amount)
            left -= amounts[lot]
    if left:
        amounts[""] = amounts.get("", ZERO) + left
    for lot, amount in amounts.items():
        key = (line.from_id, line.product_id, lot, line.owner_id)
        taken[key] = taken.get(key, ZERO) + amount
    return [
        replace(line, lot=lot, quantity=amount, is_assumed=bool(lot), piece_of=line.number)
        for lot, amount in amounts.items()
    ]


def _told(
    book: Book, move: Move, line: Line, taken: dict[tuple[int, int, str, int], Decimal], total: Decimal
) -> Decimal:
    """What a refusal says is available: of a line that comes to a site all there is, if that is too little as well."""
    lots = _order(book, move, replace(line, to_id=TRANSIT)) if line.to_id > 0 else []
    amounts = [(lot, _free(book, move, line, lot, taken)) for lot in lots]
    whole = sum((amount for lot, amount in amounts if lot == "" or amount > 0), ZERO)
    return whole if total < whole < line.quantity else total


def _free(
    book: Book, move: Move, line: Line, lot: str, taken: dict[tuple[int, int, str, int], Decimal]
) -> Decimal:
    """What the line may take of a lot: what is there from its moment on, for a command less what is promised."""
    held = book.balances[line.from_id, line.product_id, lot, AVAILABLE, line.owner_id]
    there = held.on_hand
    timeline = book.timelines.get((line.from_id, line.product_id, lot, AVAILABLE, line.owner_id))
    if timeline is not None:
        there = min(there, timeline.lowest_from(move.occurred_at))
    promised = held.reserved if move.is_command else ZERO
    return there - promised - taken.get((line.from_id, line.product_id, lot, line.owner_id), ZERO)


def _order(book: Book, move: Move, line: Line) -> list[str]:
    """Lots in the order in which they are taken; "" is what lies there without a lot.

    An adjustment corrects what has no lot first. Expired lots go last into a fact, never into a command that sends goods
    to people or sites, and first into what is thrown away or sent back.
    """
    day = _day(book, line, move)
    held = book.lots_at.get((line.from_id, line.product_id, line.owner_id), ())
    lots = sorted((lot for lot in held if _has_room(book, line, lot)), key=_by_expiry(book, line))
    if line.to_id == ADJUSTMENT:
        return ["", *lots]
    if line.to_id in AWAY or line.from_id == line.to_id:
        return [*lots, ""]
    facts = {lot: book.lots.get((line.product_id, lot), UNKNOWN) for lot in lots}
    product = book.products[line.product_id]
    good = [lot for lot in lots if not is_expired(facts[lot], day) and not facts[lot].is_recalled]
    if not move.is_command:
        return [*good, *(lot for lot in lots if lot not in set(good)), ""]
    if line.to_id == CUSTOMER:
        good = [
            lot for lot in good if not has_too_little(facts[lot], product, day, product.sale_life_fraction)
        ]
    return [*good, ""]


def _has_room(book: Book, line: Line, lot: str) -> bool:
    """Whether the row the lot would come to is in the book: lots that come to a site are chosen before it is opened."""
    return line.to_id <= 0 or replace(line, lot=lot).to_key in book.balances


def _by_expiry(book: Book, line: Line) -> Callable[[str], tuple[date, str]]:
    def key(lot: str) -> tuple[date, str]:
        return (book.lots.get((line.product_id, lot), UNKNOWN).expires_on or date.max, lot)

    return key


def asked_lines(move: Move) -> list[Line]:
    """The lines as they were asked for: what was posted as several lots is one again, of the first one."""
    whole: dict[int, Line] = {}
    for line in move.lines:
        before = whole.get(line.asked_number)
        if before is None or line.piece_of is None:
            whole[line.asked_number] = line
        else:
            whole[line.asked_number] = replace(before, quantity=before.quantity + line.quantity)
    return list(whole.values())


def lots_to_take(
    held: Iterable[tuple[str, date | None, Decimal]], quantity: Decimal
) -> list[tuple[str, Decimal]]:
    """(lot, quantity) by first expiry out of (lot, expires_on, free); what is beyond them has the lot "".

    For proposals, where nothing is locked.
    """
    parts: list[tuple[str, Decimal]] = []
    left = quantity
    for lot, _expires_on, free in sorted(held, key=lambda one: (one[1] or date.max, one[0])):
        part = min(left, free)
        if part > 0:
            parts.append((lot, part))
            left -= part
    return [*parts, ("", left)] if left else parts


# -- what arrives, what may not move ---------------------------------------------------------------------------------


def _arriving(
    book: Book, move: Move, line: Line, remarks: list[LotRemark], refusals: list[LotRefusal]
) -> Line:
    """The line with what arrives set aside where a rule says so."""
    if line.to_id <= 0 or line.to_state != AVAILABLE:
        return line
    product = book.products.get(line.product_id)
    if not line.lot:
        if product is not None and product.tracks_lots and move.kind == "receipt":
            remarks.append(_remark("no_lot", line, line.to_id, UNKNOWN))
        return line
    facts = book.lots.get((line.product_id, line.lot), UNKNOWN)
    if line.expires_on is not None and facts.expires_on not in (None, line.expires_on):
        remarks.append(_remark("other_expiry", line, line.to_id, facts))
    code, state = _aside(move, line, facts, product or ProductFacts(), _day(book, line, move))
    if not state:
        return line
    if line.from_id == line.to_id:
        refusals.append(LotRefusal(f"{code}_lot", line.asked_number, line.lot, facts.expires_on))
        return line
    remarks.append(_remark(code, line, line.to_id, facts))
    aside = replace(line, to_state=state)
    return aside if aside.to_key in book.balances else line


def _aside(move: Move, line: Line, facts: LotFacts, product: ProductFacts, day: date) -> tuple[str, str]:
    """(why, state) for what arrives of a lot; ("", "") when it is fine. What a count finds stays where it was found."""
    if facts.is_recalled:
        return "recalled", BLOCKED
    if move.is_reversal or line.from_id in (ADJUSTMENT, PRODUCTION):
        return "", ""
    if is_expired(facts, day):
        return "expired", QUARANTINE
    if line.from_id == SUPPLIER and has_too_little(facts, product, day, product.receipt_life_fraction):
        return "short_life", QUARANTINE
    return "", ""


def _judge(book: Book, move: Move, line: Line, remarks: list[LotRemark], refusals: list[LotRefusal]) -> None:
    """Whether the lot may leave its site like this: refused to a command, remarked on for a fact."""
    if line.from_id <= 0 or not line.lot or line.to_id in AWAY or line.from_id == line.to_id:
        return
    if move.is_reversal:
        return
    facts = book.lots.get((line.product_id, line.lot), UNKNOWN)
    product = book.products.get(line.product_id, ProductFacts())
    code = _why_not(line, facts, product, _day(book, line, move))
    if not code:
        return
    if move.is_command:
        word = code if code == "short_life" else f"{code}_lot"
        refusals.append(LotRefusal(word, line.asked_number, line.lot, facts.expires_on))
    else:
        remarks.append(_remark(code, line, line.from_id, facts))


def _why_not(line: Line, facts: LotFacts, product: ProductFacts, day: date) -> str:
    is_for_use = line.to_id in (CUSTOMER, PRODUCTION)
    if facts.is_recalled and (is_for_use or line.from_state == AVAILABLE):
        return "recalled"
    if line.from_state != AVAILABLE and not is_for_use:
        return ""
    if is_expired(facts, day) and (
        is_for_use or line.to_state == AVAILABLE or line.to_id in (TRANSIT, CUSTOMS)
    ):
        return "expired"
    if line.to_id == CUSTOMER and has_too_little(facts, product, day, product.sale_life_fraction):
        return "short_life"
    return ""


def _remark(code: str, line: Line, site_id: int, facts: LotFacts) -> LotRemark:
    return LotRemark(
        code, line.asked_number, line.product_id, site_id, line.lot, line.quantity, facts.expires_on
    )
