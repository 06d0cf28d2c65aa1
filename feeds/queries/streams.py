"""Streams and what they wait for."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet, Sum

from feeds.models import Delivery, Feed, FeedKey, LagSample, RefusedPush, Stream

# The first number that has not come, and the next one that has; a heartbeat's last number counts as come just behind.
_MISSING = """
WITH come AS (
  SELECT sequence FROM feeds_delivery WHERE stream_id = %(stream)s AND epoch = %(epoch)s AND sequence > %(reached)s
    AND NOT batch_kind = 'heartbeat' AND NOT state = 'refused'
  UNION SELECT %(own)s WHERE %(own)s > %(reached)s
), run AS (SELECT sequence, sequence - row_number() OVER (ORDER BY sequence) AS island FROM come),
first AS (SELECT coalesce(max(sequence), %(reached)s) + 1 AS missing FROM run WHERE island = %(reached)s)
SELECT first.missing, coalesce(
  (SELECT min(sequence) - 1 FROM come WHERE sequence > first.missing),
  (SELECT h.sequence FROM feeds_heartbeat h WHERE h.stream_id = %(stream)s AND h.epoch = %(epoch)s
    AND h.sequence >= first.missing)) FROM first
"""


@dataclass(frozen=True)
class Awaited:
    """Numbers (first to last) of a stream that have not come, though later ones have; wants_snapshot: it has waited
    too long, and a snapshot is asked for (of facts: those numbers, or a snapshot from which the numbers go on).
    """

    stream: Stream
    epoch: int
    first: int
    last: int

    @property
    def wants_snapshot(self) -> bool:
        return self.stream.state == Stream.State.ASKING

    def as_json(self) -> dict[str, Any]:
        return {
            "stream": self.stream.name,
            "epoch": self.epoch,
            "from": self.first,
            "to": self.last,
            "snapshot": self.wants_snapshot,
        }


def awaited(stream: Stream, epoch: int | None = None, own: int | None = None) -> Awaited | None:
    """What the stream waits for, also when delivery (epoch, own) is about to be taken in; None: nothing. 1 query."""
    here = max(stream.epoch, epoch or 0)
    reached = (stream.sequence or 0) if here == stream.epoch else 0
    own = own if own is not None and (epoch or 0) == here else None
    with connection.cursor() as cursor:
        cursor.execute(
            _MISSING, {"stream": stream.pk, "epoch": here, "reached": reached, "own": own if own else 0}
        )
        first, last = cursor.fetchone()
    return None if last is None else Awaited(stream, here, first, last)


def awaited_by_stream(streams: Iterable[Stream]) -> dict[int, Awaited]:
    """What each of the streams waits for, where it waits. 1 query for each that has a gap."""
    found = {one.pk: awaited(one) for one in streams if one.state != Stream.State.LIVE}
    return {number: waits for number, waits in found.items() if waits is not None}


def active_streams(feed: Feed) -> QuerySet[Stream]:
    """The feed's active streams."""
    return Stream.objects.filter(feed=feed, is_active=True).select_related("feed", "site").order_by("name")


def asking_streams() -> list[Stream]:
    """Watched streams that have waited too long. 1 query."""
    return list(_watched().filter(state=Stream.State.ASKING))


def _watched() -> QuerySet[Stream]:
    """Active streams of active feeds, but not of a source that is switched off."""
    rows = Stream.objects.filter(is_active=True, feed__is_active=True).exclude(feed__source__is_active=False)
    return rows.select_related("feed", "site").order_by("feed__name", "name")


def numbered(stream: Stream, epoch: int, sequence: int) -> Delivery | None:
    """The delivery that holds this number (a refused one does not). 1 query."""
    rows = Delivery.objects.filter(stream=stream, epoch=epoch, sequence=sequence)
    return rows.exclude(state=Delivery.State.REFUSED).exclude(batch_kind="heartbeat").first()


def skewed_streams(limit_s: float) -> list[Stream]:
    """Watched streams whose sender's clock is further off than that. 1 query."""
    return list(_watched().filter(Q(clock_skew_s__gt=limit_s) | Q(clock_skew_s__lt=-limit_s)))


def refused_pushes(since: datetime, at_least: int) -> list[tuple[str, str, int]]:
    """(feed, reason, how many) of refused pushes since that minute, where there are at least so many. 1 query."""
    rows = RefusedPush.objects.filter(minute__gte=since).values_list("feed", "reason")
    counted = rows.annotate(total=Sum("count")).filter(total__gte=at_least).order_by("feed", "reason")
    return [(feed, reason, total) for feed, reason, total in counted]


def lag_history(stream: Stream, at: datetime, hours: int = 24) -> list[tuple[datetime, int]]:
    """(moment, seconds late) of the stream's samples in the hours before `at`, oldest first. 1 query."""
    rows = LagSample.objects.filter(stream=stream, taken_at__gt=at - timedelta(hours=hours))
    return list(rows.order_by("taken_at").values_list("taken_at", "lag_s"))


def lag_histories(at: datetime, hours: int = 24) -> dict[int, list[float]]:
    """Stream → the most minutes it was late in each half hour of the last hours, oldest first. 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT stream_id, array_agg(late ORDER BY half) FROM (SELECT stream_id, date_bin('30 minutes', taken_at,"
            " '2000-01-01T00:00Z') AS half, round(max(lag_s) / 60.0, 1)::float AS late FROM feeds_lagsample"
            " WHERE taken_at > %s GROUP BY 1, 2) halves GROUP BY 1",
            [at - timedelta(hours=hours)],
        )
        return dict(cursor.fetchall())


def live_source_keys() -> dict[int, list[FeedKey]]:
    """The live keys by source. 1 query."""
    found: dict[int, list[FeedKey]] = {}
    for key in FeedKey.objects.filter(revoked_at=None, source__isnull=False).order_by("id"):
        found.setdefault(key.source_id or 0, []).append(key)
    return found
