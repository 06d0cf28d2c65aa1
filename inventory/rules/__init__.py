"""Pure rules of stock: locations and routes, valuation, posting, differences, safety stock."""

from inventory.rules.locations import (
    ADJUSTMENT,
    CUSTOMER,
    CUSTOMS,
    PRODUCTION,
    SCRAP,
    SUPPLIER,
    TRANSIT,
    VIRTUAL_CODES,
    VIRTUAL_IDS,
)

__all__ = [
    "ADJUSTMENT",
    "CUSTOMER",
    "CUSTOMS",
    "PRODUCTION",
    "SCRAP",
    "SUPPLIER",
    "TRANSIT",
    "VIRTUAL_CODES",
    "VIRTUAL_IDS",
]
