"""Prices read in shops, as rows to keep. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from catalog.rules import fields
from catalog.rules.fields import Wrong
from feeds.senders.base import Reading

#: A moment of reading later than now by more than this is a clock that is wrong; the moment of hearing counts.
AHEAD = timedelta(minutes=5)


@dataclass(frozen=True)
class Place:
    """A site and its own channel; a reading in that channel is kept as the site's own (channel None)."""

    id: int
    channel_id: int | None


@dataclass(frozen=True)
class ReadRow:
    """One price as read; amount None: the shop does not have the product."""

    site_id: int
    channel_id: int | None
    sku: str
    amount: Decimal | None
    currency: str
    tax_included: bool | None
    read_at: datetime


def row_of(
    reading: Reading, places: Mapping[str, Place], channel_id: int | None, now: datetime
) -> ReadRow | None:
    """A reading as a row; None where it tells of no price or of a site that is not meant.

    A site that is not named is the only one there is.
    """
    only = next(iter(places.values())) if len(places) == 1 else None
    place = places.get(reading.site) if reading.site else only
    if place is None or (reading.amount is None and not reading.is_missing):
        return None
    read_at = reading.read_at if reading.read_at and reading.read_at <= now + AHEAD else now
    return ReadRow(
        place.id, own(place, channel_id), reading.sku, reading.amount, reading.currency, reading.tax_included, read_at
    )  # fmt: skip


def missing_rows(
    skus: Sequence[str], rows: Sequence[ReadRow], place: Place, channel_id: int | None, now: datetime
) -> list[ReadRow]:
    """What was asked for and not answered: the shop does not show it."""
    told = {row.sku for row in rows}
    channel = own(place, channel_id)
    return [ReadRow(place.id, channel, sku, None, "", None, now) for sku in skus if sku not in told]


def own(place: Place, channel_id: int | None) -> int | None:
    """The channel a reading is kept under."""
    return None if channel_id == place.channel_id else channel_id


def _currency(value: Any) -> str:
    text = str(fields.text(3)(value))
    if len(text) != 3 or not text.isascii() or not text.isalpha():
        raise Wrong("unknown_currency", "must be a currency of three letters")
    return text.upper()


def _truth(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word in ("true", "1", "yes", "y", "是"):
        return True
    if word in ("false", "0", "no", "n", "否"):
        return False
    raise Wrong("not_a_truth", "must be true or false")


REQUIRED: dict[str, Callable[[Any], Any]] = {"site": fields.text(32), "sku": fields.text(64)}
OPTIONAL: dict[str, Callable[[Any], Any]] = {
    "amount": fields.decimal(14, 6),
    "currency": _currency,
    "read_at": fields.instant,
    "channel": fields.text(32),
    "tax_included": _truth,
}
