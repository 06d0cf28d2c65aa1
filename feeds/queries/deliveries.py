"""Reading feeds, deliveries, quarantine and freshness."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.db.models.functions import Coalesce
from django.http import Http404

from catalog.models import Site
from feeds.models import Delivery, Feed, FeedKey, QuarantineRow, Stream
from web.deadlines import clock_face, rough_time


def feed_named(name: str) -> Feed | None:
    """The active feed of this name, with its source; not of a source that is switched off. One query."""
    found = Feed.objects.filter(name=name, is_active=True).select_related("source")
    return found.exclude(source__is_active=False).first()


def feeds_by_name() -> list[Feed]:
    """All active feeds. One query."""
    return list(Feed.objects.filter(is_active=True).order_by("name"))


def live_secrets(feed: Feed) -> list[str]:
    """The secrets that may sign now, newest first: the source's, or the feed's where it has no source. One query."""
    of_whom = {"source": feed.source_id} if feed.source_id else {"feed": feed}
    rows = FeedKey.objects.filter(**of_whom, revoked_at=None).order_by("-id")
    return [row.secret for row in rows]


def delivery_of(feed: Feed, webhook_id: str) -> Delivery | None:
    """The delivery a sender gave this id. One query."""
    return Delivery.objects.filter(feed=feed, webhook_id=webhook_id).first()


def delivery(delivery_id: int) -> Delivery:
    """The delivery with its feed. Raises Http404. One query."""
    found = Delivery.objects.select_related("feed").filter(pk=delivery_id).first()
    if found is None:
        raise Http404(delivery_id)
    return found


def deliveries(feed: str = "", state: str = "") -> QuerySet[Delivery]:
    """Deliveries, newest first, of one feed or in one state when given."""
    rows = Delivery.objects.select_related("feed").order_by("-id")
    if feed:
        rows = rows.filter(feed__name=feed)
    return rows.filter(state=state) if state else rows


def stuck_deliveries(before: datetime) -> list[Delivery]:
    """Deliveries received before that instant and not read yet, oldest first. One query."""
    rows = Delivery.objects.select_related("feed").filter(state=Delivery.State.RECEIVED)
    return list(rows.filter(received_at__lt=before).order_by("id")[:100])


def quarantine_of(delivery_id: int, limit: int = 500) -> list[QuarantineRow]:
    """The rows not taken, in their order. One query."""
    return list(QuarantineRow.objects.filter(delivery_id=delivery_id).order_by("number")[:limit])


@dataclass(frozen=True)
class Lag:
    """How late a stream of a feed is: seconds since it was complete, against the feed's limits; stream None: nothing has
    ever come. state: well, near, late, unknown.
    """

    feed: Feed
    lag_s: float | None
    received_at: datetime | None
    complete_to: datetime | None
    state: str
    stream: Stream | None = None

    @property
    def key(self) -> str:
        """The feed's name, and the stream's behind a colon when it has one."""
        name = self.stream.name if self.stream else ""
        return f"{self.feed.name}:{name}" if name else self.feed.name

    @property
    def sign_at(self) -> datetime | None:
        """When it last showed life: a delivery or a heartbeat."""
        beat_at = self.stream.heartbeat_at if self.stream else None
        return max((at for at in (self.received_at, beat_at) if at is not None), default=None)

    @property
    def site(self) -> Site | None:
        """The site it is of, when it is of one."""
        return (self.stream.site if self.stream else None) or self.feed.site

    @property
    def share(self) -> float:
        """The lag as percent of one and a quarter times the limit, 0 to 100."""
        if self.lag_s is None:
            return 0
        return min(100.0, max(0.0, self.lag_s / (self.feed.alarm_after_s * 1.25) * 100))

    @property
    def text(self) -> str:
        """The lag as figures: "34:10" below an hour, then "4 h 10"."""
        return clock_face(self.lag) if self.lag is not None else ""

    @property
    def warn_text(self) -> str:
        return rough_time(timedelta(seconds=self.feed.warn_after_s))

    @property
    def limit_text(self) -> str:
        return rough_time(timedelta(seconds=self.feed.alarm_after_s))

    @property
    def lag(self) -> timedelta | None:
        return None if self.lag_s is None else timedelta(seconds=self.lag_s)


def lags(at: datetime) -> list[Lag]:
    """Every active stream that is expected or has delivered, worst first; a feed without a stream once. 2 queries."""
    found = [lag for lag in all_lags(at) if lag.feed.is_expected or lag.received_at]
    return sorted(found, key=lambda lag: (-_badness(lag), -lag.share, lag.key))


def all_lags(at: datetime) -> list[Lag]:
    """Every active stream by feed and name, then each feed that never delivered and is not waited for. 2 queries."""
    feeds = Feed.objects.filter(is_active=True).select_related("source", "site").order_by("name")
    streams = Stream.objects.filter(is_active=True).select_related("site").order_by("name")
    found = []
    for feed in feeds.prefetch_related(Prefetch("streams", queryset=streams, to_attr="live_streams")):
        found += [lag_of(feed, at, stream) for stream in _or_none(feed.live_streams)]
    return sorted(found, key=lambda lag: not (lag.feed.is_expected or lag.received_at))


def _or_none(streams: list[Stream]) -> list[Stream | None]:
    return [*streams] or [None]


def till_marks() -> dict[str, tuple[datetime | None, int | None]]:
    """Each active stream of an active, expected feed of sales or movements → until when it is complete, and the site it
    is of, if of one; none of a source that is switched off. 2 queries.

    None instead of an instant where nothing has come, or something received is not applied yet: what was known before
    holds.
    """
    kinds = [Feed.Kind.SALES, Feed.Kind.MOVEMENTS, Feed.Kind.RECEIPTS]
    feeds = Feed.objects.filter(is_active=True, is_expected=True, kind__in=kinds)
    feeds = feeds.exclude(source__is_active=False)
    waiting = Delivery.objects.filter(feed=OuterRef("feed"), state=Delivery.State.RECEIVED)
    waiting = waiting.filter(Q(stream=OuterRef("pk")) | Q(stream=None))
    rows = (
        Stream.objects.filter(feed__in=feeds, is_active=True)
        .select_related("feed")
        .annotate(waits=Exists(waiting), until=Coalesce("complete_to", "applied_at"))
        .order_by("feed__name", "name")
    )
    found = {
        _mark_name(row): (None if row.waits else row.until, row.site_id or row.feed.site_id) for row in rows
    }
    silent = feeds.exclude(pk__in=Stream.objects.filter(is_active=True).values("feed"))
    return {**{feed.name: (None, feed.site_id) for feed in silent}, **found}


def _mark_name(stream: Stream) -> str:
    return f"{stream.feed.name}:{stream.name}" if stream.name else stream.feed.name


def live_keys() -> dict[int, list[FeedKey]]:
    """The live keys by feed. One query."""
    found: dict[int, list[FeedKey]] = {}
    for key in FeedKey.objects.filter(revoked_at=None, feed__isnull=False).order_by("id"):
        found.setdefault(key.feed_id or 0, []).append(key)
    return found


def _badness(lag: Lag) -> int:
    return {"late": 3, "near": 2, "unknown": 1}.get(lag.state, 0)


def lag_of(feed: Feed, at: datetime, stream: Stream | None) -> Lag:
    """The stream's lag at `at`; one that never delivered is as late as it is old, when it is expected. Of a source that is
    switched off nothing is expected: nothing it sends is taken.
    """
    is_expected = feed.is_expected and (feed.source is None or feed.source.is_active)
    received_at = stream.received_at if stream else None
    complete_to = stream.complete_to if stream else None
    since = complete_to or (stream.applied_at if stream else None)
    if since is None and is_expected:
        since = stream.created_at if stream else feed.created_at
    lag_s = None if since is None else max(0.0, (at - since).total_seconds())
    state = "well"
    if lag_s is None or not is_expected:
        state = "unknown" if lag_s is None else "well"
    elif lag_s >= feed.alarm_after_s:
        state = "late"
    elif lag_s >= feed.warn_after_s:
        state = "near"
    return Lag(feed, lag_s, received_at, complete_to, state, stream)
