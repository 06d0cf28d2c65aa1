"""The movement entry form: a head and lines, read like the REST body."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import QueryDict

from inventory.rules.drafts import LineDraft, MovementDraft
from inventory.rules.states import AVAILABLE
from lib.faults import Fault, Faults

LINES = 12


def movement_from(data: QueryDict) -> MovementDraft:
    """The draft of a posted form; empty lines are left out. Raises Faults 422: a figure cannot be read."""
    faults: list[Fault] = []
    lines: list[LineDraft] = []
    is_state_change = data.get("kind") == "state"
    fields = [data.getlist(name) for name in ("sku", "quantity", "lot", "unit_cost", "unit_price")]
    units = iter(data.getlist("unit"))
    for sku, quantity, lot, cost, price in zip(*fields, strict=False):
        unit = _text(next(units, ""))
        if not sku.strip() and not quantity.strip():
            continue
        at = f"/lines/{len(lines)}"
        lines.append(
            LineDraft(
                sku=_text(sku),
                from_code=_text(data.get("from", "")),
                to_code=_text(data.get("from" if is_state_change else "to", "")),
                quantity=_number(quantity, f"{at}/quantity", faults) or Decimal(0),
                lot=_text(lot),
                unit_cost=_number(cost, f"{at}/unit_cost", faults),
                unit_price=_number(price, f"{at}/unit_price", faults),
                from_state=_text(data.get("from_state", "")) or AVAILABLE,
                to_state=_text(data.get("to_state", "")) or AVAILABLE,
                unit=unit,
            )
        )
    if faults:
        raise Faults(faults)
    return MovementDraft(
        reference=_text(data.get("reference", "")),
        kind="transfer" if is_state_change else _text(data.get("kind", "")),
        lines=tuple(lines),
        destination=_text(data.get("destination", "")),
        reason=_text(data.get("reason", "")),
        source="page",
    )


def _text(value: str | None) -> str:
    return (value or "").replace("\x00", "").strip()


def _number(text: str, pointer: str, faults: list[Fault]) -> Decimal | None:
    if not text.strip():
        return None
    try:
        return Decimal(text.strip())
    except InvalidOperation:
        faults.append(Fault(pointer, "invalid_quantity", f"{text[:30]!r} is not a number."))
        return None


def form_rows(data: QueryDict | None) -> list[dict[str, Any]]:
    """The lines as they stand in the form, filled up with empty ones."""
    names = ("sku", "quantity", "lot", "unit_cost", "unit_price")
    typed = list(zip(*[data.getlist(name) for name in names], strict=False)) if data else []
    rows = [dict(zip(names, row, strict=True)) for row in typed[:1000]]
    return rows + [dict.fromkeys(names, "") for _ in range(max(LINES - len(rows), 1))]
