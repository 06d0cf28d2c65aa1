"""Telling of disputes over their deadline."""

from alerts.actions import AlertDraft, raise_alerts, resolve_alerts_except
from finance.queries.disputes import overdue_disputes, overdue_title
from lib import clock
from lib.actors import Actor


def alert_overdue_disputes(*, actor: Actor) -> int:
    """Raise one alert for each dispute over its deadline, end those of disputes that are not; how many are overdue.

    Locks: the alerts. Records: alert.raised, alert.resolved. Allowed: the loop.
    """
    overdue = list(overdue_disputes(clock.now()))
    drafts = [
        AlertDraft(
            key=f"dispute_overdue:{one.pk}",
            kind="dispute_overdue",
            severity="warning",
            title=overdue_title(one),
            url=f"/finance/disputes/{one.pk}/",
            site_id=one.site_id,
        )
        for one in overdue
    ]
    raise_alerts(drafts, actor=actor)
    resolve_alerts_except("dispute_overdue:", [draft.key for draft in drafts], actor=actor)
    return len(drafts)
