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
from feeds.actions.numbering import PROCESS
from feeds.actions.streams import keep_heartbeat, stream_named
from feeds.models import Delivery, Feed, RefusedPush
from feeds.queries import delivery_of, feed_named, live_secrets
from feeds.queries.streams import awaited, numbered
from feeds.rules import signatures
from feeds.rules.envelopes import Envelope, envelope_of, head_of
from jobs.actions import wake
from lib.actors import Actor
from lib.failpoints import failpoint
from lib.faults import refuse

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


@dataclass(frozen=True)
class _Taken:
    """A signed push and what was read of it: nothing is stored yet."""

    feed: Feed
    pushed: PushedDelivery
    digest: str
    envelope: Envelope


def accept_delivery(*, actor: Actor, pushed: PushedDelivery, now: datetime) -> tuple[dict[str, Any], bool]:
    """Take a signed push in; the same id and body again gets the first answer, and so does the same number and body.

    Returns (answer {id, state, awaiting?}, whether it is a repeat). awaiting: the numbers before this one that have not
    come. A heartbeat is kept as such; its answer has no id.

    Raises Faults 401 `bad_signature` (also for an unknown feed), `bad_timestamp`; 413 `too_large`;
    422 `invalid_id`, `wrong_source` and those of the envelope; 409 `id_reused`, `sequence_used`, which also raise a
    security alert.
    Locks: nothing (unique indexes decide races). Records: delivery.received. Allowed: whoever signs with a live key.
    """
    feed = _checked_feed(pushed, now)
    digest = hashlib.sha256(pushed.body).hexdigest()
    known = delivery_of(feed, pushed.webhook_id)
    if known is None:
        taken = _Taken(feed, pushed, digest, _envelope(feed, pushed.body))
        if taken.envelope.is_heartbeat:
            return _keep_heartbeat(taken), False
        storage.keep(pushed.body)
        failpoint("accept.kept")
        known, is_new = _store(actor, taken)
        failpoint("accept.committed")
        if is_new:
            return known.answer, False
    if known.sha256 != digest:
        code = "id_reused" if known.webhook_id == pushed.webhook_id else "sequence_used"
        _alert_reuse(actor, feed, code, pushed.webhook_id)
        what = "id" if code == "id_reused" else "number"
        raise refuse(code, f"This {what} was used for another body.", status=409)
    return known.answer, True


def _checked_feed(pushed: PushedDelivery, now: datetime) -> Feed:
    if len(pushed.body) > MAX_PUSH_BYTES:
        raise refuse("too_large", f"At most {MAX_PUSH_BYTES // 2**20} MiB.", status=413)
    feed = signed_feed(pushed, now)
    if not 0 < len(pushed.webhook_id) <= MAX_ID_LENGTH:
        raise refuse("invalid_id", f"The id has 1 to {MAX_ID_LENGTH} characters.")
    return feed


def signed_feed(pushed: PushedDelivery, now: datetime) -> Feed:
    """The active feed for which the request is signed with a live key, now.

    Raises Faults 401 `bad_signature`, `bad_timestamp`; both are counted, and the loop alerts when there are many.
    Locks, Records: nothing. Allowed: anybody.
    """
    feed = feed_named(pushed.feed)
    secrets = live_secrets(feed) if feed else [signatures.PREFIX]
    signed = signatures.is_signed(pushed.signature, secrets, pushed.webhook_id, pushed.timestamp, pushed.body)
    if feed is None or not signed:
        count_refused(feed.name if feed else "", RefusedPush.Reason.SIGNATURE)
        raise refuse("bad_signature", "The signature does not fit a live key of this feed.", status=401)
    sent_at = signatures.sent_at(pushed.timestamp)
    if sent_at is None or not signatures.is_timely(sent_at, now):
        count_refused(feed.name, RefusedPush.Reason.CLOCK)
        raise refuse("bad_timestamp", "The time stamp lies more than 5 minutes from now.", status=401)
    return feed


def _envelope(feed: Feed, body: bytes) -> Envelope:
    found = envelope_of(head_of(body))
    if found.source and feed.source and found.source != feed.source.code:
        raise refuse("wrong_source", f"This feed is of source {feed.source.code}.", pointer="/source")
    return found


def _keep_heartbeat(taken: _Taken) -> dict[str, Any]:
    sent_at = signatures.sent_at(taken.pushed.timestamp)
    stream = keep_heartbeat(feed=taken.feed, envelope=taken.envelope, sent_at=sent_at)
    waits = awaited(stream)
    return {"id": None, "state": "heartbeat", **({"awaiting": waits.as_json()} if waits else {})}


@transaction.atomic
def _store(actor: Actor, taken: _Taken) -> tuple[Delivery, bool]:
    """The delivery under this id or this number, and whether it is new."""
    pushed, stream = taken.pushed, stream_named(taken.feed, taken.envelope.stream)
    row = Delivery(
        feed=taken.feed,
        way=Delivery.Way.PUSH,
        webhook_id=pushed.webhook_id,
        media_type=pushed.media_type[:100],
        sha256=taken.digest,
        size=len(pushed.body),
        sent_at=signatures.sent_at(pushed.timestamp),
        stream=stream,
        **enveloped(taken.envelope),
    )
    Delivery.objects.bulk_create([row], ignore_conflicts=True)  # gives no id: read it back
    stored = Delivery.objects.filter(feed=taken.feed, webhook_id=pushed.webhook_id).first()
    if stored is None:
        other = numbered(stream, row.epoch or 0, row.sequence or 0)
        if other is None:  # refused in this very moment: its number is free again
            raise refuse("try_again", "Send it again.", status=409)
        return other, False
    answer: dict[str, Any] = {"id": stored.pk, "state": Delivery.State.RECEIVED.value}
    waits = awaited(stream, row.epoch, row.sequence) if row.sequence is not None else None
    if waits is not None:
        answer["awaiting"] = waits.as_json()
    is_new = bool(Delivery.objects.filter(pk=stored.pk, answer={}, sha256=taken.digest).update(answer=answer))
    stored.answer = answer if is_new else stored.answer
    if is_new:
        _note_received(actor, taken.feed, stored)
    return stored, is_new


def enveloped(envelope: Envelope) -> dict[str, Any]:
    """The envelope as columns of a delivery; a number without an epoch is of epoch 0."""
    return {
        "epoch": (envelope.epoch or 0) if envelope.sequence is not None else None,
        "sequence": envelope.sequence,
        "batch_kind": envelope.kind,
        "event_time_from": envelope.event_time_from,
        "event_time_to": envelope.event_time_to,
        "produced_at": envelope.produced_at,
        "totals": {name: str(total) for name, total in envelope.totals.items()},
    }


def count_refused(feed: str, reason: str) -> None:
    """Count a refused push of this minute. Locks: the count's row. Records: nothing; many of them are an alert."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO feeds_refusedpush (feed, reason, minute, count) VALUES (%s, %s, date_trunc('minute', now()), 1)"
            " ON CONFLICT (feed, reason, minute) DO UPDATE SET count = feeds_refusedpush.count + 1",
            [feed, reason],
        )


def _note_received(actor: Actor, feed: Feed, delivery: Delivery) -> None:
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


def _alert_reuse(actor: Actor, feed: Feed, code: str, webhook_id: str) -> None:
    title = (
        _("Feed {feed}: delivery id {id} came again with another body")
        if code == "id_reused"
        else _("Feed {feed}: delivery {id} bears a number that another body had")
    )
    raise_alert(
        key=f"feed_replayed:{feed.name}:{webhook_id}",
        kind="feed_replayed",
        severity="warning",
        title=format_lazy(title, feed=feed.name, id=webhook_id[:60]),
        url=f"/feeds/?feed={feed.name}",
        category="unauthorised_change",
        actor=actor,
    )


def receive_file(
    *,
    actor: Actor,
    feed: Feed,
    filename: str,
    body: bytes,
    is_claimed: bool = False,
    way: Delivery.Way = Delivery.Way.FILE,
) -> Delivery:
    """Take one file in; it is read by `apply_delivery`: in the loop, or as attempt 1 by the caller who claims it at once.

    way: how it came; of what no person brought, a refusal is told.

    Raises Faults 413 `too_large`; 409 `sequence_used`; 422 of the envelope, `wrong_source`, `no_rows`.
    Locks: nothing. Records: delivery.received. Allowed: feeds.push, checked at the edge; commands.
    """
    if len(body) > MAX_FILE_BYTES:
        raise refuse("too_large", f"At most {MAX_FILE_BYTES // 2**20} MiB.", status=413)
    envelope = _envelope(feed, body)
    if envelope.is_heartbeat:
        raise refuse("no_rows", "A heartbeat is pushed; a file has rows.")
    digest = storage.keep(body)
    failpoint("accept.kept")
    with transaction.atomic():
        stream = stream_named(feed, envelope.stream)
        if envelope.sequence is not None and numbered(stream, envelope.epoch or 0, envelope.sequence):
            raise refuse("sequence_used", "A delivery with this number was received already.", status=409)
        delivery = Delivery.objects.create(
            feed=feed,
            way=way,
            filename=filename[:200],
            sha256=digest,
            size=len(body),
            attempts=int(is_claimed),
            lease_until=Now() + Value(timedelta(seconds=LEASE_S)) if is_claimed else None,
            stream=stream,
            **enveloped(envelope),
        )
        _note_received(actor, feed, delivery)
    failpoint("accept.committed")
    return delivery
