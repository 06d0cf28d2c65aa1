"""REST: a bearer token, or the session of the page that fetches."""

from datetime import timedelta
from typing import Any

from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts import actions
from accounts.models import Token, User
from accounts.queries import rights_of, token_by_secret
from lib import clock

NOTE_USE_EVERY = timedelta(minutes=1)


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer <token>`; stored is only the token's SHA-256."""

    def authenticate(self, request: Request) -> tuple[User, Token] | None:
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != b"bearer":
            return None
        try:
            secret = words[1].decode("ascii") if len(words) == 2 else ""
        except UnicodeError:
            secret = ""
        token = token_by_secret(secret) if secret else None
        if token is None:
            raise AuthenticationFailed("The token is unknown, revoked or its owner is not active.")
        now = clock.now()
        if token.last_used_at is None or now - token.last_used_at > NOTE_USE_EVERY:
            actions.note_token_use(token.pk, now)
        request._request.actor = rights_of(token.user, request, channel="api")  # type: ignore[attr-defined]
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="steelyard"'


class PageSession(SessionAuthentication):
    """The session of a page's own fetch, with its CSRF token; ActorMiddleware has set the actor."""

    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        if getattr(request._request, "actor", None) is None:
            return None
        return super().authenticate(request)
