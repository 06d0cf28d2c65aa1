"""Signed webhooks after Standard Webhooks: the batch's frozen bytes, signed with every live key.

The receiver answers 2xx. It may say what became of each item: {"items": [{"key" or "sku", "version"?, "status":
"accepted" | "refused", "code"?, "detail"?}]}; silence on an item of a 2xx counts as taken. `webhook-id` is the same for
every attempt. Reading back: GET `settings.readings_url` (else `<endpoint>/readings`) with ?sku=…&sku=…, signed over an
empty body, answers {"site"?, "readings": [{"sku", "site"?, "amount"?, "currency"?, "tax_included"?, "quantity"?,
"read_at"?}]}; a SKU that was asked for and is not in it is unknown there.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, cast
from urllib.parse import quote

from django.utils.dateparse import parse_datetime

from feeds.rules.signatures import signature_of
from feeds.senders import http
from feeds.senders.base import Acknowledged, Batch, Item, Outlet, ReadBackError, Reading, Sent
from lib import clock
from lib.outbound import Answer, OutboundError

GONE = 410
READ_ITEMS = 100


class WebhookSender:
    """POSTs batches, GETs readings."""

    batch_items = 500
    needs_endpoint = True
    needs_secrets: tuple[str, ...] = ("signing",)
    reads_back = True

    def send(self, outlet: Outlet, batch: Batch) -> Sent:
        headers = signed_headers(outlet, batch.message_id, batch.body)
        headers["Content-Type"] = "application/json"
        try:
            answer = http.ask("POST", outlet.endpoint, headers=headers, body=batch.body)
        except OutboundError as error:
            return Sent("again", error_code=error.code, answer=error.detail)
        return Sent(
            cast(Any, http.outcome_of(answer.status)),
            status_code=answer.status,
            error_code="" if answer.is_success else f"http_{answer.status}",
            answer=http.words_of(answer),
            acknowledgements=acknowledgements_of(answer, batch) if answer.is_success else None,
            retry_after_s=http.retry_after_s(answer),
            is_gone=answer.status == GONE,
        )

    def read_back(self, outlet: Outlet, skus: Sequence[str]) -> Sequence[Reading]:
        found: list[Reading] = []
        for start in range(0, len(skus), READ_ITEMS):
            found += self._read(outlet, skus[start : start + READ_ITEMS])
        return found

    def _read(self, outlet: Outlet, skus: Sequence[str]) -> list[Reading]:
        base = str(outlet.settings.get("readings_url") or outlet.endpoint.rstrip("/") + "/readings")
        url = base + ("&" if "?" in base else "?") + "&".join(f"sku={quote(sku, safe='')}" for sku in skus)
        message_id = f"read_{outlet.id}_{int(clock.now().timestamp() * 1_000_000)}"
        try:
            answer = http.ask("GET", url, headers=signed_headers(outlet, message_id, b""))
        except OutboundError as error:
            raise ReadBackError(error.code, error.detail) from error
        said = http.json_of(answer) if answer.is_success else None
        told = said if isinstance(said, dict) else {}
        rows = told.get("readings")
        if not isinstance(rows, list):
            code = "no_readings" if answer.is_success else f"http_{answer.status}"
            raise ReadBackError(code, http.words_of(answer)[:200])
        asked, site = set(skus), str(told.get("site") or outlet.site)
        readings = [reading_of(row, site) for row in rows if isinstance(row, dict)]
        return [reading for reading in readings if reading.sku in asked]


def signed_headers(outlet: Outlet, message_id: str, body: bytes) -> dict[str, str]:
    """The three headers of Standard Webhooks; one signature for each live key, so that a receiver can change over."""
    timestamp = str(int(clock.now().timestamp()))
    signatures = [
        signature_of(secret, message_id, timestamp, body) for secret in outlet.secrets.get("signing", ())
    ]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(signatures),
    }


def acknowledgements_of(answer: Answer, batch: Batch) -> list[Acknowledged] | None:
    """What the body says of single items; None where it says nothing. What is not of this batch is passed over."""
    told = http.json_of(answer)
    rows = told.get("items") if isinstance(told, dict) else None
    if not isinstance(rows, list):
        return None
    by_key = {item.key: item for item in batch.items}
    by_sku: dict[str, list[Item]] = {}
    for item in batch.items:
        by_sku.setdefault(item.sku, []).append(item)
    found = []
    for row in rows:
        if not isinstance(row, dict):
            continue
        named = by_key.get(str(row.get("key", "")))
        for item in [named] if named else by_sku.get(str(row.get("sku", "")), []):
            is_taken = row.get("status", "accepted") != "refused"
            code, detail = _text(row, "code", 60), _text(row, "detail", 140)
            found.append(Acknowledged(item.key, item.version, is_taken, code, detail))
    return found


def _text(row: Mapping[str, Any], name: str, length: int) -> str:
    return str(row.get(name) or "")[:length].replace("\x00", "")


def reading_of(row: Mapping[str, Any], default_site: str) -> Reading:
    """One row of readings; what cannot be read as a figure counts as not told."""
    read_at = row.get("read_at")
    tax = row.get("tax_included")
    return Reading(
        sku=str(row.get("sku", ""))[:64],
        site=str(row.get("site") or default_site)[:32],
        amount=_decimal(row.get("amount")),
        currency=str(row.get("currency") or "")[:3].upper(),
        tax_included=tax if isinstance(tax, bool) else None,
        quantity=_decimal(row.get("quantity", row.get("available"))),
        read_at=_instant(read_at),
        is_missing=row.get("amount") is None and row.get("is_missing") is True,
    )


def _decimal(told: Any) -> Decimal | None:
    if told is None or isinstance(told, bool):
        return None
    try:
        value = Decimal(str(told)[:40])
    except InvalidOperation:
        return None
    return value if value.is_finite() and abs(value) < Decimal("1e14") else None


def _instant(told: Any) -> datetime | None:
    try:
        found = parse_datetime(str(told)[:40]) if told else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None
