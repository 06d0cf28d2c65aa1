"""Users: made, given a role, switched off and on, given a password."""

import re
import secrets
import zoneinfo
from collections.abc import Mapping

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import Role, User
from accounts.permissions import permissions_of
from audit.actions import record
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse

_USERNAME = re.compile(r"[\w.@+-]{1,100}\Z")
PREFERENCES = ("language", "theme", "time_zone")


def create_user(
    *, actor: Actor, username: str, role: str, password: str | None = None, display_name: str = ""
) -> User:
    """Make a user with one role; without a password nobody can sign in as it.

    Raises Faults 422 (`invalid_username`, `unknown_role`, `weak_password`), 409 `duplicate_user`, 403.
    Locks: nothing. Records: user.created. Allowed: users.manage.
    """
    _allow(actor)
    user = User(username=username, role=role, display_name=display_name)
    faults = []
    if not _USERNAME.match(username):
        faults.append(
            Fault("/username", "invalid_username", _("A user name has letters, digits and . @ + - _"))
        )
    if role not in Role.values:
        faults.append(Fault("/role", "unknown_role", _("There is no role “%s”.") % role))
    if password is not None:
        faults += _password_faults(password, user)
    if faults:
        raise Faults(faults)
    user.set_password(password)
    with transaction.atomic():
        try:
            with transaction.atomic():
                user.save()
        except IntegrityError as error:
            raise refuse(
                "duplicate_user", _("This user name is taken."), pointer="/username", status=409
            ) from error
        record(
            actor=actor,
            kind="user.created",
            subject=f"user:{user.pk}",
            after={"username": username, "role": role, "display_name": display_name},
        )
    return user


def set_role(*, actor: Actor, user_id: int, role: str, reason: str = "") -> User:
    """Give a user another role; nobody changes his own.

    Raises Faults 403 `own_role`, 422 `unknown_role`, 404.
    Locks: the user and the actor. Records: user.role_changed. Allowed: users.manage.
    """
    with transaction.atomic():
        user = _lock(actor, user_id)
        if actor.id == user.pk:
            raise refuse("own_role", _("Nobody changes their own role."), pointer="/role", status=403)
        if role not in Role.values:
            raise refuse("unknown_role", _("There is no role “%s”.") % role, pointer="/role")
        before, user.role = user.role, role
        if before != role:
            user.save(update_fields=["role"])
            record(
                actor=actor,
                kind="user.role_changed",
                subject=f"user:{user.pk}",
                reason=reason,
                before={"role": before},
                after={"role": role},
            )
    return user


def set_active(*, actor: Actor, user_id: int, active: bool, reason: str = "") -> User:
    """Switch a user off (open sessions and tokens stop at their next request) or on again; nobody himself.

    Raises Faults 403 `own_account`, 404.
    Locks: the user and the actor. Records: user.deactivated, user.activated. Allowed: users.manage.
    """
    with transaction.atomic():
        user = _lock(actor, user_id)
        if actor.id == user.pk:
            raise refuse("own_account", _("Nobody switches themselves off."), status=403)
        if user.is_active != active:
            user.is_active = active
            user.save(update_fields=["is_active"])
            record(
                actor=actor,
                kind="user.activated" if active else "user.deactivated",
                subject=f"user:{user.pk}",
                reason=reason,
                before={"is_active": not active},
                after={"is_active": active},
            )
    return user


def reset_password(*, actor: Actor, user_id: int, reason: str = "") -> str:
    """Give a user a new password, shown once; his open sessions end.

    Raises Faults 403 `own_account` (one changes one's own with the old one), 404.
    Locks: the user and the actor. Records: user.password_reset. Allowed: users.manage.
    """
    with transaction.atomic():
        user = _lock(actor, user_id)
        if actor.id == user.pk:
            raise refuse("own_account", _("Change your own password on your profile."), status=403)
        password = secrets.token_urlsafe(12)
        user.set_password(password)
        user.save(update_fields=["password"])
        record(actor=actor, kind="user.password_reset", subject=f"user:{user.pk}", reason=reason)
    return password


def change_password(*, actor: Actor, old: str, new: str) -> User:
    """Change one's own password; other sessions end.

    Raises Faults 422 `wrong_password`, `weak_password`.
    Locks: the user. Records: user.password_changed. Allowed: everyone for himself.
    """
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=actor.id or 0)
        faults = (
            []
            if user.check_password(old)
            else [Fault("/old", "wrong_password", _("The present password is another one."))]
        )
        faults += _password_faults(new, user, "/new")
        if faults:
            raise Faults(faults)
        user.set_password(new)
        user.save(update_fields=["password"])
        record(actor=actor, kind="user.password_changed", subject=f"user:{user.pk}")
    return user


def set_preferences(*, actor: Actor, changes: Mapping[str, str]) -> None:
    """Keep one's own language, theme and time zone.

    Raises Faults 422 `invalid_choice`. Locks: nothing. Records: nothing, taste is nobody's business.
    Allowed: everyone for himself.
    """
    choices = {
        "language": {"en", "zh-hans"},
        "theme": {"auto", "light", "dark"},
        "time_zone": zoneinfo.available_timezones(),
    }
    faults = [
        Fault(f"/{name}", "invalid_choice", _("“%s” is not one of the choices.") % value)
        for name, value in changes.items()
        if name not in PREFERENCES or value not in choices[name]
    ]
    if faults:
        raise Faults(faults)
    if changes:
        User.objects.filter(pk=actor.id or 0).update(**changes)


def _allow(actor: Actor) -> None:
    if not actor.may("users.manage"):
        raise refuse("not_allowed", _("Your role does not include managing users."), status=403)


def _lock(actor: Actor, user_id: int) -> User:
    """Lock user and actor in the order of their ids, and see that the actor still has the right."""
    _allow(actor)
    locked = {
        user.pk: user
        for user in User.objects.select_for_update()
        .filter(pk__in=[user_id, actor.id or user_id])
        .order_by("pk")
    }
    acting = locked.get(actor.id or 0)
    if acting is not None and "users.manage" not in (permissions_of(acting.role) if acting.is_active else ()):
        raise refuse("not_allowed", _("Your role does not include managing users."), status=403)
    if user_id not in locked:
        raise refuse("unknown_user", _("There is no such user."), status=404)
    return locked[user_id]


def _password_faults(password: str, user: User, pointer: str = "/password") -> list[Fault]:
    try:
        validate_password(password, user)
    except ValidationError as error:
        return [Fault(pointer, "weak_password", message) for message in error.messages]
    return []
