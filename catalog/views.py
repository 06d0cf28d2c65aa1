"""Catalog's fragments: search of products, the chosen region or site, a user's scopes."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from catalog import access, actions, queries
from catalog.forms import ScopeForm
from catalog.queries.sites import picker_regions
from lib import clock
from lib.faults import Faults
from web.gates import actor_of, permission_required


@require_GET
@permission_required("products.view")
def search_products(request: HttpRequest) -> HttpResponse:
    found = queries.search_products(request.GET.get("q", "")[:100])
    return render(request, "catalog/product_hits.html", {"hits": found})


@require_POST
@permission_required("today.view")
def choose_scope(request: HttpRequest) -> HttpResponse:
    """Narrow lists and figures to a region or site; "" is all that one sees."""
    chosen = request.POST.get("scope", "")[:64]
    known = {
        thing["key"]
        for region in picker_regions(access.visible_sites(actor_of(request)))
        for thing in (region, *region["sites"])
    }
    request.session["scope"] = chosen if chosen in known else ""
    back = request.POST.get("next", "/")
    safe = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(back if safe else "/")


@require_http_methods(["GET", "POST"])
@permission_required("users.manage")
def user_scopes(request: HttpRequest, user_id: int) -> HttpResponse:
    """The scopes of a user: list, grant. A fragment of the user's page."""
    actor = actor_of(request)
    form = ScopeForm(picker_regions(access.visible_sites(actor)), request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.grant_scope(actor=actor, draft=form.draft(user_id), reason=form.cleaned_data["reason"])
            return HttpResponseRedirect(reverse("user_scopes", args=[user_id]))
        except Faults as refused:
            for fault in refused.faults:
                form.add_error("until" if fault.pointer == "/valid_until" else None, fault.detail)
    return _scopes(request, user_id, form)


@require_POST
@permission_required("users.manage")
def revoke_scope(request: HttpRequest, user_id: int, scope_id: int) -> HttpResponse:
    actor = actor_of(request)
    form = ScopeForm(picker_regions(access.visible_sites(actor)))
    try:
        actions.revoke_scope(actor=actor, scope_id=scope_id, reason=request.POST.get("reason", "")[:500])
    except Faults as refused:
        return _scopes(request, user_id, form, [fault.detail for fault in refused.faults])
    return HttpResponseRedirect(reverse("user_scopes", args=[user_id]))


def _scopes(
    request: HttpRequest, user_id: int, form: ScopeForm, refusals: list[str] | None = None
) -> HttpResponse:
    context = {
        "user_id": user_id,
        "is_own": actor_of(request).id == user_id,
        "scopes": queries.scopes_of(user_id),
        "now": clock.now(),
        "form": form,
        "refusals": [*(refusals or []), *form.non_field_errors()],
    }
    return render(request, "catalog/user_scopes.html", context)
