"""Pages of what verifications left open: cases, and how each site is verified."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from catalog.access import access_site, visible_site_ids_or_all, visible_sites
from lib import clock
from patrol import actions
from patrol import verification_words as words
from patrol.models import VerificationCase
from patrol.queries import verification_cases as queries
from patrol.queries.verification_plans import plans_of
from patrol.verification_checks import LABELS
from web.answers import done, whole_number
from web.gates import actor_of, permission_required

PAGE_SIZE = 50
CASES_URL = "/watch/verifications/cases/"


@require_GET
@permission_required("verifications.view")
def cases(request: HttpRequest) -> HttpResponse:
    """Cases in scope: open ones by deadline, settled ones newest first."""
    actor = actor_of(request)
    site, check = request.GET.get("site", ""), request.GET.get("check", "")
    state = request.GET.get("state", "open")
    mine = actor.id if request.GET.get("mine") else None
    wanted = state if state in VerificationCase.State.values else ""
    found = queries.visible_cases(visible_site_ids_or_all(actor), wanted, site, check, mine)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    sites = [(one.code, one.name) for one in visible_sites(actor).order_by("name")]
    checks = [(name, words.check_label(name)) for name in LABELS]
    context = {
        "page_obj": page,
        "rows": words.shown(page.object_list, lambda row: row.check_name),
        "state": state,
        "mine": mine is not None,
        "may_work": actor.may("verifications.work"),
        "now": clock.now(),
        "filters": [
            {"label": _("Site"), "name": "site", "value": site, "options": sites},
            {"label": _("Check"), "name": "check", "value": check, "options": checks},
        ],
    }
    return render(request, "patrol/verification_cases.html", context)


@require_POST
@permission_required("verifications.work")
def take(request: HttpRequest, case_id: int) -> HttpResponse:
    """Work the case oneself."""
    actor = actor_of(request)
    return done(
        request, CASES_URL, lambda: actions.give_case(actor=actor, case_id=case_id), _("The case is yours.")
    )


@require_POST
@permission_required("verifications.work")
def settle(request: HttpRequest, case_id: int) -> HttpResponse:
    """Settle the case with a word."""
    actor, note = actor_of(request), request.POST.get("note", "")[:1000]
    return done(
        request,
        CASES_URL,
        lambda: actions.settle_case(actor=actor, case_id=case_id, note=note),
        _("The case is settled."),
    )


@require_GET
@permission_required("verifications.view")
def plans(request: HttpRequest) -> HttpResponse:
    """When each site is verified, and who works its cases."""
    actor = actor_of(request)
    sites = list(visible_sites(actor).order_by("name"))
    context = {"rows": plans_of(sites), "may_manage": actor.may("verifications.manage")}
    return render(request, "patrol/verification_plans.html", context)


@require_POST
@permission_required("verifications.manage")
def set_plan(request: HttpRequest, code: str) -> HttpResponse:
    """Set the times, the owner and the hours of one site."""
    actor = actor_of(request)
    site = access_site(actor, code)
    draft = actions.PlanDraft(
        times=tuple(wall.strip() for wall in request.POST.getlist("times") if wall.strip()),
        owner_id=whole_number(request.POST.get("owner", "")) or None,
        case_hours=whole_number(request.POST.get("case_hours", "")),
    )
    return done(
        request,
        "/watch/verifications/plans/",
        lambda: actions.set_plan(actor=actor, site=site, draft=draft),
        _("Kept; slots to come are planned anew."),
    )
