"""/stock/grading/ and /stock/set-aside/: what waits for a grade, and all that is not for sale, since when and why."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from catalog.access import visible_site_ids_or_all
from inventory import write_offs_forms as forms
from inventory.actions.gradings import grade_goods
from inventory.actions.set_aside import change_state
from inventory.models import Grading, StockState
from inventory.queries.set_aside import ASIDE, set_aside_rows, visible_gradings
from inventory.queries.supplier_returns import suppliers
from inventory.rules.states import INSPECT
from inventory.transfers_forms import words
from inventory.views.write_offs import asked_of, site_options
from lib.actors import Actor
from lib.faults import Fault, Faults
from web.gates import actor_of, permission_required

SHOWN = 300
LATEST = 20


def _site_filter(request: HttpRequest, value: str) -> dict[str, Any]:
    return {"label": _("Site"), "name": "site", "value": value, "options": site_options(actor_of(request))}


def _answer(
    request: HttpRequest, work: Callable[[Actor], str], back: str, page: Callable[[list[Fault]], HttpResponse]
) -> HttpResponse:
    """Do `work` and go back with its words; what is refused is told on the page with what was typed."""
    try:
        done = work(actor_of(request))
    except Faults as refused:
        answer = page(refused.faults)
        answer.status_code = refused.status
        return answer
    messages.success(request, done)
    return redirect(f"{reverse(back)}?{urlencode({'site': words(request.POST, 'back', 64)})}")


@permission_required("returns.grade")
@require_http_methods(["GET", "POST"])
def grading(request: HttpRequest) -> HttpResponse:
    """What waits at the site, the oldest first; a grade sends it on."""
    if request.method == "POST":
        return _answer(
            request, lambda actor: _graded(request, actor), "stock-grading", lambda f: _grading(request, f)
        )
    return _grading(request, [])


def _graded(request: HttpRequest, actor: Actor) -> str:
    uploads, faults = forms.uploads_from(request)
    if faults:
        raise Faults(faults)
    made = grade_goods(actor=actor, draft=forms.grade_from(request.POST), uploads=uploads)
    return _("%(sku)s: grade %(grade)s, %(outcome)s") % {
        "sku": made.product.sku,
        "grade": made.grade,
        "outcome": made.get_outcome_display(),
    }


def _grading(request: HttpRequest, faults: list[Fault]) -> HttpResponse:
    actor = actor_of(request)
    asked = asked_of(request, "site", "sku")
    visible = visible_site_ids_or_all(actor)
    rows = set_aside_rows(visible, state=INSPECT, **asked, limit=SHOWN)
    key = tuple(words(request.POST, name, 64) for name in ("site", "sku", "lot"))
    for row in rows:
        row["is_open"] = bool(faults) and (row["site"], row["sku"], row["lot"]) == key
    context = {
        "rows": rows,
        "filters": [_site_filter(request, asked["site"])],
        "latest": visible_gradings(visible, {"site": asked["site"]})[:LATEST],
        "grades": Grading.Grade.choices,
        "suppliers": suppliers(),
        "faults": faults,
        "typed": request.POST,
    }
    return render(request, "inventory/grading.html", context)


@permission_required("stock.view")
@require_http_methods(["GET", "POST"])
def set_aside(request: HttpRequest) -> HttpResponse:
    """Everything that is on hand and not for sale; released, moved or set aside here."""
    if request.method == "POST":
        return _answer(
            request,
            lambda actor: _changed(request, actor),
            "stock-set-aside",
            lambda f: _set_aside(request, f),
        )
    return _set_aside(request, [])


def _changed(request: HttpRequest, actor: Actor) -> str:
    change = forms.change_from(request.POST)
    change_state(actor=actor, change=change)
    label = StockState(change.to_state).label
    return _("%(sku)s is now: %(state)s") % {"sku": change.sku, "state": label}


def _set_aside(request: HttpRequest, faults: list[Fault]) -> HttpResponse:
    actor = actor_of(request)
    asked = asked_of(request, "site", "state", "sku")
    rows = set_aside_rows(visible_site_ids_or_all(actor), **asked, limit=SHOWN)
    states = [(code, str(StockState(code).label)) for code in ASIDE]
    filters = [
        _site_filter(request, asked["site"]),
        {"label": _("State"), "name": "state", "value": asked["state"], "options": states},
    ]
    sums: dict[str, Any] = {}
    for row in rows:
        sums[row["currency"]] = sums.get(row["currency"], 0) + row["value"]
    context = {
        "rows": rows,
        "filters": filters,
        "states": states,
        "sums": sums,
        "sites": site_options(actor),
        "faults": faults,
        "typed": request.POST,
        "may_set_aside": actor.may("stock.set_aside"),
        "may_release": actor.may("stock.release"),
    }
    return render(request, "inventory/set_aside.html", context)
