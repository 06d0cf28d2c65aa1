"""What a patrol looks at in feeds."""

from datetime import datetime, timedelta

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from feeds.queries import lags, stuck_deliveries
from lib.checks import Finding

STUCK_AFTER = timedelta(minutes=15)


def late_feeds(at: datetime) -> list[Finding]:
    """Expected feeds that are near or over their limit."""
    return [
        Finding(
            key=f"feed_late:{lag.feed.name}",
            code="feed_late",
            severity="warning" if lag.state == "late" else "note",
            title=format_lazy(
                _("Feed {feed} is late: {minutes} min, limit {limit}"),
                feed=lag.feed.name,
                minutes=int((lag.lag_s or 0) // 60),
                limit=lag.feed.alarm_after_s // 60,
            ),
            url=f"/feeds/?feed={lag.feed.name}",
        )
        for lag in lags(at)
        if lag.state in ("near", "late")
    ]


def unread_deliveries(at: datetime) -> list[Finding]:
    """Deliveries that were taken in and not read within 15 minutes."""
    return [
        Finding(
            key=f"delivery_stuck:{delivery.pk}",
            code="delivery_stuck",
            severity="warning",
            title=format_lazy(
                _("Delivery {id} of feed {feed} was not read for 15 minutes"),
                id=delivery.pk,
                feed=delivery.feed.name,
            ),
            url=f"/feeds/deliveries/{delivery.pk}/",
        )
        for delivery in stuck_deliveries(at - STUCK_AFTER)
    ]
