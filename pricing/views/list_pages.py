"""/prices/lists/<code>/: one price list, a new one, its name, and how it derives."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lib.faults import Faults
from pricing.actions.list_heads import create_price_list, edit_price_list
from pricing.actions.list_rules import preview_rule, propose_rule, withdraw_rule
from pricing.list_forms import HeadForm, ListForm, ProposalForm, rule_fields
from pricing.models import PriceList
from pricing.queries.list_effects import effect_row
from pricing.queries.list_rules import rules_in_force
from pricing.queries.price_lists import price_lists
from pricing.views.list_page import effect_context, list_context, parents, places
from web.answers import done
from web.gates import actor_of, permission_required


def _list_of(code: str) -> PriceList:
    one = price_lists(code=code).first()
    if one is None:
        raise Http404(code)
    return one


@permission_required("prices.view")
@require_GET
def detail(request: HttpRequest, code: str) -> HttpResponse:
    """What the list is, how it derives now, what waits, and every version."""
    return render(request, "pricing/list.html", list_context(_list_of(code), actor_of(request)))


@permission_required("price_lists.edit")
@require_http_methods(["GET", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """A new list; the next page asks how it derives."""
    actor = actor_of(request)
    form = ListForm(request.POST or None, places=places(actor))
    if request.method == "POST" and form.is_valid():
        try:
            one = create_price_list(actor=actor, row=form.row())
        except Faults as refused:
            form.show_faults(refused.faults)
        else:
            messages.success(request, _("%(name)s is there; it makes no price yet.") % {"name": one.name})
            return redirect("price-list-derivation", one.code)
    return render(request, "pricing/list_new.html", {"form": form}, status=422 if form.errors else 200)


@permission_required("price_lists.edit")
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, code: str) -> HttpResponse:
    """Name and what becomes of own prices."""
    one = _list_of(code)
    initial = {"name": one.name, "override_policy": one.override_policy}
    form = HeadForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            edit_price_list(actor=actor_of(request), code=code, **form.cleaned_data)
        except Faults as refused:
            form.show_faults(refused.faults)
        else:
            messages.success(request, _("Saved."))
            return redirect("price-list", code)
    return render(
        request, "pricing/list_edit.html", {"form": form, "list": one}, status=422 if form.errors else 200
    )


@permission_required("price_lists.edit")
@require_http_methods(["GET", "POST"])
def derivation(request: HttpRequest, code: str) -> HttpResponse:
    """How the list should derive: look at the effect, then send it for approval."""
    one = _list_of(code)
    newest = rules_in_force(one.pk).first()
    initial = {**rule_fields(newest or one), "base_version": newest.version if newest else 0}
    form = ProposalForm(request.POST or None, initial=initial, parents=parents(one))
    effect = None
    if request.method == "POST" and form.is_valid():
        actor = actor_of(request)
        try:
            if request.POST.get("do") == "propose":
                propose_rule(actor=actor, code=code, row=form.row())
                messages.success(request, _("The new version waits for another person to approve it."))
                return redirect("price-list", code)
            effect = effect_context(effect_row(preview_rule(actor=actor, code=code, row=form.row())[1]))
        except Faults as refused:
            form.show_faults(refused.faults)
    context = {"form": form, "list": one, "effect": effect, "newest": newest}
    return render(request, "pricing/list_derivation.html", context, status=422 if form.errors else 200)


@permission_required("price_lists.edit")
@require_POST
def withdraw(request: HttpRequest, code: str) -> HttpResponse:
    """Take back the version that waits."""
    back = f"/prices/lists/{_list_of(code).code}/"
    return done(
        request,
        back,
        lambda: withdraw_rule(actor=actor_of(request), code=code),
        _("The version was withdrawn."),
    )
