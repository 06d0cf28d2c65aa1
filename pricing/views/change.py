"""/prices/changes/<id>/: one change on one screen, its decision, its lines as a file."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from lib.actors import Actor
from lib.faults import Faults
from pricing.actions.price_changes import (
    approve_change,
    edit_header,
    reject_change,
    remove_lines,
    roll_back_change,
    submit_change,
    withdraw_change,
)
from pricing.forms import HeaderForm
from pricing.models import PriceChange
from pricing.queries.lines import line_rows
from pricing.queries.price_changes import lines_of, price_change
from pricing.views.change_page import change_context, done_words, lines_csv
from web.gates import actor_of, permission_required

SUMMARY_LINES = 20


@permission_required("prices.view")
@require_GET
def change(request: HttpRequest, change_id: int) -> HttpResponse:
    """Facts, lines, findings, effect, states and the decision bar."""
    found = price_change(change_id)
    return render(request, "pricing/change.html", change_context(found, actor_of(request)))


@permission_required("prices.view")
@require_GET
def summary(request: HttpRequest, change_id: int) -> HttpResponse:
    """The first lines and every finding's count: a fragment for the approval's page and the incident's."""
    found = price_change(change_id)
    context = {
        "change": found,
        "lines": line_rows(found.pk, limit=SUMMARY_LINES),
        "total": lines_of(found.pk).count(),
        "may_see_costs": actor_of(request).may("costs.view"),
    }
    return render(request, "pricing/parts/summary.html", context)


@permission_required("prices.view")
@require_POST
def decide(request: HttpRequest, change_id: int) -> HttpResponse:
    """Approve, reject, withdraw, submit or roll back, each by its action; what is refused stands in the page."""
    found = price_change(change_id)
    comment = request.POST.get("reason", "").strip()[:4000]
    try:
        after = _act(request.POST.get("decision", ""), found.pk, actor_of(request), comment)
    except Faults as refused:
        context = change_context(found, actor_of(request), refused=refused, comment=comment)
        return render(request, "pricing/change.html", context, status=refused.status)
    messages.success(request, done_words(after))
    return redirect("price-change", after.pk)


def _act(decision: str, change_id: int, actor: Actor, comment: str) -> PriceChange:
    acts = {
        "approve": approve_change,
        "reject": reject_change,
        "withdraw": withdraw_change,
        "submit": submit_change,
        "roll-back": roll_back_change,
    }
    if decision not in acts:
        return price_change(change_id)
    return acts[decision](actor=actor, change_id=change_id, comment=comment)


@permission_required("prices.edit")
@require_POST
def header(request: HttpRequest, change_id: int) -> HttpResponse:
    """Title, reason and window of a draft."""
    found = price_change(change_id)
    form = HeaderForm(request.POST)
    actor = actor_of(request)
    refused = None
    if form.is_valid():
        try:
            edit_header(actor=actor, change_id=found.pk, draft=form.change_draft())
            return redirect("price-change", found.pk)
        except Faults as faults:
            refused = faults
    context = change_context(found, actor, refused=refused, form=form)
    return render(request, "pricing/change.html", context, status=refused.status if refused else 422)


@permission_required("prices.edit")
@require_POST
def remove(request: HttpRequest, change_id: int) -> HttpResponse:
    """Take ticked lines out of a draft."""
    keys = [tuple(key.split("\t", 2)) for key in request.POST.getlist("line") if key.count("\t") == 2]
    try:
        remove_lines(actor=actor_of(request), change_id=change_id, keys=keys)  # type: ignore[arg-type]
    except Faults as refused:
        context = change_context(price_change(change_id), actor_of(request), refused=refused)
        return render(request, "pricing/change.html", context, status=refused.status)
    return redirect("price-change", change_id)


@permission_required("prices.view")
@require_GET
def lines_file(request: HttpRequest, change_id: int) -> HttpResponse:
    """The lines as CSV, safe against formulas."""
    found = price_change(change_id)
    answer = HttpResponse(lines_csv(found, actor_of(request)), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{found.reference}.csv"'
    return answer
