"""What stands around the rows of a JSON delivery: stream, number, kind of batch, times, control totals. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from catalog.rules import fields
from catalog.rules.fields import Wrong
from lib.faults import Fault, Faults

KINDS = ("snapshot", "delta", "heartbeat")
HEARTBEAT = "heartbeat"
#: Members that make an object an envelope; an object with none of them is a plain document of rows.
MEMBERS = (
    "stream", "sequence", "epoch", "event_time_from", "event_time_to", "produced_at", "totals", "source",
)  # fmt: skip
ROWS = ("rows", "lines")
MAX_NUMBER = 2**63 - 1
#: Above this size the envelope must stand before the rows: a large body is not read twice.
WHOLE_READ_BYTES = 1024 * 1024

_stream = fields.text(60, empty=True)


@dataclass(frozen=True)
class Envelope:
    """sequence: from 1 on, without gaps within an epoch; of a heartbeat: of the last delivery sent before it.

    epoch: goes up when a sender begins its numbers anew. kind: "" where nothing is said. totals: what the sender
    counted, as decimals, by name (rows, quantity, amount).
    """

    source: str = ""
    stream: str = ""
    epoch: int | None = None
    sequence: int | None = None
    kind: str = ""
    event_time_from: datetime | None = None
    event_time_to: datetime | None = None
    produced_at: datetime | None = None
    totals: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def is_heartbeat(self) -> bool:
        return self.kind == HEARTBEAT


def envelope_of(document: Mapping[str, Any]) -> Envelope:
    """The envelope an object's members tell; an empty one when it has none.

    Raises Faults 422, each at its member: `not_text`, `too_long`, `not_a_number`, `unknown_kind`, `naive` …, and
    `window` for event times that end before they begin.
    """
    is_one = any(document.get(name) is not None for name in MEMBERS) or document.get("kind") in KINDS
    if not is_one:
        return Envelope()
    faults: list[Fault] = []

    def read(name: str, check: Any) -> Any:
        value = document.get(name)
        if value is None:
            return None
        try:
            return check(value)
        except Wrong as wrong:
            faults.append(Fault(f"/{name}", wrong.code, f"{name} {wrong.detail}."))
            return None

    found = Envelope(
        source=read("source", _stream) or "",
        stream=read("stream", _stream) or "",
        epoch=read("epoch", _number(0)),
        sequence=read("sequence", _number(1)),
        kind=read("kind", fields.choice(KINDS, "unknown_kind")) or "",
        event_time_from=read("event_time_from", fields.instant),
        event_time_to=read("event_time_to", fields.instant),
        produced_at=read("produced_at", fields.instant),
        totals=read("totals", _totals) or {},
    )
    if found.event_time_from and found.event_time_to and found.event_time_to < found.event_time_from:
        faults.append(Fault("/event_time_to", "window", "event_time_to lies before event_time_from."))
    if faults:
        raise Faults(faults)
    return found


def _number(least: int) -> Any:
    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= MAX_NUMBER:
            raise Wrong("not_a_number", f"must be a whole number from {least} on")
        return value

    return check


def _totals(value: Any) -> dict[str, Decimal]:
    if not isinstance(value, Mapping) or set(value) - {"rows", "quantity", "amount"}:
        raise Wrong("unknown_total", "holds rows, quantity and amount")
    found = {}
    for name, total in value.items():
        try:
            found[name] = Decimal(str(total)) if not isinstance(total, bool) else Decimal("NaN")
        except InvalidOperation:
            found[name] = Decimal("NaN")
        if not found[name].is_finite():
            raise Wrong("not_a_number", f"has a {name} that is no number")
    return found


def head_of(body: bytes) -> dict[str, Any]:
    """The members of a JSON object that stand before its rows, and in a small body those behind them too.

    Empty for anything else: a list, CSV, JSON that cannot be read (reading the delivery refuses that). Never raises.
    """
    text = body.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text.startswith(b"{"):
        return {}
    try:
        words = text.decode("utf-8")
        if len(body) <= WHOLE_READ_BYTES:
            found = json.loads(words, parse_float=str)
            return {name: value for name, value in found.items() if name not in ROWS}
        return _before_rows(words)
    except (ValueError, RecursionError):
        return {}


def _before_rows(text: str) -> dict[str, Any]:
    decoder = json.JSONDecoder(parse_float=str)
    found: dict[str, Any] = {}
    place = _skip(text, 1)
    while text[place : place + 1] == '"':
        name, place = decoder.raw_decode(text, place)
        place = _skip(text, _skip(text, place) + 1)
        if name in ROWS:
            break
        found[name], place = decoder.raw_decode(text, place)
        place = _skip(text, place)
        if text[place : place + 1] != ",":
            break
        place = _skip(text, place + 1)
    return found


def _skip(text: str, place: int) -> int:
    while place < len(text) and text[place] in " \t\r\n":
        place += 1
    return place
