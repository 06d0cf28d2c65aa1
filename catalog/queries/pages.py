"""The querysets behind REST pages and how their query parameters filter them."""

from collections.abc import Mapping
from datetime import date, datetime

from django.db.models import QuerySet

from catalog.models import CustomerGroup, ExchangeRate, Site, TaxRate, UnitCost

Asked = Mapping[str, str]


def _wanted(asked: Asked, lookups: Mapping[str, str]) -> dict[str, str]:
    return {lookup: asked[name] for name, lookup in lookups.items() if asked.get(name)}


def sites(visible: QuerySet[Site], asked: Asked) -> QuerySet[Site]:
    """Visible sites with region, legal entity and channel; by code, region, kind, country."""
    lookups = {"code": "code", "region": "region__code", "kind": "kind", "country": "country"}
    return visible.select_related("region", "legal_entity", "channel").filter(**_wanted(asked, lookups))


def tax_rates(asked: Asked, valid_from: date | None) -> QuerySet[TaxRate]:
    """Tax rates by country, tax class and date."""
    found = TaxRate.objects.filter(**_wanted(asked, {"country": "country", "tax_class": "tax_class"}))
    return found.filter(valid_from=valid_from) if valid_from else found


def unit_costs(asked: Asked, valid_from: datetime | None) -> QuerySet[UnitCost]:
    """Unit costs with their products, by SKU, currency and instant."""
    lookups = {"sku": "product__sku", "currency": "currency"}
    found = UnitCost.objects.select_related("product").filter(**_wanted(asked, lookups))
    return found.filter(valid_from=valid_from) if valid_from else found


def customer_groups(asked: Asked) -> QuerySet[CustomerGroup]:
    """Customer groups by code."""
    return CustomerGroup.objects.filter(**_wanted(asked, {"code": "code"}))


def exchange_rates(asked: Asked, on: date | None) -> QuerySet[ExchangeRate]:
    """Stored exchange rates by base, quote and date."""
    found = ExchangeRate.objects.filter(**_wanted(asked, {"base": "base", "quote": "quote"}))
    return found.filter(on=on) if on else found
