"""/prices/customer-groups/: who has prices of their own, and which lists say so."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from pricing.actions.customer_groups import end_customer_group, save_customer_group
from pricing.queries.customer_groups import groups_with_lists
from web.answers import done
from web.gates import actor_of, permission_required

PAGE = "/prices/customer-groups/"


@permission_required("prices.view")
@require_GET
def groups(request: HttpRequest) -> HttpResponse:
    """Every group with its lists."""
    may_edit = actor_of(request).may("price_lists.edit")
    return render(
        request, "pricing/customer_groups.html", {"rows": groups_with_lists(), "may_edit": may_edit}
    )


@permission_required("price_lists.edit")
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """A new group, or another name of one."""
    row = {name: request.POST.get(name, "").replace("\x00", "").strip() for name in ("code", "name")}
    is_new = request.POST.get("is_new") == "1"
    return done(
        request,
        PAGE,
        lambda: save_customer_group(actor=actor_of(request), is_new=is_new, **row),
        _("Saved."),
    )


@permission_required("price_lists.edit")
@require_POST
def end(request: HttpRequest, code: str) -> HttpResponse:
    """No new list and no new incentive for this group."""
    reason = request.POST.get("reason", "")
    return done(
        request,
        PAGE,
        lambda: end_customer_group(actor=actor_of(request), code=code, reason=reason),
        _("The group has ended."),
    )
