"""Requests past their deadline become alerts; time running out never approves."""

from datetime import datetime

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from alerts.actions import AlertDraft, raise_alerts, resolve_alerts_except
from approvals.queries import overdue_requests
from lib.actors import Actor

PREFIX = "approval_overdue:"


def alert_overdue(*, actor: Actor, at: datetime) -> int:
    """Raise one alert for each pending request whose deadline has passed at `at`; resolve those of the others.

    Returns how many are overdue.
    Locks: the alerts. Records: through alerts. Allowed: the approvals loop.
    """
    drafts = [
        AlertDraft(
            key=f"{PREFIX}{request.pk}",
            kind="approval_overdue",
            severity="warning",
            title=format_lazy(_("Not decided in time: {title}"), title=request.title),
            url=f"/approvals/{request.pk}/",
            site_id=request.site_ids[0] if len(request.site_ids) == 1 else None,
        )
        for request in overdue_requests(at)
    ]
    resolve_alerts_except(PREFIX, [draft.key for draft in drafts], actor=actor)
    raise_alerts(drafts, actor=actor)
    return len(drafts)
