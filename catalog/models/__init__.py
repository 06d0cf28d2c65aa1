"""Master data, one noun a file."""

from catalog.models.bills import BillLine, BillOfMaterials
from catalog.models.costs import ExchangeRate, TaxRate, UnitCost
from catalog.models.products import Category, Pack, Product
from catalog.models.rate_proposals import RateProposal
from catalog.models.sites import (
    Channel,
    ControlProfile,
    CustomerGroup,
    LegalEntity,
    Region,
    Scope,
    Site,
    Supplier,
)

__all__ = [
    "BillLine",
    "BillOfMaterials",
    "Category",
    "Channel",
    "ControlProfile",
    "CustomerGroup",
    "ExchangeRate",
    "LegalEntity",
    "Pack",
    "Product",
    "RateProposal",
    "Region",
    "Scope",
    "Site",
    "Supplier",
    "TaxRate",
    "UnitCost",
]
