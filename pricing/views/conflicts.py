"""/prices/conflicts/: what collides on the timelines of prices, or will."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from pricing.views.conflicts_page import conflicts_context
from web.gates import actor_of, permission_required


@permission_required("prices.view")
@require_GET
def conflicts(request: HttpRequest) -> HttpResponse:
    """By kind and list, 50 a page."""
    return render(request, "pricing/conflicts.html", conflicts_context(request.GET, actor_of(request)))
