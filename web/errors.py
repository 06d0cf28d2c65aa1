"""Error pages: a page for people, a problem document below /api/."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views import defaults

from web.problems import problem_json


def _is_rest(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _is_rest(request):
        return problem_json(400, "The request cannot be read.")
    return defaults.bad_request(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _is_rest(request):
        return problem_json(404, f"There is nothing at {request.path}.")
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest, *args: Any) -> HttpResponse:
    if _is_rest(request):
        return problem_json(
            500, f"Something broke here; request {getattr(request, 'request_id', '') or 'unknown'}."
        )
    return defaults.server_error(request)
