"""/prices/: the grid, its rows, and what is typed into it."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from lib import clock
from lib.faults import Faults
from lib.sheets.writing import CONTENT_TYPES
from pricing.actions.grid_entries import enter_formula, enter_prices
from pricing.actions.price_changes import edit_header, submit_change
from pricing.forms import HeaderForm
from pricing.queries.price_changes import newest_draft_of
from pricing.views.grid_page import Sheet, entries_of, grid_context, header_faults, sent, titled
from pricing.views.shapes import taken_json
from web.gates import actor_of, permission_required
from web.problems import problem_json


@permission_required("prices.view")
@require_GET
def grid(request: HttpRequest) -> HttpResponse:
    """The page with its first rows in it; with format=csv or xlsx what it shows as a file."""
    if (form := request.GET.get("format", "")) in CONTENT_TYPES:
        return _file(request, form)
    return render(request, "pricing/grid.html", grid_context(request))


@permission_required("prices.view")
@require_GET
def rows(request: HttpRequest) -> JsonResponse:
    """The next window of rows."""
    return JsonResponse(Sheet(request).window())


@permission_required("prices.edit")
@require_POST
def cells(request: HttpRequest) -> JsonResponse:
    """Take entries, or a formula over cells, into the draft; each cell is answered for itself."""
    actor = actor_of(request)
    try:
        asked = entries_of(sent(request))
        known: dict[str, Any] = {
            "draft_id": asked.draft_id,
            "entries": asked.entries,
            "title": titled(clock.now()),
        }
        if asked.formula:
            taken = enter_formula(actor=actor, formula=asked.formula, **known)
        else:
            taken = enter_prices(actor=actor, **known)
    except Faults as faults:
        return problem_json(faults.status, faults.faults[0].detail, faults.faults)
    return JsonResponse(taken_json(taken, actor))


@permission_required("price_changes.submit")
@require_POST
def submit(request: HttpRequest) -> JsonResponse:
    """Title, reason and window onto the draft, then submit it."""
    try:
        body = sent(request)
    except Faults as refused:
        return problem_json(refused.status, refused.faults[0].detail, refused.faults)
    form = HeaderForm(body)
    if not form.is_valid():
        faults = header_faults(form)
        return problem_json(422, faults[0].detail, faults)
    actor = actor_of(request)
    draft = newest_draft_of(actor)
    if draft is None or str(draft.pk) != str(body.get("draft")):
        return problem_json(409, _("This draft is no longer open to you."))
    try:
        edit_header(actor=actor, change_id=draft.pk, draft=form.change_draft())
        change = submit_change(actor=actor, change_id=draft.pk)
    except Faults as refused:
        return problem_json(refused.status, refused.faults[0].detail, refused.faults)
    return JsonResponse({"state": change.state, "url": reverse("price-change", args=[change.pk])})


@permission_required("prices.view")
@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """What is shown, as CSV safe against formulas, up to 20,000 products."""
    return _file(request, "csv")


def _file(request: HttpRequest, form: str) -> HttpResponse:
    answer = HttpResponse(Sheet(request).file(form), content_type=CONTENT_TYPES[form])
    name = f"prices-{timezone.localdate(clock.now()).isoformat()}.{form}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
