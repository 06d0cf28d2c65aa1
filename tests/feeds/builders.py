"""Plain builders for feeds."""

from datetime import UTC, datetime
from typing import Any

from django.test import Client

from feeds import actions
from feeds.models import Delivery, Feed, FeedKey
from feeds.rules.signatures import signature_of
from lib.actors import job, system

SET_UP = system("tests")
LOOP = job("feeds.process")
PRODUCTS = b"sku,name,category,unit\nA001,Cup,Kitchen,pcs\nA002,Bowl,Kitchen / Bowls,pcs\n"


def a_key(feed: str = "products") -> FeedKey:
    return actions.create_key(actor=SET_UP, feed_name=feed)


def push(
    secret: str, body: bytes, *, feed: str = "products", webhook_id: str = "msg_1", **changes: Any
) -> Any:
    """One signed POST; `timestamp`, `offset_s`, `signature` or `signed_body` may be changed."""
    timestamp = str(changes.get("timestamp", int(datetime.now(UTC).timestamp()) + changes.get("offset_s", 0)))
    signature = changes.get("signature") or signature_of(
        secret, webhook_id, timestamp, changes.get("signed_body", body)
    )
    return Client().post(
        f"/api/v1/feeds/{feed}/deliveries/",
        data=body,
        content_type=changes.get("content_type", "text/csv"),
        headers={"webhook-id": webhook_id, "webhook-timestamp": timestamp, "webhook-signature": signature},
    )


def applied(body: bytes, feed: str = "products") -> Delivery:
    """One file through a feed."""
    delivery = actions.receive_file(
        actor=SET_UP, feed=Feed.objects.get(name=feed), filename="f.csv", body=body, is_claimed=True
    )
    return actions.apply_delivery(actor=LOOP, delivery_id=delivery.pk, attempt=1)
