"""Orders of a Shopify shop by its own webhook: genuine ones become sales, once."""

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from django.test import Client

from catalog.models import Channel, Site
from feeds import storage
from feeds.models import Delivery, Feed, FeedKey, Publication, PublicationKey
from feeds.tasks import process
from sales.models import SaleLine
from tests.feeds.builders import a_key
from tests.feeds.test_channel_stock import web

__all__ = ["web"]
pytestmark = pytest.mark.django_db
SECRET = "shpss_client-secret"
ORDER: dict[str, Any] = {
    "id": 820982911946154508,
    "name": "#9999",
    "created_at": "2026-11-21T10:00:00-05:00",
    "currency": "GBP",
    "test": False,
    "line_items": [
        {
            "id": 1,
            "sku": "CUP",
            "quantity": 3,
            "price": "10.00",
            "discount_allocations": [{"amount": "1.00"}],
        },
        {"id": 2, "sku": "MUG", "quantity": 1, "price": "4.50", "discount_allocations": []},
        {"id": 3, "sku": "", "title": "Gift wrap", "quantity": 1, "price": "2.00"},
    ],
}


@pytest.fixture(autouse=True)
def _shop(web: Channel) -> None:
    Feed.objects.create(name="shopify-sales", kind="sales", site=Site.objects.get())
    a_key("shopify-sales")
    shop = Publication.objects.create(
        name="shopify-uk", what="stock", way="shopify", settings={"orders_feed": "shopify-sales"}, channel=web
    )
    PublicationKey.objects.create(publication=shop, purpose="client-secret", secret=SECRET)


def push(order: Any, *, shop: str = "shopify-uk", secret: str = SECRET, **headers: str) -> Any:
    body = order if isinstance(order, bytes) else json.dumps(order).encode()
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    given = {
        "X-Shopify-Hmac-SHA256": base64.b64encode(digest).decode(),
        "X-Shopify-Topic": "orders/create",
        "X-Shopify-Webhook-Id": "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043",
        **headers,
    }
    path = f"/api/v1/publications/{shop}/orders/"
    return Client().post(path, data=body, content_type="application/json", headers=given)


def test_an_order_becomes_sales_at_the_price_paid() -> None:
    answer = push(ORDER)
    assert (answer.status_code, answer.json()["state"]) == (202, "received")
    process()
    rows = SaleLine.objects.order_by("product__sku").values_list("product__sku", "quantity", "unit_price")
    assert [(sku, int(quantity), str(paid)) for sku, quantity, paid in rows] == [
        ("CUP", 3, "9.666667"),
        ("MUG", 1, "4.500000"),
    ]
    kept = json.loads(storage.read(Delivery.objects.get().sha256))
    assert json.loads(storage.read(kept["taken_from"]["sha256"])) == ORDER


def test_the_same_webhook_again_has_no_second_effect() -> None:
    first, again = push(ORDER), push(ORDER)
    assert (again.json(), again.headers["Idempotent-Replay"]) == (first.json(), "true")
    other = push({**ORDER, "id": 1})
    assert (other.status_code, other.json()["errors"][0]["code"]) == (409, "id_reused")


def test_the_same_order_under_another_webhook_sells_nothing_twice() -> None:
    push(ORDER)
    push(ORDER, **{"X-Shopify-Webhook-Id": "another"})
    process()
    assert SaleLine.objects.count() == 2


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"secret": "other"}, 401, "bad_signature"),
        ({"shop": "no-such-shop"}, 401, "bad_signature"),
        ({"shop": "no-such-shop", "secret": ""}, 401, "bad_signature"),
        ({"X-Shopify-Topic": "orders/updated"}, 422, "unknown_topic"),
        ({"X-Shopify-Webhook-Id": ""}, 422, "invalid_id"),
    ],
)
def test_what_is_refused(changes: dict[str, str], status: int, code: str) -> None:
    answer = push(ORDER, **changes)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (status, code)
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "invalid_json"),
        ([1], "not_an_order"),
        ({"id": 1}, "not_an_order"),
        ({**ORDER, "line_items": [{"sku": "CUP", "quantity": "many", "price": "1"}]}, "invalid_line"),
        ({**ORDER, "line_items": [{"sku": "CUP", "quantity": 1}]}, "invalid_line"),
        ({**ORDER, "line_items": ["x"]}, "invalid_line"),
    ],
)
def test_what_cannot_be_read(body: Any, code: str) -> None:
    answer = push(body)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code)


def test_a_test_order_and_one_without_goods_are_left_out() -> None:
    assert push({**ORDER, "test": True}).json() == {"id": None, "state": "left_out"}
    assert push({**ORDER, "line_items": [ORDER["line_items"][2]]}).json()["state"] == "left_out"
    assert not Delivery.objects.exists()


def test_without_a_feed_of_sales_nothing_is_taken() -> None:
    FeedKey.objects.all().delete()
    assert push(ORDER).json()["errors"][0]["code"] == "no_orders_feed"


def test_a_revoked_secret_opens_nothing() -> None:
    PublicationKey.objects.all().delete()
    assert push(ORDER).status_code == 401
    assert push(ORDER, secret="").status_code == 401
