"""The card on a change's page: what would stand if it were taken back."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from pricing.queries.price_changes import price_change
from pricing.queries.taking_back import taken_back
from web.gates import permission_required


@permission_required("prices.view")
@require_GET
def taken_back_card(request: HttpRequest, change_id: int) -> HttpResponse:
    """Prices that would stand, stretches that would have none, and later changes written on top."""
    found = taken_back(price_change(change_id))
    context = {"found": found, "hidden": found.total - len(found.standing)}
    return render(request, "pricing/parts/taken_back.html", context)
