"""Steps near and past their deadline: somebody is reminded, then somebody else may decide too. Time never approves."""

from datetime import datetime

from django.db import connection, transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from alerts.actions import AlertDraft, raise_alerts, resolve_alerts_except
from approvals.queries import near_requests, overdue_requests
from audit.actions import record
from lib.actors import Actor

PREFIX = "approval_overdue:"
NEAR_PREFIX = "approval_near:"
NEAR = 0.8

_REMIND = """
UPDATE approvals_step s SET reminded_at = %(at)s FROM approvals_approvalrequest r
WHERE s.request_id = r.id AND r.state = 'pending' AND s.state = 'open' AND s.reminded_at IS NULL
  AND s.opened_at + (s.due_at - s.opened_at) * %(near)s <= %(at)s
"""
_ESCALATE = """
UPDATE approvals_step s SET escalated_at = %(at)s FROM approvals_approvalrequest r
WHERE s.request_id = r.id AND r.state = 'pending' AND s.state = 'open' AND s.escalated_at IS NULL AND s.due_at <= %(at)s
RETURNING r.id, s.id, r.escalate_to, r.site_ids
"""


@transaction.atomic
def escalate_due(*, actor: Actor, at: datetime) -> int:
    """Open the steps past their deadline to whom their policy escalates, too; returns how many. Safe to run twice.

    Locks: the steps. Records: approval.escalated for each. Allowed: the approvals loop.
    """
    with connection.cursor() as cursor:
        cursor.execute(_REMIND, {"at": at, "near": NEAR})
        cursor.execute(_ESCALATE, {"at": at})
        passed = sorted(cursor.fetchall())
    for request_id, step_id, escalate_to, site_ids in passed:
        record(
            actor=actor,
            kind="approval.escalated",
            subject=f"approval:{request_id}",
            after={"step": step_id, "also_decided_by": escalate_to},
            site_ids=site_ids,
        )
    return len(passed)


def alert_overdue(*, actor: Actor, at: datetime) -> int:
    """Raise one alert for each pending request near or past its deadline at `at`; resolve those of the others.

    Returns how many are overdue.
    Locks: the alerts. Records: through alerts. Allowed: the approvals loop.
    """
    overdue = [
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
    near = [
        AlertDraft(
            key=f"{NEAR_PREFIX}{request.pk}",
            kind="approval_near",
            severity="note",
            title=format_lazy(_("To be decided soon: {title}"), title=request.title),
            url=f"/approvals/{request.pk}/",
            site_id=request.site_ids[0] if len(request.site_ids) == 1 else None,
        )
        for request in near_requests(at)
    ]
    for prefix, drafts in ((PREFIX, overdue), (NEAR_PREFIX, near)):
        resolve_alerts_except(prefix, [draft.key for draft in drafts], actor=actor)
        raise_alerts(drafts, actor=actor)
    return len(overdue)
