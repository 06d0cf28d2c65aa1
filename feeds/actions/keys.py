"""Signing keys: two live ones at most, so that a sender can change over without a gap."""

import base64
import secrets

from django.db import transaction
from django.db.models.functions import Now

from audit.actions import record
from feeds.models import Feed, FeedKey
from feeds.rules.signatures import PREFIX
from lib.actors import Actor
from lib.faults import refuse

MAX_LIVE = 2


def new_secret() -> str:
    """A fresh secret: "whsec_" and 32 random bytes in base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


@transaction.atomic
def create_key(*, actor: Actor, feed_name: str) -> FeedKey:
    """A new secret for the feed; show it once.

    Raises Faults 404 `unknown_feed`, 409 `two_keys_live`.
    Locks: the feed. Records: feed_key.created (never the secret). Allowed: feeds.manage, checked at the edge.
    """
    feed = Feed.objects.select_for_update().filter(name=feed_name).first()
    if feed is None:
        raise refuse("unknown_feed", f"There is no feed {feed_name!r}.", status=404)
    if FeedKey.objects.filter(feed=feed, revoked_at=None).count() >= MAX_LIVE:
        raise refuse("two_keys_live", "Two keys are live; revoke one first.", status=409)
    key = FeedKey.objects.create(feed=feed, secret=new_secret())
    record(actor=actor, kind="feed_key.created", subject=f"feed:{feed_name}", after={"key": key.pk})
    return key


@transaction.atomic
def revoke_key(*, actor: Actor, key_id: int) -> None:
    """End a key now.

    Raises Faults 404 `unknown_key`.
    Locks: the key. Records: feed_key.revoked. Allowed: feeds.manage, checked at the edge.
    """
    key = FeedKey.objects.select_related("feed").filter(pk=key_id, revoked_at=None).first()
    if key is None or not FeedKey.objects.filter(pk=key_id, revoked_at=None).update(revoked_at=Now()):
        raise refuse("unknown_key", "There is no such live key.", status=404)
    record(actor=actor, kind="feed_key.revoked", subject=f"feed:{key.feed.name}", before={"key": key_id})
