"""Tax rates and unit costs by lists, and what counts when."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from audit.models import Event
from catalog import actions, queries
from catalog.models import TaxRate, UnitCost
from lib.faults import Faults
from tests.catalog.builders import SETUP, product

pytestmark = pytest.mark.django_db

TAX = {"country": "GB", "tax_class": "standard", "rate_fraction": "0.2", "valid_from": "2011-01-04"}
COST = {"sku": "P-1", "amount": "1.25", "currency": "GBP", "valid_from": "2026-01-01T00:00:00+01:00"}


def test_the_newest_tax_rate_not_after_the_day_counts() -> None:
    older = {**TAX, "rate_fraction": "0.175", "valid_from": "2010-01-01"}
    assert actions.upsert_tax_rates(actor=SETUP, rows=[TAX, older]).created == 2
    assert queries.tax_rates(date(2011, 1, 3)) == {("GB", "standard"): Decimal("0.175")}
    assert queries.tax_rates(date(2011, 1, 4)) == {("GB", "standard"): Decimal("0.2")}
    assert queries.tax_rates(date(2009, 1, 1)) == {}


def test_a_tax_rate_is_corrected_with_history_and_event() -> None:
    actions.upsert_tax_rates(actor=SETUP, rows=[TAX])
    assert actions.upsert_tax_rates(actor=SETUP, rows=[{**TAX, "rate_fraction": "0.21"}]).updated == 1
    assert TaxRate.objects.get().history.count() == 2
    assert Event.objects.filter(kind="tax_rate.upserted").count() == 2
    assert actions.upsert_tax_rates(actor=SETUP, rows=[{**TAX, "rate_fraction": "0.210"}]).unchanged == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"rate_fraction": "1"}, "not_a_fraction"),
        ({"rate_fraction": "-0.1"}, "not_a_fraction"),
        ({"rate_fraction": "0.123456"}, "too_precise"),
        ({"valid_from": "4.1.2011"}, "not_a_date"),
        ({"valid_from": "2011-01-04T00:00:00"}, "no_offset"),
        ({"country": "XX"}, "unknown_country"),
    ],
)
def test_refuses_tax_rates(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(Faults) as refused:
        actions.upsert_tax_rates(actor=SETUP, rows=[{**TAX, **changes}])
    assert [fault.code for fault in refused.value.faults] == [code]


def test_the_newest_cost_not_after_the_instant_counts() -> None:
    item = product()
    later = {**COST, "amount": "1.5", "valid_from": "2026-02-01"}
    assert actions.upsert_unit_costs(actor=SETUP, rows=[COST, later]).created == 2
    assert queries.unit_costs([item.pk], datetime(2026, 1, 31, tzinfo=UTC)) == {
        item.pk: (Decimal("1.25"), "GBP")
    }
    assert queries.unit_costs([item.pk], datetime(2026, 2, 1, tzinfo=UTC))[item.pk][0] == Decimal("1.5")
    assert queries.unit_costs([item.pk], datetime(2025, 12, 31, 22, tzinfo=UTC)) == {}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount": "0"}, "not_above_zero"),
        ({"amount": "1.1234567"}, "too_precise"),
        ({"amount": "123456789012345"}, "too_large"),
        ({"sku": "NONE"}, "unknown_sku"),
        ({"valid_from": "2026-01-01T00:00:00"}, "no_offset"),
        ({"currency": "pounds"}, "unknown_currency"),
    ],
)
def test_refuses_unit_costs(changes: dict[str, Any], code: str) -> None:
    product()
    with pytest.raises(Faults) as refused:
        actions.upsert_unit_costs(actor=SETUP, rows=[{**COST, **changes}])
    assert [fault.code for fault in refused.value.faults] == [code]


def test_the_database_refuses_a_zero_cost() -> None:
    item = product()
    with pytest.raises(IntegrityError, match="catalog_unitcost_positive"), transaction.atomic():
        UnitCost.objects.create(product=item, amount=0, currency="GBP", valid_from="2026-01-01T00:00:00Z")


@pytest.mark.parametrize("rate", ["1", "-0.1"])
def test_the_database_refuses_a_rate_that_is_no_fraction(rate: str) -> None:
    with pytest.raises(IntegrityError, match="catalog_taxrate_fraction"), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO catalog_taxrate (country, tax_class, rate_fraction, valid_from)"
                " VALUES ('GB', 'x', %s, '2026-01-01')",
                [rate],
            )
