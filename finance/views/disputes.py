"""/finance/disputes/ and /finance/matches/: what differs, one dispute and its steps, one comparison."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_POST

from approvals.queries import request_of
from finance import forms
from finance.access import access_comparison, access_dispute, visible_comparisons, visible_disputes
from finance.actions import disputes as actions
from finance.models import Comparison, DifferenceClass, Dispute, Matching
from finance.queries.disputes import (
    KIND,
    filtered_comparisons,
    filtered_disputes,
    lines_of,
    steps_of,
    workers,
)
from finance.queries.effort import minutes_of
from finance.words import STEPS, class_word, figures_of, matching_word
from lib import clock
from lib.actors import Actor
from lib.faults import Fault, Faults
from web.gates import actor_of, permission_required
from web.stored_files import attachments_of

PAGE_SIZE = 50
LINES = 50
State = Dispute.State


def _choices(choices: Any) -> list[tuple[str, str]]:
    return [(str(value), str(label)) for value, label in choices]


@permission_required("finance.view")
@require_GET
def disputes(request: HttpRequest) -> HttpResponse:
    """Disputes in scope, the most urgent first; by default those not ended."""
    asked = forms.asked_of(request, "state", "matching", "class", "owner", "partner")
    asked["state"] = asked["state"] or "live"
    order = ("due_at", "id") if asked["state"] == "live" else ("-id",)
    wanted = {**asked, "state": ""} if asked["state"] == "all" else asked
    found = filtered_disputes(visible_disputes(actor_of(request)), wanted).order_by(*order)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page_obj": page,
        "rows": [(one, class_word(one.difference_class), matching_word(one.matching)) for one in page.object_list],
        "filters": _filters(request, asked),
    }  # fmt: skip
    return render(request, "finance/disputes.html", context)


def _filters(request: HttpRequest, asked: dict[str, str]) -> list[dict[str, Any]]:
    states = [("live", _("Not ended")), ("all", _("All")), *_choices(State.choices)]
    owners = [("nobody", _("Nobody yet")), (str(actor_of(request).id or 0), _("Mine"))]
    return [
        {"label": pgettext("filter", "State"), "name": "state", "value": asked["state"], "options": states},
        *_kinds(asked),
        {"label": pgettext("dispute", "Owner"), "name": "owner", "value": asked["owner"], "options": owners},
    ]


def _kinds(asked: dict[str, str]) -> list[dict[str, Any]]:
    """Filters that disputes and comparisons share."""
    return [
        {
            "label": _("Matching"),
            "name": "matching",
            "value": asked["matching"],
            "options": _choices(Matching.choices),
        },
        {
            "label": _("Class"),
            "name": "class",
            "value": asked["class"],
            "options": _choices(DifferenceClass.choices),
        },
    ]


@permission_required("finance.view")
@require_GET
def dispute(request: HttpRequest, dispute_id: int) -> HttpResponse:
    """One dispute: what is at stake, its lines with figures, what was done, what may be done next."""
    return render(request, "finance/dispute.html", _context(request, dispute_id))


def _context(request: HttpRequest, dispute_id: int, faults: list[Fault] | None = None) -> dict[str, Any]:
    actor = actor_of(request)
    one = access_dispute(actor, dispute_id)
    lines = lines_of(one)
    page = Paginator(lines, LINES).get_page(request.GET.get("page"))
    approval = request_of(KIND, f"dispute:{one.pk}")
    may_work = actor.may("disputes.work")
    is_live = one.state in actions.LIVE
    return {
        "one": one,
        "class_word": class_word(one.difference_class),
        "matching_word": matching_word(one.matching),
        "page_obj": page,
        "lines": [(line, figures_of(line.detail)) for line in page.object_list],
        "steps": [(step, *STEPS.get(step.step, (step.step, "check"))) for step in steps_of(one)],
        "minutes": minutes_of([one.pk]).get(one.pk, 0),
        "evidence": attachments_of(KIND, [one.pk]),
        "approval": approval,
        "lost": actions.lost_of(one),
        "faults": faults or [],
        "workers": workers() if may_work else [],
        "is_overdue": one.state in Dispute.OPEN_STATES and one.due_at < clock.now(),
        "may_work": may_work and is_live,
        "may_claim": may_work and one.state == State.OPEN,
        "may_accept": may_work and one.state == State.CLAIMED,
        "may_close": may_work and is_live and not (one.state == State.ACCEPTED and actions.lost_of(one)),
        "may_take_back": may_work and one.state == State.WRITING_OFF,
        "may_decide": _may_decide(actor, one, approval),
        "is_timing": may_work and actions.runs_for(one, actor),
        "may_time": may_work,
    }


def _may_decide(actor: Actor, one: Dispute, approval: Any) -> bool:
    if one.state != State.WRITING_OFF or approval is None or approval.state != "pending":
        return False
    return actor.may(approval.permission) and approval.prepared_by_id != actor.id


def _do(request: HttpRequest, dispute_id: int, work: Callable[[Actor], object], done: str) -> HttpResponse:
    """A step: what is refused is told on the page."""
    access_dispute(actor_of(request), dispute_id)
    try:
        work(actor_of(request))
    except Faults as refused:
        context = _context(request, dispute_id, refused.faults)
        return render(request, "finance/dispute.html", context, status=refused.status)
    messages.success(request, done)
    return redirect("finance-dispute", dispute_id)


@permission_required("disputes.work")
@require_POST
def assign(request: HttpRequest, dispute_id: int) -> HttpResponse:
    """Another owner, another deadline."""

    def work(actor: Actor) -> object:
        zone = getattr(request.user, "time_zone", "") or "UTC"
        due_at = forms.deadline_from(request.POST, zone)
        owner = forms.words(request.POST, "owner", 100)
        return actions.assign_dispute(actor=actor, dispute_id=dispute_id, owner=owner, due_at=due_at)

    return _do(request, dispute_id, work, _("The dispute is assigned."))


@permission_required("disputes.work")
@require_POST
def step(request: HttpRequest, dispute_id: int, step: str) -> HttpResponse:
    """One of the steps a person takes: comment, claim, accept, close, write-off, take-back, start, stop."""
    return _do(request, dispute_id, *_works(request, {"dispute_id": dispute_id})[step])


def _works(request: HttpRequest, asked: dict[str, Any]) -> dict[str, tuple[Callable[[Actor], object], str]]:
    """Step → what it does, and the words for it."""
    comment = forms.words(request.POST, "comment", 1000)
    return {
        "comment": (lambda who: actions.comment_dispute(actor=who, comment=comment, **asked), _("Noted.")),
        "claim": (lambda who: _claim(request, who, asked, comment), _("Noted as sent to the partner.")),
        "accept": (lambda who: _accept(request, who, asked, comment), _("Noted what comes back.")),
        "close": (
            lambda who: actions.close_dispute(actor=who, comment=comment, **asked),
            _("The dispute is closed."),
        ),
        "write-off": (
            lambda who: actions.write_off_dispute(actor=who, comment=comment, **asked),
            _("Written off, or waiting for the approval of another person."),
        ),
        "take-back": (
            lambda who: actions.take_back_write_off(actor=who, comment=comment, **asked),
            _("The write-off is taken back."),
        ),
        "start": (lambda who: actions.time_work(actor=who, is_start=True, **asked), _("Your clock runs.")),
        "stop": (
            lambda who: actions.time_work(actor=who, is_start=False, **asked),
            _("Your clock is stopped."),
        ),
    }


def _claim(request: HttpRequest, actor: Actor, asked: dict[str, Any], comment: str) -> object:
    reference = forms.words(request.POST, "reference", 64)
    return actions.claim_dispute(actor=actor, reference=reference, comment=comment, **asked)


def _accept(request: HttpRequest, actor: Actor, asked: dict[str, Any], comment: str) -> object:
    recovered = forms.amount_from(request.POST, "recovered")
    return actions.accept_dispute(actor=actor, recovered=recovered, comment=comment, **asked)


@permission_required("disputes.approve")
@require_POST
def decide(request: HttpRequest, dispute_id: int) -> HttpResponse:
    """An approver's word on a write-off."""
    approve = request.POST.get("decision") == "approve"
    comment = forms.words(request.POST, "reason")
    work = lambda who: actions.decide_write_off(  # noqa: E731
        actor=who, dispute_id=dispute_id, approve=approve, comment=comment
    )
    return _do(request, dispute_id, work, _("Written off.") if approve else _("The write-off is refused."))


@permission_required("disputes.work")
@require_POST
def add_evidence(request: HttpRequest, dispute_id: int) -> HttpResponse:
    """Photos and papers."""

    def work(actor: Actor) -> None:
        for upload in forms.uploads_from(request):
            actions.add_evidence(actor=actor, dispute_id=dispute_id, upload=upload)

    return _do(request, dispute_id, work, _("The evidence is kept."))


@permission_required("disputes.work")
@require_POST
def remove_evidence(request: HttpRequest, dispute_id: int, attachment_id: int) -> HttpResponse:
    work = lambda who: actions.remove_evidence(  # noqa: E731
        actor=who, dispute_id=dispute_id, attachment_id=attachment_id
    )
    return _do(request, dispute_id, work, _("The evidence was taken away."))


@permission_required("finance.view")
@require_GET
def matches(request: HttpRequest) -> HttpResponse:
    """Comparisons in scope, newest first."""
    asked = forms.asked_of(request, "matching", "state", "class", "partner", "document", "key")
    found = filtered_comparisons(visible_comparisons(actor_of(request)), asked).order_by("-arrived_at", "-id")
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page_obj": page,
        "rows": [(one, class_word(one.difference_class), figures_of(one.detail)) for one in page.object_list],
        "key": asked["key"],
        "filters": [
            {"label": _("Matching"), "name": "matching", "value": asked["matching"], "options": _choices(Matching.choices)},
            {"label": pgettext("filter", "State"), "name": "state", "value": asked["state"], "options": _choices(Comparison.State.choices)},
            {"label": _("Class"), "name": "class", "value": asked["class"], "options": _choices(DifferenceClass.choices)},
        ],
    }  # fmt: skip
    return render(request, "finance/matches.html", context)


@permission_required("finance.view")
@require_GET
def match(request: HttpRequest, comparison_id: int) -> HttpResponse:
    """One comparison: ours beside theirs, the figures, its dispute."""
    one = access_comparison(actor_of(request), comparison_id)
    context = {
        "one": one,
        "class_word": class_word(one.difference_class),
        "matching_word": matching_word(one.matching),
        "figures": figures_of(one.detail),
    }
    return render(request, "finance/match.html", context)
