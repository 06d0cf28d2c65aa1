"""Streams: made when they first come, followed by the loop: heartbeats, gaps, clocks, and what counts are told."""

from datetime import datetime, timedelta

from django.db import connection

from catalog.queries import sites_by_code
from feeds.models import Feed, Stream
from feeds.queries import till_marks
from feeds.rules.envelopes import Envelope
from inventory.actions.counts_planning import keep_streams

# Heartbeats: the sender lives; it is complete up to there once everything it had sent by then is applied.
_BEAT = """
UPDATE feeds_stream s SET heartbeat_at = h.received_at,
  complete_to = CASE WHEN h.event_time_to IS NOT NULL AND (
      (h.sequence IS NULL AND s.state = 'live' AND NOT EXISTS (
        SELECT 1 FROM feeds_delivery d WHERE d.stream_id = s.id AND d.state IN ('received', 'held')))
      OR (h.sequence IS NOT NULL AND (h.epoch, h.sequence) <= (s.epoch, coalesce(s.sequence, 0))))
    THEN greatest(s.complete_to, h.event_time_to) ELSE s.complete_to END
FROM feeds_heartbeat h WHERE h.stream_id = s.id
  AND (s.heartbeat_at IS DISTINCT FROM h.received_at OR s.complete_to IS NULL OR s.complete_to < h.event_time_to)
"""
# The newest delivery, and the least that the sender's clock was behind ours in the last twenty.
_FOLLOW = """
UPDATE feeds_stream s SET received_at = greatest(s.received_at, last.received_at),
  clock_skew_s = coalesce(last.skew_s, s.clock_skew_s)
FROM feeds_stream other CROSS JOIN LATERAL (
  SELECT max(received_at) AS received_at, min(extract(epoch FROM received_at - sent_at))::float AS skew_s FROM (
    (SELECT received_at, sent_at FROM feeds_delivery d WHERE d.stream_id = other.id ORDER BY d.id DESC LIMIT 20)
    UNION ALL SELECT received_at, sent_at FROM feeds_heartbeat h WHERE h.stream_id = other.id) newest
) last
WHERE s.id = other.id AND other.is_active AND last.received_at IS NOT NULL
  AND (s.received_at IS NULL OR s.received_at < last.received_at)
"""
# A gap: the next number is not here though a later one is, or a heartbeat names one. It turns into a question when it
# has lasted too long, and ends by itself.
_GAPS = """
WITH place AS (
  SELECT s.id, s.state, s.gap_at, f.ask_after_s, (
      EXISTS (SELECT 1 FROM feeds_delivery d WHERE d.stream_id = s.id AND d.epoch = s.epoch
        AND d.sequence > coalesce(s.sequence, 0) + 1 AND d.sequence IS NOT NULL AND NOT d.batch_kind = 'heartbeat'
        AND NOT d.state = 'refused')
      OR coalesce(h.epoch > s.epoch OR (h.epoch = s.epoch AND h.sequence > coalesce(s.sequence, 0)), false)
    ) AND NOT EXISTS (SELECT 1 FROM feeds_delivery d WHERE d.stream_id = s.id AND d.epoch = s.epoch
        AND d.sequence = coalesce(s.sequence, 0) + 1 AND d.sequence IS NOT NULL AND NOT d.batch_kind = 'heartbeat'
        AND NOT d.state = 'refused') AS is_gap
  FROM feeds_stream s JOIN feeds_feed f ON f.id = s.feed_id
  LEFT JOIN feeds_heartbeat h ON h.stream_id = s.id AND h.sequence IS NOT NULL
  WHERE s.is_active
)
UPDATE feeds_stream s SET
  gap_at = CASE WHEN place.is_gap THEN coalesce(place.gap_at, %(at)s) END,
  state = CASE WHEN NOT place.is_gap THEN 'live'
    WHEN coalesce(place.gap_at, %(at)s) + place.ask_after_s * interval '1 second' <= %(at)s THEN 'asking' ELSE 'gap' END
FROM place WHERE place.id = s.id AND (place.is_gap OR NOT s.state = 'live')
"""
# One upsert: an older heartbeat that comes late takes nothing back.
_KEEP_BEAT = """
INSERT INTO feeds_heartbeat (stream_id, received_at, sent_at, epoch, sequence, event_time_to)
VALUES (%s, now(), %s, %s, %s, %s) ON CONFLICT (stream_id) DO UPDATE SET received_at = now(),
  sent_at = EXCLUDED.sent_at, epoch = EXCLUDED.epoch, sequence = EXCLUDED.sequence,
  event_time_to = greatest(feeds_heartbeat.event_time_to, EXCLUDED.event_time_to)
WHERE (feeds_heartbeat.epoch, coalesce(feeds_heartbeat.sequence, 0)) <= (EXCLUDED.epoch, coalesce(EXCLUDED.sequence, 0))
"""


_SAMPLE = """
INSERT INTO feeds_lagsample (stream_id, taken_at, lag_s)
SELECT s.id, date_bin('5 minutes', %(at)s::timestamptz, '2000-01-01T00:00Z'),
  greatest(0, extract(epoch FROM %(at)s::timestamptz - coalesce(s.complete_to, s.applied_at, s.created_at)))::int
FROM feeds_stream s JOIN feeds_feed f ON f.id = s.feed_id WHERE s.is_active AND f.is_active AND f.is_expected
ON CONFLICT DO NOTHING
"""
KEPT = timedelta(days=8)


def stream_named(feed: Feed, name: str) -> Stream:
    """The feed's stream of this name, made when it comes for the first time. 1 query, 3 at its first delivery.

    Its site: the feed's or its source's, else the site whose code is the stream's name.
    Locks, Records: nothing; the delivery is recorded. Allowed: taking a delivery in.
    """
    found = Stream.objects.filter(feed=feed, name=name).first()
    if found is not None:
        return found
    site_id = feed.site_id or (feed.source.site_id if feed.source else None)
    if site_id is None and name:
        named = sites_by_code({name}).get(name)
        site_id = named.pk if named else None
    Stream.objects.bulk_create([Stream(feed=feed, name=name, site_id=site_id)], ignore_conflicts=True)
    return Stream.objects.get(feed=feed, name=name)


def keep_heartbeat(*, feed: Feed, envelope: Envelope, sent_at: datetime | None) -> Stream:
    """Note that the sender lives and how far it has sent everything; the loop folds it into the stream.

    Locks: the heartbeat's row. Records: nothing: it changes no data, and comes every few minutes from everywhere.
    Allowed: whoever signs.
    """
    stream = stream_named(feed, envelope.stream)
    until = envelope.event_time_to or envelope.produced_at or sent_at
    with connection.cursor() as cursor:
        cursor.execute(_KEEP_BEAT, [stream.pk, sent_at, envelope.epoch or 0, envelope.sequence, until])
    return stream


def follow_streams(*, at: datetime) -> None:
    """Fold heartbeats in, note newest deliveries and clocks, find gaps and those that have lasted too long.

    Locks: the streams. Records: nothing; alerts tell of what is wrong. Allowed: the loop.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FOLLOW)
        cursor.execute(_GAPS, {"at": at})  # before heartbeats: none is believed where something is missing
        cursor.execute(_BEAT)


def sample_lags(*, at: datetime) -> None:
    """Keep how late each stream of an expected feed is, once in five minutes, for eight days.

    Locks: nothing. Records: nothing, it is a measurement. Allowed: the loop.
    """
    with connection.cursor() as cursor:
        cursor.execute(_SAMPLE, {"at": at})
        if cursor.rowcount:
            cursor.execute("DELETE FROM feeds_lagsample WHERE taken_at < %s", [at - KEPT])
            cursor.execute("DELETE FROM feeds_refusedpush WHERE minute < %s", [at - KEPT])


def mark_streams() -> None:
    """Tell stock how far the tills have come: a count waits until everything sold before its lines is in the ledger.

    Locks, Records: nothing; the deliveries themselves are recorded. Allowed: the loop.
    """
    keep_streams(till_marks())
