"""From the rule to the platform: what a channel may promise stands in the shop, once, also when a worker dies between."""

from datetime import timedelta
from typing import Any

import pytest

from catalog.models import Channel
from feeds.actions import sending
from feeds.models import Dispatch, Publication, PublicationKey, PublishedItem
from lib import clock
from lib.actors import job
from tests.feeds.platforms import (
    APP_KEY,
    APP_SECRET,
    LOCATION,
    SESSION,
    TOKEN,
    a_shopify_shop,
    a_sku,
    a_taobao_shop,
    a_variant,
)
from tests.feeds.publications import kept
from tests.feeds.test_channel_stock import a_rule, web

__all__ = ["web"]
pytestmark = pytest.mark.django_db
LOOP = job("feeds.send")


class Died(BaseException):
    """A worker that ends without any clean-up."""


@pytest.fixture(autouse=True)
def _private(settings: Any) -> None:
    settings.OUTBOUND_ALLOW_PRIVATE = True


def a_publication(way: str, endpoint: str, settings: dict[str, Any], **secrets: str) -> Publication:
    made = Publication.objects.create(
        name="shop-stock",
        what="stock",
        way=way,
        endpoint=endpoint,
        settings=settings,
        channel=Channel.objects.get(code="WEB"),
    )
    for purpose, secret in secrets.items():
        PublicationKey.objects.create(publication=made, purpose=purpose.replace("_", "-"), secret=secret)
    kept(made)
    return made


def send(made: Publication) -> None:
    sending.send_publication(actor=LOOP, publication_id=made.pk)


def test_a_buffer_reaches_shopify_once_though_the_worker_died(
    web: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_rule(channel="WEB", buffer_pieces="2")
    with a_shopify_shop(CUP=a_variant(1), MUG=a_variant(2)) as shop:
        made = a_publication("shopify", shop.other.url, {"location": LOCATION}, access_token=TOKEN)
        with monkeypatch.context() as patched:
            patched.setattr(sending, "failpoint", lambda name: _die_at("dispatch.sent", name))
            with pytest.raises(Died):
                send(made)
        assert Dispatch.objects.get().state == "waiting"
        with clock.frozen(clock.now() + timedelta(minutes=5)):
            send(made)
    assert {sku: one["available"] for sku, one in shop.variants.items()} == {"CUP": 18, "MUG": 1}
    assert [name for name, _asked in shop.calls].count("Set") == 1
    assert (Dispatch.objects.get().state, Dispatch.objects.get().attempts) == ("delivered", 2)


def _die_at(wanted: str, name: str) -> None:
    if name == wanted:
        raise Died


def test_taobao_says_item_by_item_what_it_took(web: Channel) -> None:
    with a_taobao_shop(CUP=a_sku(10, 101)) as shop:
        made = a_publication(
            "taobao", shop.other.url, {"app_key": APP_KEY}, app_secret=APP_SECRET, access_token=SESSION
        )
        send(made)
    assert shop.skus["CUP"]["quantity"] == 20
    assert Dispatch.objects.get().receipt == {"taken": 1, "refused": 0, "silent": 0, "unlisted": 1}
    assert PublishedItem.objects.get(key="LON/MUG").refused == "not_listed"
