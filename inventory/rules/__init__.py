"""Pure rules of stock: locations and routes, valuation, posting, differences, safety stock."""

from inventory.rules.locations import (
    ADJUSTMENT,
    CUSTOMER,
    CUSTOMS,
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
    "SCRAP",
    "SUPPLIER",
    "TRANSIT",
    "VIRTUAL_CODES",
    "VIRTUAL_IDS",
]
