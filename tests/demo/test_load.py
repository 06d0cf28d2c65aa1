"""The whole load on a sample: what must hold of the demo retailer whatever its size."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection, transaction
from pytest_django import DjangoDbBlocker

from accounts.models import User
from approvals.models import ApprovalRequest
from audit.models import Event
from catalog.models import ExchangeRate, Product, RateProposal, Site
from demo.loading import AlreadyLoaded, load
from demo.steps.counts import WAREHOUSES, count_instant
from demo.steps.stock import SHORT_PAIRS
from inventory.models import Balance, Movement, NegativeCase, Reconciliation
from lib import clock
from pricing.models import ComplianceItem, Price, PriceChange, SupplierLimit
from sales.models import DailyFact, SaleLine

CLASSES = {
    "unit_or_pack",
    "timing",
    "in_transit",
    "duplicate",
    "swapped",
    "negative_book",
    "unknown_product",
    "not_counted",
    "quantity",
}
NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def said(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[list[str]]:
    lines: list[str] = []
    with django_db_blocker.unblock(), transaction.atomic(), clock.frozen(NOW):
        load(lines.append, sample=4000)
        yield lines
        transaction.set_rollback(True)


def ask(sql: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()


def test_says_what_is_left_out(said: list[str]) -> None:
    assert any("no goods" in line for line in said)


def test_twenty_sites_in_three_regions(said: list[str]) -> None:
    kinds = [Site.objects.filter(kind=kind).count() for kind in ("store", "warehouse", "online")]
    assert kinds == [15, 2, 3]
    assert set(Site.objects.values_list("region__code", "currency")) == {
        ("UK", "GBP"),
        ("EUROZONE", "EUR"),
        ("CHINA", "CNY"),
    }


def test_the_last_sale_lies_within_a_week_of_now(said: list[str]) -> None:
    newest = SaleLine.objects.latest("sold_at").sold_at
    assert newest <= NOW
    assert DailyFact.objects.latest("on").on >= date(2026, 11, 13)
    assert not Balance.objects.filter(last_occurred_at__gt=NOW).exists()


def test_movements_sum_to_zero_and_balances_are_their_entries(said: list[str]) -> None:
    assert ask(
        "SELECT count(*) FROM (SELECT 1 FROM inventory_entry GROUP BY movement_id, product_id, lot"
        " HAVING sum(quantity) <> 0) x"
    ) == (0,)
    assert ask(
        "SELECT count(*) FROM inventory_balance b LEFT JOIN (SELECT location_id, product_id, lot, state, owner_id,"
        " sum(quantity) AS q, sum(value) AS v FROM inventory_entry GROUP BY 1, 2, 3, 4, 5) e"
        " ON e.location_id = b.site_id AND e.product_id = b.product_id AND e.lot = b.lot AND e.state = b.state"
        " AND e.owner_id = b.owner_id"
        " WHERE b.on_hand <> coalesce(e.q, 0) OR b.value <> coalesce(e.v, 0)"
    ) == (0,)


def test_only_planted_shortfalls_and_each_has_a_case(said: list[str]) -> None:
    short = Balance.objects.filter(on_hand__lt=0)
    assert 0 < short.count() <= SHORT_PAIRS + len(WAREHOUSES)
    assert NegativeCase.objects.filter(state="open").count() == short.count()


def test_each_warehouse_has_an_open_count_with_differences_of_each_class(said: list[str]) -> None:
    for code in WAREHOUSES:
        found = Reconciliation.objects.get(site__code=code)
        classes = set(found.differences.values_list("class_code", flat=True))
        assert found.state == "open"
        assert classes == CLASSES
        assert found.matched > 100


def test_an_adjustment_waits_for_the_manager(said: list[str]) -> None:
    assert Movement.objects.get(state="pending").kind == "adjustment"


def test_a_rate_and_a_compliance_item_wait_for_a_second_person(said: list[str]) -> None:
    proposal = RateProposal.objects.get()
    assert proposal.state == "open"
    assert proposal.prepared_by_id == User.objects.get(username="finance").pk
    assert ComplianceItem.objects.filter(state="pending", code="uk-promotion-stock").exists()
    kinds = ApprovalRequest.objects.filter(state="pending").values_list("kind", flat=True)
    assert {"exchange_rate", "compliance_item"} <= set(kinds)
    assert SupplierLimit.objects.get().kind == "msrp"


@pytest.mark.parametrize(
    ("now", "taken"),
    [
        ("2026-11-24T08:00", "2026-11-24T06:00"),
        ("2026-11-24T06:20", "2026-11-23T22:00"),
        ("2026-11-24T23:00", "2026-11-24T22:00"),
    ],
)
def test_the_count_is_the_last_one_of_the_day(now: str, taken: str) -> None:
    assert count_instant(datetime.fromisoformat(f"{now}+00:00")) == datetime.fromisoformat(f"{taken}+00:00")


def test_sales_and_facts_agree(said: list[str]) -> None:
    assert ask("SELECT sum(quantity), sum(quantity * unit_price) FROM sales_saleline") == ask(
        "SELECT sum(units_sold - units_returned), sum(revenue) FROM sales_dailyfact"
    )
    assert not SaleLine.objects.filter(unit_price__isnull=True).exists()


def test_prices_are_the_points_of_the_source(said: list[str]) -> None:
    assert Price.objects.filter(price_list__code="UK-BASE").count() > 500
    assert Price.objects.filter(price_list__code="EUR-REGION").exists()
    assert set(PriceChange.objects.values_list("state", flat=True)) >= {"applied", "pending", "draft"}


def test_rates_reach_the_present_and_say_where_they_are_simulated(said: list[str]) -> None:
    newest = ExchangeRate.objects.latest("on")
    assert (NOW.date() - newest.on).days <= 2
    assert set(ExchangeRate.objects.values_list("source", flat=True)) == {"ECB", "simulated"}


def test_products_have_barcodes_and_no_net_content(said: list[str]) -> None:
    of_the_source = Product.objects.exclude(sku__regex="^[A-Z]+-")
    assert not of_the_source.filter(barcode="").exists()
    assert not of_the_source.filter(net_content__isnull=False).exists()


def test_users_can_sign_in_and_see(said: list[str]) -> None:
    clerk = User.objects.get(username="clerk.price")
    assert clerk.check_password("steelyard-demo")
    assert clerk.scopes.count() == 1
    assert User.objects.get(username="sales").scopes.count() == 2


def test_everything_is_recorded(said: list[str]) -> None:
    kinds = set(Event.objects.values_list("kind", flat=True))
    assert {
        "movements.loaded",
        "price_change.loaded",
        "product.upserted",
        "site.upserted",
        "user.created",
    } <= kinds


def test_a_second_load_does_nothing(said: list[str]) -> None:
    before = Event.objects.count()
    with pytest.raises(AlreadyLoaded):
        load(said.append, sample=4000)
    assert Event.objects.count() == before
