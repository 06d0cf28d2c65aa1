"""The forms of transfers: a head and lines, and what the receiver found, read like the REST bodies."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import QueryDict

from inventory.actions.reservations import Wanted
from inventory.actions.transfers import TransferDraft
from inventory.actions.transfers_templates import TemplateDraft
from inventory.models import Transfer
from inventory.rules.transfers import ZERO, Came
from lib.faults import Fault, Faults

LINES = 8
FIGURES = ("received", "damaged", "scrapped", "short", "refused")


def words(data: QueryDict, name: str, most: int = 500) -> str:
    """One field's text without what a database cannot hold."""
    return data.get(name, "").replace("\x00", "").strip()[:most]


def _number(text: str, pointer: str, faults: list[Fault]) -> Decimal:
    if not text.strip():
        return ZERO
    try:
        return Decimal(text.strip())
    except InvalidOperation:
        faults.append(Fault(pointer, "invalid_quantity", f"{text[:30]!r} is not a number."))
        return ZERO


def day_of(data: QueryDict, name: str, faults: list[Fault]) -> date:
    """A date field, today's fault when it is none."""
    try:
        return date.fromisoformat(words(data, name))
    except ValueError:
        faults.append(Fault(f"/{name}", "invalid_date", "Give a day."))
        return date.max


def _lines(data: QueryDict, faults: list[Fault]) -> tuple[Wanted, ...]:
    lines: list[Wanted] = []
    fields = [data.getlist(name) for name in ("sku", "quantity", "lot")]
    fields[2] = fields[2] or [""] * len(fields[0])
    for sku, quantity, lot in zip(*fields, strict=False):
        if sku.strip() or quantity.strip():
            number = _number(quantity, f"/lines/{len(lines)}/quantity", faults)
            lines.append(
                Wanted(sku.replace("\x00", "").strip()[:64], number, lot.replace("\x00", "").strip()[:64])
            )
    return tuple(lines)


def transfer_from(data: QueryDict) -> TransferDraft:
    """The draft of a posted form; empty lines are left out. Raises Faults 422."""
    faults: list[Fault] = []
    draft = TransferDraft(
        source=words(data, "source", 64),
        destination=words(data, "destination", 64),
        reason=words(data, "reason"),
        expected_on=day_of(data, "expected_on", faults),
        lines=_lines(data, faults),
    )
    if faults:
        raise Faults(faults)
    return draft


def template_from(data: QueryDict) -> TemplateDraft:
    """A template of a posted form. Raises Faults 422."""
    faults: list[Fault] = []
    days = words(data, "transit_days", 4)
    draft = TemplateDraft(
        name=words(data, "name", 200),
        reason=words(data, "reason"),
        source=words(data, "source", 64),
        destination=words(data, "destination", 64),
        transit_days=int(days) if days.isascii() and days.isdecimal() else -1,
        lines=_lines(data, faults),
    )
    if faults:
        raise Faults(faults)
    return draft


def receipt_from(data: QueryDict) -> list[Came]:
    """What the receiver typed, a row for each parcel. Raises Faults 422: a figure cannot be read."""
    faults: list[Fault] = []
    columns = [data.getlist(name) for name in ("sku", "lot", *FIGURES)]
    found = []
    for number, (sku, lot, *figures) in enumerate(zip(*columns, strict=False)):
        read = {
            name: _number(text, f"/lines/{number}/{name}", faults)
            for name, text in zip(FIGURES, figures, strict=True)
        }
        found.append(Came(sku.replace("\x00", "")[:64], lot.replace("\x00", "")[:64], **read))
    if faults:
        raise Faults(faults)
    return found


def leaving_from(data: QueryDict) -> list[Wanted]:
    """What the sender typed: lines with a quantity. Empty when the form names no lines, for all that is left.

    Raises Faults 422: a figure cannot be read, or none was typed.
    """
    faults: list[Fault] = []
    if "sku" not in data:
        return []
    found: list[Wanted] = []
    columns = [data.getlist(name) for name in ("sku", "lot", "quantity")]
    for sku, lot, quantity in zip(*columns, strict=False):
        if quantity.strip():
            number = _number(quantity, f"/lines/{len(found)}/quantity", faults)
            found.append(Wanted(sku.replace("\x00", "")[:64], number, lot.replace("\x00", "").strip()[:64]))
    if not found and not faults:
        faults.append(Fault("/lines", "no_lines", "Say how much of which goods leaves."))
    if faults:
        raise Faults(faults)
    return found


def edit_fields(transfer: Transfer, rows: Sequence[Mapping[str, Any]]) -> QueryDict:
    """A stored transfer as the form would post it."""
    data = QueryDict(mutable=True)
    data["source"], data["destination"] = transfer.source.code, transfer.destination.code
    data["reason"], data["expected_on"] = transfer.reason, transfer.expected_on.isoformat()
    data.setlist("sku", [row["sku"] for row in rows])
    data.setlist("quantity", [f"{row['requested'].normalize():f}" for row in rows])
    data.setlist("lot", [row["lot"] for row in rows])
    return data


def form_rows(data: QueryDict | None, lines: int = LINES) -> list[dict[str, str]]:
    """The lines as they stand in the form, filled up with empty ones."""
    names = ("sku", "quantity", "lot")
    typed = list(zip(*[data.getlist(name) for name in names], strict=False)) if data else []
    rows = [dict(zip(names, row, strict=True)) for row in typed[:1000]]
    return rows + [dict.fromkeys(names, "") for _ in range(max(lines - len(rows), 1))]
