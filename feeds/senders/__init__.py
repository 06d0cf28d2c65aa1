"""Ways out: WAYS names each; a new one is a module here, a line in WAYS and a word in LABELS."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from feeds.senders.base import (
    Acknowledged,
    Batch,
    Item,
    Outlet,
    ReadBackError,
    Reading,
    Sender,
    Sent,
)
from feeds.senders.files import FileSender
from feeds.senders.rest import RestSender
from feeds.senders.shopify import ShopifySender
from feeds.senders.taobao import TaobaoSender
from feeds.senders.webhook import WebhookSender

WAYS: dict[str, Sender] = {
    "rest": RestSender(),
    "webhook": WebhookSender(),
    "file": FileSender(),
    "shopify": ShopifySender(),
    "taobao": TaobaoSender(),
}

#: What a person reads; the platforms' names are names.
LABELS: Mapping[str, object] = {
    "rest": _("REST, read by the other side"),
    "webhook": _("Signed webhook"),
    "file": _("Files"),
    "shopify": "Shopify",
    "taobao": _("Taobao and Tmall"),
}

__all__ = [
    "LABELS",
    "WAYS",
    "Acknowledged",
    "Batch",
    "Item",
    "Outlet",
    "ReadBackError",
    "Reading",
    "Sender",
    "Sent",
]
