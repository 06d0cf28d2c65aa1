"""What comes in about transfers over REST, every fault with its pointer."""

from datetime import date
from decimal import Decimal
from typing import Any

from catalog.rules.fields import Wrong, day, decimal, text
from inventory.actions.reservations import Wanted
from inventory.actions.transfers import TransferDraft
from inventory.actions.transfers_templates import TemplateDraft
from inventory.rules.drafts import MAX_LOT
from inventory.rules.transfers import ZERO, Came
from inventory.serializers import Reader
from lib import clock
from lib.faults import Fault, Faults

_number = decimal(40, 40)
_code = text(64)
_lot = text(MAX_LOT, empty=True)
_words = text(500, empty=True)
FIGURES = ("received", "damaged", "scrapped", "short", "refused")


def _quantity(value: Any) -> Decimal:
    try:
        number: Decimal = _number(value)
    except Wrong as wrong:
        raise Wrong("invalid_quantity", wrong.detail) from wrong
    return number


def _wanted(reader: Reader, faults: list[Fault], name: str = "lines") -> tuple[Wanted, ...]:
    lines = []
    for number, item in enumerate(reader.items(name)):
        line = Reader(item, f"/{name}/{number}", faults)
        lines.append(
            Wanted(
                line.get("sku", _code, "", needed=True),
                line.get("quantity", _quantity, Decimal(1), needed=True),
                line.get("lot", _lot, ""),
            )
        )
    return tuple(lines)


def _raise(faults: list[Fault]) -> None:
    if faults:
        raise Faults(faults[:100])


def read_transfer(data: Any) -> TransferDraft:
    """A request from its JSON. Raises Faults 422: every fault of its form."""
    faults: list[Fault] = []
    reader = Reader(data, "", faults)
    draft = TransferDraft(
        source=reader.get("source", _code, "", needed=True),
        destination=reader.get("destination", _code, "", needed=True),
        reason=reader.get("reason", _words, "", needed=True),
        expected_on=reader.get("expected_on", day, date.max, needed=True),
        lines=_wanted(reader, faults),
    )
    _raise(faults)
    return draft


def read_shipment(data: Any) -> tuple[Wanted, ...]:
    """{lines?: […]}. Raises Faults 422."""
    faults: list[Fault] = []
    reader = Reader(data, "", faults)
    lines = _wanted(reader, faults) if reader.data.get("lines") is not None else ()
    _raise(faults)
    return lines


def read_receipt(data: Any) -> list[Came]:
    """{lines: [{sku, lot?, received?, damaged?, scrapped?, short?, refused?}]}. Raises Faults 422."""
    faults: list[Fault] = []
    reader = Reader(data, "", faults)
    lines = []
    for number, item in enumerate(reader.items("lines")):
        line = Reader(item, f"/lines/{number}", faults)
        figures = {name: line.get(name, _quantity, ZERO) for name in FIGURES}
        lines.append(Came(line.get("sku", _code, "", needed=True), line.get("lot", _lot, ""), **figures))
    _raise(faults)
    return lines


def read_words(data: Any, name: str) -> str:
    """One text field of a body, "" when it is not there. Raises Faults 422."""
    faults: list[Fault] = []
    words: str = Reader(data, "", faults).get(name, _words, "")
    _raise(faults)
    return words


def read_template(data: Any) -> TemplateDraft:
    """A template from its JSON. Raises Faults 422: every fault of its form."""
    faults: list[Fault] = []
    reader = Reader(data, "", faults)
    days = reader.data.get("transit_days", 1)
    if not isinstance(days, int) or isinstance(days, bool):
        reader.wrong("transit_days", "invalid_days", "transit_days must be a whole number.")
        days = 1
    draft = TemplateDraft(
        name=reader.get("name", text(120), "", needed=True),
        reason=reader.get("reason", _words, "", needed=True),
        source=reader.get("source", _code, "", needed=True),
        destination=reader.get("destination", _code, "", needed=True),
        transit_days=days,
        lines=_wanted(reader, faults),
    )
    _raise(faults)
    return draft


def read_allocation(data: Any) -> dict[str, Any]:
    """{pairs, expected_on, reason}, as `request_allocation` takes it. Raises Faults 422."""
    faults: list[Fault] = []
    reader = Reader(data, "", faults)
    pairs = []
    for number, item in enumerate(reader.items("pairs")):
        pair = Reader(item, f"/pairs/{number}", faults)
        pairs.append(
            (pair.get("source", _code, "", needed=True), pair.get("destination", _code, "", needed=True))
        )
    asked = {
        "pairs": pairs,
        "expected_on": reader.get("expected_on", day, clock.now().date(), needed=True),
        "reason": reader.get("reason", _words, "", needed=True),
    }
    _raise(faults)
    return asked
