"""Who sees and who may decide which requests."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404

from approvals.models import ApprovalRequest, Step
from approvals.queries import (
    all_requests,
    as_rules_take,
    hands_in,
    pending_requests,
    spoken_on,
    standings_of,
)
from approvals.rules import Word, word_of
from catalog.access import visible_site_ids_or_all
from lib import clock
from lib.actors import Actor


def visible_requests(actor: Actor) -> QuerySet[ApprovalRequest]:
    """What the actor prepared or had a hand in, watches, or has a step of (in whatever right); within its sites."""
    rows = all_requests()
    if actor.kind != "user":
        return rows
    site_ids = visible_site_ids_or_all(actor)
    if site_ids is not None:
        rows = rows.filter(site_ids__contained_by=list(site_ids))
    permissions = list(actor.permissions)
    mine = (
        Q(prepared_by_id=actor.id) | Q(contributor_ids__contains=[actor.id]) | Q(permission__in=permissions)
    )
    watched = Q(watchers__overlap=permissions)
    spoken = Q(decisions__decided_by_kind="user", decisions__decided_by_id=actor.id)
    stepped = Exists(Step.objects.filter(_entitled(actor), request=OuterRef("pk")))
    return rows.filter(mine | watched | spoken | Q(stepped)).distinct()


def _entitled(actor: Actor) -> Q:
    """Steps that are the actor's, or of somebody who delegated to them. At most 2 queries now."""
    wanted = Q(pk__in=[])
    for standing, kinds in standings_of(actor, clock.now()):
        own = Q(permission__in=list(standing.permissions), user_id=None) | Q(user_id=standing.person)
        late = Q(escalated_at__isnull=False, request__escalate_to__in=list(standing.permissions))
        of_kind = Q(request__kind__in=list(kinds)) if kinds else Q()
        wanted |= (own | late) & of_kind
    return wanted


def waiting_for(actor: Actor, limit: int = 200) -> list[ApprovalRequest]:
    """What this person can decide now, nearest deadline first; never what they had a hand in. At most 5 queries."""
    return list(_waiting(actor).order_by("due_at", "id")[:limit])


def waiting_count(actor: Actor) -> int:
    """How many requests `waiting_for` has. At most 5 queries."""
    return _waiting(actor).count()


def _waiting(actor: Actor) -> QuerySet[ApprovalRequest]:
    if actor.kind != "user" or not actor.id or not actor.may("approvals.decide"):
        return pending_requests().none()
    site_ids = visible_site_ids_or_all(actor)
    rows = pending_requests().exclude(prepared_by_id=actor.id).exclude(contributor_ids__contains=[actor.id])
    if site_ids is not None:
        rows = rows.filter(site_ids__contained_by=list(site_ids))
    open_step = Step.objects.filter(_entitled(actor), request=OuterRef("pk"), state=Step.State.OPEN)
    candidates = list(rows.filter(Exists(open_step)).values_list("pk", flat=True)[:5000])
    words = words_on(ApprovalRequest.objects.filter(pk__in=candidates), actor)
    return pending_requests().filter(pk__in=[pk for pk, word in words.items() if not word.code])


def word_on(request: ApprovalRequest, actor: Actor) -> Word:
    """Whether the actor's word on the request counts, for which step and in whose right. At most 4 queries."""
    return words_on([request], actor)[request.pk]


def words_on(requests: Iterable[ApprovalRequest], actor: Actor) -> dict[int, Word]:
    """`word_on` for many. At most 5 queries."""
    asked = list(requests)
    standings = standings_of(actor, clock.now())
    spoken = spoken_on([one.pk for one in asked])
    steps: dict[int, list[Step]] = {}
    for step in Step.objects.filter(request__in=asked).order_by("number", "id"):
        steps.setdefault(step.request_id, []).append(step)
    made = {}
    for one in asked:
        is_open = one.state == ApprovalRequest.State.PENDING
        counting = [step for step in steps.get(one.pk, []) if not is_open or step.state == Step.State.OPEN]
        made[one.pk] = word_of(
            state=one.state,
            steps=as_rules_take(counting, one.escalate_to),
            excluded=hands_in(one) | ({actor.id or 0} if actor.on_behalf_of_id in hands_in(one) else set()),
            spoken=spoken.get(one.pk, frozenset()),
            standings=[standing for standing, kinds in standings if not kinds or one.kind in kinds],
        )
    return made


def access_request(actor: Actor, request_id: int) -> ApprovalRequest:
    """The request. Raises Http404: unknown, or not visible to the actor."""
    request = visible_requests(actor).filter(pk=request_id).first()
    if request is None:
        raise Http404(request_id)
    return request


def may_see_request(actor: Actor, request_id: int) -> bool:
    """Whether the actor may see it, and so what was laid beside it."""
    return actor.may("approvals.view") and visible_requests(actor).filter(pk=request_id).exists()


def visible_ids(actor: Actor, ids: Sequence[int]) -> list[int]:
    """Those of `ids` that the actor sees. One query."""
    return sorted(visible_requests(actor).filter(pk__in=ids).values_list("pk", flat=True))


def filtered_requests(actor: Actor, *, state: str = "", kind: str = "") -> QuerySet[ApprovalRequest]:
    """Visible requests in `state` and of `kind` (either may be empty), their decisions at hand."""
    rows = visible_requests(actor).prefetch_related("decisions", "steps")
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


def may_decide_of(actor: Actor, requests: Sequence[ApprovalRequest]) -> dict[int, bool]:
    """`may_decide` for many. At most 5 queries."""
    if actor.kind != "user" or not actor.id or not actor.may("approvals.decide"):
        return {one.pk: False for one in requests}
    words = words_on(requests, actor)
    return {one.pk: one.state == ApprovalRequest.State.PENDING and not words[one.pk].code for one in requests}


def may_decide(actor: Actor, request: ApprovalRequest) -> bool:
    """Whether the actor's word on this request would be taken. At most 4 queries."""
    return may_decide_of(actor, [request])[request.pk]


def is_overdue(request: ApprovalRequest, at: datetime) -> bool:
    return request.state == ApprovalRequest.State.PENDING and bool(request.due_at and request.due_at <= at)
