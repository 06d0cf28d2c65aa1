"""Competitors' prices: taken in once, matched, refused by row, and summed up for a set of products."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import Error, transaction
from django.test import Client

from accounts.models import User
from lib import clock
from lib.faults import Faults
from pricing.actions.competitor_sheets import take_competitor_sheet
from pricing.actions.competitors import match_competitor_code, record_competitor_prices
from pricing.models import Competitor, CompetitorPrice
from pricing.queries.competitor_index import compared, price_list_or_first
from pricing.queries.competitors import market_prices
from tests.approvals.test_races import together
from tests.pricing.builders import a_house, a_person, a_product, priced
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


# -- pages, files, index ------------------------------------------------------------------------------------------------


@pytest.fixture
def market(db: None) -> Any:
    house = a_house()
    a_market()
    return house


def sheet(*lines: str) -> bytes:
    return "\n".join(("competitor,sku,amount,currency,observed_at", *lines)).encode()


YESTERDAY = (datetime.now(UTC) - timedelta(days=1)).isoformat()


def test_a_file_is_taken_whole_or_by_its_good_rows(market: Any) -> None:
    a_product("A")
    body = sheet(
        f"NORTH,A,10.00,GBP,{YESTERDAY}", f"NORTH,A,=1+1,GBP,{YESTERDAY}", f"WEST,A,9.00,GBP,{YESTERDAY}"
    )
    taken = take_competitor_sheet(actor=market.clerk, body=body, name="seen.csv", decimal_mark=".")
    assert (taken.rows, taken.new, CompetitorPrice.objects.count()) == (3, 0, 0)
    assert [(f.pointer, f.code) for f in taken.faults] == [
        ("/lines/3", "not_a_number"),
        ("/lines/4", "unknown_competitor"),
    ]
    taken = take_competitor_sheet(
        actor=market.clerk, body=body, name="seen.csv", decimal_mark=".", only_good=True
    )
    assert (taken.new, len(taken.faults)) == (1, 2)


def test_a_file_whose_decimal_sign_is_not_known_is_not_guessed(market: Any) -> None:
    a_product("A")
    taken = take_competitor_sheet(
        actor=market.clerk, body=sheet(f"NORTH,A,10.00,GBP,{YESTERDAY}"), name="a.csv"
    )
    assert [f.code for f in taken.faults] == ["decimal_mark_needed"]


def test_the_index_compares_our_prices_with_the_medians(market: Any) -> None:
    a_product("A")
    priced(market.clerk, ("BASE", "A", "11.00"))
    record_competitor_prices(
        actor=market.clerk,
        rows=[
            seen(amount="10.00", observed_at=YESTERDAY),
            seen("SOUTH", amount="12.00", observed_at=YESTERDAY),
        ],
    )
    client = Caller(market.clerk.name)
    rows = client.get("competitor-index/").json()
    assert rows[0] == {"category": "", "products": 1, "index": "100.0"}
    (row,) = compared(price_list_or_first(""), clock.now())
    assert (row.sku, row.lowest, row.distance) == ("A", Decimal(10), Decimal("0.1"))
    assert client.get("competitor-index/", price_list="NONE").status_code == 404


def test_competitors_and_matches_over_rest(market: Any) -> None:
    a_product("A")
    client = Caller(market.clerk.name)
    sent = {
        "rows": [{"code": "WEST", "name": "West", "country": "GB"}, {"code": "NORTH", "name": "North Ltd"}]
    }
    assert client.post("competitors/", sent).json() == {"rows": 2, "new": 1}
    assert "West" in {row["name"] for row in client.get("competitors/").json()["results"]}
    bad = client.post("competitors/", {"rows": [{"code": "", "name": "", "country": "gb"}]})
    assert {error["code"] for error in bad.json()["errors"]} == {"bad_code", "bad_name", "bad_country"}
    row = {**seen("WEST", observed_at=YESTERDAY), "sku": "", "code": "W-1"}
    client.post("competitor-prices/", {"rows": [row]})
    matched = client.post("competitor-matches/", {"competitor": "WEST", "code": "W-1", "sku": "A"})
    assert matched.json() == {"rows": 1}
    unknown = client.post("competitor-matches/", {"competitor": "X", "code": "", "sku": []})
    assert {error["code"] for error in unknown.json()["errors"]} == {
        "unknown_competitor", "unknown_sku", "product_required",
    }  # fmt: skip


def test_the_page_shows_takes_and_matches(market: Any, client: Client) -> None:
    a_product("A")
    priced(market.clerk, ("BASE", "A", "11.00"))
    client.force_login(User.objects.get(pk=market.clerk.id))
    assert "Nobody is watched yet" not in client.get("/prices/competitors/").content.decode()
    file = SimpleUploadedFile("seen.csv", sheet(f"NORTH,A,10.00,GBP,{YESTERDAY}"))
    assert client.post("/prices/competitors/upload/", {"file": file, "decimal_mark": "."}).status_code == 302
    assert "10.0" in client.get("/prices/competitors/").content.decode()
    assert client.post("/prices/competitors/upload/", {}).status_code == 422
    record_competitor_prices(
        actor=market.clerk, rows=[{**seen(observed_at=YESTERDAY), "sku": "", "code": "N-1"}]
    )
    client.post("/prices/competitors/match/", {"competitor": "NORTH", "code": "N-1", "sku": "A"})
    assert CompetitorPrice.objects.filter(product=None).count() == 0
    assert (
        client.post(
            "/prices/competitors/match/", {"competitor": "NORTH", "code": "N", "sku": "?"}
        ).status_code
        == 422
    )
    assert (
        client.post("/prices/competitors/save/", {"code": "E", "name": "East", "country": "fr"}).status_code
        == 302
    )
    assert Competitor.objects.get(code="E").country == "FR"
