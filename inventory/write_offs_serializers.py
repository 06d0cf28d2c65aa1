"""What comes in over REST about write-offs, returns to suppliers, gradings and goods set aside, every fault with its pointer."""

from datetime import date
from decimal import Decimal
from typing import Any

from catalog.rules.fields import Wrong, day, decimal, text
from inventory.actions.gradings import GradeDraft
from inventory.actions.set_aside import StateChange
from inventory.actions.supplier_returns import SupplierReturnDraft
from inventory.actions.write_off_reasons import ReasonDraft
from inventory.actions.write_offs import WriteOffDraft
from inventory.rules.drafts import MAX_LOT
from inventory.rules.states import AVAILABLE
from inventory.rules.stock_lines import StockLine
from inventory.serializers import Reader, read_amount, read_instant, read_quantity
from lib.faults import Fault, Faults

_number = decimal(40, 40)
_code = text(64)
_maybe = text(64, empty=True)
_lot = text(MAX_LOT, empty=True)
_words = text(500, empty=True)


def _fraction(value: Any) -> Decimal:
    try:
        number: Decimal = _number(value)
    except Wrong as wrong:
        raise Wrong("invalid_fraction", wrong.detail) from wrong
    return number


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Wrong("not_a_boolean", "must be true or false")
    return value


def _raise(faults: list[Fault]) -> None:
    if faults:
        raise Faults(faults[:100])


def _lines(reader: Reader, faults: list[Fault], *, with_credit: bool = False) -> tuple[StockLine, ...]:
    lines = []
    for number, item in enumerate(reader.items("lines")):
        line = Reader(item, f"/lines/{number}", faults)
        lines.append(
            StockLine(
                line.get("sku", _code, "", needed=True),
                line.get("quantity", read_quantity, Decimal(1), needed=True),
                line.get("lot", _lot, ""),
                line.get("state", _code, AVAILABLE),
                line.get("unit_credit", read_amount) if with_credit else None,
            )
        )
    return tuple(lines)


def read_write_off(data: Any) -> WriteOffDraft:
    """A write-off from its JSON. Raises Faults 422: every fault of its form."""
    faults: list[Fault] = []
    reader = Reader(data, "", faults)
    draft = WriteOffDraft(
        site=reader.get("site", _code, "", needed=True),
        reason=reader.get("reason", _code, "", needed=True),
        lines=_lines(reader, faults),
        comment=reader.get("comment", _words, ""),
        found_at=reader.get("found_at", read_instant),
    )
    _raise(faults)
    return draft


def read_reason(data: Any) -> ReasonDraft:
    """A reason from its JSON. Raises Faults 422."""
    faults: list[Fault] = []
    reader = Reader(data, "", faults)
    flags = {name: reader.get(name, _flag, False) for name in ("needs_photo", "needs_comment")}
    draft = ReasonDraft(
        code=reader.get("code", _code, "", needed=True),
        name=reader.get("name", _words, "", needed=True),
        name_zh=reader.get("name_zh", _words, ""),
        posts_as=reader.get("posts_as", _code, "scrap"),
        account_hint=reader.get("account_hint", _words, ""),
        is_active=reader.get("is_active", _flag, True),
        **flags,
    )
    _raise(faults)
    return draft


def read_supplier_return(data: Any) -> SupplierReturnDraft:
    """A return to a supplier from its JSON. Raises Faults 422."""
    faults: list[Fault] = []
    reader = Reader(data, "", faults)
    draft = SupplierReturnDraft(
        site=reader.get("site", _code, "", needed=True),
        supplier=reader.get("supplier", _code, "", needed=True),
        reason=reader.get("reason", _words, "", needed=True),
        credit_due_on=reader.get("credit_due_on", day, date.max, needed=True),
        lines=_lines(reader, faults, with_credit=True),
        supplier_reference=reader.get("supplier_reference", _maybe, ""),
    )
    _raise(faults)
    return draft


def read_shipment(data: Any) -> tuple[StockLine, ...]:
    """{lines?: [{sku, lot?, state?, quantity}]}. Raises Faults 422."""
    faults: list[Fault] = []
    reader = Reader(data, "", faults)
    lines = _lines(reader, faults) if reader.data.get("lines") is not None else ()
    _raise(faults)
    return lines


def read_credit(data: Any) -> dict[str, Any]:
    """{reference, amount, received_on}, as `note_credit` takes it. Raises Faults 422."""
    faults: list[Fault] = []
    reader = Reader(data, "", faults)
    asked = {
        "reference": reader.get("reference", _code, "", needed=True),
        "amount": reader.get("amount", read_amount, Decimal(1), needed=True),
        "received_on": reader.get("received_on", day, date.min, needed=True),
    }
    _raise(faults)
    return asked


def read_grade(data: Any) -> GradeDraft:
    """A grade from its JSON. Raises Faults 422."""
    faults: list[Fault] = []
    reader = Reader(data, "", faults)
    draft = GradeDraft(
        site=reader.get("site", _code, "", needed=True),
        sku=reader.get("sku", _code, "", needed=True),
        quantity=reader.get("quantity", read_quantity, Decimal(1), needed=True),
        grade=reader.get("grade", _code, "", needed=True),
        outcome=reader.get("outcome", _maybe, ""),
        lot=reader.get("lot", _lot, ""),
        markdown_fraction=reader.get("markdown_fraction", _fraction),
        comment=reader.get("comment", _words, ""),
        supplier=reader.get("supplier", _maybe, ""),
    )
    _raise(faults)
    return draft


def read_state_change(data: Any) -> StateChange:
    """A change of state from its JSON. Raises Faults 422."""
    faults: list[Fault] = []
    reader = Reader(data, "", faults)
    change = StateChange(
        site=reader.get("site", _code, "", needed=True),
        sku=reader.get("sku", _code, "", needed=True),
        quantity=reader.get("quantity", read_quantity, Decimal(1), needed=True),
        from_state=reader.get("from_state", _code, "", needed=True),
        to_state=reader.get("to_state", _code, "", needed=True),
        reason=reader.get("reason", _words, "", needed=True),
        lot=reader.get("lot", _lot, ""),
    )
    _raise(faults)
    return change


def read_comment(data: Any) -> str:
    """{comment?}. Raises Faults 422."""
    faults: list[Fault] = []
    words: str = Reader(data, "", faults).get("comment", _words, "")
    _raise(faults)
    return words
