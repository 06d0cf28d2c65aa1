"""Shopify's GraphQL Admin API: what is asked, and what an answer means. Pure.

Version 2026-10, after shopify.dev: inventorySetQuantities (changeFromQuantity is mandatory and @idempotent required since
2026-04), productVariantsBulkUpdate (allowPartialUpdates), productVariants, nodes, and "GraphQL Admin API rate limits".
"""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

VERSION = "2026-10"
#: Ids of an idempotency key are made of the message and what is asked, so the same request has the same key.
NAMESPACE = uuid.UUID("5d3f0c0e-3a8e-4c53-9c4a-0d2f6a5f9c11")
REASON = "correction"
AVAILABLE = "available"

FIND = """query Find($query: String!, $after: String) {
  productVariants(first: 250, query: $query, after: $after) {
    nodes { id sku product { id } inventoryItem { id } } pageInfo { hasNextPage endCursor }
  }
}"""
LEVELS = """query Levels($ids: [ID!]!, $location: ID!) {
  nodes(ids: $ids) {
    ... on InventoryItem { id inventoryLevel(locationId: $location) { quantities(names: ["available"]) { name quantity } } }
  }
}"""
SET = """mutation Set($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup { id createdAt } userErrors { code field message }
  }
}"""
VARIANTS = """query Variants($ids: [ID!]!) {
  nodes(ids: $ids) { ... on ProductVariant { id sku price compareAtPrice } }
}"""
VARIANTS_WITH_STOCK = """query Variants($ids: [ID!]!, $location: ID!) {
  nodes(ids: $ids) {
    ... on ProductVariant {
      id sku price compareAtPrice
      inventoryItem { id inventoryLevel(locationId: $location) { quantities(names: ["available"]) { name quantity } } }
    }
  }
}"""
SHOP = "query Shop { shop { myshopifyDomain currencyCode taxesIncluded } }"

#: The compare-and-swap found another quantity than we read: read again.
STALE = frozenset({"CHANGE_FROM_QUANTITY_STALE", "COMPARE_QUANTITY_STALE"})
#: Nothing is wrong with the items: the same later.
PASSING = frozenset({"IDEMPOTENCY_CONCURRENT_REQUEST", "SERVICE_UNAVAILABLE", "INTERNAL_ERROR"})
#: The key is used up: the same under a new one.
NEW_KEY = frozenset({"IDEMPOTENCY_KEY_PARAMETER_MISMATCH", "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"})


@dataclass(frozen=True)
class Bucket:
    """extensions.cost.throttleStatus: points that may be spent now, and how many come back in a second."""

    available: float
    maximum: float
    restore_rate: float
    requested: float

    def wait_s(self, cost: float | None = None) -> float:
        """Until a request of such a cost (by default of the last one's) fits."""
        needed = min(self.requested if cost is None else cost, self.maximum)
        if needed <= self.available or self.restore_rate <= 0:
            return 0.0
        return (needed - self.available) / self.restore_rate


@dataclass(frozen=True)
class UserError:
    """index: which of the items that were sent; None: none of them in particular."""

    code: str
    message: str
    index: int | None


def prices_document(products: int) -> str:
    """A mutation of so many products at once, each under a name of its own: m0, m1 …"""
    names = ", ".join(f"$p{n}: ID!, $v{n}: [ProductVariantsBulkInput!]!" for n in range(products))
    calls = "\n".join(
        f"  m{n}: productVariantsBulkUpdate(productId: $p{n}, variants: $v{n}, allowPartialUpdates: true) {{"
        " productVariants { id price compareAtPrice } userErrors { code field message } }"
        for n in range(products)
    )
    return f"mutation Prices({names}) {{\n{calls}\n}}"


def idempotency_key(message_id: str, asked: Mapping[str, Any], turn: int) -> str:
    """A UUID that is the same for the same message, content and turn."""
    content = json.dumps(asked, sort_keys=True, separators=(",", ":"))
    return str(uuid.uuid5(NAMESPACE, f"{message_id} {turn} {content}"))


def quantities_input(
    message_id: str, location: str, rows: Sequence[tuple[str, int, int | None]]
) -> dict[str, Any]:
    """InventorySetQuantitiesInput of (inventory item, quantity, what it is changed from)."""
    return {
        "name": AVAILABLE,
        "reason": REASON,
        "referenceDocumentUri": f"gid://steelyard/Dispatch/{message_id}",
        "quantities": [
            {
                "inventoryItemId": item,
                "locationId": location,
                "quantity": quantity,
                "changeFromQuantity": before,
            }
            for item, quantity, before in rows
        ],
    }


def skus_query(skus: Sequence[str]) -> str:
    """A search for these SKUs; quotes and backslashes in one are escaped."""
    quoted = (sku.replace("\\", "\\\\").replace('"', '\\"') for sku in skus)
    return " OR ".join(f'sku:"{sku}"' for sku in quoted)


def bucket_of(told: Any) -> Bucket | None:
    """The throttle status of an answer."""
    cost = _member(_member(told, "extensions"), "cost")
    status = _member(cost, "throttleStatus")
    try:
        return Bucket(
            float(status["currentlyAvailable"]),
            float(status["maximumAvailable"]),
            float(status["restoreRate"]),
            float(cost.get("requestedQueryCost") or 0),
        )
    except (KeyError, TypeError, ValueError):
        return None


def error_code(told: Any) -> str:
    """The code of the first top-level error ("THROTTLED", "ACCESS_DENIED" …), "" where there is none."""
    errors = told.get("errors") if isinstance(told, dict) else None
    if not errors:
        return ""
    first = errors[0] if isinstance(errors, list) else errors
    code = _member(_member(first, "extensions"), "code")
    if isinstance(code, str) and code:
        return code
    return "THROTTLED" if _member(first, "message") == "Throttled" else "GRAPHQL_ERROR"


def user_errors(payload: Any, member: str) -> list[UserError]:
    """userErrors of a payload; `member` names the list whose number stands in the path of a field."""
    found = []
    for row in _member(payload, "userErrors") or []:
        path = [str(part) for part in (row.get("field") or [])]
        place = path[path.index(member) + 1] if member in path[:-1] else ""
        index = int(place) if place.isdecimal() else None
        found.append(UserError(str(row.get("code") or "INVALID"), str(row.get("message") or "")[:140], index))
    return found


def available_of(level: Any) -> int | None:
    """The quantity named "available" of an inventory level; None: it is not stocked at the location."""
    for row in _member(level, "quantities") or []:
        if row.get("name") == AVAILABLE:
            return int(row["quantity"])
    return None


def _member(told: Any, name: str) -> Any:
    return told.get(name) if isinstance(told, dict) else None
