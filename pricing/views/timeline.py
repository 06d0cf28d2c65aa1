"""/prices/products/<sku>/: all prices of one product over time."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from pricing.views.timeline_page import TimelineQuestion, timeline_context, timeline_json
from web.gates import actor_of, permission_required


@permission_required("prices.view")
@require_GET
def timeline(request: HttpRequest, sku: str) -> HttpResponse:
    """Tracks by list, what waits, the price over time."""
    asked = TimelineQuestion(sku, request.GET, actor_of(request))
    status = 200 if asked.product else 404
    return render(request, "pricing/timeline.html", timeline_context(asked), status=status)


@permission_required("prices.view")
@require_GET
def pieces(request: HttpRequest, sku: str) -> JsonResponse:
    """The same as JSON."""
    asked = TimelineQuestion(sku, request.GET, actor_of(request))
    return JsonResponse(timeline_json(asked), status=200 if asked.product else 404)
