"""/prices/calendar/: coming and past changes and promotions by day."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from pricing.views.calendar_page import CalendarQuestion, calendar_context
from web.gates import permission_required


@permission_required("prices.view")
@require_GET
def calendar(request: HttpRequest) -> HttpResponse:
    """A month or a week, filtered."""
    return render(request, "pricing/calendar.html", calendar_context(CalendarQuestion(request.GET)))
