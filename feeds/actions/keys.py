"""Signing keys: two live ones at most, so that a sender can change over without a gap."""

import base64
import secrets

from django.db import transaction
from django.db.models.functions import Now

from audit.actions import record
from feeds.models import Feed, FeedKey, Source
from feeds.rules.signatures import PREFIX
from lib.actors import Actor
from lib.faults import refuse

MAX_LIVE = 2


def new_secret() -> str:
    """A fresh secret: "whsec_" and 32 random bytes in base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


@transaction.atomic
def create_key(*, actor: Actor, feed_name: str) -> FeedKey:
    """A new secret for the feed, or for the source it belongs to; show it once.

    Raises Faults 404 `unknown_feed`, 409 `two_keys_live`.
    Locks: the feed or the source. Records: feed_key.created (never the secret). Allowed: feeds.manage, at the edge.
    """
    feed = Feed.objects.select_for_update(no_key=True).filter(name=feed_name).first()
    if feed is None:
        raise refuse("unknown_feed", f"There is no feed {feed_name!r}.", status=404)
    if feed.source_id is not None:
        return _new_source_key(actor, Source.objects.select_for_update(no_key=True).get(pk=feed.source_id))
    if FeedKey.objects.filter(feed=feed, revoked_at=None).count() >= MAX_LIVE:
        raise refuse("two_keys_live", "Two keys are live; revoke one first.", status=409)
    key = FeedKey.objects.create(feed=feed, secret=new_secret())
    record(actor=actor, kind="feed_key.created", subject=f"feed:{feed_name}", after={"key": key.pk})
    return key


@transaction.atomic
def create_source_key(*, actor: Actor, code: str) -> FeedKey:
    """A new secret of a source, for all its feeds; show it once. The keys it has go on until they are revoked.

    Raises Faults 404 `unknown_source`, 409 `two_keys_live`.
    Locks: the source. Records: feed_key.created (never the secret). Allowed: feeds.manage, at the edge.
    """
    source = Source.objects.select_for_update(no_key=True).filter(code=code).first()
    if source is None:
        raise refuse("unknown_source", f"There is no source {code!r}.", status=404)
    return _new_source_key(actor, source)


def _new_source_key(actor: Actor, source: Source) -> FeedKey:
    if FeedKey.objects.filter(source=source, revoked_at=None).count() >= MAX_LIVE:
        raise refuse("two_keys_live", "Two keys are live; revoke one first.", status=409)
    key = FeedKey.objects.create(source=source, secret=new_secret())
    record(actor=actor, kind="feed_key.created", subject=f"source:{source.code}", after={"key": key.pk})
    return key


@transaction.atomic
def revoke_key(*, actor: Actor, key_id: int) -> None:
    """End a key now: what is signed with it from now on is refused.

    Raises Faults 404 `unknown_key`.
    Locks: the key. Records: feed_key.revoked. Allowed: feeds.manage, checked at the edge.
    """
    key = FeedKey.objects.select_related("feed", "source").filter(pk=key_id, revoked_at=None).first()
    if key is None or not FeedKey.objects.filter(pk=key_id, revoked_at=None).update(revoked_at=Now()):
        raise refuse("unknown_key", "There is no such live key.", status=404)
    whose = f"source:{key.source.code}" if key.source else f"feed:{key.feed}"
    record(actor=actor, kind="feed_key.revoked", subject=whose, before={"key": key_id})
