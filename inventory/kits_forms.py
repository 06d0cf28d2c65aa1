"""The forms of bills of materials and of production, read like the REST bodies."""

from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import QueryDict
from django.utils import timezone

from catalog.actions.bills import BillDraft
from inventory.rules.production import Part, ProductionDraft
from lib import clock
from lib.faults import Fault, Faults

LINES = 8
PARTS = 4


def _text(value: str | None, most: int = 500) -> str:
    return (value or "").replace("\x00", "").strip()[:most]


def _number(text: str, pointer: str, faults: list[Fault]) -> Decimal:
    try:
        return Decimal(text.strip().replace(",", ".") or "0")
    except InvalidOperation:
        faults.append(Fault(pointer, "invalid_quantity", f"{text[:30]!r} is not a number."))
        return Decimal(1)


def bill_from(sku: str, data: QueryDict) -> BillDraft:
    """The version a posted form asks for; empty lines are left out. Raises Faults 422."""
    faults: list[Fault] = []
    lines = [
        (_text(part, 64), _number(quantity, f"/lines/{number}/quantity", faults))
        for number, (part, quantity) in enumerate(
            (part, quantity)
            for part, quantity in zip(data.getlist("sku"), data.getlist("quantity"), strict=False)
            if part.strip() or quantity.strip()
        )
    ]
    kind = _text(data.get("kind"), 16)
    draft = BillDraft(
        sku=sku,
        kind=kind,
        valid_from=_start(data, faults),
        lines=[] if kind == "ended" else lines,
        reason=_text(data.get("reason")),
    )
    if faults:
        raise Faults(faults)
    return draft


def _start(data: QueryDict, faults: list[Fault]) -> datetime:
    """The start of the given day where the reader is; now without one."""
    day = _text(data.get("valid_from"), 32)
    if not day:
        return clock.now()
    try:
        return datetime.combine(date.fromisoformat(day), time(), timezone.get_current_timezone())
    except ValueError:
        faults.append(Fault("/valid_from", "invalid_time", "Give a day."))
        return clock.now()


def production_from(data: QueryDict) -> ProductionDraft:
    """The production a posted form asks for. Raises Faults 422."""
    faults: list[Fault] = []
    draft = ProductionDraft(
        reference=_text(data.get("reference"), 65),
        site=_text(data.get("site"), 64),
        inputs=_parts(data, "inputs", faults),
        outputs=_parts(data, "outputs", faults),
        added_cost=_number(data.get("added_cost", ""), "/added_cost", faults),
        reason=_text(data.get("reason")),
        source="page",
    )
    if faults:
        raise Faults(faults)
    return draft


def _parts(data: QueryDict, side: str, faults: list[Fault]) -> tuple[Part, ...]:
    names = ("sku", "quantity", "unit", "lot")
    rows = zip(*(data.getlist(f"{side}_{name}") for name in names), strict=False)
    made: list[Part] = []
    for sku, quantity, unit, lot in rows:
        if sku.strip() or quantity.strip():
            number = _number(quantity, f"/{side}/{len(made)}/quantity", faults)
            made.append(Part(_text(sku, 64), number, _text(lot, 64), _text(unit, 64)))
    return tuple(made)


def part_rows(data: QueryDict, side: str) -> list[dict[str, Any]]:
    """The rows of one side as they stand in the form, filled up with empty ones."""
    names = ("sku", "quantity", "unit", "lot")
    columns = [data.getlist(f"{side}_{name}") for name in names]
    columns = [column or [""] * len(columns[0]) for column in columns]
    typed = [
        dict(zip(names, row, strict=True))
        for row in zip(*columns, strict=False)
        if row[0].strip() or row[1].strip()
    ]
    return typed[:200] + [dict.fromkeys(names, "") for _ in range(max(PARTS - len(typed), 1))]
