"""Who asks, under which request id, in which language and zone; and that the session has not run out."""

import re
import uuid
import zoneinfo
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone, translation

from accounts.queries import rights_of
from lib import clock

OPEN_PREFIXES = ("/api/", "/static/", "/healthz", "/readyz")
SEEN_EVERY_S = 60
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}\Z")


class ActorMiddleware:
    """Sets `request.actor` (None before sign-in) and `request.request_id`, and sends strangers to sign in.

    REST authenticates itself and sets the actor anew. A view marked `login_not_required` is open. A session ends
    SESSION_IDLE_S after its last use and SESSION_COOKIE_AGE after sign-in, whichever comes first.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.request_id = request_id_of(request)  # type: ignore[attr-defined]
        request.actor = None  # type: ignore[attr-defined]
        if request.user.is_authenticated and not _has_run_out(request):
            request.actor = rights_of(request.user, request, channel="page")  # type: ignore[attr-defined]
            _speak_to(request)
        try:
            response = self.get_response(request)
        finally:
            timezone.deactivate()
        response["X-Request-ID"] = request.request_id  # type: ignore[attr-defined]
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        is_open = request.path.startswith(OPEN_PREFIXES) or not getattr(view, "login_required", True)
        if is_open or request.actor is not None:  # type: ignore[attr-defined]
            return None
        if request.headers.get("HX-Request"):
            return HttpResponse(status=401, headers={"HX-Redirect": str(settings.LOGIN_URL)})
        return HttpResponseRedirect(f"{settings.LOGIN_URL}?{urlencode({'next': request.get_full_path()})}")


def request_id_of(request: HttpRequest) -> str:
    """The caller's X-Request-ID when it is a plain word of at most 64 characters, else a new one."""
    given = request.headers.get("X-Request-ID", "")
    return given if _REQUEST_ID.match(given) else uuid.uuid4().hex


def _has_run_out(request: HttpRequest) -> bool:
    """End a session that is too old or was idle too long; else note that it was used, at most once a minute."""
    now = int(clock.now().timestamp())
    session = request.session
    signed_in_at, seen_at = session.setdefault("signed_in_at", now), session.get("seen_at", now)
    if now - seen_at > settings.SESSION_IDLE_S or now - signed_in_at > settings.SESSION_COOKIE_AGE:
        logout(request)
        return True
    if "seen_at" not in session or now - seen_at >= SEEN_EVERY_S:
        session["seen_at"] = now
    return False


def _speak_to(request: HttpRequest) -> None:
    user: Any = request.user
    translation.activate(user.language)
    request.LANGUAGE_CODE = translation.get_language() or user.language
    try:
        timezone.activate(zoneinfo.ZoneInfo(user.time_zone))
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        timezone.activate(zoneinfo.ZoneInfo("UTC"))
