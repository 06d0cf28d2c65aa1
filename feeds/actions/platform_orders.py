"""Orders that a platform tells by its own webhook: checked by its rules, taken in as any delivery of sales."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from feeds import storage
from feeds.actions.accepting import MAX_PUSH_BYTES, PushedDelivery, accept_delivery
from feeds.models import Feed, Publication, PublicationKey
from feeds.queries import feed_named, live_secrets
from feeds.rules import shopify_orders as rules
from feeds.rules.signatures import signature_of
from lib.actors import Actor
from lib.faults import refuse

WAY, PURPOSE, FEED = "shopify", "client-secret", "orders_feed"


@dataclass(frozen=True)
class PushedOrder:
    """One webhook as it came. publication: the shop it belongs to, by its name."""

    publication: str
    webhook_id: str
    topic: str
    signature: str
    body: bytes


def accept_order(*, actor: Actor, pushed: PushedOrder, now: datetime) -> tuple[dict[str, Any], bool]:
    """Take an order of Shopify in; the same webhook again gets the first answer.

    The shop is a publication of way shopify with a key "client-secret"; its setting "orders_feed" names the feed of sales
    (with a site and a live key) that the order goes through. Our own rows are what the feed keeps; the bytes that came
    are kept beside them under their hash.
    Returns (answer {id, state}, whether it is a repeat); an order without goods is {"id": None, "state": "left_out"}.

    Raises Faults 401 `bad_signature` (also for an unknown shop); 413 `too_large`; 422 `unknown_topic`, `no_orders_feed`,
    `invalid_json`, `not_an_order`, `invalid_line`; and what accept_delivery raises.
    Locks: nothing. Records: delivery.received. Allowed: whoever signs with the shop's client secret.
    """
    shop = _checked_shop(pushed)
    feed, secret = _feed_of(shop)
    if pushed.topic != rules.TOPIC:
        raise refuse("unknown_topic", f"Only {rules.TOPIC} is taken.")
    try:
        order = json.loads(pushed.body, parse_float=str)
    except (ValueError, RecursionError) as error:
        raise refuse("invalid_json", "The body is no JSON.") from error
    assert feed.site is not None
    rows = rules.sales_of(order, feed.site.code)
    if not rows:
        return {"id": None, "state": "left_out"}, False
    storage.keep(pushed.body)
    told = {"taken_from": {"way": WAY, "sha256": hashlib.sha256(pushed.body).hexdigest()}, "rows": rows}
    body = json.dumps(told, sort_keys=True, separators=(",", ":")).encode()
    stamp = str(int(now.timestamp()))
    own = PushedDelivery(
        feed=feed.name,
        webhook_id=pushed.webhook_id,
        timestamp=stamp,
        signature=signature_of(secret, pushed.webhook_id, stamp, body),
        media_type="application/json",
        body=body,
    )
    return accept_delivery(actor=actor, pushed=own, now=now)


def _checked_shop(pushed: PushedOrder) -> Publication:
    if len(pushed.body) > MAX_PUSH_BYTES:
        raise refuse("too_large", f"At most {MAX_PUSH_BYTES // 2**20} MiB.", status=413)
    shop = Publication.objects.filter(name=pushed.publication, way=WAY, is_active=True).first()
    keys = PublicationKey.objects.filter(publication=shop, purpose=PURPOSE, revoked_at=None) if shop else None
    secrets = list(keys.values_list("secret", flat=True)) if keys is not None else [""]
    if not rules.is_genuine(pushed.signature, pushed.body, secrets) or shop is None:
        raise refuse("bad_signature", "The signature does not fit the shop's client secret.", status=401)
    return shop


def _feed_of(shop: Publication) -> tuple[Feed, str]:
    feed = feed_named(str(shop.settings.get(FEED) or ""))
    secrets = live_secrets(feed) if feed is not None and feed.kind == Feed.Kind.SALES else []
    if feed is None or feed.site is None or not secrets:
        detail = "The setting orders_feed names no feed of sales with a site and a live key."
        raise refuse("no_orders_feed", detail)
    return feed, secrets[0]
