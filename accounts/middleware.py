"""Who asks, under which request id, in which language and zone; and that the session has not run out."""

import re
import uuid
import zoneinfo
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlencode, urlsplit

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
        if settings.BEHIND_PROXY:
            _see_through_proxy(request)
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
            onward = _place_of(request.headers.get("HX-Current-URL", ""))
            return HttpResponse(status=401, headers={"HX-Redirect": _sign_in_address(onward)})
        return HttpResponseRedirect(_sign_in_address(request.get_full_path()))


def _place_of(address: str) -> str:
    """Path and query of the page that fetched; Today when the address is none."""
    try:
        here = urlsplit(address)
    except ValueError:
        return "/"
    return f"{here.path or '/'}?{here.query}" if here.query else here.path or "/"


def _sign_in_address(onward: str) -> str:
    return f"{settings.LOGIN_URL}?{urlencode({'next': onward})}"


def _see_through_proxy(request: HttpRequest) -> None:
    """The last hop of X-Forwarded-For, which our own proxy wrote, is who asks."""
    last = request.headers.get("X-Forwarded-For", "").split(",")[-1].strip()
    try:
        request.META["REMOTE_ADDR"] = str(ip_address(last))
    except ValueError:
        return


def request_id_of(request: HttpRequest) -> str:
    """The caller's X-Request-ID when it is a plain word of at most 64 characters, else a new one."""
    given = request.headers.get("X-Request-ID", "")
    return given if _REQUEST_ID.match(given) else uuid.uuid4().hex


def _has_run_out(request: HttpRequest) -> bool:
    """End a session that is too old or was idle too long; else note that it was used, at most once a minute.

    What a page fetches by itself (htmx, GET) is no use: an open page must not keep a session alive for ever.
    """
    now = int(clock.now().timestamp())
    session = request.session
    signed_in_at, seen_at = session.setdefault("signed_in_at", now), session.get("seen_at", now)
    if now - seen_at > settings.SESSION_IDLE_S or now - signed_in_at > settings.SESSION_COOKIE_AGE:
        logout(request)
        return True
    by_itself = request.method == "GET" and request.headers.get("HX-Request") == "true"
    if "seen_at" not in session or (now - seen_at >= SEEN_EVERY_S and not by_itself):
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
