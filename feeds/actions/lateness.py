"""What is wrong with feeds becomes alerts: lateness (a warning at the first limit, an incident at the second), gaps that
lasted, clocks that are off, signatures that are wrong again and again.
"""

from datetime import datetime, timedelta

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from alerts.actions import AlertDraft, raise_alerts, resolve_alerts_except
from feeds.actions.quarantine import alert_overdue_rows
from feeds.actions.streams import follow_streams, mark_streams, sample_lags
from feeds.models import RefusedPush
from feeds.queries import lags
from feeds.queries.streams import asking_streams, refused_pushes, skewed_streams
from lib.actors import Actor

PREFIX = "feed_late:"
SKEW_LIMIT_S = 120
REFUSED_WITHIN = timedelta(minutes=5)
REFUSED_LIMIT = 10


def watch_feeds(*, actor: Actor, at: datetime) -> None:
    """Bring streams up to what has come, keep their lags, tell stock and alert: after every turn of the loop.

    Locks: the streams, the alerts. Records: through alerts. Allowed: the feeds loop.
    """
    follow_streams(at=at)
    sample_lags(at=at)
    mark_streams()
    alert_late_feeds(actor=actor, at=at)
    alert_feed_trouble(actor=actor, at=at)
    alert_overdue_rows(actor=actor)


def alert_late_feeds(*, actor: Actor, at: datetime) -> int:
    """Raise or resolve the lateness alert of every stream of an expected feed; returns how many are near or late.

    Locks: the alerts. Records: through alerts. Allowed: the feeds loop.
    """
    drafts = [
        AlertDraft(
            key=f"{PREFIX}{lag.key}",
            kind="feed_late",
            severity="warning",
            title=format_lazy(
                _("Feed {feed} is late: {minutes} min, limit {limit}"),
                feed=lag.key,
                minutes=int((lag.lag_s or 0) // 60),
                limit=lag.feed.alarm_after_s // 60,
            ),
            url=f"/feeds/?feed={lag.feed.name}",
            site_id=lag.site.pk if lag.site else None,
            category="feed_trouble" if lag.state == "late" else "",
        )
        for lag in lags(at)
        if lag.state in ("near", "late")
    ]
    _settle(PREFIX, drafts, actor)
    return len(drafts)


def alert_feed_trouble(*, actor: Actor, at: datetime) -> int:
    """Raise or resolve alerts of gaps that lasted, of clocks and of wrong signatures; returns how many there are.

    Locks: the alerts. Records: through alerts. Allowed: the feeds loop.
    """
    gaps, clocks, refused = _gaps(), _clocks(), _refused(at)
    _settle("feed_gap:", gaps, actor)
    _settle("feed_clock:", clocks, actor)
    _settle("feed_signature:", refused, actor)
    return len(gaps) + len(clocks) + len(refused)


def _settle(prefix: str, drafts: list[AlertDraft], actor: Actor) -> None:
    resolve_alerts_except(prefix, [draft.key for draft in drafts], actor=actor)
    raise_alerts(drafts, actor=actor)


def _gaps() -> list[AlertDraft]:
    return [
        AlertDraft(
            key=f"feed_gap:{stream.feed.name}:{stream.name}",
            kind="feed_gap",
            severity="warning",
            title=format_lazy(
                _("Feed {feed}: delivery {number} is missing; a snapshot is asked for"),
                feed=str(stream),
                number=(stream.sequence or 0) + 1,
            ),
            url=f"/feeds/?feed={stream.feed.name}",
            site_id=stream.site_id or stream.feed.site_id,
            category="feed_trouble",
        )
        for stream in asking_streams()
    ]


def _clocks() -> list[AlertDraft]:
    return [
        AlertDraft(
            key=f"feed_clock:{stream.feed.name}:{stream.name}",
            kind="feed_clock",
            severity="warning",
            title=format_lazy(
                _("Feed {feed}: its clock is {seconds} s off"),
                feed=str(stream),
                seconds=round(stream.clock_skew_s or 0),
            ),
            url=f"/feeds/?feed={stream.feed.name}",
            site_id=stream.site_id or stream.feed.site_id,
        )
        for stream in skewed_streams(SKEW_LIMIT_S)
    ]


def _refused(at: datetime) -> list[AlertDraft]:
    titles = {
        RefusedPush.Reason.SIGNATURE: _("Feed {feed}: {count} wrong signatures in 5 minutes"),
        RefusedPush.Reason.CLOCK: _("Feed {feed}: {count} deliveries in 5 minutes whose time stamp is off"),
    }
    return [
        AlertDraft(
            key=f"feed_signature:{reason}:{feed}",
            kind="feed_signature",
            severity="warning",
            title=format_lazy(titles[RefusedPush.Reason(reason)], feed=feed or "?", count=count),
            url=f"/feeds/?feed={feed}" if feed else "/feeds/",
            category="unauthorised_change" if reason == RefusedPush.Reason.SIGNATURE else "feed_trouble",
        )
        for feed, reason, count in refused_pushes(at - REFUSED_WITHIN, REFUSED_LIMIT)
    ]
