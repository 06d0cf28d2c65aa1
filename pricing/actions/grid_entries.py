"""What is typed or pasted into the price grid, taken into the person's draft cell by cell."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from lib import clock
from lib.actors import Actor
from lib.faults import refuse
from lib.money import minor_unit
from pricing.actions.drafting import (
    ChangeDraft,
    LineDraft,
    create_change,
    evaluate_change,
    put_lines,
    remove_lines,
)
from pricing.models import PriceChange
from pricing.queries.grid import list_cells, margin_book
from pricing.queries.lines import line_rows
from pricing.queries.list_book import price_list_book
from pricing.queries.market import product_facts
from pricing.queries.market_cells import market_cells
from pricing.rules.formulas import (
    BadFormula,
    Formula,
    MarginFacts,
    NoCompetitor,
    NoMargin,
    apply_formula,
    read_formula,
)
from pricing.rules.resolution import ListFacts
from pricing.rules.typed import read_typed

MAX_ENTRIES = 20_000
NO_FACTS = MarginFacts(None)
#: Formulas that need no price to start from.
WITHOUT_PRESENT = ("set", "margin", "market_percent", "market_add")


@dataclass(frozen=True)
class Entry:
    """One cell: list code, SKU and what was typed; "" takes the line out of the draft."""

    price_list: str
    sku: str
    typed: str = ""


@dataclass(frozen=True)
class Entered:
    """What became of an entry. status: taken, cleared (no line now), refused with a code."""

    entry: Entry
    status: str
    amount: str = ""
    code: str = ""
    detail: str = ""


@dataclass(frozen=True)
class EntriesTaken:
    """The draft (None as long as nothing was taken) and one answer per entry, in order."""

    change: PriceChange | None
    entered: list[Entered]


@dataclass(frozen=True)
class _Sheet:
    """What is read once for all entries of a request."""

    lists: dict[str, ListFacts]
    products: dict[str, int]
    live: dict[tuple[int, str], Decimal]
    asked: frozenset[str] = frozenset()

    def live_amount(self, entry: Entry) -> Decimal | None:
        return self.live.get((self.products.get(entry.sku, 0), entry.price_list))


@transaction.atomic
def enter_prices(*, actor: Actor, draft_id: int | None, entries: Sequence[Entry], title: str) -> EntriesTaken:
    """Take each good entry into the draft (made when there is none), refuse the others one by one.

    An entry equal to the live price takes its line out. Raises Faults 413, 403, 409 `wrong_state`.
    Locks: the draft. Records: what drafting records. Allowed: `prices.edit`, on one's own draft.
    """
    _check(actor, draft_id, entries)
    sheet = _sheet(entries, clock.now())
    entered = [_read(entry, sheet) for entry in entries]
    return _store(actor, draft_id, entered, title)


@transaction.atomic
def enter_formula(
    *, actor: Actor, draft_id: int | None, entries: Sequence[Entry], formula: str, title: str
) -> EntriesTaken:
    """Work `formula` out on each cell's present amount (the draft's, else the live one) and take the results.

    What goes by the competitors' prices leaves cells without one alone (`no_competitor`) and keeps the list's ending
    unless it names one.
    Raises Faults 422 `bad_formula`, and as `enter_prices`.
    Locks, Records, Allowed: as `enter_prices`.
    """
    _check(actor, draft_id, entries)
    try:
        parsed = read_formula(formula)
    except BadFormula as error:
        raise refuse(
            "bad_formula", f"“{formula[:60]}” is no formula the grid knows.", pointer="/formula"
        ) from error
    now = clock.now()
    sheet = _sheet(entries, now)
    drafted = _drafted(draft_id, entries)
    weighed = _weights(parsed, sheet, now)
    entered = []
    for entry in entries:
        present = drafted.get((entry.price_list, entry.sku), sheet.live_amount(entry))
        one = sheet.lists.get(entry.price_list)
        if one is None or (present is None and parsed.kind not in WITHOUT_PRESENT):
            entered.append(Entered(entry, "refused", code="no_price_yet"))
            continue
        ended = parsed.is_of_market and parsed.ends_in is None
        meant = replace(parsed, ends_in=one.ends_in) if ended else parsed
        try:
            amount = apply_formula(meant, present or Decimal(0), one.currency, weighed(entry, one))
        except NoMargin:
            entered.append(Entered(entry, "refused", code="no_margin"))
        except NoCompetitor:
            entered.append(Entered(entry, "refused", code="no_competitor"))
        else:
            entered.append(_read(replace(entry, typed=f"{amount:f}"), sheet))
    return _store(actor, draft_id, entered, title)


def _weights(formula: Formula, sheet: _Sheet, now: datetime) -> Callable[[Entry, ListFacts], MarginFacts]:
    """What a formula weighs a cell against: costs and taxes, or competitors; nothing is read for the others."""
    ids = list(sheet.products.values())
    if formula.kind == "margin":
        book = margin_book(ids, now)
        return lambda entry, one: book.of(sheet.products.get(entry.sku, 0), one.id)
    if not formula.is_of_market:
        return lambda entry, one: NO_FACTS
    asked = [one for one in sheet.lists.values() if one.code in sheet.asked]
    cells = market_cells(ids, asked, now)

    def beside(entry: Entry, one: ListFacts) -> MarginFacts:
        seen = cells.get((sheet.products.get(entry.sku, 0), one.code))
        return replace(NO_FACTS, competitor_amount=seen.amount) if seen else NO_FACTS

    return beside


def _check(actor: Actor, draft_id: int | None, entries: Sequence[Entry]) -> None:
    if not actor.may("prices.edit"):
        raise refuse("not_allowed", "Your role does not edit prices.", status=403)
    if len(entries) > MAX_ENTRIES:
        raise refuse("too_many", f"Up to {MAX_ENTRIES:,} cells at once.", pointer="/cells", status=413)
    if draft_id is not None:
        found = PriceChange.objects.select_for_update().filter(pk=draft_id, prepared_by_id=actor.id).first()
        if found is None or found.state != PriceChange.State.DRAFT:
            raise refuse("wrong_state", "This draft is no longer open to you.", pointer="/draft", status=409)


def _sheet(entries: Sequence[Entry], now: datetime) -> _Sheet:
    lists = {facts.code: facts for facts in price_list_book().values()}
    products = {sku: facts.id for sku, facts in product_facts({entry.sku for entry in entries}).items()}
    wanted = {lists[entry.price_list].id for entry in entries if entry.price_list in lists}
    cells = list_cells(list(products.values()), list(wanted), now)
    live = {place: cell.amount for place, cell in cells.items()}
    return _Sheet(lists, products, live, frozenset(entry.price_list for entry in entries))


def _drafted(draft_id: int | None, entries: Sequence[Entry]) -> dict[tuple[str, str], Decimal]:
    if draft_id is None:
        return {}
    lines = line_rows(draft_id, {entry.sku for entry in entries})
    return {(line.price_list, line.sku): line.amount for line in lines if line.amount is not None}


def _read(entry: Entry, sheet: _Sheet) -> Entered:
    """Taken with its amount, cleared, or refused."""
    facts = sheet.lists.get(entry.price_list)
    if facts is None:
        return Entered(entry, "refused", code="unknown_price_list")
    if entry.sku not in sheet.products:
        return Entered(entry, "refused", code="unknown_sku")
    if not entry.typed.strip():
        return Entered(entry, "cleared")
    read = read_typed(entry.typed, minor_unit(facts.currency))
    if read.code:
        return Entered(entry, "refused", code=read.code)
    if Decimal(read.amount) == sheet.live_amount(entry):
        return Entered(entry, "cleared", amount=read.amount)
    return Entered(entry, "taken", amount=read.amount)


def _store(actor: Actor, draft_id: int | None, entered: list[Entered], title: str) -> EntriesTaken:
    taken = [index for index, one in enumerate(entered) if one.status == "taken"]
    if draft_id is None:
        if not taken:
            return EntriesTaken(None, entered)
        draft_id = create_change(actor=actor, draft=ChangeDraft(title=title)).pk
    cleared = [
        (one.entry.price_list, one.entry.sku, Decimal(1)) for one in entered if one.status == "cleared"
    ]
    if cleared:
        remove_lines(actor=actor, change_id=draft_id, keys=cleared)
    if taken:
        lines = [_line(entered[index]) for index in taken]
        put = put_lines(actor=actor, change_id=draft_id, lines=lines, partial=True)
        for fault in put.faults:
            index = taken[int(fault.pointer.split("/")[2])]
            entered[index] = replace(entered[index], status="refused", code=fault.code, detail=fault.detail)
    return EntriesTaken(evaluate_change(actor=actor, change_id=draft_id), entered)


def _line(one: Entered) -> LineDraft:
    return LineDraft(price_list=one.entry.price_list, sku=one.entry.sku, amount=one.amount)
