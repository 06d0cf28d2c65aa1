"""Problem details (RFC 9457) for everything the REST edge refuses."""

import logging
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import DataError
from django.http import Http404, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response

from lib.faults import Fault, Faults

logger = logging.getLogger(__name__)
CONTENT_TYPE = "application/problem+json"
TITLES = {
    400: "The request cannot be read",
    401: "Sign-in needed",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    406: "Not acceptable",
    409: "In conflict with what is stored",
    413: "Too large",
    415: "Unsupported media type",
    422: "The request cannot be carried out",
    429: "Too many requests",
    503: "Not available now",
}


def problem(status: int, detail: str, faults: list[Fault] | None = None) -> dict[str, Any]:
    """The body of a problem: type, title, status, detail and one entry per fault."""
    return {
        "type": "about:blank",
        "title": TITLES.get(status, "Refused"),
        "status": status,
        "detail": detail,
        "errors": [{"pointer": f.pointer, "code": f.code, "detail": f.detail} for f in faults or []],
    }


def problem_json(status: int, detail: str, faults: list[Fault] | None = None) -> JsonResponse:
    """A problem as a plain Django response, for edges outside REST framework."""
    return JsonResponse(problem(status, detail, faults), status=status, content_type=CONTENT_TYPE)


def _segment(key: object) -> str:
    return str(key).replace("~", "~0").replace("/", "~1")


def faults_of(detail: Any, pointer: str = "") -> list[Fault]:
    """The faults in REST framework's nested `ValidationError.detail`, each with its JSON pointer."""
    if isinstance(detail, dict):
        return [
            fault
            for key, value in detail.items()
            for fault in faults_of(
                value, pointer if key == "non_field_errors" else f"{pointer}/{_segment(key)}"
            )
        ]
    if isinstance(detail, list):
        found: list[Fault] = []
        for index, value in enumerate(detail):
            nested = isinstance(value, (dict, list))
            found += faults_of(value, f"{pointer}/{index}" if nested else pointer)
        return found
    return [Fault(pointer, getattr(detail, "code", "invalid"), str(detail))]


def respond(exc: Exception, context: dict[str, Any]) -> Response | None:
    """REST framework's exception handler: every refusal becomes a problem document."""
    if isinstance(exc, Faults):
        return _response(exc.status, exc.faults[0].detail if exc.faults else "", exc.faults)
    if isinstance(exc, RequestDataTooBig):
        return _response(413, "The body is too large.")
    if isinstance(exc, Http404):
        return _response(404, "There is no such thing, or it lies outside your scope.")
    if isinstance(exc, PermissionDenied):
        return _response(403, str(exc) or "Your role does not allow this.")
    if isinstance(exc, DataError) or (isinstance(exc, ValueError) and "NUL" in str(exc)):
        # The database's own refusal of a value: nothing of it is stored, and it is worth a look why no check saw it.
        logger.warning("A value reached the database that it cannot take.", exc_info=exc)
        detail = "A value cannot be stored: it holds a NUL or lies out of bounds."
        return _response(422, detail, [Fault("", "not_storable", detail)])
    if isinstance(exc, exceptions.ValidationError):
        faults = faults_of(exc.detail)
        return _response(422, f"{len(faults)} fault(s) in the request.", faults)
    if isinstance(exc, exceptions.APIException):
        response = _response(exc.status_code, str(exc.detail))
        for header in ("auth_header", "wait"):
            value = getattr(exc, header, None)
            if value:
                response["WWW-Authenticate" if header == "auth_header" else "Retry-After"] = str(value)
        return response
    return None


def _response(status: int, detail: str, faults: list[Fault] | None = None) -> Response:
    return Response(problem(status, detail, faults), status=status, content_type=CONTENT_TYPE)
