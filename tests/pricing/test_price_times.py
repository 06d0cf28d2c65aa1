"""The timeline of a product and the calendar: what they show, what they refuse, flat numbers of queries."""

from datetime import UTC, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lib import clock
from tests.pricing.builders import House, a_draft, a_house, a_product, priced
from tests.pricing.test_pages import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> House:
    made = a_house()
    a_product("A")
    return made


def pieces(house: House, **asked: str) -> Any:
    return client_of(house.clerk.id).get("/prices/products/A/pieces/", asked).json()["pieces"]


def test_a_product_shows_its_price_and_what_waits(house: House) -> None:
    priced(house.clerk, ("BASE", "A", "4.00"))
    a_draft(house.clerk, ("BASE", "A", "4.40"))
    found = [(one["amount"], one["state"], one["price_list"]) for one in pieces(house)]
    assert [(one[0].rstrip("0"), *one[2:]) for one in found] == [("4.", "BASE"), ("4.4", "BASE")]
    assert found[1][1] == "draft"
    assert "£4.00" in client_of(house.clerk.id).get("/prices/products/A/").content.decode()


def test_what_was_not_known_then_is_not_shown(house: House) -> None:
    before = clock.now() - timedelta(days=1)
    priced(house.clerk, ("BASE", "A", "4.00"))
    assert pieces(house, known_at=before.isoformat()) == []


def test_an_unknown_product_is_404_and_a_wrong_time_is_told(house: House) -> None:
    client = client_of(house.clerk.id)
    assert client.get("/prices/products/NONE/").status_code == 404
    assert "“soon”" in client.get("/prices/products/A/?known_at=soon").content.decode()
    assert Client().get("/prices/products/A/").status_code == 302


def test_the_calendar_shows_a_change_on_its_day_only_where_it_fits(house: House) -> None:
    priced(house.clerk, ("BASE", "A", "4.00"))
    client, today = client_of(house.clerk.id), clock.now().astimezone(UTC).date().isoformat()
    shown = client.get(f"/prices/calendar/?day={today}&price_list=BASE&view=week").content.decode()
    assert 'class="cal-entry' in shown
    for other in ("day=2001-01-01", "state=rejected", "kind=damage"):
        assert 'class="cal-entry' not in client.get(f"/prices/calendar/?{other}").content.decode()


def test_a_day_with_many_changes_costs_no_more_queries(house: House) -> None:
    client = client_of(house.clerk.id)

    def cost() -> int:
        with CaptureQueriesContext(connection) as told:
            assert client.get("/prices/calendar/").status_code == 200
        return len(told)

    priced(house.clerk, ("BASE", "A", "4.00"))
    cost()
    few = cost()
    for amount in ("4.01", "4.02", "4.03", "4.04", "4.05", "4.06"):
        priced(house.clerk, ("BASE", "A", amount))
    assert cost() == few
    assert 'class="cal-more"' in client.get("/prices/calendar/").content.decode()


@pytest.mark.parametrize("asked", ["day=9999-12-31", "day=x", "view=9", "price_list=Z&region='&kind=1"])
def test_what_cannot_be_read_shows_this_month(house: House, asked: str) -> None:
    assert client_of(house.clerk.id).get(f"/prices/calendar/?{asked}").status_code == 200


@pytest.mark.parametrize(("form", "begins"), [("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK")])
def test_the_list_of_changes_goes_along_as_a_sheet(house: House, form: str, begins: bytes) -> None:
    change = a_draft(house.clerk, ("BASE", "A", "4.40"), title="=1+1")
    answer = client_of(house.clerk.id).get(f"/prices/changes/?state=draft&format={form}")
    assert answer.content.startswith(begins)
    assert f'filename="price-changes.{form}"' in answer["Content-Disposition"]
    if form == "csv":
        assert f"{change.reference},'=1+1" in answer.content.decode()
