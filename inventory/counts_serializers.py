"""What comes in about counts over REST, every fault with its pointer."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from catalog.rules.fields import Wrong, choice, day, decimal, text
from inventory.actions.counts import MAX_SKUS, CountDraft
from inventory.actions.counts_lines import Found
from inventory.actions.counts_planning import LIMITS, RuleDraft
from inventory.actions.counts_settling import Reasons
from inventory.actions.counts_shelves import Place
from inventory.models import Count, CountRule, CountScan
from inventory.rules.states import AVAILABLE
from inventory.serializers import Reader, read_instant
from lib import clock
from lib.faults import Fault, Faults

_code = text(64)
_maybe = text(64, empty=True)
_words = text(500, empty=True)
_abc = choice(["", "A", "B", "C"], "invalid_class")
_quantity = decimal(40, 40)
_limit = decimal(12, 6)
MAX_SHELVES = 10_000


def _raise(faults: list[Fault]) -> None:
    if faults:
        raise Faults(faults[:100])


def month_of(value: Any) -> date:
    """The first day of a month written 2026-10. Raises Wrong: `invalid_month`."""
    try:
        if isinstance(value, str) and len(value) == 7:
            return date.fromisoformat(f"{value}-01")
    except ValueError:
        pass
    raise Wrong("invalid_month", "must be a month like 2026-10")


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Wrong("not_a_flag", "must be true or false")
    return value


def _whole(least: int, most: int) -> Callable[[Any], int]:
    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise Wrong("invalid_number", f"must be a whole number from {least} to {most}")
        return value

    return check


def _uuid(value: Any) -> UUID:
    try:
        return UUID(value)
    except (ValueError, AttributeError, TypeError) as error:
        raise Wrong("invalid_id", "must be a UUID") from error


def _texts(reader: Reader, name: str, most: int) -> tuple[str, ...]:
    if reader.data.get(name) is None:
        return ()
    found = []
    for number, value in enumerate(reader.items(name)[: most + 1]):
        try:
            found.append(_code(value))
        except Wrong as wrong:
            reader.wrong(f"{name}/{number}", wrong.code, f"{name} {wrong.detail}.")
    return tuple(found)


def read_count(data: Any) -> CountDraft:
    """{site, kind?, skus?, zones?, category?, abc_class?, blind?, planned_on?, month?, reason?}. Raises Faults 422."""
    faults: list[Fault] = []
    reader = Reader(data, "", faults)
    draft = CountDraft(
        site=reader.get("site", _code, "", needed=True),
        kind=reader.get("kind", choice(Count.Kind.values, "invalid_kind"), "cycle"),
        skus=_texts(reader, "skus", MAX_SKUS),
        zones=_texts(reader, "zones", 1000),
        category=reader.get("category", text(300, empty=True), ""),
        abc_class=reader.get("abc_class", _abc, ""),
        is_blind=reader.get("blind", _flag, True),
        planned_on=reader.get("planned_on", day),
        month=reader.get("month", month_of),
        reason=reader.get("reason", _words, ""),
    )
    _raise(faults)
    return draft


def read_lines(data: Any, sent_header: str | None = None) -> tuple[datetime | None, list[Found]]:
    """{sent_at?, lines: [{id?, code, quantity, scanned_at?, zone?, bin?, lot?, state?, way?}]}. Raises Faults 422.

    Only what is no line at all is refused as a whole; what is wrong with a line's values is that line's outcome.
    """
    faults: list[Fault] = []
    reader = Reader(data, "", faults)
    sent_at = reader.get("sent_at", read_instant)
    if sent_at is None and sent_header:
        sent_at = Reader({"sent_at": sent_header}, "", faults).get("sent_at", read_instant)
    lines = []
    now = clock.now()
    for number, item in enumerate(reader.items("lines")):
        line = Reader(item, f"/lines/{number}", faults)
        lines.append(
            Found(
                line_id=line.get("id", _uuid) or uuid4(),
                code=line.get("code", _code, "", needed=True),
                quantity=line.get("quantity", _quantity, Decimal(0), needed=True),
                scanned_at=line.get("scanned_at", read_instant) or sent_at or now,
                zone=line.get("zone", _maybe, ""),
                bin=line.get("bin", _maybe, ""),
                lot=line.get("lot", _maybe, ""),
                state=line.get("state", _code, AVAILABLE),
                way=line.get("way", choice(CountScan.Way.values, "invalid_way"), CountScan.Way.TYPED),
            )
        )
    _raise(faults)
    return sent_at, lines


def read_skus(data: Any) -> tuple[tuple[str, ...], str]:
    """{skus, reason}. Raises Faults 422."""
    faults: list[Fault] = []
    reader = Reader(data, "", faults)
    found = _texts(reader, "skus", MAX_SKUS), reader.get("reason", _words, "")
    _raise(faults)
    return found


def read_word(data: Any, name: str, default: str = "") -> str:
    """One text field of a body. Raises Faults 422."""
    faults: list[Fault] = []
    found: str = Reader(data, "", faults).get(name, _words, default)
    _raise(faults)
    return found


def read_reasons(data: Any) -> Reasons:
    """{reasons?: {sku: code}, reason?: code, note?}. Raises Faults 422."""
    faults: list[Fault] = []
    reader = Reader(data, "", faults)
    given = reader.data.get("reasons") or {}
    if not isinstance(given, dict) or not all(isinstance(code, str) for code in given.values()):
        reader.wrong("reasons", "not_an_object", "reasons is an object: SKU to reason code.")
        given = {}
    reasons = Reasons(given, reader.get("reason", _maybe, ""), reader.get("note", text(300, empty=True), ""))
    _raise(faults)
    return reasons


def read_rule(data: Any) -> RuleDraft:
    """A rule from its JSON. Raises Faults 422."""
    faults: list[Fault] = []
    reader = Reader(data, "", faults)
    draft = RuleDraft(
        name=reader.get("name", text(120), "", needed=True),
        kind=reader.get("kind", choice(CountRule.Kind.values, "invalid_kind"), "", needed=True),
        site=reader.get("site", _maybe, ""),
        abc_class=reader.get("abc_class", _abc, ""),
        every_days=reader.get("every_days", _whole(1, 3650), 30),
        threshold=reader.get("threshold", _limit, Decimal(0)),
        at_most=reader.get("at_most", _whole(1, 1000), 40),
        is_active=reader.get("active", _flag, True),
    )
    _raise(faults)
    return draft


def read_tolerance(data: Any) -> dict[str, Any]:
    """{site?, sku?, abc_class?, over?, under?, value_over?, value_under?}, as `keep_tolerance` takes it."""
    faults: list[Fault] = []
    reader = Reader(data, "", faults)
    asked = {
        "site_code": reader.get("site", _maybe, ""),
        "sku": reader.get("sku", _maybe, ""),
        "abc_class": reader.get("abc_class", _abc, ""),
        "limits": {
            name: reader.get(name, decimal(3, 6) if name in ("over", "under") else decimal(12, 2))
            for name in LIMITS
        },
    }
    _raise(faults)
    return asked


def read_shelves(data: Any) -> tuple[str, list[Place], bool]:
    """{site, shelves: [{sku, zone, bin?}], complete?}. Raises Faults 422."""
    faults: list[Fault] = []
    reader = Reader(data, "", faults)
    site = reader.get("site", _code, "", needed=True)
    rows = reader.items("shelves")
    if len(rows) > MAX_SHELVES:
        reader.wrong("shelves", "too_many_lines", f"At most {MAX_SHELVES} at a time.")
        rows = []
    places = []
    for number, item in enumerate(rows):
        line = Reader(item, f"/shelves/{number}", faults)
        places.append(
            Place(
                line.get("sku", _code, "", needed=True),
                line.get("zone", text(32), "", needed=True),
                line.get("bin", text(32, empty=True), ""),
            )
        )
    is_complete = reader.get("complete", _flag, False)
    _raise(faults)
    return site, places, is_complete
