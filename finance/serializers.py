"""What comes in over REST about finance, every fault with its pointer."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from catalog.rules import fields
from catalog.rules.fields import Wrong, text
from finance.actions.accounts import MOST_RULES, RuleDraft
from finance.actions.tolerances import ToleranceDraft
from inventory.serializers import Reader
from lib.faults import Fault, Faults, refuse

_maybe = text(300, empty=True)
_amount = fields.decimal(14, 6)


def _raise(faults: list[Fault]) -> None:
    if faults:
        raise Faults(faults[:100])


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Wrong("not_a_number", "must be a whole number")
    return value


def read_span(data: Any) -> dict[str, Any]:
    """{from, until, legal_entity?}: days, the last one not included. Raises Faults 422."""
    faults: list[Fault] = []
    reader = Reader(data, "", faults)
    found = {
        "start": reader.get("from", fields.day, date.min, needed=True),
        "until": reader.get("until", fields.day, date.min, needed=True),
        "entity": reader.get("legal_entity", text(32, empty=True), ""),
    }
    _raise(faults)
    return found


def read_month(value: str) -> None:
    """A month like 2026-10. Raises Faults 400 `invalid_month`."""
    try:
        date.fromisoformat(f"{value}-01")
    except ValueError as error:
        raise refuse(
            "invalid_month", "month is written like 2026-10.", pointer="/month", status=400
        ) from error


def read_map(data: Any) -> tuple[list[RuleDraft], str, int]:
    """Rules, reason and the version they were taken from. Raises Faults 422."""
    faults: list[Fault] = []
    reader = Reader(data, "", faults)
    reason = reader.get("reason", text(500, empty=True), "")
    base = reader.get("base_version", _whole, 0)
    rules = []
    for number, item in enumerate(reader.items("rules")[: MOST_RULES + 1]):
        row = Reader(item, f"/rules/{number}", faults)
        values = {name: row.get(name, _maybe, "") for name in RuleDraft.__dataclass_fields__}
        rules.append(RuleDraft(**values))
    _raise(faults)
    return rules, reason, base


def read_tolerance(data: Any) -> tuple[ToleranceDraft, str]:
    """The limits of one matching and why they change. Raises Faults 422."""
    faults: list[Fault] = []
    reader = Reader(data, "", faults)
    draft = ToleranceDraft(
        amount=reader.get("amount", _amount, Decimal(0), needed=True),
        fraction=reader.get("fraction", _amount, Decimal(0), needed=True),
        quantity_fraction=reader.get("quantity_fraction", _amount, Decimal(0)),
        days=reader.get("days", _whole, 0, needed=True),
        due_days=reader.get("due_days", _whole, 0, needed=True),
    )
    reason = reader.get("reason", text(500, empty=True), "")
    _raise(faults)
    return draft, reason


def read_matching(data: Any) -> str:
    """Which matching. Raises Faults 422."""
    faults: list[Fault] = []
    matching: str = Reader(data, "", faults).get("matching", text(32), "", needed=True)
    _raise(faults)
    return matching


def read_step(data: Any) -> dict[str, Any]:
    """What a step on a dispute may carry: comment, reference, recovered, owner, due_at. Raises Faults 422."""
    faults: list[Fault] = []
    reader = Reader(data, "", faults)
    found: dict[str, Any] = {
        "comment": reader.get("comment", text(1000, empty=True), ""),
        "reference": reader.get("reference", text(64, empty=True), ""),
        "recovered": reader.get("recovered", _amount, Decimal(-1)),
        "owner": reader.get("owner", text(100, empty=True), ""),
        "due_at": reader.get("due_at", _instant),
    }
    _raise(faults)
    return found


def _instant(value: Any) -> datetime:
    found: datetime = fields.instant(value)
    return found
