"""/stock/landed-costs/ and /stock/revaluations/: lists, one document, a new one, taking one back."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from approvals.queries import request_of
from catalog.access import visible_site_ids_or_all, visible_sites
from inventory import valuation_forms as forms
from inventory.access import access_landed_cost, access_revaluation
from inventory.actions import landed_costs, revaluations
from inventory.actions.valuation_documents import KIND, subject_of
from inventory.models import LandedCharge, LandedCost, Revaluation, ValuationState
from inventory.queries import valuation as queries
from inventory.transfers_forms import words
from lib.actors import Actor
from lib.faults import Faults
from web.gates import actor_of, permission_required

PAGE_SIZE = 50
Found = QuerySet[Revaluation] | QuerySet[LandedCost]


def _list(request: HttpRequest, noun: str, found: Callable[..., Found]) -> HttpResponse:
    actor = actor_of(request)
    state = request.GET.get("state", "").replace("\x00", "")
    page = Paginator(found(visible_site_ids_or_all(actor), state), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    states = [(str(value), str(label)) for value, label in ValuationState.choices]
    filters = [{"label": _("State"), "name": "state", "value": state, "options": states}]
    context = {"page_obj": page, "filters": filters, "noun": noun, "may_post": actor.may("valuations.post")}
    return render(request, "inventory/valuations.html", context)


@permission_required("costs.view")
@require_GET
def landed(request: HttpRequest) -> HttpResponse:
    """Landed costs in scope, newest first."""
    return _list(request, "landed-cost", queries.visible_landed_costs)


@permission_required("costs.view")
@require_GET
def revalued(request: HttpRequest) -> HttpResponse:
    """Revaluations in scope, newest first."""
    return _list(request, "revaluation", queries.visible_revaluations)


@permission_required("costs.view")
@require_GET
def landed_cost(request: HttpRequest, landed_cost_id: int) -> HttpResponse:
    """One landed cost: charges, and what each receipt line took."""
    return _show(request, access_landed_cost(actor_of(request), landed_cost_id))


@permission_required("costs.view")
@require_GET
def revaluation(request: HttpRequest, revaluation_id: int) -> HttpResponse:
    """One revaluation with its lines."""
    return _show(request, access_revaluation(actor_of(request), revaluation_id))


def _show(
    request: HttpRequest, document: LandedCost | Revaluation, refused: Faults | None = None
) -> HttpResponse:
    context: dict[str, Any] = {
        "document": document,
        "approval": request_of(KIND, subject_of(document)),
        "may_reverse": document.state == ValuationState.POSTED and actor_of(request).may("valuations.post"),
        "subject": subject_of(document),
        "faults": refused.faults if refused else [],
    }
    if isinstance(document, LandedCost):
        context |= {
            "charges": document.charges.order_by("id"),
            "lines": queries.landed_lines(document),
            "receipts": queries.receipt_references(document),
        }
        template = "inventory/landed_cost.html"
    else:
        context["lines"] = queries.revaluation_lines(document)
        template = "inventory/revaluation.html"
    return render(request, template, context, status=refused.status if refused else 200)


@permission_required("valuations.post")
@require_POST
def reverse_landed(request: HttpRequest, landed_cost_id: int) -> HttpResponse:
    document = access_landed_cost(actor_of(request), landed_cost_id)
    asked: dict[str, Any] = {"landed_cost_id": landed_cost_id, "reason": words(request.POST, "reason")}
    return _reverse(request, document, lambda actor: landed_costs.reverse_landed_cost(actor=actor, **asked))


@permission_required("valuations.post")
@require_POST
def reverse_revalued(request: HttpRequest, revaluation_id: int) -> HttpResponse:
    document = access_revaluation(actor_of(request), revaluation_id)
    asked: dict[str, Any] = {"revaluation_id": revaluation_id, "reason": words(request.POST, "reason")}
    return _reverse(request, document, lambda actor: revaluations.reverse_revaluation(actor=actor, **asked))


def _reverse(
    request: HttpRequest, document: LandedCost | Revaluation, work: Callable[[Actor], object]
) -> HttpResponse:
    try:
        work(actor_of(request))
    except Faults as refused:
        return _show(request, document, refused)
    messages.success(request, _("It was taken back."))
    name = "stock-landed-cost" if isinstance(document, LandedCost) else "stock-revaluation"
    return redirect(name, document.pk)


@permission_required("valuations.post")
@require_http_methods(["GET", "POST"])
def new_landed(request: HttpRequest) -> HttpResponse:
    """Spread charges: look at the shares first, then post them; what is refused stays typed."""
    actor, status = actor_of(request), 200
    typed = request.POST if request.method == "POST" else request.GET
    context: dict[str, Any] = {"typed": typed, "faults": []}
    if request.method == "POST":
        try:
            draft = forms.landed_from(request.POST, visible_site_ids_or_all(actor))
            if "preview" in request.POST:
                worked = landed_costs.spread(actor, draft)
                context["shares"] = list(zip(worked.lines, worked.shares, strict=True))
                context["worked"] = worked
            else:
                made = landed_costs.request_landed_cost(actor=actor, draft=draft)
                return redirect("stock-landed-cost", made.pk)
        except Faults as refused:
            context["faults"], status = refused.faults, refused.status
    context |= {
        "charges": forms.typed_rows(typed, ("amount", "kind", "currency"), forms.CHARGES),
        "receipts": forms.typed_rows(typed, ("receipt",), forms.RECEIPTS),
        "kinds": LandedCharge.Kind.choices,
        "bases": LandedCost.Basis.choices,
        "currency": visible_sites(actor).values_list("currency", flat=True).first() or "EUR",
    }
    return render(request, "inventory/new_landed_cost.html", context, status=status)


@permission_required("valuations.post")
@require_http_methods(["GET", "POST"])
def new_revalued(request: HttpRequest) -> HttpResponse:
    """Revalue products of a site; what is refused stays typed."""
    actor, status = actor_of(request), 200
    typed = request.POST if request.method == "POST" else request.GET
    faults: Any = []
    if request.method == "POST":
        try:
            draft = forms.revaluation_from(request.POST)
            made = revaluations.request_revaluation(actor=actor, draft=draft)
            return redirect("stock-revaluation", made.pk)
        except Faults as refused:
            faults, status = refused.faults, refused.status
    context = {
        "typed": typed,
        "faults": faults,
        "rows": forms.typed_rows(typed, ("sku", "amount", "unit_cost"), forms.PAIRS),
        "sites": visible_sites(actor).order_by("name"),
    }
    return render(request, "inventory/new_revaluation.html", context, status=status)
