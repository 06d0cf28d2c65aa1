"""What no page and no address can mean is refused before anything reads it."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse

NUL = "\x00"


class PlainTextMiddleware:
    """400 for a NUL in the address or in a form: the database takes none in text, so every view would fall over it.

    Bodies of REST calls are their parsers' and fields' business. Stands after whoever sends strangers away.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any) -> None:
        forms = [request.GET] if request.path.startswith("/api/") else [request.GET, request.POST]
        words = (word for form in forms for name, values in form.lists() for word in (name, *values))
        if NUL in request.path or any(NUL in word for word in words):
            raise BadRequest("A NUL stands in the address or in a field.")
