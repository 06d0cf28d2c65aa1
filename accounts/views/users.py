"""Settings of users: the list, one user, and what each role may do."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import actions, queries
from accounts.forms import NewUserForm, styled
from accounts.models import Role, User
from accounts.views.answers import done
from lib.faults import Faults
from web.gates import actor_of, permission_required

PAGE_ROWS = 50


@require_GET
@permission_required("users.view")
def user_list(request: HttpRequest) -> HttpResponse:
    """All users, by words, role and state."""
    asked = {name: request.GET.get(name, "")[:100] for name in ("q", "role", "state")}
    found = queries.users_matching(asked["q"], asked["role"], asked["state"])
    filters = [
        {
            "label": _("Role"),
            "name": "role",
            "value": asked["role"],
            "options": Role.choices,
            "icon": "user-circle",
        },
        {
            "label": _("State"),
            "name": "state",
            "value": asked["state"],
            "options": [("active", _("Switched on")), ("inactive", _("Switched off"))],
        },
    ]
    page = Paginator(found, PAGE_ROWS).get_page(request.GET.get("page"))
    context = {"page_obj": page, "filters": filters, "words": asked["q"], "tab": "users"}
    return render(request, "accounts/users.html", context)


@require_http_methods(["GET", "POST"])
@permission_required("users.manage")
def new_user(request: HttpRequest) -> HttpResponse:
    """Make a user."""
    form = styled(NewUserForm(request.POST or None))
    if request.method == "POST" and form.is_valid():
        fields = {**form.cleaned_data, "password": form.cleaned_data["password"] or None}
        try:
            user = actions.create_user(actor=actor_of(request), **fields)
        except Faults as refused:
            for fault in refused.faults:
                form.add_error(fault.pointer.strip("/") or None, fault.detail)
        else:
            messages.success(request, _("The user is there. Give a scope next: without one no site is seen."))
            return redirect("user", user.pk)
    status = 422 if form.errors else 200
    return render(request, "accounts/new_user.html", {"form": form, "tab": "users"}, status=status)


@require_GET
@never_cache
@permission_required("users.view")
def user_page(request: HttpRequest, user_id: int) -> HttpResponse:
    """One user: role, scopes, tokens, history."""
    return _page(request, _user(user_id))


@require_POST
@permission_required("users.manage")
def user_role(request: HttpRequest, user_id: int) -> HttpResponse:
    """Give a role."""
    role, reason = request.POST.get("role", ""), request.POST.get("reason", "")[:500]
    return done(
        request,
        f"/settings/users/{user_id}/",
        lambda: actions.set_role(actor=actor_of(request), user_id=user_id, role=role, reason=reason),
        _("The role is changed and holds from the next click on."),
    )


@require_POST
@permission_required("users.manage")
def user_active(request: HttpRequest, user_id: int) -> HttpResponse:
    """Switch on or off."""
    active, reason = request.POST.get("active") == "1", request.POST.get("reason", "")[:500]
    return done(
        request,
        f"/settings/users/{user_id}/",
        lambda: actions.set_active(actor=actor_of(request), user_id=user_id, active=active, reason=reason),
        _("The user is switched on.")
        if active
        else _("The user is switched off; sessions and tokens have ended."),
    )


@require_POST
@never_cache
@permission_required("users.manage")
def user_password(request: HttpRequest, user_id: int) -> HttpResponse:
    """A new password, shown once."""
    user = _user(user_id)
    try:
        password = actions.reset_password(actor=actor_of(request), user_id=user_id)
    except Faults as refused:
        messages.error(request, str(refused.faults[0].detail))
        return redirect("user", user_id)
    return _page(request, user, {"label": _("New password of %s") % user.username, "secret": password})


@require_POST
@never_cache
@permission_required("users.manage")
def user_token(request: HttpRequest, user_id: int) -> HttpResponse:
    """A new token, shown once."""
    user = _user(user_id)
    try:
        secret = actions.create_token(actor=actor_of(request), user=user, name=request.POST.get("name", ""))
    except Faults as refused:
        messages.error(request, refused.faults[0].detail)
        return redirect("user", user_id)
    return _page(request, user, {"label": _("New token of %s") % user.username, "secret": secret})


@require_POST
@permission_required("users.manage")
def user_token_revoke(request: HttpRequest, user_id: int, token_id: int) -> HttpResponse:
    """Make a token useless."""
    return done(
        request,
        f"/settings/users/{user_id}/",
        lambda: actions.revoke_token(actor=actor_of(request), token_id=token_id),
        _("The token is revoked."),
    )


@require_POST
@permission_required("users.manage")
def user_second_factor(request: HttpRequest, user_id: int) -> HttpResponse:
    """Take the second factor off: the phone is lost."""
    return done(
        request,
        f"/settings/users/{user_id}/",
        lambda: actions.remove_second_factor(
            actor=actor_of(request),
            user_id=user_id,
            password=request.POST.get("password", ""),
            reason=request.POST.get("reason", "")[:500],
        ),
        _("The second factor is taken off."),
    )


@require_GET
@permission_required("users.view")
def access(request: HttpRequest) -> HttpResponse:
    """Who may do what: permissions by role."""
    context = {"roles": Role.choices, "rows": queries.role_matrix(), "tab": "access"}
    return render(request, "accounts/access.html", context)


@require_GET
@permission_required("users.view")
def search(request: HttpRequest) -> HttpResponse:
    """Rows for the frame's search."""
    words = request.GET.get("q", "").strip()[:100]
    found = queries.users_matching(words)[:5] if words else []
    return render(request, "accounts/search.html", {"found": found})


def _user(user_id: int) -> User:
    user = queries.users_by_ids([user_id]).get(user_id)
    if user is None:
        raise Http404
    return user


def _page(request: HttpRequest, user: User, shown_once: dict[str, str] | None = None) -> HttpResponse:
    actor = actor_of(request)
    context = {
        "person": user,
        "tokens": queries.tokens_of(user),
        "has_second_factor": queries.has_second_factor(user),
        "roles": Role.choices,
        "may_manage": actor.may("users.manage") and actor.id != user.pk,
        "is_own": actor.id == user.pk,
        "shown_once": shown_once,
        "tab": "users",
    }
    return render(request, "accounts/user.html", context)
