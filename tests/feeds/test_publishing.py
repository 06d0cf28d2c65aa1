"""What stands published: only what changed gets a version, at its moment, and what is gone says so."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Product
from feeds.models import Publication, PublishedItem
from inventory.models import SafetyStock
from lib import clock
from tests.feeds.publications import a_publication, contents, kept, versions
from tests.inventory.builders import line, post
from tests.pricing.builders import House, a_house, a_list, a_product, a_rate, a_site, priced

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> House:
    house = a_house()
    for sku in ("A", "B"):
        a_product(sku)
    priced(house.clerk, ("BASE", "A", "10.00"), ("BASE", "B", "20.00"))
    return house


def test_first_everything_then_nothing_then_what_changed(house: House) -> None:
    shop = a_publication()
    assert kept(shop).changed == 2
    assert contents(shop) == {"WEB/A": "10.00", "WEB/B": "20.00"}
    assert (kept(shop).changed, kept(shop).looked_at) == (0, 0)
    priced(house.clerk, ("BASE", "A", "10.20"))
    assert kept(shop).changed == 1
    assert (contents(shop)["WEB/A"], versions(shop)) == ("10.20", {"WEB/A": 3, "WEB/B": 2})


def test_a_price_to_come_is_published_at_its_moment_and_taken_back_at_its_end(house: House) -> None:
    shop = a_publication()
    now = clock.now()
    a_list("SALE", kind="promotion")
    begin, end = now + timedelta(hours=1), now + timedelta(hours=2)
    priced(house.clerk, ("SALE", "A", "9.90"), effective_from=begin, effective_until=end)
    kept(shop)
    assert contents(shop)["WEB/A"] == "10.00"
    for at, amount in ((begin, "9.90"), (end, "10.00")):
        with clock.frozen(at + timedelta(seconds=1)):
            assert kept(shop).changed == 1
        item = PublishedItem.objects.get(publication=shop, key="WEB/A")
        assert (item.content["amount"], item.effective_at) == (amount, at)


def test_what_moves_without_a_row_is_found(house: House) -> None:
    """A derived list follows the rate of the day: the new rate is a new price, without any price change."""
    a_list("EURO", currency="EUR", kind="region", region=house.berlin.region, parent=house.base)
    a_rate("GBP", "EUR", "1.10")
    shop = a_publication("berlin", site=house.berlin)
    kept(shop)
    assert contents(shop) == {"BER/A": "11.00", "BER/B": "22.00"}
    a_rate("GBP", "EUR", "1.20", on=(clock.now() + timedelta(days=1)).date())
    assert kept(shop).changed == 0
    with clock.frozen(clock.now() + timedelta(days=1)):
        assert kept(shop).is_full
    assert contents(shop) == {"BER/A": "12.00", "BER/B": "24.00"}


def test_what_has_no_price_any_more_says_so_once(house: House) -> None:
    shop = a_publication()
    now = clock.now()
    a_product("C")
    priced(house.clerk, ("BASE", "C", "5.00"), effective_until=now + timedelta(hours=1))
    kept(shop)
    with clock.frozen(now + timedelta(hours=1, seconds=5)):
        assert kept(shop).changed == 1
        assert contents(shop)["WEB/C"] is None
        Publication.objects.filter(pk=shop.pk).update(is_full_asked=True)
        assert kept(shop).changed == 0


def test_a_product_that_never_had_a_price_is_not_told(house: House) -> None:
    a_product("D")
    shop = a_publication()
    kept(shop)
    assert "WEB/D" not in contents(shop)


def test_stock_is_told_when_it_moves(house: House) -> None:
    shop = a_publication("london-stock", what="stock", site=house.london)
    assert kept(shop).changed == 0
    post("receipt", line("A", "supplier", "LON", "12", unit_cost="2"), at=None)
    assert kept(shop).changed == 1
    assert contents(shop, "quantity") == {"LON/A": "12"}
    assert kept(shop).looked_at == 0
    post("issue", line("A", "LON", "customer", "12"), at=None)
    kept(shop)
    assert contents(shop, "quantity") == {"LON/A": "0"}


def test_prices_are_kept_in_a_flat_number_of_queries(house: House) -> None:
    shop = a_publication()
    kept(shop)
    counts = []
    for extra in (2, 20):
        for number in range(extra):
            a_product(f"N{extra}-{number}")
        priced(house.clerk, *(("BASE", f"N{extra}-{number}", "7.00") for number in range(extra)))
        with CaptureQueriesContext(connection) as queries:
            assert kept(shop).changed == extra
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_what_a_site_is_short_of_is_told_with_who_can_spare_it(house: House) -> None:
    warehouse = a_site("WH", house.london.region, kind="warehouse")
    post("receipt", line("A", "supplier", "WH", "100", unit_cost="2"), at=None)
    SafetyStock.objects.create(site=house.london, product=Product.objects.get(sku="A"), given_units=7)
    desk = a_publication("to-move", what="replenishment", site=house.london)
    assert kept(desk).changed == 1
    [item] = PublishedItem.objects.filter(publication=desk)
    assert (item.key, item.content["quantity"]) == ("LON/A", "7")
    assert item.content["from"] == [{"site": warehouse.code, "quantity": "7"}]
    assert kept(desk).looked_at == 0
    SafetyStock.objects.update(given_units=0)
    with clock.frozen(clock.now() + timedelta(minutes=16)):
        kept(desk)
    assert contents(desk, "quantity") == {"LON/A": "0"}
