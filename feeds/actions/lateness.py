"""Late feeds become alerts: a warning at the first limit, an incident at the second."""

from datetime import datetime

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from alerts.actions import AlertDraft, raise_alerts, resolve_alerts_except
from feeds.queries import lags
from lib.actors import Actor

PREFIX = "feed_late:"


def alert_late_feeds(*, actor: Actor, at: datetime) -> int:
    """Raise or resolve the lateness alert of every expected feed; returns how many are near or late.

    Locks: the alerts. Records: through alerts. Allowed: the feeds loop.
    """
    drafts = [
        AlertDraft(
            key=f"{PREFIX}{lag.feed.name}",
            kind="feed_late",
            severity="warning",
            title=format_lazy(
                _("Feed {feed} is late: {minutes} min, limit {limit}"),
                feed=lag.feed.name,
                minutes=int((lag.lag_s or 0) // 60),
                limit=lag.feed.alarm_after_s // 60,
            ),
            url=f"/feeds/?feed={lag.feed.name}",
            category="feed_trouble" if lag.state == "late" else "",
        )
        for lag in lags(at)
        if lag.state in ("near", "late")
    ]
    resolve_alerts_except(PREFIX, [draft.key for draft in drafts], actor=actor)
    raise_alerts(drafts, actor=actor)
    return len(drafts)
