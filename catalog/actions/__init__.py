"""Every write to master data, one noun a file."""

from catalog.actions.costs import upsert_tax_rates, upsert_unit_costs
from catalog.actions.entities import (
    upsert_channels,
    upsert_customer_groups,
    upsert_legal_entities,
    upsert_suppliers,
)
from catalog.actions.exchange import import_ecb, upsert_exchange_rates
from catalog.actions.products import upsert_products
from catalog.actions.rate_proposals import apply_rate_proposal, close_rate_proposal, propose_rate
from catalog.actions.scopes import grant_scope, revoke_scope
from catalog.actions.sites import name_regions, upsert_sites
from catalog.actions.upserts import Counts

__all__ = [
    "Counts",
    "apply_rate_proposal",
    "close_rate_proposal",
    "grant_scope",
    "import_ecb",
    "name_regions",
    "propose_rate",
    "revoke_scope",
    "upsert_channels",
    "upsert_customer_groups",
    "upsert_exchange_rates",
    "upsert_legal_entities",
    "upsert_products",
    "upsert_sites",
    "upsert_suppliers",
    "upsert_tax_rates",
    "upsert_unit_costs",
]
