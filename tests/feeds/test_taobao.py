"""The Taobao Open Platform (2.0): signature, session, limits, partial errors, reading back."""

import logging
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from feeds.models import PlatformListing
from feeds.rules import taobao as rules
from feeds.senders import ReadBackError, Sent
from feeds.senders.taobao import TaobaoSender
from tests.feeds.platforms import (
    APP_SECRET,
    SESSION,
    TAOBAO,
    Taobao,
    a_batch,
    a_sku,
    a_taobao_shop,
    an_outlet,
    price,
    stock,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _private(settings: Any) -> None:
    settings.OUTBOUND_ALLOW_PRIVATE = True


def told(shop: Taobao, what: str, *rows: Any, patience_s: float = 5.0, **changes: Any) -> Sent:
    batch = a_batch(*rows, kind=changes.pop("kind", "changes"))
    return TaobaoSender(patience_s).send(an_outlet("taobao", what, shop.other.url, **changes), batch)


def words(sent: Sent) -> dict[str, str]:
    return {one.key.split("/")[1]: "" if one.is_taken else one.code for one in sent.acknowledgements or ()}


def yuan(amount: str) -> dict[str, Any]:
    return price(amount, "CNY")


def test_the_signature_is_that_of_the_document() -> None:
    example = TAOBAO["signature_example"]
    assert rules.signature(example["parameters"], example["secret"], "md5") == example["sign"]


def test_a_call_has_the_public_parameters_in_beijing_time() -> None:
    at = datetime(2026, 1, 1, 20, 0, tzinfo=UTC)
    asked = rules.signed_call("taobao.x", {"a": 1, "b": None}, app_key="k", secret="s", session="t", at=at)
    assert (asked["timestamp"], asked["sign_method"], "b" in asked) == (
        "2026-01-02 04:00:00",
        "hmac-sha256",
        False,
    )
    assert rules.signature(asked, "s") == asked["sign"]


@pytest.mark.parametrize(
    ("name", "kind", "code", "wait_s"),
    [
        ("limited", "limited", "accesscontrol.limited-by-app-api-access-count", 3),
        ("invalid_session", "not_allowed", "invalid-sessionkey", None),
        ("invalid_signature", "not_allowed", "top-25", None),
        ("no_permission", "not_allowed", "isv.permission-api-package-limit", None),
        ("unavailable", "passing", "isp.top-remote-connection-timeout-tmall", None),
        ("invalid_parameter", "item", "isv.invalid-parameter", None),
        ("not_found", "item", "isv.item-skus-custom-get-service-error:ITEM_NOT_FOUND", None),
    ],
)
def test_problems(name: str, kind: str, code: str, wait_s: int | None) -> None:
    found = rules.problem_of(TAOBAO[name])
    assert found is not None
    assert (found.kind, found.code, found.wait_s) == (kind, code[:60], wait_s)


def test_what_is_no_problem() -> None:
    assert rules.problem_of(TAOBAO["price_update"]) is None
    assert (
        rules.rows_of(TAOBAO["skus_custom_get"]["skus_custom_get_response"]["skus"], "sku")[0]["num_iid"]
        == 12345
    )
    assert (rules.rows_of({"sku": {"a": 1}}, "sku"), rules.rows_of(None, "sku")) == ([{"a": 1}], [])
    assert rules.member_of("taobao.item.skus.get") == "item_skus_get_response"
    assert rules.member_of("tmall.item.price.update") == "tmall_item_price_update_response"


def test_stock_of_skus_and_of_a_product_without() -> None:
    with a_taobao_shop() as shop:
        sent = told(shop, "stock", ("T1", stock("12")), ("T2", stock("0")), ("T3", stock("7.5")))
    assert (sent.outcome, words(sent)) == ("delivered", {"T1": "", "T2": "", "T3": ""})
    assert [one["quantity"] for one in shop.skus.values()] == [12, 0, 7]
    updates = [asked for method, asked in shop.calls if method == "taobao.skus.quantity.update"]
    assert [asked["skuid_quantities"] for asked in updates] == ["101:12;102:0"]


def test_twenty_skus_at_once() -> None:
    with a_taobao_shop(**{f"T{n}": a_sku(10, 100 + n) for n in range(45)}) as shop:
        sent = told(shop, "stock", *((f"T{n}", stock("9")) for n in range(45)))
    assert not any(words(sent).values())
    assert [method for method, _asked in shop.calls].count("taobao.skus.quantity.update") == 3


def test_prices_by_sku_and_of_a_product_without() -> None:
    with a_taobao_shop() as shop:
        sent = told(shop, "prices", ("T1", yuan("8.8")), ("T2", yuan("9.90")), ("T3", yuan("100")))
    assert words(sent) == {"T1": "", "T2": "", "T3": ""}
    assert [one["price"] for one in shop.skus.values()] == ["8.80", "9.90", "100.00"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (price(None, "CNY"), "no_price"),
        (price("8", "GBP"), "wrong_currency"),
        (yuan("8") | {"tax_included": False}, "wrong_tax"),
        (yuan("0"), "price_out_of_range"),
        (yuan("1.005"), "price_out_of_range"),
    ],
)
def test_prices_that_are_not_told(content: dict[str, Any], code: str) -> None:
    with a_taobao_shop() as shop:
        assert words(told(shop, "prices", ("T1", content), ("T2", yuan("3")))) == {"T1": code, "T2": ""}


@pytest.mark.parametrize(("what", "content"), [("stock", stock("9")), ("prices", yuan("9"))])
def test_one_wrong_item_does_not_keep_the_others_back(what: str, content: dict[str, Any]) -> None:
    with a_taobao_shop() as shop:
        shop.refuses = {"102"}
        sent = told(shop, what, ("T1", content), ("T2", content), ("NO", content))
    assert words(sent) == {"T1": "", "T2": "isv.invalid-parameter", "NO": "unknown_sku"}
    assert not PlatformListing.objects.filter(sku="T2").exists()  # asked for again next time


def test_a_limit_is_waited_for() -> None:
    with a_taobao_shop() as shop:
        shop.troubles = [(200, TAOBAO["limited"], {})]
        sent = told(shop, "stock", ("T1", stock("9")))
    assert (sent.outcome, shop.skus["T1"]["quantity"]) == ("delivered", 9)


def test_a_long_limit_is_for_later() -> None:
    with a_taobao_shop() as shop:
        body = {
            "error_response": {
                **TAOBAO["limited"]["error_response"],
                "sub_msg": "This ban will last for 600 more seconds",
            }
        }
        shop.troubles = [(200, body, {})]
        sent = told(shop, "stock", ("T1", stock("9")), patience_s=0.5)
    assert (sent.outcome, sent.retry_after_s, shop.skus["T1"]["quantity"]) == ("again", 601, 5)


def test_what_passes_is_tried_again_at_once() -> None:
    with a_taobao_shop() as shop:
        shop.troubles = [(200, TAOBAO["unavailable"], {}), (502, b"bad gateway", {})]
        sent = told(shop, "stock", ("T1", stock("9")), patience_s=9)
    assert (sent.outcome, shop.skus["T1"]["quantity"]) == ("delivered", 9)


@pytest.mark.parametrize(
    ("trouble", "code"),
    [
        ((200, TAOBAO["no_permission"], {}), "isv.permission-api-package-limit"),
        ((404, b"", {}), "http_404"),
        ((200, TAOBAO["invalid_timestamp"], {}), "top-31"),
    ],
)
def test_what_ends_an_attempt_keeps_the_batch(trouble: Any, code: str) -> None:
    with a_taobao_shop() as shop:
        shop.troubles = [trouble]
        sent = told(shop, "stock", ("T1", stock("9")))
    assert (sent.outcome, sent.error_code) == ("again", code)


def test_no_answer_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    from feeds.senders import http

    whole = http.bounds
    monkeypatch.setattr(http, "bounds", lambda *_a: whole(total_s=0.3))
    with a_taobao_shop() as shop:
        shop.troubles = [None]
        sent = told(shop, "stock", ("T1", stock("9")))
    assert (sent.outcome, sent.error_code) == ("again", "timeout")


@pytest.mark.parametrize(
    ("secrets", "code"),
    [
        ({"app-secret": ["other"], "access-token": [SESSION]}, "top-25"),
        ({"app-secret": [APP_SECRET], "access-token": ["stale-session"]}, "invalid-sessionkey"),
    ],
)
def test_wrong_keys_are_a_persons_work_and_stay_secret(
    secrets: dict[str, list[str]], code: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with a_taobao_shop() as shop:
        sent = told(shop, "stock", ("T1", stock("9")), secrets=secrets)
    assert (sent.outcome, sent.error_code) == ("again", code)
    assert not any(key[0] in caplog.text + repr(sent) for key in secrets.values() if key[0] != "other")


def test_telling_twice_changes_nothing_more() -> None:
    with a_taobao_shop() as shop:
        first = told(shop, "stock", ("T1", stock("12")))
        again = told(shop, "stock", ("T1", stock("12")))
    assert (words(first), words(again), shop.skus["T1"]["quantity"]) == ({"T1": ""}, {"T1": ""}, 12)
    assert [method for method, _a in shop.calls].count("taobao.skus.custom.get") == 1


def test_reading_back_prices_and_stock() -> None:
    with a_taobao_shop() as shop:
        readings = TaobaoSender().read_back(an_outlet("taobao", "prices", shop.other.url), ["T1", "T3", "NO"])
    shown = [(one.sku, one.amount, one.quantity, one.is_missing) for one in readings]
    assert shown == [
        ("T1", Decimal("19.90"), Decimal(5), False),
        ("T3", Decimal("19.90"), Decimal(5), False),
        ("NO", None, None, True),
    ]


def test_reading_back_says_why_it_could_not() -> None:
    with a_taobao_shop() as shop:
        shop.troubles = [(200, TAOBAO["no_permission"], {})]
        with pytest.raises(ReadBackError, match="isv.permission"):
            TaobaoSender().read_back(an_outlet("taobao", "prices", shop.other.url), ["T1"])


def test_a_test_asks_for_the_seller() -> None:
    with a_taobao_shop() as shop:
        sent = told(shop, "prices", kind="test")
    assert (sent.outcome, "seller" in sent.answer) == ("delivered", True)
