"""Linked lists keep a rate of their own: dead band, step limit, freeze; never 1."""

import threading
from datetime import UTC, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import ProgrammingError, connection, connections
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from alerts.models import Alert
from audit.models import Event
from catalog.models import ExchangeRate, Product
from lib import clock
from lib.actors import system
from lib.faults import Faults
from pricing.actions.linked_rates import accept_rate, keep_rates
from pricing.models import ListRate, PriceList
from pricing.queries.bulk_prices import PriceAsked, bulk_prices
from pricing.queries.quotes import QuoteLine, quote_lines
from pricing.queries.timelines import quote_timeline
from pricing.rules.linked_rates import RatePolicy, outcome
from tests.pricing.builders import House, a_house, a_list, a_product, priced
from tests.pricing.test_api import Caller

LOOP = system("pricing.keep_rates")


def rate(value: str, days_ago: int = 0) -> None:
    on = (clock.now() - timedelta(days=days_ago)).astimezone(UTC).date()
    ExchangeRate.objects.update_or_create(base="GBP", quote="EUR", on=on, defaults={"rate": Decimal(value)})


def linked(house: House, **fields: Any) -> PriceList:
    policy = {"rate_dead_band": Decimal("0.02"), "rate_step_limit": Decimal("0.10"), **fields}
    return a_list("EUR", currency="EUR", parent=house.base, site=house.berlin, kind="site", **policy)


def asked(house: House) -> str:
    (quote,) = quote_lines([QuoteLine("A", "BER")], actor=house.manager)
    return quote.error_code or str(quote.amount)


@pytest.fixture
def house(db: None) -> House:
    made = a_house()
    a_product("A")
    rate("1.20", 1)
    priced(made.clerk, ("BASE", "A", "10.00"))
    return made


def test_within_the_dead_band_the_price_stays_and_beyond_it_moves(house: House) -> None:
    linked(house)
    assert keep_rates(actor=LOOP) == 1
    assert asked(house) == "12.00"
    rate("1.224")
    assert (keep_rates(actor=LOOP), asked(house)) == (0, "12.00")
    rate("1.2241")
    assert (keep_rates(actor=LOOP), asked(house)) == (1, "12.24")
    assert (keep_rates(actor=LOOP), ListRate.objects.count()) == (0, 2)
    assert Event.objects.filter(kind="list_rate.kept").count() == 2


def test_many_prices_at_once_and_the_timeline_go_by_the_kept_rate_too(house: House) -> None:
    linked(house)
    with clock.frozen(clock.now() - timedelta(days=1)):
        keep_rates(actor=LOOP)
    rate("1.21")
    now = clock.now()
    keep_rates(actor=LOOP)
    product = Product.objects.get(sku="A")
    [one] = bulk_prices([PriceAsked(product.pk, "BER")], actor=house.manager)
    points = quote_timeline(
        QuoteLine("A", "BER"), actor=house.manager, since=now, until=now + timedelta(hours=1)
    )
    assert (asked(house), str(one.amount), str(points[0].amount)) == ("12.00", "12.00", "12.00")


def test_a_jump_waits_for_a_person(house: House) -> None:
    linked(house)
    keep_rates(actor=LOOP)
    rate("1.50")
    assert (keep_rates(actor=LOOP), asked(house)) == (0, "12.00")
    assert Alert.objects.get(kind="exchange_jump").state == "firing"
    with pytest.raises(Faults) as refused:
        accept_rate(actor=house.clerk, code="EUR", reason="Devaluation")
    assert refused.value.status == 403
    accept_rate(actor=house.manager, code="EUR", reason="Devaluation")
    assert asked(house) == "15.00"
    assert Alert.objects.get(kind="exchange_jump").state == "resolved"


def test_a_missing_or_too_old_rate_freezes_and_a_fresh_one_lifts_it(house: House) -> None:
    linked(house, rate_max_age_days=3)
    keep_rates(actor=LOOP)
    ExchangeRate.objects.all().delete()
    assert (keep_rates(actor=LOOP), asked(house)) == (0, "12.00")
    rate("1.30", 5)
    assert (keep_rates(actor=LOOP), asked(house)) == (0, "12.00")
    assert Alert.objects.get(kind="exchange_frozen").state == "firing"
    rate("1.25")
    assert (keep_rates(actor=LOOP), asked(house)) == (1, "12.50")
    assert Alert.objects.get(kind="exchange_frozen").state == "resolved"


def test_without_a_first_rate_there_is_no_price_and_never_a_rate_of_one(house: House) -> None:
    linked(house)
    ExchangeRate.objects.all().delete()
    assert keep_rates(actor=LOOP) == 0
    assert asked(house) == "missing_exchange_rate"


def test_a_list_without_policy_follows_the_day(house: House) -> None:
    linked(house, rate_dead_band=None, rate_step_limit=None)
    assert keep_rates(actor=LOOP) == 0
    rate("1.21")
    assert asked(house) == "12.10"


def test_rates_kept_are_never_altered(house: House) -> None:
    linked(house)
    keep_rates(actor=LOOP)
    with pytest.raises(ProgrammingError), connection.cursor() as cursor:
        cursor.execute("UPDATE pricing_listrate SET rate = 1")


def test_over_rest_and_on_the_page_the_rate_is_taken(house: House, client: Client) -> None:
    linked(house)
    keep_rates(actor=LOOP)
    rate("1.50")
    caller = Caller("manager")
    assert caller.post("price-lists/EUR/rate/", {"comment": ""}).status_code == 422
    assert caller.post("price-lists/BASE/rate/", {"comment": "x"}).status_code == 409
    assert caller.post("price-lists/NONE/rate/", {"comment": "x"}).status_code == 404
    taken = caller.post("price-lists/EUR/rate/", {"comment": "Checked"})
    assert (taken.status_code, taken.json()["rate"]) == (200, "1.5")
    client.force_login(User.objects.get(pk=house.manager.id))
    assert "prices/lists/EUR/rate/" in client.get("/prices/lists/").content.decode()
    rate("1.90")
    client.post("/prices/lists/EUR/rate/", {"reason": "Again"})
    assert asked(house) == "19.00"


def test_lists_are_posted_with_their_rate_policy(house: House) -> None:
    row = {"code": "NEW", "name": "New", "currency": "EUR", "kind": "base", "parent": "BASE", "priority": 3}
    caller = Caller("manager")
    wrong = {"rate_max_age_days": 0, "rate_dead_band": "1", "rate_step_limit": "0"}
    bad = caller.post("price-lists/", [{**row, **wrong}])
    assert sorted(error["code"] for error in bad.json()["errors"]) == [
        "not_a_share",
        "not_a_share",
        "not_days",
    ]
    assert caller.post("price-lists/", [{**row, "rate_dead_band": "0.01"}]).status_code == 200
    assert PriceList.objects.get(code="NEW").is_linked


def test_two_loops_at_once_keep_one_rate(cloned_db: str) -> None:
    house = a_house()
    rate("1.20")
    linked(house)
    barrier, kept = threading.Barrier(2), []

    def work() -> None:
        barrier.wait()
        try:
            kept.append(keep_rates(actor=LOOP))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sorted(kept), ListRate.objects.count()) == ([0, 1], 1)


rates = st.decimals("0.0001", "1000", places=4)
shares = st.decimals("0.0001", "0.99", places=4)


@given(kept=rates, newest=rates, band=shares, step=shares)
def test_what_is_taken_lies_between_band_and_step(
    kept: Decimal, newest: Decimal, band: Decimal, step: Decimal
) -> None:
    move = abs(newest / kept - 1)
    what = outcome(RatePolicy(band, step), kept, newest)
    assert (what == "stays") == (move <= band)
    assert what != "moved" or band < move <= step
    assert what != "asks" or move > max(band, step)
