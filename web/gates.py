"""Permission gates for pages and REST; the rights themselves stand in accounts.permissions."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from lib.actors import Actor

View = Callable[..., HttpResponse]


def actor_of(request: Any) -> Actor:
    """The signed-in person as an actor (set by accounts' middleware or REST authentication)."""
    actor: Actor = request.actor
    return actor


def require(request: Any, permission: str) -> Actor:
    """The actor of `request`, who holds `permission`. Raises PermissionDenied otherwise."""
    actor = actor_of(request)
    if not actor.may(permission):
        raise PermissionDenied(_("Your role does not include “%(code)s”.") % {"code": permission})
    return actor


def permission_required(permission: str) -> Callable[[View], View]:
    """Decorator of a page view: 403 without `permission`; sets `view.required_permission` for the table test."""

    def decorate(view: View) -> View:
        @wraps(view)
        def gated(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            require(request, permission)
            return view(request, *args, **kwargs)

        gated.required_permission = permission  # type: ignore[attr-defined]
        return gated

    return decorate
