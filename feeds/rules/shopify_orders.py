"""Shopify's webhook orders/create: whether it is genuine, and the sales in it. Pure.

After shopify.dev, "Verify webhooks" (X-Shopify-Hmac-SHA256: base64 of HMAC-SHA256 over the raw body with the app's client
secret; X-Shopify-Webhook-Id is the same when a webhook comes again) and the order payload of API version 2026-10.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from lib.faults import Fault, Faults, refuse

TOPIC = "orders/create"
PLACES = Decimal("0.000001")


def is_genuine(header: str, body: bytes, secrets: Iterable[str]) -> bool:
    """Whether one of the client secrets made the header for this body; constant time each."""
    found = False
    for secret in secrets:
        expected = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest())
        found |= hmac.compare_digest(header.strip().encode("utf-8", "replace"), expected)
    return found


def sales_of(order: Any, site: str) -> list[dict[str, str]]:
    """Rows of the feed of sales, one for each line with an SKU; the price paid is after its discounts.

    Lines without an SKU (gift wrap, tips) are no goods and left out; a test order has no rows.
    Raises Faults 422 `not_an_order`, `invalid_line` with the line's place.
    """
    if not isinstance(order, Mapping) or not order.get("id") or not isinstance(order.get("line_items"), list):
        raise refuse("not_an_order", "The body is no order: it needs id and line_items.")
    if order.get("test") is True:
        return []
    rows, faults = [], []
    for place, line in enumerate(order["line_items"]):
        try:
            row = _row(order, line, site)
        except (InvalidOperation, KeyError, TypeError, ValueError, AttributeError, ZeroDivisionError):
            faults.append(Fault(f"/line_items/{place}", "invalid_line", "The line cannot be read."))
        else:
            rows += [row] if row else []
    if faults:
        raise Faults(faults)
    return rows


def _row(order: Mapping[str, Any], line: Mapping[str, Any], site: str) -> dict[str, str] | None:
    quantity = int(line["quantity"])
    if not line.get("sku") or quantity == 0:
        return None
    off = sum(
        (Decimal(str(part["amount"])) for part in line.get("discount_allocations") or []), start=Decimal(0)
    )
    paid = (Decimal(str(line["price"])) * quantity - off) / quantity
    return {
        "reference": f"SHOPIFY-{int(order['id'])}",
        "site": site,
        "sku": str(line["sku"]),
        "quantity": str(quantity),
        "unit_price": format(paid.quantize(PLACES, ROUND_HALF_UP).normalize(), "f"),
        "occurred_at": str(order.get("processed_at") or order["created_at"]),
    }
