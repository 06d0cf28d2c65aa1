"""What comes in about values over REST, every fault with its pointer."""

from datetime import date
from decimal import Decimal
from typing import Any

from catalog.rules.fields import Wrong, day, decimal, text
from inventory.actions.costing_methods import Standard
from inventory.actions.landed_costs import Charge, LandedDraft, LandedOn
from inventory.actions.revaluations import RevaluationDraft, Wish
from inventory.queries.ageing import GROUPS, SORTS, ValueAsked
from inventory.serializers import Reader, read_amount, read_instant
from lib.faults import Fault, Faults, refuse

_code = text(64)
_words = text(500, empty=True)
_path = text(300)
_signed = decimal(40, 40)


def _signed_amount(value: Any) -> Decimal:
    try:
        number: Decimal = _signed(value)
    except Wrong as wrong:
        raise Wrong("invalid_amount", wrong.detail) from wrong
    return number


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
        raise Wrong("not_a_number", "must be a whole number")
    return value


def _raise(faults: list[Fault]) -> None:
    if faults:
        raise Faults(faults[:100])


def read_revaluation(data: Any) -> RevaluationDraft:
    """{reference, reason, lines: [{site, sku, amount? or unit_cost?}]}. Raises Faults 422."""
    faults: list[Fault] = []
    reader = Reader(data, "", faults)
    lines = []
    for number, item in enumerate(reader.items("lines")):
        line = Reader(item, f"/lines/{number}", faults)
        lines.append(
            Wish(
                line.get("site", _code, "", needed=True),
                line.get("sku", _code, "", needed=True),
                line.get("amount", _signed_amount),
                line.get("unit_cost", read_amount),
            )
        )
    draft = RevaluationDraft(
        reader.get("reference", _code, "", needed=True),
        reader.get("reason", _words, "", needed=True),
        tuple(lines),
    )
    _raise(faults)
    return draft


def read_landed_cost(data: Any) -> LandedDraft:
    """{reference, reason, basis, charges: [{kind, amount, currency, note?}], lines: [{receipt, line?, weight?}]}.

    Raises Faults 422.
    """
    faults: list[Fault] = []
    reader = Reader(data, "", faults)
    charges = []
    for number, item in enumerate(reader.items("charges")):
        one = Reader(item, f"/charges/{number}", faults)
        charges.append(
            Charge(
                one.get("kind", _code, "", needed=True),
                one.get("amount", read_amount, Decimal(0), needed=True),
                one.get("currency", _code, "", needed=True),
                one.get("note", text(200, empty=True), ""),
            )
        )
    lines = []
    for number, item in enumerate(reader.items("lines")):
        line = Reader(item, f"/lines/{number}", faults)
        lines.append(
            LandedOn(
                line.get("receipt", _whole, 0, needed=True),
                line.get("line", _whole),
                line.get("weight", read_amount),
            )
        )
    draft = LandedDraft(
        reader.get("reference", _code, "", needed=True),
        reader.get("reason", _words, "", needed=True),
        reader.get("basis", _code, "", needed=True),
        tuple(charges),
        tuple(lines),
    )
    _raise(faults)
    return draft


def read_standards(data: Any) -> tuple[list[Standard], str]:
    """{reason, rows: [{sku, currency, amount, valid_from?}]}. Raises Faults 422."""
    faults: list[Fault] = []
    reader = Reader(data, "", faults)
    rows = []
    for number, item in enumerate(reader.items("rows")):
        row = Reader(item, f"/rows/{number}", faults)
        rows.append(
            Standard(
                row.get("sku", _code, "", needed=True),
                row.get("currency", _code, "", needed=True),
                row.get("amount", read_amount, Decimal(1), needed=True),
                row.get("valid_from", read_instant),
            )
        )
    reason = reader.get("reason", _words, "", needed=True)
    _raise(faults)
    return rows, reason


def read_method(data: Any) -> dict[str, Any]:
    """{category, method, reason, revalue?}. Raises Faults 422."""
    faults: list[Fault] = []
    reader = Reader(data, "", faults)
    revalue = reader.data.get("revalue", False)
    if not isinstance(revalue, bool):
        reader.wrong("revalue", "not_a_boolean", "revalue must be true or false.")
    asked = {
        "category": reader.get("category", _path, "", needed=True),
        "method": reader.get("method", text(8, empty=True), "", needed=True),
        "reason": reader.get("reason", _words, "", needed=True),
        "revalue": bool(revalue),
    }
    _raise(faults)
    return asked


def read_value_asked(asked: dict[str, str]) -> ValueAsked:
    """group, category, owner, at, sort of a query. Raises Faults 422: what is unknown."""
    group, sort = asked.get("group") or "site", asked.get("sort") or "key"
    if group not in GROUPS:
        raise refuse("invalid_group", f"The groups are {', '.join(GROUPS)}.", pointer="/group")
    if sort not in SORTS:
        raise refuse("invalid_sort", f"The orders are {', '.join(SORTS)}.", pointer="/sort")
    at: date | None = None
    if asked.get("at"):
        try:
            at = day(asked["at"])
        except Wrong as wrong:
            raise refuse("invalid_date", f"at {wrong.detail}.", pointer="/at") from wrong
    return ValueAsked(
        group=group, category=asked.get("category", ""), owner=asked.get("owner", ""), day=at, sort=sort
    )
