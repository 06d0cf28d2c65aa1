"""Pages of verifications: the board of a day, one run with its re-check, the trend, and the card for Watch."""

import json
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from catalog.access import visible_site_ids_or_all, visible_sites
from lib import clock
from lib.actors import Actor
from patrol import actions
from patrol import verification_words as words
from patrol.models import VerificationRun
from patrol.queries import verification_trend as trends
from patrol.queries import verifications as queries
from patrol.rules.verifications import GOAL_FRACTION
from patrol.verification_checks import LABELS
from web.answers import done, whole_number
from web.gates import actor_of, permission_required

MOST_DAYS_AGO = 62
SPANS = (7, 28, 90)


def _board(actor: Actor, days_ago: int = 0) -> dict[str, Any]:
    sites = list(visible_sites(actor).order_by("name"))
    rows = sorted(queries.board(sites, clock.now(), days_ago), key=_urgency)
    boxes = [box for row in rows for box in row.slots]
    lines, differing = sum(row.lines for row in rows), sum(row.differing for row in rows)
    return {
        "rows": rows,
        "due_count": sum(box.state != "planned" for box in boxes),
        "done_count": sum(box.state in ("signed", "to_sign") for box in boxes),
        "signed_count": sum(box.state == "signed" for box in boxes),
        "missed_count": sum(box.state == "missed" for box in boxes),
        "waiting": sum(box.run.waiting_count for box in boxes if box.run and box.state == "to_sign"),  # type: ignore[attr-defined]
        "open_cases": sum(row.open_cases for row in rows),
        "overdue_cases": sum(row.overdue_cases for row in rows),
        "lines": lines,
        "accuracy": differing / lines if lines else None,
        "goal": GOAL_FRACTION,
    }


def _urgency(row: queries.SiteDay) -> tuple[int, str]:
    """Sites with something missed first, then those with something to sign, then by name."""
    states = {box.state for box in row.slots}
    return 0 if "missed" in states else 1 if "to_sign" in states else 2, row.site.name


@require_GET
@permission_required("verifications.view")
def board(request: HttpRequest) -> HttpResponse:
    """Every site in scope with its three slots of a local day."""
    days_ago = min(whole_number(request.GET.get("ago", "")), MOST_DAYS_AGO)
    actor = actor_of(request)
    context = {
        **_board(actor, days_ago),
        "days_ago": days_ago,
        "at": clock.now() - timedelta(days=days_ago),
        "slot_words": words.SLOT_WORDS,
    }
    return render(request, "patrol/verifications.html", context)


@require_GET
@permission_required("watch.view")
def card(request: HttpRequest) -> HttpResponse:
    """Today's verifications in figures: a fragment for Watch."""
    actor = actor_of(request)
    if not actor.may("verifications.view"):
        return HttpResponse("")
    return render(request, "patrol/verifications_card.html", _board(actor))


@require_GET
@permission_required("verifications.view")
def detail(request: HttpRequest, run_id: int) -> HttpResponse:
    """One verification: its checks, what differs, what to look at again, and who signed."""
    actor = actor_of(request)
    run = queries.run_by_id(run_id, visible_site_ids_or_all(actor))
    check, state = request.GET.get("check", ""), request.GET.get("state", "")
    differences = queries.differences_of(run_id, check if check in LABELS else "", state)
    sample = queries.sample_of(run_id)
    context = {
        "run": run,
        "now": clock.now(),
        "goal": GOAL_FRACTION,
        "checks": words.check_rows(queries.checks_of(run_id)),
        "differences": words.shown(differences, lambda row: row.check_run.name),
        "sample": words.asked(sample),
        "chosen": check,
        "may_recheck": actor.may("verifications.recheck") and run.state == VerificationRun.State.TO_SIGN,
        "may_sign": actor.may("verifications.sign") and run.state == VerificationRun.State.TO_SIGN,
        "needs_word": run.unexplained > 0 or any(row.answer in ("differs", "impossible") for row in sample),
    }
    return render(request, "patrol/verification.html", context)


@require_POST
@permission_required("verifications.recheck")
def answer(request: HttpRequest, run_id: int, sample_id: int) -> HttpResponse:
    """What a person found of one line of the sample."""
    actor, now = actor_of(request), clock.now()
    said = actions.Found(
        answer=request.POST.get("answer", "")[:20],
        found=request.POST.get("found", "")[:100],
        note=request.POST.get("note", "")[:1000],
    )
    return done(
        request,
        f"/watch/verifications/{run_id}/#sample",
        lambda: actions.answer_sample(actor=actor, run_id=run_id, sample_id=sample_id, said=said, at=now),
        _("Kept."),
    )


@require_POST
@permission_required("verifications.sign")
def sign(request: HttpRequest, run_id: int) -> HttpResponse:
    """Sign the run."""
    actor, comment = actor_of(request), request.POST.get("comment", "")[:2000]
    return done(
        request,
        f"/watch/verifications/{run_id}/",
        lambda: actions.sign_verification(actor=actor, run_id=run_id, comment=comment),
        _("The verification is signed."),
    )


@require_GET
@permission_required("verifications.view")
def trend(request: HttpRequest) -> HttpResponse:
    """Accuracy by day against the goal, by check and by site, and what differs again and again."""
    actor = actor_of(request)
    sites = list(visible_sites(actor).order_by("name"))
    site, check = request.GET.get("site", ""), request.GET.get("check", "")
    days = whole_number(request.GET.get("days", ""))
    days = days if days in SPANS else 28
    since, scope = clock.now() - timedelta(days=days), visible_site_ids_or_all(actor)
    by_day = trends.accuracy_by_day(scope, since, site, check)
    points = [[row.on.isoformat(), round((row.fraction or 0) * 100, 4)] for row in by_day if row.lines]
    offenders = trends.repeat_offenders(scope, since, "source")
    context = {
        "days": days,
        "goal": GOAL_FRACTION,
        "points": json.dumps(points),
        "by_day": by_day,
        "by_check": [
            (words.check_label(one.name), one) for one in trends.accuracy_shares(scope, since, "check")
        ],
        "by_site": trends.accuracy_shares(scope, since, "site"),
        "products": trends.repeat_offenders(scope, since, "sku"),
        "sources": [(words.source_word(one.name), one) for one in offenders],
        "filters": _filters(sites, site, check, days),
    }
    return render(request, "patrol/verification_trend.html", context)


def _filters(sites: list[Any], site: str, check: str, days: int) -> list[dict[str, Any]]:
    return [
        {"label": _("Site"), "name": "site", "value": site, "options": [(s.code, s.name) for s in sites]},
        {
            "label": _("Check"),
            "name": "check",
            "value": check,
            "options": [(name, words.check_label(name)) for name in LABELS],
        },
        {
            "label": _("Days"),
            "name": "days",
            "value": str(days),
            "options": [(str(d), str(d)) for d in SPANS],
        },
    ]
