"""Pages of patrol: one round, the history, and fragments for Watch and Today."""

from datetime import timedelta
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from lib import clock
from lib.actors import Actor
from patrol import access, actions, queries, words
from patrol.models import Round
from web.answers import done
from web.gates import actor_of, permission_required

PAGE_SIZE = 48
RATES_OVER = timedelta(days=28)


def _round_context(actor: Actor, row: Round) -> dict[str, Any]:
    findings = access.visible_findings(actor, row.pk)
    return {
        "row": row,
        "findings": findings,
        "many": words.like_findings(findings),
        "checks": words.check_rows(queries.checks_of(row.pk)),
        "notes_only": all(f.severity == "note" for f in findings if f.signed_at is None),
        "may_sign": actor.may("rounds.sign"),
        "now": clock.now(),
    }


@require_GET
@permission_required("watch.view")
def latest(request: HttpRequest) -> HttpResponse:
    """The latest round as a card with its findings to sign: a fragment for Watch."""
    row = queries.latest_round()
    context = _round_context(actor_of(request), row) if row else {"row": None}
    return render(request, "patrol/latest_card.html", context)


@require_GET
@permission_required("watch.view")
def detail(request: HttpRequest, round_id: int) -> HttpResponse:
    """One round: every check, every finding, who signed."""
    row = queries.round_by_id(round_id)
    return render(request, "patrol/round.html", _round_context(actor_of(request), row))


@require_GET
@permission_required("watch.view")
def history(request: HttpRequest) -> HttpResponse:
    """Rounds, newest first, and how often each check finds something."""
    state = request.GET.get("state", "")
    page = Paginator(queries.rounds(state if state in Round.State.values else ""), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    now = clock.now()
    context = {
        "page_obj": page,
        "state": state,
        "rates": [(words.check_label(r.name), r) for r in queries.hit_rates(now - RATES_OVER)],
        "boxes": queries.day_of_rounds(now),
    }
    return render(request, "patrol/rounds.html", context)


@require_GET
@permission_required("watch.view")
def today(request: HttpRequest) -> HttpResponse:
    """The day's twelve rounds: a fragment for Today."""
    boxes = queries.day_of_rounds(clock.now())
    context = {
        "boxes": boxes,
        "done_count": sum(box.state in ("signed", "to_sign") for box in boxes),
        "unsigned": [box.round for box in boxes if box.round and box.state == "to_sign"],
    }
    return render(request, "patrol/today_card.html", context)


@require_GET
@permission_required("watch.view")
def to_sign(request: HttpRequest) -> HttpResponse:
    """How many findings wait for a signature: a count for the handover strip."""
    return render(request, "patrol/to_sign.html", {"count": queries.unsigned_count()})


@require_POST
@permission_required("rounds.sign")
def sign_finding(request: HttpRequest, round_id: int, finding_id: int) -> HttpResponse:
    """Sign one finding with a word."""
    actor = actor_of(request)
    access.access_finding(actor, round_id, finding_id)
    comment = request.POST.get("comment", "")[:2000]
    return done(
        request,
        f"/watch/rounds/{round_id}/",
        lambda: actions.sign_finding(actor=actor, round_id=round_id, finding_id=finding_id, comment=comment),
        _("Signed."),
    )


@require_POST
@permission_required("rounds.sign")
def sign_check(request: HttpRequest, round_id: int, run_id: int) -> HttpResponse:
    """Sign everything one check found with one word."""
    actor = actor_of(request)
    ids = [row.pk for row in access.visible_findings(actor, round_id) if row.check_run_id == run_id]
    comment = request.POST.get("comment", "")[:2000]
    return done(
        request,
        f"/watch/rounds/{round_id}/",
        lambda: actions.sign_findings(actor=actor, round_id=round_id, finding_ids=ids, comment=comment),
        _("Signed."),
    )


@require_POST
@permission_required("rounds.sign")
def sign_round(request: HttpRequest, round_id: int) -> HttpResponse:
    """Sign the round as a whole."""
    actor = actor_of(request)
    comment = request.POST.get("comment", "")[:2000]
    return done(
        request,
        f"/watch/rounds/{round_id}/",
        lambda: actions.sign_round(actor=actor, round_id=round_id, comment=comment),
        _("Signed."),
    )
