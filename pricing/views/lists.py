"""/prices/lists/: every price list, what it is derived from and how much stands in it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from lib import clock
from pricing.access import editable_lists
from pricing.queries.grid import grid_lists
from pricing.queries.list_counts import list_counts
from web.gates import actor_of, permission_required


@permission_required("prices.view")
@require_GET
def lists(request: HttpRequest) -> HttpResponse:
    """Lists in the order of the access sequence, base first."""
    counts = list_counts(clock.now())
    rows = [{"list": one, "counts": counts.get(one.pk)} for one in grid_lists()]
    actor = actor_of(request)
    stoppable = editable_lists(actor) if actor.may("promotions.stop") else {}
    return render(
        request,
        "pricing/lists.html",
        {"rows": rows, "stoppable": stoppable, "may_edit_lists": actor.may("price_lists.edit")},
    )
