"""What a customs declaration must say, what a line still allows, and when a consignment is late. Pure."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from inventory.rules.drafts import MAX_LOT
from lib.faults import Fault
from lib.money import amount_fault
from lib.quantities import quantity_fault

ZERO = Decimal(0)
MAX_LINES = 500
#: How long the authority may hold goods before somebody is told.
HELD_DAYS = 5
_HS_CODE = re.compile(r"\d{6,10}")
_HS_PREFIX = re.compile(r"\d{2,10}")
_COUNTRY = re.compile(r"[A-Z]{2}")
OPEN_STATES = ("declared", "held", "cleared")


@dataclass(frozen=True, slots=True)
class DeclaredLine:
    """A product as it is declared. hs_code, origin_country: "" for what the product says. value: of the whole line."""

    sku: str
    quantity: Decimal
    value: Decimal
    lot: str = ""
    hs_code: str = ""
    origin_country: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """How much of a line a step is about."""

    sku: str
    quantity: Decimal
    lot: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """A line's quantities."""

    declared: Decimal
    arrived: Decimal
    cleared: Decimal
    held: Decimal
    refused: Decimal
    destroyed: Decimal

    @property
    def to_come(self) -> Decimal:
        return self.declared - self.arrived

    @property
    def free(self) -> Decimal:
        """At customs and held by nobody: it may be cleared."""
        return self.at_customs - self.held

    @property
    def at_customs(self) -> Decimal:
        return self.arrived - self.cleared - self.refused - self.destroyed


def bare_hs(code: str) -> str:
    """An HS code without its dots and blanks."""
    return re.sub(r"[.\s]", "", code)


def is_hs_prefix(code: str) -> bool:
    """2 to 10 digits."""
    return bool(_HS_PREFIX.fullmatch(code))


def is_country(code: str) -> bool:
    """Two capital letters."""
    return bool(_COUNTRY.fullmatch(code))


def declared_faults(lines: Sequence[DeclaredLine], known: Collection[str], currency: str) -> list[Fault]:
    """Every fault of the lines, codes filled in from the products; known: the SKUs that exist."""
    faults: list[Fault] = []
    if not lines:
        faults.append(Fault("/lines", "no_lines", "Say which goods."))
    if len(lines) > MAX_LINES:
        faults.append(Fault("/lines", "too_many_lines", f"At most {MAX_LINES} lines at a time."))
    seen: set[tuple[str, str]] = set()
    for number, line in enumerate(lines[:MAX_LINES]):
        at = f"/lines/{number}"
        if line.sku not in known:
            faults.append(Fault(f"{at}/sku", "unknown_sku", f"There is no product {line.sku!r}."))
        faults += quantity_faults(at, line.quantity)
        if wrong := amount_fault(line.value, currency):
            faults.append(Fault(f"{at}/value", "invalid_amount", f"The customs value is {wrong}."))
        if not _HS_CODE.fullmatch(line.hs_code):
            detail = f"{line.sku}: an HS code has 6 to 10 digits."
            faults.append(Fault(f"{at}/hs_code", "invalid_hs_code", detail))
        if not is_country(line.origin_country):
            detail = f"{line.sku}: the country of origin is two letters."
            faults.append(Fault(f"{at}/origin_country", "invalid_country", detail))
        if len(line.lot) > MAX_LOT:
            faults.append(Fault(f"{at}/lot", "too_long", f"A lot has up to {MAX_LOT} characters."))
        if (line.sku, line.lot) in seen:
            faults.append(Fault(f"{at}/sku", "duplicate_sku", f"{line.sku} stands in two lines."))
        seen.add((line.sku, line.lot))
    return faults


def quantity_faults(at: str, quantity: Decimal) -> list[Fault]:
    """The fault of a quantity that is not above zero or does not fit."""
    if quantity_fault(quantity) or quantity <= 0:
        detail = "The quantity is above zero, with up to 12 integer and 6 fraction digits."
        return [Fault(f"{at}/quantity", "invalid_quantity", detail)]
    return []


def state_of(lines: Collection[Figures]) -> str:
    """The state of a declared consignment by its lines."""
    if any(line.held for line in lines):
        return "held"
    is_settled = all(not line.to_come and not line.at_customs for line in lines)
    return "cleared" if is_settled else "declared"


def late_at(*, arrives_on: date, clears_on: date, lines: Collection[Figures], today: date) -> str:
    """ "arrival" or "clearance" when its day has passed and it is not done, else ""."""
    if any(line.to_come for line in lines) and arrives_on < today:
        return "arrival"
    if any(line.to_come or line.at_customs for line in lines) and clears_on < today:
        return "clearance"
    return ""


def is_held_too_long(held_since: datetime | None, at: datetime) -> bool:
    """Whether goods are held longer than `HELD_DAYS`."""
    return held_since is not None and at - held_since > timedelta(days=HELD_DAYS)


def period_of(day: date, period: str) -> tuple[date, date]:
    """First and last day of the month or year of `day`, the day itself otherwise."""
    if period == "year":
        return date(day.year, 1, 1), date(day.year, 12, 31)
    if period == "month":
        following = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
        return day.replace(day=1), following - timedelta(days=1)
    return day, day
