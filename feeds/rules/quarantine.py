"""Who works a row in quarantine and until when; what is kept of it. Pure."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from feeds.rules.cells import FAULT

#: The role that works what a kind leaves in quarantine, where the feed's source has no owner.
OWNER_ROLES: dict[str, str] = {
    "products": "price_manager",
    "competitor-prices": "price_manager",
    "price-readings": "price_manager",
    "tax-rates": "finance",
    "unit-costs": "finance",
    "exchange-rates": "finance",
    "sites": "admin",
    "purchase-orders": "purchaser",
    "purchase-order-confirmations": "purchaser",
}
OTHERS_ROLE = "stock_manager"
#: How long a row of a kind may lie: what moves stock or prices today is looked at today.
WITHIN: dict[str, timedelta] = {
    "sales": timedelta(hours=4),
    "movements": timedelta(hours=4),
    "receipts": timedelta(hours=4),
    "snapshots": timedelta(hours=2),
    "exchange-rates": timedelta(hours=4),
    "price-readings": timedelta(hours=4),
}
OTHERS_WITHIN = timedelta(hours=24)
#: The field that the rows of one document share.
GROUPED_BY = "reference"
KEPT_CELL = 4_000
KEPT_FIELDS = 100
#: The fields that name a row's site, in the order in which they are asked.
SITE_FIELDS = ("site", "from", "to")
#: What stands in such a field and is no site.
NO_SITES = {"supplier", "customer", "adjustment", "transit", "customs", "scrap", "production"}


def owner_role(kind: str) -> str:
    """The role that works rows of a feed of this kind."""
    return OWNER_ROLES.get(kind, OTHERS_ROLE)


def due_within(kind: str) -> timedelta:
    """The time after which an open row of this kind is overdue."""
    return WITHIN.get(kind, OTHERS_WITHIN)


def kept_row(row: Any) -> tuple[dict[str, Any], bool]:
    """(what is kept of a row that was not taken, whether that is all of it). What is no object stands under "value"."""
    if not isinstance(row, Mapping):
        return {"value": str(row)[:KEPT_CELL].replace("\x00", "")}, False
    named = {name: value for name, value in row.items() if name != FAULT}
    kept = {str(name)[:60]: _kept(value) for name, value in list(named.items())[:KEPT_FIELDS]}
    return _storable(kept), kept == named


def _kept(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, (list, dict)):
        return value if len(str(value)) <= KEPT_CELL else str(value)[:KEPT_CELL]
    return str(value)[:KEPT_CELL]


def _storable(value: Any) -> Any:
    """PostgreSQL keeps neither zero characters nor halves of characters in JSON."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode().replace("\x00", "")
    if isinstance(value, dict):
        return {_storable(name): _storable(inner) for name, inner in value.items()}
    return [_storable(inner) for inner in value] if isinstance(value, list) else value


def site_code(row: Mapping[str, Any]) -> str:
    """The site a row names, "" when it names none."""
    for name in SITE_FIELDS:
        value = row.get(name)
        if isinstance(value, str) and value and value not in NO_SITES:
            return value[:64]
    return ""
