"""One's own settings: looks, password, second factor, tokens."""

import base64
import zoneinfo
from typing import Any

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from accounts import actions, queries
from accounts.forms import PasswordForm, PreferencesForm, styled
from accounts.qr import qr_path
from accounts.views.answers import done
from lib.faults import Faults
from web.gates import actor_of, permission_required

HOME = "/settings/profile/"


@require_GET
@never_cache
@permission_required("today.view")
def profile(request: HttpRequest) -> HttpResponse:
    """The page."""
    return _page(request)


@require_POST
@permission_required("today.view")
def preferences(request: HttpRequest) -> HttpResponse:
    """Language, theme, time zone."""
    changes = {
        name: request.POST[name][:64] for name in ("language", "theme", "time_zone") if name in request.POST
    }
    answer = done(
        request, HOME, lambda: actions.set_preferences(actor=actor_of(request), changes=changes), _("Kept.")
    )
    if changes.get("theme") in ("auto", "light", "dark"):
        answer.set_cookie(
            "steelyard_theme",
            changes["theme"],
            max_age=31_536_000,
            samesite="Lax",
            secure=request.is_secure(),
        )
    return answer


@require_POST
@sensitive_post_parameters()
@never_cache
@permission_required("today.view")
def password(request: HttpRequest) -> HttpResponse:
    """A new password; this session goes on, all others end."""
    old, new = request.POST.get("old", "")[:1000], request.POST.get("new", "")[:1000]
    try:
        user = actions.change_password(actor=actor_of(request), old=old, new=new)
    except Faults as refused:
        return _page(request, {"password_faults": refused.faults}, 422)
    update_session_auth_hash(request, user)
    messages.success(request, _("The password is changed. All other sessions have ended."))
    return redirect(HOME)


@require_POST
@permission_required("today.view")
def second_factor_begin(request: HttpRequest) -> HttpResponse:
    """Begin: the page then shows the QR code."""
    return done(
        request,
        f"{HOME}#second-factor",
        lambda: actions.begin_enrolment(actor=actor_of(request)),
        _("Scan the code, then type the six digits."),
    )


@require_POST
@never_cache
@permission_required("today.view")
def second_factor_confirm(request: HttpRequest) -> HttpResponse:
    """A first right code switches it on; backup codes are shown once."""
    try:
        codes = actions.confirm_enrolment(actor=actor_of(request), code=request.POST.get("code", "")[:32])
    except Faults as refused:
        return _page(request, {"code_faults": refused.faults}, 422)
    return _page(request, {"backup_codes": codes})


@require_POST
@never_cache
@permission_required("today.view")
def backup_codes(request: HttpRequest) -> HttpResponse:
    """Ten new backup codes, shown once."""
    try:
        codes = actions.make_backup_codes(actor=actor_of(request))
    except Faults as refused:
        return _page(request, {"code_faults": refused.faults}, refused.status)
    return _page(request, {"backup_codes": codes})


@require_POST
@sensitive_post_parameters()
@permission_required("today.view")
def second_factor_remove(request: HttpRequest) -> HttpResponse:
    """Take one's own second factor off, with the password."""
    actor = actor_of(request)
    word = request.POST.get("password", "")[:1000]
    return done(
        request,
        f"{HOME}#second-factor",
        lambda: actions.remove_second_factor(actor=actor, user_id=actor.id or 0, password=word),
        _("The second factor is taken off."),
    )


@require_POST
@never_cache
@permission_required("today.view")
def token(request: HttpRequest) -> HttpResponse:
    """A token of one's own, shown once."""
    user: Any = request.user
    secret = actions.create_token(actor=actor_of(request), user=user, name=request.POST.get("name", "")[:100])
    return _page(request, {"shown_once": {"label": _("New token"), "secret": secret}})


@require_POST
@permission_required("today.view")
def token_revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    """Make a token of one's own useless."""
    return done(
        request,
        HOME,
        lambda: actions.revoke_token(actor=actor_of(request), token_id=token_id),
        _("The token is revoked."),
    )


def _page(request: HttpRequest, more: dict[str, Any] | None = None, status: int = 200) -> HttpResponse:
    user: Any = request.user
    begun = queries.pending_enrolment(user)
    path, side = qr_path(begun.config_url) if begun else ("", 0)
    looks = {name: getattr(user, name) for name in ("language", "theme", "time_zone")}
    context = {
        "preferences_form": styled(PreferencesForm(initial=looks)),
        "password_form": styled(PasswordForm()),
        "zones": sorted(zoneinfo.available_timezones()),
        "tokens": queries.tokens_of(user).filter(revoked_at=None),
        "has_second_factor": queries.has_second_factor(user),
        "backup_codes_left": queries.backup_codes_left(user),
        "begun_path": path,
        "begun_side": side,
        "begun_secret": base64.b32encode(begun.bin_key).decode() if begun else "",
        "tab": "profile",
        **(more or {}),
    }
    return render(request, "accounts/profile.html", context, status=status)
