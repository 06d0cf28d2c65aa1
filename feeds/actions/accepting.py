"""Taking deliveries in: check the signature, keep the bytes, answer. Reading them comes later."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Value
from django.db.models.functions import Now
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from alerts.actions import raise_alert
from audit.actions import record
from feeds import storage
from feeds.actions.applying import LEASE_S
from feeds.models import Delivery, Feed
from feeds.queries import delivery_of, feed_named, live_secrets
from feeds.rules import signatures
from jobs.actions import wake
from lib.actors import Actor
from lib.faults import refuse

PROCESS = "feeds.process"
MAX_PUSH_BYTES = 32 * 1024 * 1024
MAX_FILE_BYTES = 256 * 1024 * 1024
MAX_ID_LENGTH = 120


@dataclass(frozen=True)
class PushedDelivery:
    """One request to deliver, as it came: the feed's name, the three headers, the body."""

    feed: str
    webhook_id: str
    timestamp: str
    signature: str
    media_type: str
    body: bytes


def accept_delivery(*, actor: Actor, pushed: PushedDelivery, now: datetime) -> tuple[dict[str, Any], bool]:
    """Take a signed push in; the same id and body again gets the first answer.

    Returns (answer {id, state}, whether it is a repeat).

    Raises Faults 401 `bad_signature` (also for an unknown feed), `bad_timestamp`; 413 `too_large`;
    422 `invalid_id`; 409 `id_reused`, which also raises a security alert.
    Locks: nothing (a unique index decides races). Records: delivery.received. Allowed: whoever signs with a live key.
    """
    feed = _checked_feed(pushed, now)
    digest = hashlib.sha256(pushed.body).hexdigest()
    known = delivery_of(feed, pushed.webhook_id)
    if known is None:
        storage.keep(pushed.body)
        with transaction.atomic():
            known, is_new = _insert(feed, pushed, digest)
            if is_new:
                _note_received(actor, feed, known)
                return known.answer, False
    if known.sha256 != digest:
        _alert_reuse(actor, feed, pushed.webhook_id)
        raise refuse("id_reused", "This id was used for another body.", status=409)
    return known.answer, True


def _checked_feed(pushed: PushedDelivery, now: datetime) -> Feed:
    if len(pushed.body) > MAX_PUSH_BYTES:
        raise refuse("too_large", f"At most {MAX_PUSH_BYTES // 2**20} MiB.", status=413)
    feed = feed_named(pushed.feed)
    secrets = live_secrets(feed) if feed else [signatures.PREFIX]
    signed = signatures.is_signed(pushed.signature, secrets, pushed.webhook_id, pushed.timestamp, pushed.body)
    if feed is None or not signed:
        raise refuse("bad_signature", "The signature does not fit a live key of this feed.", status=401)
    sent_at = signatures.sent_at(pushed.timestamp)
    if sent_at is None or not signatures.is_timely(sent_at, now):
        raise refuse("bad_timestamp", "The time stamp lies more than 5 minutes from now.", status=401)
    if not 0 < len(pushed.webhook_id) <= MAX_ID_LENGTH:
        raise refuse("invalid_id", f"The id has 1 to {MAX_ID_LENGTH} characters.")
    return feed


def _insert(feed: Feed, pushed: PushedDelivery, digest: str) -> tuple[Delivery, bool]:
    """The delivery under this id, and whether it is new."""
    row = Delivery(
        feed=feed,
        way=Delivery.Way.PUSH,
        webhook_id=pushed.webhook_id,
        media_type=pushed.media_type[:100],
        sha256=digest,
        size=len(pushed.body),
        sent_at=signatures.sent_at(pushed.timestamp),
    )
    Delivery.objects.bulk_create([row], ignore_conflicts=True)  # gives no id: read it back
    stored = Delivery.objects.select_related("feed").get(feed=feed, webhook_id=pushed.webhook_id)
    answer = {"id": stored.pk, "state": Delivery.State.RECEIVED.value}
    is_new = bool(Delivery.objects.filter(pk=stored.pk, answer={}, sha256=digest).update(answer=answer))
    stored.answer = answer if is_new else stored.answer
    return stored, is_new


def _note_received(actor: Actor, feed: Feed, delivery: Delivery) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO feeds_stream (feed_id, name, epoch, state, is_active, received_at)"
            " VALUES (%s, '', 0, 'live', true, now()) ON CONFLICT (feed_id, name) DO UPDATE SET received_at = now()",
            [feed.pk],
        )
    record(
        actor=actor,
        kind="delivery.received",
        subject=f"delivery:{delivery.pk}",
        after={
            "feed": feed.name,
            "webhook_id": delivery.webhook_id,
            "sha256": delivery.sha256,
            "size": delivery.size,
        },
    )
    wake(PROCESS)


def _alert_reuse(actor: Actor, feed: Feed, webhook_id: str) -> None:
    raise_alert(
        key=f"feed_replayed:{feed.name}:{webhook_id}",
        kind="feed_replayed",
        severity="warning",
        title=format_lazy(
            _("Feed {feed}: delivery id {id} came again with another body"),
            feed=feed.name,
            id=webhook_id[:60],
        ),
        url=f"/feeds/?feed={feed.name}",
        category="unauthorised_change",
        actor=actor,
    )


def receive_file(
    *, actor: Actor, feed: Feed, filename: str, body: bytes, is_claimed: bool = False
) -> Delivery:
    """Take one file in; it is read by `apply_delivery`: in the loop, or as attempt 1 by the caller who claims it at once.

    Raises Faults 413 `too_large`.
    Locks: nothing. Records: delivery.received. Allowed: feeds.push, checked at the edge; commands.
    """
    if len(body) > MAX_FILE_BYTES:
        raise refuse("too_large", f"At most {MAX_FILE_BYTES // 2**20} MiB.", status=413)
    digest = storage.keep(body)
    with transaction.atomic():
        delivery = Delivery.objects.create(
            feed=feed,
            way=Delivery.Way.FILE,
            filename=filename[:200],
            sha256=digest,
            size=len(body),
            attempts=int(is_claimed),
            lease_until=Now() + Value(timedelta(seconds=LEASE_S)) if is_claimed else None,
        )
        _note_received(actor, feed, delivery)
    return delivery


def receive_upload(*, actor: Actor, feed: Feed | None, file: Any) -> Delivery:
    """Take an uploaded file in.

    Raises Faults 422 `unknown_feed`, `no_file`; 413 `too_large`.
    Locks: nothing. Records: delivery.received. Allowed: feeds.push, checked at the edge.
    """
    if feed is None:
        raise refuse("unknown_feed", "There is no such feed.", pointer="/feed")
    if file is None:
        raise refuse("no_file", "Choose a file.", pointer="/file")
    if file.size > MAX_FILE_BYTES:
        raise refuse("too_large", f"At most {MAX_FILE_BYTES // 2**20} MiB.", status=413)
    return receive_file(actor=actor, feed=feed, filename=str(file.name), body=file.read())
