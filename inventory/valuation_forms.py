"""The forms of values: a head, charges and receipts, pairs with amounts; read like the REST bodies."""

from collections.abc import Collection
from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import QueryDict

from inventory.actions.costing_methods import Standard
from inventory.actions.landed_costs import Charge, LandedDraft, LandedOn
from inventory.actions.revaluations import RevaluationDraft, Wish
from inventory.queries.valuation import receipt_lines
from inventory.transfers_forms import words
from lib.faults import Fault, Faults

CHARGES = 3
RECEIPTS = 4
PAIRS = 6


def _amount(text: str, pointer: str, faults: list[Fault]) -> Decimal | None:
    clean = text.strip().replace("\N{MINUS SIGN}", "-")
    if not clean:
        return None
    try:
        return Decimal(clean)
    except InvalidOperation:
        faults.append(Fault(pointer, "invalid_amount", f"{clean[:30]!r} is not a number."))
        return None


def _columns(data: QueryDict, *names: str) -> list[tuple[str, ...]]:
    """The rows of a form's table; empty ones are left out."""
    columns = [[value.replace("\x00", "").strip() for value in data.getlist(name)] for name in names]
    return [row for row in zip(*columns, strict=False) if row[0]]


def landed_from(data: QueryDict, visible: Collection[int] | None) -> LandedDraft:
    """The draft of a posted form; a receipt is named by its reference or number. Raises Faults 422."""
    faults: list[Fault] = []
    charges = []
    for number, (amount, kind, currency) in enumerate(_columns(data, "amount", "kind", "currency")):
        figure = _amount(amount, f"/charges/{number}/amount", faults)
        charges.append(Charge(kind, figure if figure is not None else Decimal(0), currency.upper()))
    draft = LandedDraft(
        words(data, "reference", 64),
        words(data, "reason"),
        words(data, "basis", 8),
        tuple(charges),
        _receipts(data, visible, faults),
    )
    if faults:
        raise Faults(faults)
    return draft


def _receipts(data: QueryDict, visible: Collection[int] | None, faults: list[Fault]) -> tuple[LandedOn, ...]:
    receipts: dict[int, None] = {}
    for number, (name,) in enumerate(_columns(data, "receipt")):
        found = receipt_lines(reference=name[:64], visible=visible)
        if not found and name.isdecimal() and len(name) < 19:
            found = receipt_lines([int(name)], visible=visible)
        if not found:
            detail = f"There is no posted receipt {name[:64]!r}."
            faults.append(Fault(f"/lines/{number}/receipt", "unknown_receipt", detail))
        for line in found:
            receipts[line.receipt_id] = None
    return tuple(map(LandedOn, receipts))


def revaluation_from(data: QueryDict) -> RevaluationDraft:
    """The draft of a posted form; empty lines are left out. Raises Faults 422."""
    faults: list[Fault] = []
    wishes = []
    for number, (sku, amount, cost) in enumerate(_columns(data, "sku", "amount", "unit_cost")):
        wishes.append(
            Wish(
                words(data, "site", 64),
                sku[:64],
                _amount(amount, f"/lines/{number}/amount", faults),
                _amount(cost, f"/lines/{number}/unit_cost", faults),
            )
        )
    draft = RevaluationDraft(words(data, "reference", 64), words(data, "reason"), tuple(wishes))
    if faults:
        raise Faults(faults)
    return draft


def standard_from(data: QueryDict) -> Standard:
    """One standard cost from now on. Raises Faults 422."""
    faults: list[Fault] = []
    amount = _amount(words(data, "amount", 40), "/rows/0/amount", faults)
    if faults:
        raise Faults(faults)
    return Standard(words(data, "sku", 64), words(data, "currency", 3).upper(), amount or Decimal(0))


def typed_rows(data: QueryDict, names: Collection[str], least: int) -> list[dict[str, Any]]:
    """The rows of a form's table as they were typed, with empty ones up to `least`."""
    columns = {name: data.getlist(name) for name in names}
    count = max(least, *(len(column) for column in columns.values()))
    return [
        {name: column[place] if place < len(column) else "" for name, column in columns.items()}
        for place in range(count)
    ]
