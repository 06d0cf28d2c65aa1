from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Product, UnitCost
from inventory.queries.ledger_check import compare_balances, compare_costs
from tests.inventory.builders import AT, line, make_product, make_rate, make_site, post, receive

pytestmark = pytest.mark.django_db


@pytest.fixture
def site():
    make_product("A1"), make_product("A2")
    make_site("WH", kind="warehouse")
    place = make_site("LON")
    receive("A1", "LON", "10", lot="L1"), receive("A2", "WH", "9")
    post("transfer", line("A2", "WH", "transit", "4"), destination="LON")
    return place


def change(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def test_balances_and_what_is_on_its_way_are_the_sum_of_their_entries(site) -> None:
    found = compare_balances(site.pk, "GBP", AT)
    assert (found.differing, found.lines >= 3) == (0, True)


@pytest.mark.parametrize(
    ("sql", "part", "ours", "theirs"),
    [
        ("UPDATE inventory_balance SET on_hand = 11, pair_on_hand = 11 WHERE lot = 'L1'", "L1", "10", "11"),
        ("UPDATE inventory_balance SET value = 25 WHERE lot = 'L1'", "L1", "20", "25"),
        ("UPDATE inventory_balance SET in_transit = 3 WHERE in_transit = 4", "in transit", "4", "3"),
        ("DELETE FROM inventory_balance WHERE lot = 'L1'", "L1", "10", "0"),
    ],
)
def test_a_balance_that_was_tampered_with_is_named(site, sql: str, part: str, ours: str, theirs: str) -> None:
    change(sql)
    (one,) = compare_balances(site.pk, "GBP", AT).differences
    assert (one.explanation["reference"], one.ours, one.theirs) == (part, Decimal(ours), Decimal(theirs))


def cost(sku_id: int, currency: str = "GBP", days: int = 10) -> None:
    since = AT - timedelta(days=days)
    UnitCost.objects.create(
        product_id=sku_id, amount=2, currency=currency, valid_from=since, recorded_at=since
    )


def test_costs_and_rates(site) -> None:
    product = make_product("A3")
    receive("A3", "LON", "1")
    found = compare_costs(site.pk, "GBP", AT)
    assert [(one.sku, one.class_code) for one in found.differences] == [("A1", "missing"), ("A3", "missing")]
    cost(product.pk, "EUR"), cost(Product.objects.get(sku="A1").pk, days=401)
    found = compare_costs(site.pk, "GBP", AT)
    keys = [(one.key, one.class_code) for one in found.differences]
    assert (found.lines, keys) == (3, [("cost:A1", "stale"), ("rate:EUR:GBP", "missing")])
    make_rate("GBP", "EUR", days_ago=8)
    assert compare_costs(site.pk, "GBP", AT).differences[1].class_code == "stale"
    make_rate("GBP", "EUR", days_ago=2)
    assert compare_costs(site.pk, "GBP", AT).differing == 1


def test_flat_in_queries(site) -> None:
    for number in range(30):
        make_product(f"P{number}"), receive(f"P{number}", "LON", "1")
    with CaptureQueriesContext(connection) as queries:
        compare_balances(site.pk, "GBP", AT)
        compare_costs(site.pk, "GBP", AT)
    assert len(queries) == 3
