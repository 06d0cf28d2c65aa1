"""/stock/counts/new/ and /stock/count-rules/: planning a count by hand; rules and tolerances."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from catalog.access import sees_everything, visible_site_ids_or_all, visible_sites
from inventory import counts_forms as forms
from inventory.actions.counts import plan_count
from inventory.actions.counts_planning import keep_rule, keep_tolerance
from inventory.models import CountRule
from inventory.queries.counts_planning import rules_at, tolerances_at
from lib import clock
from lib.faults import Fault, Faults
from web.gates import actor_of, permission_required

SHOWN = 200


@permission_required("counts.manage")
@require_http_methods(["GET", "POST"])
def new_count(request: HttpRequest) -> HttpResponse:
    """Plan a cycle count or a stocktake; what was typed stays when it is refused."""
    faults: list[Fault] = []
    status = 200
    if request.method == "POST":
        try:
            made = plan_count(actor=actor_of(request), draft=forms.count_from(request.POST))
        except Faults as refused:
            faults, status = refused.faults, refused.status
        else:
            return redirect("stock-count", made.pk)
    typed = request.POST if request.method == "POST" else request.GET
    context = {
        "typed": typed,
        "faults": faults,
        "sites": visible_sites(actor_of(request)).order_by("name"),
        "month": f"{clock.now():%Y-%m}",
    }
    return render(request, "inventory/new_count.html", context, status=status)


@permission_required("stock.view")
@require_GET
def rules(request: HttpRequest) -> HttpResponse:
    """What is counted when, and how far a count may differ."""
    return render(request, "inventory/count_rules.html", _context(request))


def _context(request: HttpRequest, refused: Faults | None = None) -> dict[str, Any]:
    actor = actor_of(request)
    visible = visible_site_ids_or_all(actor)
    return {
        "rules": sorted(
            rules_at(visible)[:SHOWN], key=lambda rule: (not rule.is_active, rule.kind, rule.abc_class)
        ),
        "tolerances": tolerances_at(visible)[:SHOWN],
        "kinds": CountRule.Kind.choices,
        "sites": visible_sites(actor).order_by("name"),
        "everywhere": sees_everything(actor),
        "may_manage": actor.may("counts.manage"),
        "faults": refused.faults if refused else [],
        "typed": request.POST,
    }


def _keep(request: HttpRequest, work: Callable[[], object], done: str) -> HttpResponse:
    try:
        work()
    except Faults as refused:
        return render(
            request, "inventory/count_rules.html", _context(request, refused), status=refused.status
        )
    messages.success(request, done)
    return redirect("stock-count-rules")


@permission_required("counts.manage")
@require_POST
def save_rule(request: HttpRequest) -> HttpResponse:
    given = request.POST.get("rule", "")
    number = int(given) if given.isdecimal() and len(given) < 18 else None
    actor = actor_of(request)
    work = lambda: keep_rule(actor=actor, draft=forms.rule_from(request.POST), rule_id=number)  # noqa: E731
    return _keep(request, work, _("The rule is kept."))


@permission_required("counts.manage")
@require_POST
def save_tolerance(request: HttpRequest) -> HttpResponse:
    work = lambda: keep_tolerance(actor=actor_of(request), **forms.tolerance_from(request.POST))  # noqa: E731
    return _keep(request, work, _("The tolerance is kept."))
