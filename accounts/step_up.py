"""Proving one's second factor again before something weighty; it holds for five minutes of the session."""

from django.http import HttpRequest

from accounts.actions.second_factor import check_code
from lib import clock

HOLDS_S = 300
_KEY = "stepped_up_at"


def is_stepped_up(request: HttpRequest, code: str = "") -> bool:
    """Whether the person proved their second factor now, by `code`, or within the last five minutes here.

    A wrong code proves nothing, and the device throttles further guesses.
    """
    user = request.user
    if not user.is_authenticated:
        return False
    session = getattr(request, "session", None)
    now = int(clock.now().timestamp())
    if code.strip():
        if check_code(user=user, code=code) is None:
            return False
        if session is not None:
            session[_KEY] = now
        return True
    return session is not None and 0 <= now - int(session.get(_KEY, 0)) <= HOLDS_S
