"""What a caller asks to post, and what is wrong with it before anything is looked up. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from inventory.rules.locations import (
    CUSTOMS,
    KINDS,
    PRICED_KINDS,
    SUPPLIER,
    TRANSIT,
    VIRTUAL_IDS,
    has_route,
    routes_text,
)
from inventory.rules.states import AVAILABLE, STATES
from lib.faults import Fault
from lib.quantities import quantity_fault

MAX_LINES = 10_000
MAX_FUTURE = timedelta(minutes=5)
MAX_REFERENCE = 64
MAX_REASON = 500
MAX_LOT = 64
COST_DIGITS = 14
_ANY_SITE = 1


@dataclass(frozen=True, slots=True)
class PartOf:
    """The bundle a line is a part of, as it was asked for. place: the number of the line that asked for it.

    unit_price: what one bundle cost the customer; figures of sales count the bundle, not its parts.
    """

    sku: str
    quantity: Decimal
    place: int
    unit_price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class LineDraft:
    """One line as asked for: codes, not ids. owner: a supplier's code, "" for our own goods.

    quantity: in base units. unit, in_units: what the caller gave it in ("box:12") and how many of those, "" and None for
    the base unit; until it is converted (`actions.spelling`) quantity is what was given. bundle: whose part it is.
    of: the reference of the sale that a return gives back, so that it comes in at what it left at.
    """

    sku: str
    from_code: str
    to_code: str
    quantity: Decimal
    lot: str = ""
    unit_cost: Decimal | None = None
    unit_price: Decimal | None = None
    from_state: str = AVAILABLE
    to_state: str = AVAILABLE
    owner: str = ""
    expires_on: date | None = None
    is_assumed: bool = False
    produced_on: date | None = None
    unit: str = ""
    in_units: Decimal | None = None
    bundle: PartOf | None = None
    of: str = ""


@dataclass(frozen=True, slots=True)
class MovementDraft:
    """A movement as asked for. occurred_at: None for now; destination: a site's code or "".

    contributors: users who had a hand in it beside who posts it (who counted); none of them approves it.
    """

    reference: str
    kind: str
    lines: tuple[LineDraft, ...]
    occurred_at: datetime | None = None
    destination: str = ""
    reason: str = ""
    source: str = "api"
    contributors: tuple[int, ...] = ()


def location_number(code: str) -> int:
    """The number of a virtual location's code; any site's code counts as a site."""
    return VIRTUAL_IDS.get(code, _ANY_SITE)


def draft_faults(draft: MovementDraft, now: datetime, kinds: Sequence[str] = KINDS) -> list[Fault]:
    """Every fault of `draft` that shows without a look-up, each with its pointer and code."""
    faults = list(head_faults(draft, now, kinds))
    if draft.kind not in kinds:
        return faults
    for number, line in enumerate(draft.lines):
        faults += _line_faults(draft, line, f"/lines/{number}")
    return faults


def head_faults(draft: MovementDraft, now: datetime, kinds: Sequence[str]) -> Iterable[Fault]:
    if not draft.reference.strip() or len(draft.reference) > MAX_REFERENCE:
        yield Fault("/reference", "invalid_reference", f"A reference has 1 to {MAX_REFERENCE} characters.")
    if draft.kind not in kinds:
        yield Fault("/kind", "invalid_kind", f"The kinds are {', '.join(kinds)}.")
    if len(draft.reason) > MAX_REASON:
        yield Fault("/reason", "too_long", f"A reason has up to {MAX_REASON} characters.")
    if not draft.lines:
        yield Fault("/lines", "no_lines", "A movement has at least one line.")
    if len(draft.lines) > MAX_LINES:
        yield Fault("/lines", "too_many_lines", f"A movement has at most {MAX_LINES} lines.")
    if draft.occurred_at is not None:
        if draft.occurred_at.tzinfo is None:
            yield Fault("/occurred_at", "naive_time", "A time needs an offset.")
        elif draft.occurred_at > now + MAX_FUTURE:
            yield Fault(
                "/occurred_at", "in_future", "Goods cannot have moved later than in 5 minutes from now."
            )


def _line_faults(draft: MovementDraft, line: LineDraft, at: str) -> Iterable[Fault]:
    problem = quantity_fault(line.quantity)
    if problem:
        yield Fault(f"{at}/quantity", "invalid_quantity", f"The quantity is {_is(problem)}.")
    elif line.quantity <= 0:
        yield Fault(f"{at}/quantity", "invalid_quantity", "The quantity must be above zero.")
    for name, amount in (("unit_cost", line.unit_cost), ("unit_price", line.unit_price)):
        if amount is not None and (wrong := cost_fault(amount)):
            yield Fault(f"{at}/{name}", "invalid_amount", f"The amount is {_is(wrong)}.")
    if line.unit_price is not None and draft.kind not in PRICED_KINDS:
        yield Fault(f"{at}/unit_price", "not_a_sale", "Only sales and returns have a price paid.")
    if line.of and draft.kind != "return":
        yield Fault(f"{at}/of", "not_a_return", "Only a return names the sale it gives back.")
    if len(line.of) > MAX_REFERENCE:
        yield Fault(f"{at}/of", "too_long", f"A reference has up to {MAX_REFERENCE} characters.")
    if len(line.lot) > MAX_LOT:
        yield Fault(f"{at}/lot", "too_long", f"A lot has up to {MAX_LOT} characters.")
    if line.expires_on is not None and line.produced_on is not None and line.expires_on < line.produced_on:
        detail = "A lot expires on the day it was produced or later."
        yield Fault(f"{at}/expires_on", "expires_before_production", detail)
    yield from _state_faults(draft, line, at)
    if line.from_code == line.to_code:
        if not _is_state_change(draft, line):
            detail = "Goods move between two different locations, or by a transfer from one state to another."
            yield Fault(f"{at}/to", "same_location", detail)
        return
    numbers = (location_number(line.from_code), location_number(line.to_code))
    route = (2 if numbers == (_ANY_SITE, _ANY_SITE) else numbers[0], numbers[1])
    if not has_route(draft.kind, *route):
        yield Fault(
            at, "invalid_route", f"A movement of kind {draft.kind} goes from {routes_text(draft.kind)}."
        )
    elif not draft.destination and (
        TRANSIT in numbers and numbers != (TRANSIT, _ANY_SITE) or numbers in _HELD_NOWHERE
    ):
        yield Fault("/destination", "destination_required", "Say for which site the goods are on their way.")


def _is_state_change(draft: MovementDraft, line: LineDraft) -> bool:
    is_site = location_number(line.from_code) == _ANY_SITE
    return is_site and draft.kind == "transfer" and line.from_state != line.to_state


def _state_faults(draft: MovementDraft, line: LineDraft, at: str) -> Iterable[Fault]:
    """Only a real site has states and goods of others; what is sold was available."""
    for name, code, state in (
        ("from_state", line.from_code, line.from_state),
        ("to_state", line.to_code, line.to_state),
    ):
        if state not in STATES:
            yield Fault(f"{at}/{name}", "invalid_state", f"The states are {', '.join(STATES)}.")
        elif state != AVAILABLE and location_number(code) != _ANY_SITE:
            yield Fault(f"{at}/{name}", "invalid_state", "Only at a site are goods set aside.")
    if draft.kind == "sale" and line.from_state != AVAILABLE:
        yield Fault(f"{at}/from_state", "invalid_state", "What is sold was available.")
    if line.owner and {location_number(line.from_code), location_number(line.to_code)} & {TRANSIT, CUSTOMS}:
        yield Fault(f"{at}/owner", "owner_in_transit", "Goods of others move from site to site directly.")
    if line.owner and line.unit_cost is not None:
        yield Fault(f"{at}/unit_cost", "not_ours", "Goods of others are counted, not valued.")


_HELD_NOWHERE = frozenset({(SUPPLIER, CUSTOMS), (CUSTOMS, SUPPLIER), (CUSTOMS, VIRTUAL_IDS["scrap"])})


def cost_fault(amount: Decimal) -> str:
    """Why `amount` cannot be a unit cost or price paid, or "": finite, not negative, 14 integer and 6 fraction digits."""
    if not amount.is_finite():
        return "not a finite number"
    if amount < 0:
        return "below zero"
    exponent = amount.normalize().as_tuple().exponent
    if isinstance(exponent, int) and -exponent > 6:
        return "more than 6 decimals"
    return f"more than {COST_DIGITS} integer digits" if amount.adjusted() >= COST_DIGITS else ""


def _is(problem: str) -> str:
    return f"of {problem}" if problem.startswith("more") else problem
