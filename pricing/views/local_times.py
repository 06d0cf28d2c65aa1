"""The card of local times on a change's page, and the split of lists over several zones."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from catalog.rules.fields import Wrong
from lib.faults import Faults
from pricing.actions.zone_splits import split_by_zone
from pricing.models import PriceChange
from pricing.queries.local_times import local_times
from pricing.queries.price_changes import price_change
from pricing.views.change_page import change_context
from web.gates import actor_of, permission_required


@permission_required("prices.view")
@require_GET
def local_time_card(request: HttpRequest, change_id: int) -> HttpResponse:
    """Each list's zones, their sites, and the instants; what daylight saving does is said beside it.

    With `from` or `until`, wall times that are only being thought about: a preview. What is no wall time shows nothing.
    """
    change = price_change(change_id)
    is_preview = "from" in request.GET or "until" in request.GET
    if is_preview:
        change.local_from, change.local_until = request.GET.get("from", ""), request.GET.get("until", "")
    try:
        lists = local_times(change)
    except Wrong:
        lists = []
    is_own_draft = change.state == PriceChange.State.DRAFT and change.prepared_by_id == actor_of(request).id
    context = {
        "change": change,
        "lists": lists,
        "is_preview": is_preview,
        "may_split": is_own_draft and not is_preview and any(not one.one_instant for one in lists),
    }
    return render(request, "pricing/parts/local_times.html", context)


@permission_required("prices.edit")
@require_POST
def split(request: HttpRequest, change_id: int) -> HttpResponse:
    """Lines of lists over several zones move onto the lists of their sites."""
    actor = actor_of(request)
    try:
        split_by_zone(actor=actor, change_id=change_id)
    except Faults as refused:
        context = change_context(price_change(change_id), actor, refused=refused)
        return render(request, "pricing/change.html", context, status=refused.status)
    messages.success(request, _("The lines stand on the sites’ own lists now."))
    return redirect("price-change", change_id)
