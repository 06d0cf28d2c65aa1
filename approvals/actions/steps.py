"""Steps of a request: made with it, opened in order, done by enough words, closed with it."""

from collections.abc import Sequence

from django.db import connection
from django.db.models import F
from django.db.models.functions import Now

from approvals.models import ApprovalRequest, Step
from approvals.rules import StepRule

_OPEN_NEXT = """
UPDATE approvals_step s SET state = 'open', opened_at = now(), due_at = now() + s.due_hours * interval '1 hour'
WHERE s.request_id = %(request)s AND s.state = 'waiting' AND s.number = (
  SELECT min(number) FROM approvals_step WHERE request_id = %(request)s AND state <> 'done')
"""
#: A request's deadline is that of the step it stands at.
_MOVE_DEADLINE = """
UPDATE approvals_approvalrequest r SET due_at = d.due_at
FROM (SELECT min(due_at) AS due_at FROM approvals_step WHERE request_id = %(request)s AND state = 'open') d
WHERE r.id = %(request)s AND d.due_at IS NOT NULL AND r.due_at IS DISTINCT FROM d.due_at
"""


def make_steps(request: ApprovalRequest, rules: Sequence[StepRule]) -> None:
    """The steps of a new request, the first of them open. Locks: nothing. Records: the request's own event."""
    Step.objects.bulk_create(
        Step(
            request=request,
            number=number,
            permission=group.permission,
            user_id=group.user,
            user_name=group.user_name,
            needed=group.count,
            due_hours=rule.due_hours,
        )
        for number, rule in enumerate(rules, 1)
        for group in rule.groups
    )
    _open_next(request.pk)


def count_word(request: ApprovalRequest, step_id: int) -> bool:
    """Count an approver's yes; True when that was the last step's last. The request is locked by the caller."""
    Step.objects.filter(pk=step_id).update(given=F("given") + 1)
    Step.objects.filter(pk=step_id, given=F("needed")).update(state=Step.State.DONE, done_at=Now())
    if Step.objects.filter(request=request, state=Step.State.OPEN).exists():
        return False
    _open_next(request.pk)
    return not Step.objects.filter(request=request, state=Step.State.OPEN).exists()


def close_steps(request: ApprovalRequest) -> None:
    """No step of the request waits any more."""
    Step.objects.filter(request=request, state__in=[Step.State.OPEN, Step.State.WAITING]).update(
        state=Step.State.CLOSED
    )


def _open_next(request_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_OPEN_NEXT, {"request": request_id})
        cursor.execute(_MOVE_DEADLINE, {"request": request_id})
