"""Reads of master data, one noun a file."""

from catalog.queries.costs import tax_rate_rows, tax_rates, unit_cost_rows, unit_costs
from catalog.queries.exchange import exchange_rate, exchange_rate_rows, exchange_rates
from catalog.queries.products import product_rows, products, products_by_sku, search_products
from catalog.queries.rate_proposals import (
    newest_rates,
    proposal_row,
    rate_history,
    rate_proposal,
    rate_proposals,
)
from catalog.queries.sites import country_name, scopes_of, site_rows, sites_by_code
from catalog.rules.exchange import MissingRate, Rate, StaleRate

__all__ = [
    "MissingRate",
    "Rate",
    "StaleRate",
    "country_name",
    "exchange_rate",
    "exchange_rate_rows",
    "exchange_rates",
    "newest_rates",
    "product_rows",
    "products",
    "products_by_sku",
    "proposal_row",
    "rate_history",
    "rate_proposal",
    "rate_proposals",
    "scopes_of",
    "search_products",
    "site_rows",
    "sites_by_code",
    "tax_rate_rows",
    "tax_rates",
    "unit_cost_rows",
    "unit_costs",
]
