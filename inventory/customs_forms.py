"""The forms of customs consignments and import limits, read like the REST bodies."""

from decimal import Decimal
from typing import Any

from django.http import QueryDict

from inventory.actions.customs import ConsignmentDraft
from inventory.actions.import_limits import LimitDraft
from inventory.models import CustomsConsignment
from inventory.queries.documents import plain
from inventory.rules.customs import ZERO, DeclaredLine, Part
from inventory.transfers_forms import day_of, words
from inventory.write_offs_forms import number_of
from lib.faults import Fault, Faults

HEAD = (
    "site",
    "from_country",
    "carrier",
    "waybill",
    "regime",
    "comes_from",
    "currency",
    "arrives_on",
    "clears_on",
)
NAMES = ("sku", "quantity", "value", "lot", "hs_code", "origin_country")


def _rows(data: QueryDict, names: tuple[str, ...]) -> list[list[str]]:
    """Columns of a form as rows, each cell without what a database cannot hold."""
    columns = [data.getlist(name) for name in names]
    longest = min(len(columns[0]), 1000)
    cells = [[cell.replace("\x00", "").strip()[:64] for cell in column] for column in columns]
    return [[column[row] if row < len(column) else "" for column in cells] for row in range(longest)]


def consignment_from(data: QueryDict) -> ConsignmentDraft:
    """The draft of a posted form; empty lines are left out. Raises Faults 422."""
    faults: list[Fault] = []
    lines: list[DeclaredLine] = []
    for sku, quantity, value, *rest in _rows(data, NAMES):
        if not sku and not quantity:
            continue
        at = f"/lines/{len(lines)}"
        units = number_of(quantity, f"{at}/quantity", faults) or ZERO
        worth = number_of(value, f"{at}/value", faults, "invalid_amount") or ZERO
        lines.append(DeclaredLine(sku, units, worth, *rest))
    most = {"carrier": 121, "waybill": 65}
    texts = {name: words(data, name, most.get(name, 64)) for name in HEAD[:7]}
    draft = ConsignmentDraft(
        **texts,
        arrives_on=day_of(data, "arrives_on", faults),
        clears_on=day_of(data, "clears_on", faults),
        lines=tuple(lines),
    )
    if faults:
        raise Faults(faults)
    return draft


def form_rows(data: QueryDict | None) -> list[dict[str, str]]:
    """The lines as they stand in the form, and an empty one."""
    typed = [dict(zip(NAMES, row, strict=True)) for row in _rows(data, NAMES)] if data else []
    return typed or [dict.fromkeys(NAMES, "")]


def stored_rows(found: CustomsConsignment) -> list[dict[str, str]]:
    """The lines of a consignment as its form shows them."""
    return [
        {
            "sku": line.product.sku,
            "quantity": plain(line.declared),
            "value": plain(line.value),
            "lot": line.lot,
            "hs_code": line.hs_code,
            "origin_country": line.origin_country,
        }
        for line in found.lines.all()
    ]


def head_of(data: QueryDict, found: CustomsConsignment | None) -> dict[str, Any]:
    """What stands at the head of the form: typed, else stored."""
    if data or found is None:
        return {name: data.get(name, "") for name in HEAD}
    stored = {name: getattr(found, name) for name in HEAD[1:7]}
    dates = {name: getattr(found, name).isoformat() for name in HEAD[7:]}
    return {"site": found.site.code, **stored, **dates}


def parts_from(data: QueryDict) -> tuple[Part, ...]:
    """Lines with a quantity typed. Raises Faults 422: a figure cannot be read."""
    faults: list[Fault] = []
    parts: list[Part] = []
    for sku, lot, quantity in _rows(data, ("sku", "lot", "quantity")):
        if quantity:
            number = number_of(quantity, f"/lines/{len(parts)}/quantity", faults) or Decimal(0)
            parts.append(Part(sku, number, lot))
    if faults:
        raise Faults(faults)
    return tuple(parts)


def limit_from(data: QueryDict) -> LimitDraft:
    """An import limit of a posted form. Raises Faults 422."""
    faults: list[Fault] = []
    draft = LimitDraft(
        country=words(data, "country", 3).upper(),
        kind=words(data, "kind", 16),
        source=words(data, "source", 301),
        valid_from=day_of(data, "valid_from", faults),
        hs_prefix=words(data, "hs_prefix", 16),
        category=words(data, "category", 300),
        amount=number_of(data.get("amount", ""), "/amount", faults, "invalid_amount"),
        currency=words(data, "currency", 4).upper(),
        period=words(data, "period", 16),
        valid_to=day_of(data, "valid_to", faults) if words(data, "valid_to") else None,
    )
    if faults:
        raise Faults(faults)
    return draft
