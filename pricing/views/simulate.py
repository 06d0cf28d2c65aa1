"""/prices/simulate/ and the simulator's card on the page of a change."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from lib import clock
from pricing.queries.price_changes import price_change
from pricing.queries.simulated_lines import prices_of_change
from pricing.queries.simulation import simulate
from pricing.views.simulate_page import simulate_context, total_rows
from web.gates import actor_of, permission_required


@permission_required("costs.view")
@require_GET
def simulate_page(request: HttpRequest) -> HttpResponse:
    """A change or a percentage over a category, on the real sales of the last 90 or 365 days."""
    context = simulate_context(request.GET, actor_of(request))
    return render(request, "pricing/simulate.html", context, status=422 if context.get("refused") else 200)


@permission_required("costs.view")
@require_GET
def change_card(request: HttpRequest, change_id: int) -> HttpResponse:
    """The totals over 90 days, for the page of a change: a fragment."""
    change = price_change(change_id)
    found = simulate(prices_of_change(change.pk), actor=actor_of(request), at=clock.now())
    context = {"change": change, "found": found, "rows": total_rows(found)}
    return render(request, "pricing/parts/simulation_card.html", context)
