"""Competitors' prices: taken in once, matched, refused by row, and summed up for a set of products."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import Error, transaction

from lib import clock
from lib.faults import Faults
from pricing.actions.competitors import match_competitor_code, record_competitor_prices
from pricing.models import Competitor, CompetitorPrice
from pricing.queries.competitors import market_prices
from tests.approvals.test_races import together
from tests.pricing.builders import a_house, a_person, a_product
from tests.pricing.test_api import Caller

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def seen(competitor: str = "NORTH", **fields: Any) -> dict[str, Any]:
    given = {
        "sku": "A",
        "amount": "10.00",
        "currency": "GBP",
        "observed_at": (NOW - timedelta(days=1)).isoformat(),
    }
    return {"competitor": competitor, **given, **fields}


def a_market() -> None:
    for code, country in (("NORTH", "GB"), ("SOUTH", "GB"), ("OST", "DE")):
        Competitor.objects.create(code=code, name=code, country=country)


def test_the_newest_fresh_price_of_each_competitor_counts_and_countries_are_kept_apart(db: None) -> None:
    clerk, product = a_house().clerk, a_product("A")
    a_market()
    rows = [
        seen(amount="12.00", observed_at=(NOW - timedelta(days=3)).isoformat()),
        seen(amount="10.00"),
        seen("SOUTH", amount="11.00"),
        seen("OST", amount="5.00"),
        seen("OST", amount="1.00", observed_at=(NOW - timedelta(days=40)).isoformat()),
    ]
    with clock.frozen(NOW):
        assert record_competitor_prices(actor=clerk, rows=rows) == 5
    british = market_prices([product.pk], NOW, "GB")[product.pk]
    assert (british.lowest, british.median, british.count) == (Decimal(10), Decimal("10.5"), 2)
    everywhere = market_prices([product.pk], NOW)[product.pk]
    assert (everywhere.lowest, everywhere.median, everywhere.count) == (Decimal(5), Decimal(10), 3)
    assert market_prices([product.pk], NOW + timedelta(days=30)) == {}


def test_the_same_observation_twice_is_one(db: None) -> None:
    clerk = a_house().clerk
    a_product("A")
    a_market()
    with clock.frozen(NOW):
        assert [record_competitor_prices(actor=clerk, rows=[seen()]) for _ in "ab"] == [1, 0]


def test_a_code_matched_by_a_person_is_remembered(db: None) -> None:
    clerk, product = a_house().clerk, a_product("A")
    a_market()
    with clock.frozen(NOW):
        record_competitor_prices(actor=clerk, rows=[seen(sku="", code="N-1")])
        assert market_prices([product.pk], NOW) == {}
        north = Competitor.objects.get(code="NORTH")
        assert match_competitor_code(actor=clerk, competitor=north, code="N-1", product=product) == 1
        record_competitor_prices(actor=clerk, rows=[seen(sku="", code="N-1", amount="9.00")])
    assert set(CompetitorPrice.objects.values_list("product_id", flat=True)) == {product.pk}


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"amount": "NaN"}, "not_a_number"),
        ({"amount": "1e400"}, "not_a_number"),
        ({"amount": "１２"}, "not_a_number"),
        ({"amount": "0"}, "not_positive"),
        ({"currency": "pounds"}, "unknown_currency"),
        ({"sku": ""}, "product_required"),
        ({"gtin": "4006381333932"}, "bad_barcode"),
        ({"observed_at": "2026-11-25T09:00:00+00:00"}, "in_the_future"),
        ({"observed_at": "yesterday"}, "bad_time"),
        ({"competitor": "NOBODY"}, "unknown_competitor"),
    ],
)
def test_a_wrong_row_is_named_and_nothing_is_stored(db: None, fields: dict[str, Any], code: str) -> None:
    clerk = a_house().clerk
    a_market()
    with clock.frozen(NOW), pytest.raises(Faults) as refused:
        record_competitor_prices(actor=clerk, rows=[seen(), seen(**fields)])
    assert [(one.pointer, one.code) for one in refused.value.faults] == [("/rows/1", code)]
    assert not CompetitorPrice.objects.exists()


def test_who_may_not_edit_prices_may_not_record_any(db: None) -> None:
    a_market()
    with pytest.raises(Faults) as refused:
        record_competitor_prices(actor=a_person("reader", "site_staff"), rows=[seen()])
    assert refused.value.faults[0].code == "not_allowed"


def test_what_was_seen_is_not_rewritten(db: None) -> None:
    clerk = a_house().clerk
    a_market()
    with clock.frozen(NOW):
        record_competitor_prices(actor=clerk, rows=[seen()])
    with pytest.raises(Error), transaction.atomic():
        CompetitorPrice.objects.update(amount=1)


def test_two_who_send_the_same_row_at_once_store_it_once(cloned_db: str) -> None:
    house = a_house()
    a_market()
    row = seen(observed_at="2020-01-01T00:00:00+00:00")
    together(
        *(
            lambda one=one: record_competitor_prices(actor=one, rows=[row])
            for one in (house.clerk, house.manager)
        )
    )
    assert CompetitorPrice.objects.count() == 1


def test_over_rest_rows_are_stored_listed_and_refused(db: None) -> None:
    house = a_house()
    a_product("A")
    a_market()
    caller = Caller(house.clerk.name)
    row = seen(observed_at="2020-01-01T00:00:00+00:00")
    stored = caller.post("competitor-prices/", {"rows": [row]}, **{"Idempotency-Key": "one"})
    assert (stored.status_code, stored.json()) == (200, {"rows": 1, "new": 1})
    assert [one["product"] for one in caller.get("competitor-prices/").json()["results"]] == ["A"]
    refused = caller.post("competitor-prices/", {"rows": ["A"]}, **{"Idempotency-Key": "two"})
    assert refused.status_code == 422
