"""Signing in, with a second factor where there is one, and out."""

from typing import Any

from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST
from django_otp import login as otp_login

from accounts import actions, queries
from lib import clock

PENDING_S = 300


@sensitive_post_parameters()
@never_cache
@login_not_required
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """User name and password; then in, or on to the second factor."""
    if request.user.is_authenticated:
        return HttpResponseRedirect(_next_of(request))
    username = request.POST.get("username", "").strip()[:100]
    if request.method == "GET":
        return _form(request)
    user = authenticate(request, username=username, password=request.POST.get("password", "")[:1000])
    if user is not None and queries.has_second_factor(user):
        request.session["pending"] = [user.pk, int(clock.now().timestamp()), _next_of(request)]
        return redirect("sign_in_code")
    if user is not None:
        return _enter(request, user, _next_of(request))
    locked = getattr(request, "axes_locked_out", False)
    _note_refusal(request, username, locked)
    return locked_out(request, {"username": username}) if locked else _form(request, username, refused=True)


def locked_out(request: HttpRequest, credentials: dict[str, Any] | None = None, *_args: Any) -> HttpResponse:
    """Too many wrong passwords for this name from this address: say how long to wait."""
    username = str((credentials or {}).get("username") or request.POST.get("username", ""))
    until = queries.locked_until(username, request.META.get("REMOTE_ADDR", ""))
    context = {"username": username, "locked_until": until, "next": _next_of(request)}
    return render(request, "accounts/sign_in.html", context, status=429)


@sensitive_post_parameters()
@never_cache
@login_not_required
@require_http_methods(["GET", "POST"])
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """The code of the second factor, or a backup code, within five minutes of the password."""
    user_id, at, onward = request.session.get("pending") or (0, 0, "/")
    user = queries.users_by_ids([user_id]).get(user_id)
    if user is None or not user.is_active or clock.now().timestamp() - at > PENDING_S:
        request.session.pop("pending", None)
        return redirect("sign_in")
    if request.method == "GET":
        return render(request, "accounts/sign_in_code.html")
    device = actions.check_code(user=user, code=request.POST.get("code", "")[:32])
    if device is None:
        _note_refusal(request, user.username, False)
        return render(request, "accounts/sign_in_code.html", {"refused": True}, status=422)
    return _enter(request, user, onward, device)


@require_POST
@login_not_required
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    actor = request.actor  # type: ignore[attr-defined]
    if actor is not None:
        actions.record_sign_out(actor=actor)
    logout(request)
    return redirect("sign_in")


def _enter(request: HttpRequest, user: Any, onward: str, device: Any = None) -> HttpResponse:
    request.session.pop("pending", None)
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    if device is not None:
        otp_login(request, device)
    now = int(clock.now().timestamp())
    request.session["signed_in_at"] = request.session["seen_at"] = now
    actions.record_sign_in(
        actor=queries.rights_of(user, request, channel="page"), second_factor=device is not None
    )
    return HttpResponseRedirect(onward)


def _note_refusal(request: HttpRequest, username: str, locked: bool) -> None:
    actions.record_refusal(
        user=queries.user_by_name(username),
        address=request.META.get("REMOTE_ADDR", "")[:45],
        request_id=request.request_id,  # type: ignore[attr-defined]
        locked=locked,
    )


def _form(request: HttpRequest, username: str = "", refused: bool = False) -> HttpResponse:
    context = {"username": username, "refused": refused, "next": _next_of(request)}
    return render(request, "accounts/sign_in.html", context, status=422 if refused else 200)


def _next_of(request: HttpRequest) -> str:
    """Where to go after signing in: a page of this site, else Today."""
    onward = request.POST.get("next") or request.GET.get("next") or "/"
    is_ours = url_has_allowed_host_and_scheme(onward, {request.get_host()}, request.is_secure())
    return onward if is_ours else "/"
