"""Who sees and who may decide which requests."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q, QuerySet
from django.http import Http404

from approvals.models import ApprovalRequest
from approvals.queries import all_requests, pending_requests
from catalog.access import visible_site_ids_or_all
from lib.actors import Actor


def visible_requests(actor: Actor) -> QuerySet[ApprovalRequest]:
    """What the actor prepared or holds the deciding permission for, and decided ones of either; within its sites."""
    rows = all_requests()
    if actor.kind != "user":
        return rows
    site_ids = visible_site_ids_or_all(actor)
    if site_ids is not None:
        rows = rows.filter(site_ids__contained_by=list(site_ids))
    mine = Q(prepared_by_id=actor.id) | Q(permission__in=list(actor.permissions))
    return rows.filter(
        mine | Q(decisions__decided_by_kind="user", decisions__decided_by_id=actor.id)
    ).distinct()


def waiting_for(actor: Actor, limit: int = 200) -> list[ApprovalRequest]:
    """What this person can decide now, nearest deadline first; never what they prepared. At most 3 queries."""
    return list(_waiting(actor).order_by("due_at", "id")[:limit])


def waiting_count(actor: Actor) -> int:
    """How many requests `waiting_for` has. At most 3 queries."""
    return _waiting(actor).count()


def _waiting(actor: Actor) -> QuerySet[ApprovalRequest]:
    if actor.kind != "user" or not actor.id or not actor.may("approvals.decide"):
        return pending_requests().none()
    rows = pending_requests().filter(permission__in=list(actor.permissions)).exclude(prepared_by_id=actor.id)
    site_ids = visible_site_ids_or_all(actor)
    return rows if site_ids is None else rows.filter(site_ids__contained_by=list(site_ids))


def access_request(actor: Actor, request_id: int) -> ApprovalRequest:
    """The request. Raises Http404: unknown, or not visible to the actor."""
    request = visible_requests(actor).filter(pk=request_id).first()
    if request is None:
        raise Http404(request_id)
    return request


def visible_ids(actor: Actor, ids: Sequence[int]) -> list[int]:
    """Those of `ids` that the actor sees. One query."""
    return sorted(visible_requests(actor).filter(pk__in=ids).values_list("pk", flat=True))


def filtered_requests(actor: Actor, *, state: str = "", kind: str = "") -> QuerySet[ApprovalRequest]:
    """Visible requests in `state` and of `kind` (either may be empty), their decisions at hand."""
    rows = visible_requests(actor).prefetch_related("decisions")
    if state:
        rows = rows.filter(state=state)
    return rows.filter(kind=kind) if kind else rows


def asked_by(actor: Actor) -> QuerySet[ApprovalRequest]:
    """What the actor prepared."""
    return all_requests().filter(prepared_by_id=actor.id) if actor.id else all_requests().none()


def decided(actor: Actor) -> QuerySet[ApprovalRequest]:
    """Visible requests that are closed."""
    return visible_requests(actor).exclude(state=ApprovalRequest.State.PENDING)


def found_requests(actor: Actor, text: str, limit: int = 6) -> list[ApprovalRequest]:
    """Visible requests whose title or subject holds `text`, newest first; fewer than two characters find nothing."""
    text = text.strip()[:100]
    if len(text) < 2:
        return []
    wanted = Q(title__icontains=text) | Q(subject__icontains=text)
    return list(visible_requests(actor).filter(wanted).order_by("-id")[:limit])


def may_decide(actor: Actor, request: ApprovalRequest) -> bool:
    """Whether the actor's word on this request would be taken."""
    return (
        request.state == ApprovalRequest.State.PENDING
        and actor.kind == "user"
        and actor.id != request.prepared_by_id
        and bool(request.permission)
        and actor.may("approvals.decide")
        and actor.may(request.permission)
    )


def is_overdue(request: ApprovalRequest, at: datetime) -> bool:
    return request.state == ApprovalRequest.State.PENDING and bool(request.due_at and request.due_at <= at)
