"""/prices/why/: the price of a product at a site at an instant, and how it came about."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from pricing.views.why_page import WhyQuestion, timeline_json, why_context
from web.gates import actor_of, permission_required


@permission_required("prices.view")
@require_GET
def why(request: HttpRequest) -> HttpResponse:
    """The price, its steps, its documents and people."""
    return render(request, "pricing/why.html", why_context(WhyQuestion(request.GET, actor_of(request))))


@permission_required("prices.view")
@require_GET
def timeline(request: HttpRequest) -> JsonResponse:
    """The price over time, for the chart."""
    return JsonResponse(
        timeline_json(WhyQuestion(request.GET, actor_of(request)), request.GET.get("span", ""))
    )
