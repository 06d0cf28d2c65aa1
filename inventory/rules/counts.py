"""Counting without the database: the phone's clock, tolerances, and where a difference is taken from. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

ZERO = Decimal(0)
#: A phone is believed up to this; what the way here takes looks like a slow clock too.
LATENCY = timedelta(seconds=20)
#: Beyond this nothing is known about when a phone counted.
MAX_SKEW = timedelta(hours=1)
#: How long a phone may keep lines before they are handed in.
MAX_KEPT = timedelta(days=7)
MAX_SCANS = 500
MAX_ROUNDS = 9
MAX_PLACE = 32
OPEN_STATES = ("planned", "counting", "submitted", "recount", "review", "pending", "signing")
#: States in which what was counted is not in the book yet.
UNSETTLED = ("counting", "submitted", "recount", "review", "pending")
#: States in which a blind count shows nothing of the book.
HIDDEN = ("planned", "counting", "submitted", "recount")


def skew_of(sent_at: datetime, received_at: datetime) -> timedelta:
    """How far a phone's clock was behind ours when it sent; zero when the way here explains it."""
    skew = received_at - sent_at
    return timedelta(0) if timedelta(0) <= skew <= LATENCY else skew


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a count may differ: fractions of the book, and values; None: no limit."""

    over: Decimal | None = None
    under: Decimal | None = None
    value_over: Decimal | None = None
    value_under: Decimal | None = None

    def is_beyond(self, book: Decimal, difference: Decimal, value: Decimal | None) -> bool:
        """Whether the difference passes any limit. Of a book of zero or less any difference passes a fraction."""
        if not difference:
            return False
        fraction, most = (self.over, self.value_over) if difference > 0 else (self.under, self.value_under)
        if fraction is not None and abs(difference) > fraction * max(book, ZERO):
            return True
        return most is not None and value is not None and abs(value) > most


@dataclass(frozen=True, slots=True)
class Tolerance:
    """One row of limits: of a product, a class ("" for none), or of everything; of one site or of all."""

    limits: Limits
    product_id: int | None = None
    abc_class: str = ""
    is_of_site: bool = False


class Tolerances:
    """Limits as the levels say: quantity by product, class, header; value by class, header; a site's own row first."""

    def __init__(self, rows: Iterable[Tolerance]) -> None:
        self._rows: dict[tuple[int | None, str], list[Tolerance]] = {}
        for row in rows:
            self._rows.setdefault((row.product_id, row.abc_class), []).append(row)
        for rows_of_level in self._rows.values():
            rows_of_level.sort(key=lambda row: not row.is_of_site)

    def limits_for(self, product_id: int, abc_class: str) -> Limits:
        """Each limit from the narrowest level that has it."""
        class_level = [(None, abc_class or "C"), (None, "")]
        return Limits(
            over=self._first("over", [(product_id, ""), *class_level]),
            under=self._first("under", [(product_id, ""), *class_level]),
            value_over=self._first("value_over", class_level),
            value_under=self._first("value_under", class_level),
        )

    def _first(self, name: str, levels: Sequence[tuple[int | None, str]]) -> Decimal | None:
        for level in levels:
            for row in self._rows.get(level, ()):
                found: Decimal | None = getattr(row.limits, name)
                if found is not None:
                    return found
        return None


@dataclass(frozen=True, slots=True)
class Held:
    """What the book holds of a lot and owner, where a difference may be taken from."""

    lot: str
    owner: str
    on_hand: Decimal


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a difference: signed, for one lot and owner."""

    lot: str
    owner: str
    quantity: Decimal


def spread(difference: Decimal, lot: str, held: Sequence[Held]) -> list[Part]:
    """The difference over the lots and owners that the book holds, in the order given; all parts sum to it.

    More than the book goes to the lot counted, or with no lot said to the first one held. What is missing is taken from
    each as far as it goes; the rest, which nothing holds, stays with the lot counted.
    """
    usable = [row for row in held if not lot or row.lot == lot]
    if difference >= 0:
        own = [row for row in usable if not row.owner and row.on_hand > 0]
        return [Part(own[0].lot if own else lot, "", difference)] if difference else []
    left, parts = -difference, []
    for row in usable:
        taken = min(left, row.on_hand)
        if taken > 0:
            parts.append(Part(row.lot, row.owner, -taken))
            left -= taken
    if left:
        parts.append(Part(lot, "", -left))
    return parts
