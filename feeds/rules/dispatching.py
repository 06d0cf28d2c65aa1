"""Batches of a publication: what is in one, when it is tried again, when nothing more is tried. Pure."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from feeds.senders.base import Item

#: Pause after the first, second, … failed attempt in a row; the last one stays.
PAUSES_S = (10, 30, 60, 120, 300, 600, 900)
#: Failures in a row after which a publication pauses until a person goes on; about two hours.
PAUSE_AFTER = 12
#: Failures in a row that raise a warning.
WARN_AFTER = 3
#: Batches refused in a row after which it pauses: then it is not the content.
MAX_REFUSED = 3
#: What a receiver says of goods that it does not list: no trouble, unlike other refusals.
NOT_LISTED = frozenset({"unknown_sku", "not_listed", "unknown_product"})
UNLISTED = "not_listed"
#: A claim holds for so long; a sender that takes longer is taken for dead.
LEASE = timedelta(seconds=120)


@dataclass(frozen=True)
class Heading:
    """What a batch says of itself beside its items."""

    message_id: str
    publication: str
    what: str
    channel: str
    site: str
    kind: str
    version_from: int
    version_to: int
    produced_at: datetime


def retry_pause(failures: int, wished_s: int | None = None) -> timedelta:
    """How long to wait after so many failures in a row (≥ 1); longer where the other side wishes so."""
    own = PAUSES_S[min(max(failures, 1), len(PAUSES_S)) - 1]
    return timedelta(seconds=max(own, wished_s or 0))


def totals_of(items: Iterable[Item], figure: str) -> dict[str, Any]:
    """Control totals: {"items": n, figure: "sum"}; items without the figure count as zero."""
    count, total = 0, Decimal(0)
    for item in items:
        count += 1
        if figure:
            try:
                total += Decimal(str(item.content.get(figure) or 0))
            except InvalidOperation:
                continue
    return {"items": count, figure: f"{total:f}"} if figure else {"items": count}


def body_of(heading: Heading, items: Sequence[Item], totals: Mapping[str, Any]) -> bytes:
    """The batch's bytes: one JSON object, UTF-8."""
    told = {
        "id": heading.message_id,
        "publication": heading.publication,
        "what": heading.what,
        "kind": heading.kind,
        "channel": heading.channel,
        "site": heading.site,
        "version_from": heading.version_from,
        "version_to": heading.version_to,
        "produced_at": heading.produced_at.isoformat(),
        "totals": totals,
        "items": [item_json(item) for item in items],
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def item_json(item: Item) -> dict[str, Any]:
    """One item as the other side reads it, in batches, files and REST alike."""
    named = {"key": item.key, "site": item.site, "sku": item.sku, "version": item.version}
    at = item.effective_at.isoformat() if item.effective_at else None
    return {**named, "effective_at": at, **item.content}


def items_in(body: bytes) -> list[Item]:
    """The items of a frozen batch, as they were told."""
    told = json.loads(body)
    own = ("key", "site", "sku", "version", "effective_at")
    return [
        Item(
            key=row["key"],
            sku=row["sku"],
            site=row["site"],
            version=row["version"],
            content={name: value for name, value in row.items() if name not in own},
            effective_at=datetime.fromisoformat(row["effective_at"]) if row["effective_at"] else None,
        )
        for row in told["items"]
    ]
