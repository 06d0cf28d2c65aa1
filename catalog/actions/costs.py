"""Tax rates and unit costs, written by lists."""

from typing import Any

from django.db import transaction

from catalog import queries
from catalog.actions import upserts
from catalog.actions.upserts import Column, Counts, Rows, Story, Target
from catalog.models import TaxRate, UnitCost
from catalog.rules.rows import TAX_RATE, UNIT_COST, checked_rows
from lib.actors import Actor
from lib.faults import Fault

_TAX = Target(
    table="catalog_taxrate",
    key=["country", "tax_class", "valid_from"],
    key_values=["s.country", "s.tax_class", "s.valid_from"],
    columns=[Column("rate_fraction", "s.rate_fraction")],
    history="catalog_historicaltaxrate",
)
_TAX_STAGE = {"country": "text", "tax_class": "text", "valid_from": "date", "rate_fraction": "numeric(6,5)"}

_COST = Target(
    table="catalog_unitcost",
    key=["product_id", "valid_from"],
    key_values=["p.id", "s.valid_from"],
    joins="JOIN catalog_product p ON p.sku = s.sku",
    columns=[Column("amount", "s.amount"), Column("currency", "s.currency")],
)
_COST_STAGE = {"sku": "text", "valid_from": "timestamptz", "amount": "numeric(20,6)", "currency": "text"}


@transaction.atomic
def upsert_tax_rates(*, actor: Actor, rows: Any, reason: str = "") -> Counts:
    """Create or update tax rates by (country, tax class, valid_from); all or nothing.

    rows: as the contract's `POST tax-rates/` takes them; valid_from is a date (of an instant, its date in UTC).
    Raises Faults 422 with every fault (see `catalog.rules.rows`); 409 conflict.
    Locks: the rates, in the order of their key. Records: tax_rate.upserted. Allowed: the edge asks for taxes.edit.
    """
    clean, faults = checked_rows(rows, TAX_RATE)
    upserts.refuse_all(faults)
    short = len(clean) <= upserts.DETAILED_ROWS
    countries = {row["country"] for row in clean}
    before = _rates_by_key(TaxRate.objects.filter(country__in=countries)) if short else None
    upserts.stage("catalog_stage_taxes", _TAX_STAGE, ([row[name] for name in _TAX_STAGE] for row in clean))
    written = upserts.upsert(_TAX, "catalog_stage_taxes")
    upserts.keep_history(_TAX, written, actor)
    read = lambda ids: _rates_by_key(TaxRate.objects.filter(pk__in=ids))  # noqa: E731
    upserts.record(actor, written, Story("tax_rate", before, read, reason))
    return written.counts


@transaction.atomic
def upsert_unit_costs(*, actor: Actor, rows: Any, reason: str = "") -> Counts:
    """Create or update net unit costs by (SKU, valid_from); all or nothing.

    rows: as the contract's `POST unit-costs/` takes them; valid_from is an instant (a bare date: its midnight UTC).
    Raises Faults 422 with every fault: those of `catalog.rules.rows`, unknown_sku; 409 conflict.
    Locks: the costs, in the order of their key. Records: unit_cost.upserted. Allowed: the edge asks for costs.edit.
    """
    clean, faults = checked_rows(rows, UNIT_COST)
    known = queries.products_by_sku({row["sku"] for row in clean if "sku" in row})
    upserts.refuse_all(faults + _unknown_skus(clean, set(known)))
    products = [product.pk for product in known.values()]
    short = len(clean) <= upserts.DETAILED_ROWS
    before = _costs_by_key(UnitCost.objects.filter(product_id__in=products)) if short else None
    upserts.stage("catalog_stage_costs", _COST_STAGE, ([row[name] for name in _COST_STAGE] for row in clean))
    written = upserts.upsert(_COST, "catalog_stage_costs")
    read = lambda ids: _costs_by_key(UnitCost.objects.filter(pk__in=ids))  # noqa: E731
    upserts.record(actor, written, Story("unit_cost", before, read, reason))
    return written.counts


def _unknown_skus(rows: Rows, known: set[str]) -> list[Fault]:
    return [
        Fault(f"/{index}/sku", "unknown_sku", f"There is no product {row['sku']!r}.")
        for index, row in enumerate(rows)
        if "sku" in row and row["sku"] not in known
    ]


def _rates_by_key(rates: Any) -> dict[str, Any]:
    return {f"{r['country']} {r['tax_class']} {r['valid_from']}": r for r in queries.tax_rate_rows(rates)}


def _costs_by_key(costs: Any) -> dict[str, Any]:
    return {
        f"{r['sku']} {r['valid_from']}": r for r in queries.unit_cost_rows(costs.select_related("product"))
    }
