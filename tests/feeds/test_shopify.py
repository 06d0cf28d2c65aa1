"""Shopify's GraphQL Admin API (2026-10): prices, stock by compare-and-set, points, partial errors, reading back."""

import logging
from decimal import Decimal
from typing import Any

import pytest

from feeds.models import PlatformListing
from feeds.rules import shopify as rules
from feeds.senders import ReadBackError, Sent
from feeds.senders.shopify import ShopifySender
from tests.feeds.platforms import (
    SHOPIFY,
    TOKEN,
    Shopify,
    a_batch,
    a_shopify_shop,
    a_variant,
    an_outlet,
    price,
    stock,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _private(settings: Any) -> None:
    settings.OUTBOUND_ALLOW_PRIVATE = True


def told(shop: Shopify, what: str, *rows: Any, patience_s: float = 3.0, **changes: Any) -> Sent:
    batch = a_batch(*rows, kind=changes.pop("kind", "changes"), message_id=changes.pop("message_id", "msg_1"))
    return ShopifySender(patience_s).send(an_outlet("shopify", what, shop.other.url, **changes), batch)


def words(sent: Sent) -> dict[str, str]:
    return {one.key.split("/")[1]: "" if one.is_taken else one.code for one in sent.acknowledgements or ()}


def test_stock_is_set_from_what_was_read() -> None:
    with a_shopify_shop() as shop:
        sent = told(shop, "stock", ("S1", stock("12")), ("S2", stock("5")), ("S3", stock("7.9")))
    assert (sent.outcome, words(sent)) == ("delivered", {"S1": "", "S2": "", "S3": ""})
    assert [shop.variants[sku]["available"] for sku in ("S1", "S2", "S3")] == [12, 5, 7]
    ((_name, asked),) = [call for call in shop.calls if call[0] == "Set"]
    rows = [(row["quantity"], row["changeFromQuantity"]) for row in asked["input"]["quantities"]]
    assert rows == [(12, 5), (7, 5)]  # S2 is right already
    assert asked["input"]["referenceDocumentUri"] == "gid://steelyard/Dispatch/msg_1"


def test_what_is_sold_between_reading_and_setting_is_read_again() -> None:
    with a_shopify_shop() as shop:

        def sell_one() -> None:
            shop.variants["S1"]["available"] -= 1
            shop.between = lambda: None

        shop.between = sell_one
        sent = told(shop, "stock", ("S1", stock("12")), ("S2", stock("8")))
    assert (words(sent), shop.variants["S1"]["available"]) == ({"S1": "", "S2": ""}, 12)
    assert [name for name, _asked in shop.calls] == ["Find", "Levels", "Set", "Levels", "Set"]


def test_a_shop_that_never_stands_still_is_tried_later() -> None:
    with a_shopify_shop() as shop:
        shop.between = lambda: shop.variants["S1"].update(available=shop.variants["S1"]["available"] - 1)
        sent = told(shop, "stock", ("S1", stock("12")))
    assert (sent.outcome, sent.error_code) == ("again", "changed_meanwhile")


def test_a_worker_that_died_before_writing_down_repeats_nothing() -> None:
    with a_shopify_shop() as shop:
        first = told(shop, "stock", ("S1", stock("12")))
        again = told(shop, "stock", ("S1", stock("12")))
    assert words(first) == words(again) == {"S1": ""}
    assert [name for name, _asked in shop.calls].count("Set") == 1


def test_the_same_mutation_carries_the_same_key() -> None:
    one, other = {"quantities": [1]}, {"quantities": [2]}
    assert rules.idempotency_key("m", one, 0) == rules.idempotency_key("m", dict(one), 0)
    keys = {
        rules.idempotency_key(*asked)
        for asked in (("m", one, 0), ("m", one, 1), ("m", other, 0), ("n", one, 0))
    }
    assert len(keys) == 4


def test_one_wrong_item_does_not_keep_the_others_back() -> None:
    variants = {"S1": a_variant(1), "S2": a_variant(2, available=None), "S3": a_variant(3)}
    with a_shopify_shop(**variants) as shop:
        sent = told(shop, "stock", *((sku, stock("9")) for sku in ("S1", "S2", "S3", "NO")))
    expected = {"S1": "", "S2": "item_not_stocked_at_location", "S3": "", "NO": "unknown_sku"}
    assert (sent.outcome, words(sent)) == ("delivered", expected)
    assert [shop.variants[sku]["available"] for sku in ("S1", "S3")] == [9, 9]


def test_a_used_up_key_is_replaced() -> None:
    with a_shopify_shop() as shop:
        shop.variants["S1"]["available"] = 5
        batch = rules.quantities_input(
            "msg_1", "gid://shopify/Location/1", [("gid://shopify/InventoryItem/1", 9, 5)]
        )
        shop.keys[rules.idempotency_key("msg_1", batch, 0)] = ("something else", None)
        sent = told(shop, "stock", ("S1", stock("9")))
    assert (words(sent), shop.variants["S1"]["available"]) == ({"S1": ""}, 9)


def test_prices_with_the_former_price() -> None:
    with a_shopify_shop() as shop:
        sent = told(
            shop,
            "prices",
            ("S1", price("8.00", reference_amount="10.00")),
            ("S2", price("8.00", reference_amount="7.00")),
            ("S3", price("4.50")),
        )
    assert words(sent) == {"S1": "", "S2": "", "S3": ""}
    shown = {sku: (one["price"], one["compare"]) for sku, one in shop.variants.items()}
    assert shown == {"S1": ("8.00", "10.00"), "S2": ("8.00", None), "S3": ("4.50", None)}
    assert [name for name, _asked in shop.calls] == ["Find", "Prices"]  # both products in one request


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (price(None), "no_price"),
        (price("8", "EUR"), "wrong_currency"),
        (price("8") | {"tax_included": False}, "wrong_tax"),
        (price("-8"), "negative_price_value"),
    ],
)
def test_prices_that_are_not_taken(content: dict[str, Any], code: str) -> None:
    with a_shopify_shop() as shop:
        sent = told(shop, "prices", ("S1", content), ("S2", price("3.00")))
    assert (sent.outcome, words(sent)) == ("delivered", {"S1": code, "S2": ""})
    assert (shop.variants["S1"]["price"], shop.variants["S2"]["price"]) == ("9.99", "3.00")


def test_a_throttled_request_waits_for_its_points() -> None:
    with a_shopify_shop() as shop:
        body = SHOPIFY["throttled"]
        shop.troubles = [(200, body, {})]
        sent = told(shop, "stock", ("S1", stock("9")))
    assert (sent.outcome, [name for name, _a in shop.calls][:2]) == ("delivered", ["Find", "Find"])


def test_too_few_points_for_this_attempt_come_back_later() -> None:
    with a_shopify_shop() as shop:
        shop.points, shop.restore_rate = 12.0, 1.0
        sent = told(shop, "stock", ("S1", stock("9")), patience_s=0.5)
    assert (sent.outcome, sent.error_code, sent.retry_after_s) == ("again", "throttled", 9)
    assert shop.variants["S1"]["available"] == 5


def test_points() -> None:
    bucket = rules.bucket_of(SHOPIFY["throttled"])
    assert bucket is not None
    assert (round(bucket.wait_s(), 2), bucket.wait_s(600)) == (1.72, 0.0)
    assert rules.bucket_of({}) is None
    assert rules.error_code(SHOPIFY["throttled"]) == "THROTTLED"


@pytest.mark.parametrize("name", ["set_stale", "set_unknown_item", "set_key_mismatch"])
def test_user_errors_name_the_item(name: str) -> None:
    (error,) = rules.user_errors(SHOPIFY[name]["data"]["inventorySetQuantities"], "quantities")
    expected = {"set_stale": 1, "set_unknown_item": 0, "set_key_mismatch": None}
    assert error.index == expected[name]


def test_a_server_error_is_tried_again_within_the_attempt() -> None:
    with a_shopify_shop() as shop:
        shop.troubles = [(502, b"bad gateway", {}), (429, {"errors": "x"}, {"Retry_After": "1"})]
        sent = told(shop, "stock", ("S1", stock("9")), patience_s=5)
    assert (sent.outcome, shop.variants["S1"]["available"]) == ("delivered", 9)


@pytest.mark.parametrize(
    ("troubles", "code"),
    [
        ([(500, b"", {})] * 3, "http_500"),
        ([(402, {"errors": "Payment required"}, {})], "http_402"),
        ([(200, SHOPIFY["access_denied"], {})], "access_denied"),
        ([(200, b"<html>", {})], "no_data"),
    ],
)
def test_what_ends_an_attempt_keeps_the_batch(troubles: list[Any], code: str) -> None:
    with a_shopify_shop() as shop:
        shop.troubles = troubles
        sent = told(shop, "stock", ("S1", stock("9")), patience_s=9)
    assert (sent.outcome, sent.error_code) == ("again", code)


def test_no_answer_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    from feeds.senders import http

    whole = http.bounds
    monkeypatch.setattr(http, "bounds", lambda *_a: whole(total_s=0.3))
    with a_shopify_shop() as shop:
        shop.troubles = [None]
        sent = told(shop, "stock", ("S1", stock("9")))
    assert (sent.outcome, sent.error_code) == ("again", "timeout")


def test_a_wrong_token_is_a_persons_work_and_stays_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with a_shopify_shop() as shop:
        sent = told(shop, "stock", ("S1", stock("9")), secrets={"access-token": ["shpat_other"]})
        good = an_outlet("shopify", "stock", shop.other.url)
    assert (sent.outcome, sent.error_code) == ("again", "http_401")
    assert "shpat_other" not in caplog.text + repr(sent) and TOKEN not in repr(good)


def test_ids_are_asked_for_once_and_kept() -> None:
    with a_shopify_shop() as shop:
        told(shop, "stock", ("S1", stock("9")), ("NO", stock("1")))
        told(shop, "stock", ("S1", stock("8")), ("NO", stock("1")))
    assert [name for name, _asked in shop.calls].count("Find") == 1
    rows = PlatformListing.objects.order_by("sku").values_list("sku", "item_ref", "is_missing")
    assert list(rows) == [("NO", "", True), ("S1", "gid://shopify/ProductVariant/1", False)]


def test_a_sku_that_stands_twice_is_nobodys() -> None:
    with a_shopify_shop(S1=a_variant(1), TWIN=a_variant(2, sku="S1")) as shop:
        assert words(told(shop, "stock", ("S1", stock("9")))) == {"S1": "unknown_sku"}


def test_a_sku_may_hold_quotes() -> None:
    odd = 'A "B" \\C'
    with a_shopify_shop(**{odd: a_variant(1)}) as shop:
        assert words(told(shop, "stock", (odd, stock("9")))) == {odd: ""}


def test_without_a_location_nothing_is_set() -> None:
    with a_shopify_shop() as shop:
        sent = told(shop, "stock", ("S1", stock("9")), settings={"location": ""})
    assert words(sent) == {"S1": "no_location"}


def test_reading_back_prices_and_stock() -> None:
    with a_shopify_shop() as shop:
        outlet = an_outlet("shopify", "prices", shop.other.url)
        readings = ShopifySender().read_back(outlet, ["S1", "NO"])
    (known, unknown) = readings
    assert (known.sku, known.amount, known.currency, known.quantity) == (
        "S1",
        Decimal("9.99"),
        "GBP",
        Decimal(5),
    )
    assert (unknown.sku, unknown.is_missing) == ("NO", True)


def test_reading_back_says_why_it_could_not() -> None:
    with a_shopify_shop() as shop:
        shop.troubles = [(200, SHOPIFY["access_denied"], {})]
        with pytest.raises(ReadBackError, match="access_denied"):
            ShopifySender().read_back(an_outlet("shopify", "prices", shop.other.url), ["S1"])


def test_a_test_asks_for_the_shop() -> None:
    with a_shopify_shop() as shop:
        sent = told(shop, "prices", kind="test")
    assert (sent.outcome, "s.myshopify.com" in sent.answer, shop.calls) == ("delivered", True, [("Shop", {})])
