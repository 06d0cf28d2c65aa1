"""Rows of the ledger as text: as COPY takes them, and as the trail's digest covers them. Pure.

Most of a large posting is its entries: their digest is taken here while the database takes them in, instead of reading
them again there. A test holds these texts to `audit.queries.row_expression` over the stored rows.
"""

import hashlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any

from inventory.rules.lines import Entry
from inventory.rules.states import AVAILABLE, OWN
from inventory.rules.valuation import six

NULL = "\\N"
ENTRY_NAMES = (
    "id", "movement_id", "line", "location_id", "counter_id", "destination_id", "product_id", "lot", "quantity",
    "unit_cost", "value", "currency", "occurred_at", "state", "owner_id", "is_assumed", "event_id", "recorded_at",
)  # fmt: skip
HEADER_NAMES = (
    "id", "reference", "kind", "state", "occurred_at", "destination_id", "reason", "prepared_by_id", "reverses_id",
    "source", "draft", "reported_at", "recorded_at", "event_id", "note",
)  # fmt: skip
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_NOTHING = ("0", "-0.000000")


def copy_text(value: str) -> str:
    """`value` as a field of COPY's text format."""
    return value.translate(_ESCAPES)


def copy_field(value: Any) -> str:
    """A number, text, instant or nothing as a field of COPY's text format."""
    if value is None:
        return NULL
    return value.translate(_ESCAPES) if isinstance(value, str) else str(value)


def json_instant(at: datetime) -> str:
    """`at` as PostgreSQL writes it into JSON, in UTC: no needless zeros in the fraction."""
    at = at.astimezone(UTC)
    fraction = f".{at.microsecond:06d}".rstrip("0") if at.microsecond else ""
    return f'"{at.replace(microsecond=0, tzinfo=None).isoformat()}{fraction}+00:00"'


def json_text(value: str) -> str:
    """`value` as PostgreSQL writes it into JSON."""
    return encode_basestring(value)


def json_field(value: Any) -> str:
    """A number, text or nothing as PostgreSQL writes it into JSON."""
    if value is None:
        return "null"
    return json_text(value) if isinstance(value, str) else str(value)


def fixed(number: Decimal) -> str:
    """A number of six decimals, or a plain zero, as a column of six decimals shows it."""
    text = str(number)
    return "0.000000" if text in _NOTHING else text


def negated(text: str) -> str:
    """What `fixed` makes of the number below (or above) zero."""
    if text[0] == "-":
        return text[1:]
    return text if text == "0.000000" else "-" + text


class Numbers:
    """Ids drawn beforehand, in rising order; `add` puts more behind."""

    def __init__(self) -> None:
        self._blocks: deque[range | list[int]] = deque()
        self.drawn = 0

    def add(self, block: "range | list[int]") -> None:
        self._blocks.append(block)
        self.drawn += len(block)

    def __iter__(self) -> Iterator[int]:
        while True:
            yield from self._blocks.popleft()


@dataclass
class RowTexts:
    """Writes the rows of one event and takes their digests on the way; entries and headers in the order of their ids."""

    event_id: int
    recorded_at: datetime
    numbers: Numbers = field(default_factory=Numbers)
    entry_count: int = 0
    header_count: int = 0

    def __post_init__(self) -> None:
        self.next_number = iter(self.numbers).__next__
        self.entries = hashlib.sha256()
        self.headers = hashlib.sha256()
        self._instants: dict[datetime, tuple[str, str]] = {}
        self.recorded, self.recorded_json = self.instant(self.recorded_at)

    def instant(self, at: datetime) -> tuple[str, str]:
        """`at` as COPY takes it, as the digest covers it."""
        if at not in self._instants:
            self._instants[at] = at.isoformat(), json_instant(at)
        return self._instants[at]

    def tails(self, currency: str, occurred_at: datetime) -> tuple[str, str]:
        """What follows an entry's value where it is ours and available: as COPY takes it, as the digest covers it."""
        occurred, covered = self.instant(occurred_at)
        return (
            f"\t{currency}\t{occurred}\tavailable\t0\tf\t{self.event_id}\t{self.recorded}\n",
            f', "{currency}", {covered}, {self.recorded_json}]',
        )

    def entry(self, movement_id: int, occurred_at: datetime, e: Entry) -> str:
        """Any entry as COPY takes it."""
        number = self.next_number()
        quantity, value = fixed(six(e.quantity)), fixed(six(e.value))
        cost = None if e.unit_cost is None else fixed(six(e.unit_cost))
        currency, (at, covered_at) = e.currency, self.instant(occurred_at)
        if e.is_assumed:
            lot = f'[{json_text(e.lot)}, "{e.state}", {e.owner_id}, "assumed"]'
        elif e.state == AVAILABLE and e.owner_id == OWN:
            lot = json_text(e.lot)
        else:
            lot = f'[{json_text(e.lot)}, "{e.state}", {e.owner_id}]'
        covered = (
            f"[{number}, {movement_id}, {e.line}, {e.location_id}, {e.counter_id}, {json_field(e.destination_id)},"
            f' {e.product_id}, {lot}, {quantity}, {cost or "null"}, {value}, "{currency}", {covered_at},'
            f" {self.recorded_json}]"
        )
        self.entries.update(hashlib.sha256(covered.encode()).digest())
        self.entry_count += 1
        return (
            f"{number}\t{movement_id}\t{e.line}\t{e.location_id}\t{e.counter_id}\t{copy_field(e.destination_id)}\t"
            f"{e.product_id}\t{copy_text(e.lot)}\t{quantity}\t{cost or NULL}\t{value}\t{currency}\t{at}\t{e.state}\t"
            f"{e.owner_id}\t{'t' if e.is_assumed else 'f'}\t{self.event_id}\t{self.recorded}\n"
        )

    def header(self, row: "Header") -> str:
        """A movement's head as COPY takes it."""
        at, occurred = self.instant(row.occurred_at)
        if row.reported_at is not None:
            occurred = f"[{occurred}, {json_instant(row.reported_at)}]"
        covered = (
            f'[{row.id}, {json_text(row.reference)}, "{row.kind}", {occurred}, {json_field(row.destination_id)},'
            f" {json_text(row.reason)}, {json_field(row.prepared_by_id)}, {json_field(row.reverses_id)},"
            f" {json_text(row.source)}]"
        )
        self.headers.update(hashlib.sha256(covered.encode()).digest())
        self.header_count += 1
        reported = NULL if row.reported_at is None else row.reported_at.isoformat()
        return (
            f"{row.id}\t{copy_text(row.reference)}\t{row.kind}\t{row.state}\t{at}\t"
            f"{copy_field(row.destination_id)}\t{copy_text(row.reason)}\t{copy_field(row.prepared_by_id)}\t"
            f"{copy_field(row.reverses_id)}\t{copy_text(row.source)}\t{copy_field(row.draft)}\t{reported}\t"
            f"{self.recorded}\t{self.event_id}\t\n"
        )


@dataclass(slots=True)
class Header:
    """A movement's own row. draft: as JSON text."""

    id: int
    reference: str
    kind: str
    occurred_at: datetime
    reason: str
    source: str
    prepared_by_id: int | None
    state: str = "posted"
    destination_id: int | None = None
    reverses_id: int | None = None
    draft: str | None = None
    reported_at: datetime | None = None
