"""Inbox, one request, decisions; fragments of the frame."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET, require_POST

from accounts.queries import users_by_ids
from accounts.step_up import is_stepped_up
from approvals import access, actions, queries, words
from approvals.models import ApprovalRequest
from lib.actors import Actor
from web.answers import done, whole_number
from web.gates import actor_of, permission_required
from web.stored_files import attachments_of, receive_sent

PAGE_SIZE = 50
MOST_FILES = 6
VIEWS = ("waiting", "mine", "decided")


@dataclass(frozen=True)
class Row:
    """A request as a list shows it."""

    request: ApprovalRequest
    why: str
    may_decide: bool


@dataclass(frozen=True)
class Group:
    """Requests of one kind."""

    kind: str
    label: str
    icon: str
    rows: list[Row]


@require_GET
@permission_required("approvals.view")
def inbox(request: HttpRequest) -> HttpResponse:
    """What waits for me, what I asked for, what was decided."""
    actor = actor_of(request)
    view = request.GET.get("view", "waiting")
    view = view if view in VIEWS else "waiting"
    waiting = access.waiting_for(actor)
    page = None
    if view == "waiting":
        rows: Sequence[ApprovalRequest] = waiting
    else:
        found = access.asked_by(actor) if view == "mine" else access.decided(actor)
        page = Paginator(found.order_by("-id"), PAGE_SIZE).get_page(request.GET.get("page"))
        rows = list(page.object_list)
    context = {
        "view": view,
        "groups": _groups(actor, rows),
        "waiting_count": len(waiting),
        "page_obj": page,
        "may_decide_any": actor.may("approvals.decide"),
    }
    return render(request, "approvals/inbox.html", context)


def _groups(actor: Actor, rows: Sequence[ApprovalRequest]) -> list[Group]:
    """By kind; within a kind in the order given (nearest deadline or newest first)."""
    ordered = sorted(rows, key=lambda row: row.kind)
    may = access.may_decide_of(actor, ordered)
    return [
        Group(
            kind,
            words.kind_label(kind),
            words.kind_icon(kind),
            [Row(row, words.why_text(row), may[row.pk]) for row in of_kind],
        )
        for kind, of_kind in groupby(ordered, key=lambda row: row.kind)
    ]


@require_GET
@permission_required("approvals.view")
def detail(request: HttpRequest, request_id: int) -> HttpResponse:
    """One request: what is asked, the facts, what policy said, and the bar to decide."""
    actor = actor_of(request)
    found = access.access_request(actor, request_id)
    context = {
        "asked": found,
        "kind_label": words.kind_label(found.kind),
        "kind_icon": words.kind_icon(found.kind),
        "facts": words.fact_rows(found.facts),
        "policies": words.why_rows(found),
        "policy_label": words.policy_label(found.policy_name),
        "decisions": words.decision_rows(found),
        "steps": words.step_rows(queries.steps_of(found), found.escalate_to),
        "remarks": queries.remarks_of(found.pk),
        "files": attachments_of("approval", [found.pk]),
        "has_summary": bool(found.url) and found.kind in words.WITH_SUMMARY,
        "may_decide": access.may_decide(actor, found),
        "bar_words": _bar_words(actor, found),
    }
    return render(request, "approvals/request.html", context)


def _bar_words(actor: Actor, found: ApprovalRequest) -> str:
    """Why this person may or may not decide, and on which content."""
    if actor.id and actor.id == found.prepared_by_id:
        return _("You prepared this; somebody else decides.")
    if actor.id in found.contributor_ids:
        return _("You had a hand in this; somebody else decides.")
    word = access.word_on(found, actor)
    if access.may_decide(actor, found):
        bound = _("Not prepared by you. Your word binds to content %(hash)s.") % {
            "hash": found.content_hash[:10]
        }
        return f"{_in_whose_name(word.on_behalf_of)} {bound}".strip()
    if word.code == "already_spoken":
        return _("You have said your word; others are asked too.")
    return _("This is decided by: %(who)s.") % {"who": words.permission_label(found.permission)}


def _in_whose_name(user_id: int | None) -> str:
    people = users_by_ids([user_id]) if user_id else {}
    return _("You speak for %(name)s.") % {"name": people[user_id]} if user_id in people else ""


WORDS = {
    "approve": gettext_noop("Approved."),
    "reject": gettext_noop("Rejected."),
    "return": gettext_noop("Sent back for rework."),
}


@require_POST
@permission_required("approvals.decide")
def decide(request: HttpRequest, request_id: int) -> HttpResponse:
    """Approve, reject, or send back, bound to the content that was shown."""
    actor = actor_of(request)
    access.access_request(actor, request_id)
    said = request.POST.get("decision", "")

    def act() -> None:
        actions.decide(
            actor=actor,
            request_id=request_id,
            approve=said == "approve",
            comment=request.POST.get("reason", "")[:2000],
            expected_hash=request.POST.get("content_hash") or None,
            is_returned=said == "return",
            is_stepped_up=is_stepped_up(request, request.POST.get("code", "")[:16]),
        )

    return done(request, f"/approvals/{request_id}/", act, _(WORDS.get(said, WORDS["reject"])))


@require_POST
@permission_required("approvals.view")
def remark(request: HttpRequest, request_id: int) -> HttpResponse:
    """Say something beside a request, perhaps with a photo or a paper."""
    actor = actor_of(request)
    access.access_request(actor, request_id)

    def act() -> None:
        uploads = [receive_sent(sent) for sent in request.FILES.getlist("files")[:MOST_FILES]]
        text = request.POST.get("text", "").replace("\x00", "")
        actions.remark(actor=actor, request_id=request_id, text=text, uploads=uploads)

    return done(request, f"/approvals/{request_id}/", act, _("It stands beside the request."))


@require_POST
@permission_required("approvals.decide")
def decide_many(request: HttpRequest) -> HttpResponse:
    """One word and one reason for all ticked requests of one kind."""
    actor = actor_of(request)
    ids = access.visible_ids(actor, [whole_number(value) for value in request.POST.getlist("request")])
    approve = request.POST.get("decision") == "approve"

    def act() -> None:
        result = actions.decide_many(
            actor=actor,
            request_ids=ids,
            approve=approve,
            comment=request.POST.get("reason", "")[:2000],
        )
        if result.refused:
            raise actions.refused_in_bulk(result)

    said = _("%(count)d approved.") if approve else _("%(count)d rejected.")
    return done(request, "/approvals/", act, said % {"count": len(ids)})


@require_GET
@permission_required("approvals.view")
def badge(request: HttpRequest) -> HttpResponse:
    """The figure on the rail."""
    return render(request, "approvals/badge.html", {"count": access.waiting_count(actor_of(request))})


@require_GET
@permission_required("approvals.view")
def search(request: HttpRequest) -> HttpResponse:
    """Requests whose title or subject holds the words."""
    found = access.found_requests(actor_of(request), request.GET.get("q", ""))
    return render(request, "approvals/search.html", {"found": found})


@require_GET
@permission_required("approvals.view")
def waiting(request: HttpRequest) -> HttpResponse:
    """What waits for me as rows, nearest deadline first: a fragment for Today."""
    actor = actor_of(request)
    rows = [
        (row, words.kind_icon(row.kind), words.why_text(row)) for row in access.waiting_for(actor, limit=20)
    ]
    return render(request, "approvals/waiting.html", {"rows": rows})
