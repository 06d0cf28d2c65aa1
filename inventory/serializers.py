"""What comes in over REST: parsed by hand (ten thousand movements at once), every fault with its pointer.

The Serializer classes below describe the same shapes for the OpenAPI document.
"""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from catalog.rules.fields import Wrong, day, decimal, instant, text
from inventory.actions.reservations import Wanted
from inventory.actions.snapshots import PHYSICAL, CountedLine, SnapshotDraft
from inventory.rules.drafts import MAX_LOT, MAX_REASON, MAX_REFERENCE, LineDraft, MovementDraft
from inventory.rules.states import AVAILABLE
from lib.faults import Fault, Faults

_number = decimal(40, 40)
_short = text(MAX_REFERENCE)
_code = text(64, empty=True)
_reason = text(MAX_REASON, empty=True)


class Reader:
    """Reads the fields of one JSON object and gathers what is wrong with them."""

    def __init__(self, data: Any, at: str, faults: list[Fault]) -> None:
        self.at = at
        self.faults = faults
        self.data: dict[str, Any] = data if isinstance(data, dict) else {}
        if not isinstance(data, dict):
            faults.append(Fault(at, "not_an_object", "This must be a JSON object."))

    def get(
        self, name: str, check: Callable[[Any], Any], default: Any = None, *, needed: bool = False
    ) -> Any:
        value = self.data.get(name)
        if value is None:
            if needed:
                self.wrong(name, "required", f"{name} is missing.")
            return default
        try:
            return check(value)
        except Wrong as wrong:
            self.wrong(name, wrong.code, f"{name} {wrong.detail}.")
            return default

    def wrong(self, name: str, code: str, detail: str) -> None:
        self.faults.append(Fault(f"{self.at}/{name}", code, detail))

    def items(self, name: str) -> list[Any]:
        value = self.data.get(name)
        if not isinstance(value, list):
            self.wrong(name, "not_a_list", f"{name} must be a list.")
            return []
        return value


def read_quantity(value: Any) -> Decimal:
    try:
        number: Decimal = _number(value)
    except Wrong as wrong:
        raise Wrong("invalid_quantity", wrong.detail) from wrong
    return number


def read_amount(value: Any) -> Decimal:
    try:
        number: Decimal = _number(value)
    except Wrong as wrong:
        raise Wrong("invalid_amount", wrong.detail) from wrong
    return number


def read_instant(value: Any) -> datetime:
    try:
        found: datetime = instant(value)
    except Wrong as wrong:
        raise Wrong("naive_time" if wrong.code == "no_offset" else "invalid_time", wrong.detail) from wrong
    return found


def read_movement(data: Any, source: str) -> tuple[MovementDraft | None, list[Fault]]:
    """A movement from its JSON, or every fault of its form."""
    faults: list[Fault] = []
    reader = Reader(data, "", faults)
    lines = tuple(_line(item, number, faults) for number, item in enumerate(reader.items("lines")))
    draft = MovementDraft(
        reference=reader.get("reference", _short, "", needed=True),
        kind=reader.get("kind", _code, "", needed=True),
        lines=lines,
        occurred_at=reader.get("occurred_at", read_instant),
        destination=reader.get("destination", _code, ""),
        reason=reader.get("reason", _reason, ""),
        source=source,
    )
    return (None, faults) if faults else (draft, [])


def _line(item: Any, number: int, faults: list[Fault]) -> LineDraft:
    reader = Reader(item, f"/lines/{number}", faults)
    return LineDraft(
        sku=reader.get("sku", _short, "", needed=True),
        from_code=reader.get("from", _code, "", needed=True),
        to_code=reader.get("to", _code, "", needed=True),
        quantity=reader.get("quantity", read_quantity, Decimal(1), needed=True),
        lot=reader.get("lot", text(MAX_LOT, empty=True), ""),
        unit_cost=reader.get("unit_cost", read_amount),
        unit_price=reader.get("unit_price", read_amount),
        from_state=reader.get("from_state", _code, AVAILABLE),
        to_state=reader.get("to_state", _code, AVAILABLE),
        owner=reader.get("owner", _code, ""),
        expires_on=reader.get("expires_on", day),
        produced_on=reader.get("produced_on", day),
        unit=reader.get("unit", _code, ""),
        of=reader.get("of", _code, ""),
    )


def read_snapshot(data: Any, source: str) -> SnapshotDraft:
    """A snapshot from its JSON. Raises Faults 422: every fault of its form."""
    faults: list[Fault] = []
    reader = Reader(data, "", faults)
    complete = reader.data.get("complete", True)
    if not isinstance(complete, bool):
        reader.wrong("complete", "not_a_boolean", "complete must be true or false.")
    lines = []
    for number, item in enumerate(reader.items("lines")):
        line = Reader(item, f"/lines/{number}", faults)
        lines.append(
            CountedLine(
                sku=line.get("sku", _short, "", needed=True),
                quantity=line.get("quantity", read_quantity, Decimal(0), needed=True),
                lot=line.get("lot", _code, ""),
            )
        )
        if len(faults) > 100:
            break
    quantity_kind = reader.get("quantity_kind", _code, PHYSICAL)
    site = reader.get("site", _short, "", needed=True)
    taken_at = reader.get("taken_at", read_instant, needed=True)
    if faults:
        raise Faults(faults[:100])
    return SnapshotDraft(site, taken_at, lines, bool(complete), source, quantity_kind)


def read_decision(data: Any) -> tuple[list[int], str]:
    """{differences: [id], note?}. Raises Faults 422."""
    faults: list[Fault] = []
    reader = Reader(data, "", faults)
    ids = reader.items("differences")
    if not all(
        isinstance(number, int) and not isinstance(number, bool) and 0 < number < 2**63 for number in ids
    ):
        reader.wrong("differences", "not_ids", "differences must be a list of ids.")
    note = reader.get("note", _reason, "")
    if faults:
        raise Faults(faults)
    return ids, note


def query_instant(value: str | None, name: str) -> datetime | None:
    """An instant in the query, None when it is not given. Raises Faults 422."""
    if not value:
        return None
    try:
        return read_instant(value.replace(" ", "+"))
    except Wrong as wrong:
        raise Faults([Fault(f"/{name}", wrong.code, f"{name} {wrong.detail}.")]) from wrong


def read_reservation(data: Any) -> dict[str, Any]:
    """What is to be reserved, as `actions.reservations.reserve` takes it. Raises Faults 422: every fault of its form."""
    faults: list[Fault] = []
    reader = Reader(data, "", faults)
    lines = []
    for number, item in enumerate(reader.items("lines")):
        line = Reader(item, f"/lines/{number}", faults)
        lines.append(
            Wanted(
                line.get("sku", _short, "", needed=True),
                line.get("quantity", read_quantity, Decimal(1), needed=True),
                line.get("lot", text(MAX_LOT, empty=True), ""),
            )
        )
    asked = {
        "site_code": reader.get("site", _short, "", needed=True),
        "reference": reader.get("reference", _short, "", needed=True),
        "expires_at": reader.get("expires_at", read_instant, needed=True),
    }
    if faults:
        raise Faults(faults[:100])
    return {**asked, "lines": lines}
