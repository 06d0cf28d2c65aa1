"""How a list derives has versions: what counts at a moment, and what was known of it when."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import Error, transaction

from lib import clock
from pricing.models import ListRule, PriceList
from pricing.queries.bulk_prices import PriceAsked, bulk_prices
from pricing.queries.grid import list_cells
from pricing.queries.list_book import Books, price_list_book
from pricing.queries.quotes import QuoteLine, quote_lines
from pricing.queries.timelines import quote_timeline
from tests.pricing.builders import House, a_house, a_list, a_product, priced

DAY = timedelta(days=1)
EVER = clock.now().replace(year=1970)


@pytest.fixture
def house(db: None) -> House:
    made = a_house()
    a_product("A")
    priced(made.clerk, ("BASE", "A", "10.00"))
    return made


def a_rule(one: PriceList, version: int, **fields: Any) -> ListRule:
    given = {
        "parent": one.parent,
        "state": "in_force",
        "effective_from": EVER,
        "known_from": EVER,
        **fields,
    }
    return ListRule.objects.create(price_list=one, version=version, **given)


def a_gb_list(house: House) -> PriceList:
    one = a_list("GB", kind="region", region=house.london.region, parent=house.base, float_fraction="0.10")
    a_rule(one, 1, float_fraction="0.10")
    return one


def test_a_version_counts_from_its_moment(house: House) -> None:
    one, now = a_gb_list(house), clock.now()
    a_rule(one, 2, float_fraction="0.20", effective_from=now + DAY, known_from=now)
    a_rule(one, 3, float_fraction="0.30", state="pending", effective_from=None, known_from=None)
    for at, expected in ((now, "11.00"), (now + DAY, "12.00"), (now + 3 * DAY, "12.00")):
        (found,) = quote_lines([QuoteLine("A", "LON")], actor=house.manager, at=at)
        assert found.amount == Decimal(expected)


def test_every_way_to_ask_agrees(house: House) -> None:
    """Quote, grid, timeline and the bulk of several moments at once."""
    one, now = a_gb_list(house), clock.now()
    a_rule(one, 2, float_fraction="0.20", effective_from=now + DAY, known_from=now)
    product = house.base.prices.get().product_id
    asked = [PriceAsked(product, "LON", at=at) for at in (now, now + 2 * DAY, now)]
    assert [x.amount for x in bulk_prices(asked, actor=house.manager)] == [11, 12, 11]
    assert [list_cells([product], [one.pk], at)[product, "GB"].amount for at in (now, now + DAY)] == [11, 12]
    line = QuoteLine("A", "LON")
    points = quote_timeline(line, actor=house.manager, since=now, until=now + 2 * DAY)
    assert [(point.start, point.amount) for point in points] == [(now, 11), (now + DAY, 12)]


def test_known_at_answers_the_old_rule_before_the_new_one_was_recorded(house: House) -> None:
    one, now = a_gb_list(house), clock.now()
    a_rule(one, 2, float_fraction="0.20", effective_from=now, known_from=now + timedelta(minutes=5))
    later = now + DAY
    for known_at, expected in ((now + timedelta(minutes=1), 11), (later, 12), (None, 12)):
        (found,) = quote_lines([QuoteLine("A", "LON")], actor=house.manager, at=later, known_at=known_at)
        assert found.amount == expected


def test_a_book_for_every_stretch(house: House) -> None:
    one, now = a_gb_list(house), clock.now()
    a_rule(one, 2, float_fraction="0.50", effective_from=now + 2 * DAY, known_from=now)
    books = Books()
    assert books.moments(now, now + 5 * DAY) == [now + 2 * DAY]
    assert books.at(now)[one.pk].float_fraction == Decimal("0.10")
    assert books.at(now + 2 * DAY)[one.pk].float_fraction == Decimal("0.50")


def test_what_a_version_says_is_not_rewritten(house: House) -> None:
    rule = a_rule(a_gb_list(house), 2)
    for write in (lambda: ListRule.objects.update(float_fraction=9), lambda: rule.delete()):
        with pytest.raises(Error), transaction.atomic():
            write()


def test_without_versions_a_list_derives_as_it_says(house: House) -> None:
    one = a_list("GB", kind="region", region=house.london.region, parent=house.base, float_fraction="0.10")
    assert price_list_book()[one.pk].float_fraction == Decimal("0.10")
