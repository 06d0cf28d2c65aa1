"""What comes in over REST about customs consignments and import limits, every fault with its pointer."""

from datetime import date
from decimal import Decimal
from typing import Any

from catalog.rules.fields import day, text
from inventory.actions.customs import ConsignmentDraft
from inventory.actions.import_limits import LimitDraft
from inventory.rules.customs import DeclaredLine, Part
from inventory.rules.drafts import MAX_LOT
from inventory.rules.states import AVAILABLE
from inventory.serializers import Reader, read_amount, read_instant, read_quantity
from lib.faults import Fault, Faults

_code = text(64)
_maybe = text(64, empty=True)
_lot = text(MAX_LOT, empty=True)
_words = text(500, empty=True)


def _raise(faults: list[Fault]) -> None:
    if faults:
        raise Faults(faults[:100])


def read_consignment(data: Any) -> ConsignmentDraft:
    """A consignment from its JSON. Raises Faults 422: every fault of its form."""
    faults: list[Fault] = []
    reader = Reader(data, "", faults)
    lines = []
    for number, item in enumerate(reader.items("lines")):
        line = Reader(item, f"/lines/{number}", faults)
        lines.append(
            DeclaredLine(
                line.get("sku", _code, "", needed=True),
                line.get("quantity", read_quantity, Decimal(1), needed=True),
                line.get("value", read_amount, Decimal(0), needed=True),
                line.get("lot", _lot, ""),
                line.get("hs_code", _maybe, ""),
                line.get("origin_country", _maybe, ""),
            )
        )
    draft = ConsignmentDraft(
        site=reader.get("site", _code, "", needed=True),
        from_country=reader.get("from_country", _code, "", needed=True),
        carrier=reader.get("carrier", _words, "", needed=True),
        arrives_on=reader.get("arrives_on", day, date.min, needed=True),
        clears_on=reader.get("clears_on", day, date.max, needed=True),
        lines=tuple(lines),
        regime=reader.get("regime", _code, "free"),
        comes_from=reader.get("comes_from", _code, "supplier"),
        waybill=reader.get("waybill", _words, ""),
        currency=reader.get("currency", _maybe, ""),
    )
    _raise(faults)
    return draft


def read_parts(data: Any, *names: str) -> dict[str, Any]:
    """{lines?: [{sku, lot?, quantity}]} as `parts`, and of `names` reason, to_state, at. Raises Faults 422."""
    faults: list[Fault] = []
    reader = Reader(data, "", faults)
    parts = []
    for number, item in enumerate(reader.items("lines") if reader.data.get("lines") is not None else []):
        line = Reader(item, f"/lines/{number}", faults)
        sku = line.get("sku", _code, "", needed=True)
        quantity = line.get("quantity", read_quantity, Decimal(1), needed=True)
        parts.append(Part(sku, quantity, line.get("lot", _lot, "")))
    checks: dict[str, Any] = {
        "reason": (_words, ""),
        "to_state": (_code, AVAILABLE),
        "at": (read_instant, None),
    }
    asked = {name: reader.get(name, *checks[name]) for name in names}
    _raise(faults)
    return {"parts": tuple(parts), **asked}


def read_reason(data: Any) -> str:
    """{reason}. Raises Faults 422."""
    faults: list[Fault] = []
    reason: str = Reader(data, "", faults).get("reason", _words, "")
    _raise(faults)
    return reason


def read_limit(data: Any) -> LimitDraft:
    """An import limit from its JSON. Raises Faults 422."""
    faults: list[Fault] = []
    reader = Reader(data, "", faults)
    draft = LimitDraft(
        country=reader.get("country", _code, "", needed=True),
        kind=reader.get("kind", _code, "", needed=True),
        source=reader.get("source", _words, "", needed=True),
        valid_from=reader.get("valid_from", day, date.min, needed=True),
        hs_prefix=reader.get("hs_prefix", _maybe, ""),
        category=reader.get("category", _words, ""),
        amount=reader.get("amount", read_amount),
        currency=reader.get("currency", _maybe, ""),
        period=reader.get("period", _code, "consignment"),
        valid_to=reader.get("valid_to", day),
    )
    _raise(faults)
    return draft


def read_last_day(data: Any) -> date:
    """{valid_to}. Raises Faults 422."""
    faults: list[Fault] = []
    last: date = Reader(data, "", faults).get("valid_to", day, date.max, needed=True)
    _raise(faults)
    return last
