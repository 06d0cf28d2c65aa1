"""Reading users, tokens and rights."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from django.db.models import Q, QuerySet
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import Token, User
from accounts.permissions import ROLES
from lib.actors import Actor, Channel


def rights_of(user: Any, request: Any, *, channel: Channel) -> Actor:
    """The signed-in `user` as an actor, with the address and id of `request`. No query."""
    actor: Actor = user.as_actor(
        address=(request.META.get("REMOTE_ADDR") or "")[:45],
        request_id=getattr(request, "request_id", ""),
        channel=channel,
    )
    return actor


def users_by_ids(ids: Iterable[int]) -> dict[int, User]:
    """The users with these ids; unknown ids are left out. One query."""
    return User.objects.in_bulk(list(ids))


def user_by_name(username: str) -> User | None:
    """The user of this name, or None. One query."""
    return User.objects.filter(username=username).first()


def deciders() -> list[User]:
    """Active people whose role decides something, by name; no shared account. One query."""
    roles = [role for role, rights in ROLES.items() if "approvals.decide" in rights]
    return list(User.objects.filter(is_active=True, is_shared=False, role__in=roles).order_by("username"))


def is_shared_account(user_id: int) -> bool:
    """Whether several people use this account. One query."""
    return User.objects.filter(pk=user_id, is_shared=True).exists()


def people_behind(user_id: int) -> list[int]:
    """The people who use a shared account; nobody for one of a single person. One query."""
    found = User.objects.filter(pk=user_id, is_shared=True).values_list("shared_by_ids", flat=True).first()
    return list(found or [])


def users_matching(words: str = "", role: str = "", state: str = "") -> QuerySet[User]:
    """Users by words in name or e-mail, role, and state ("active", "inactive"), by name."""
    found = User.objects.order_by("username")
    if words:
        found = found.filter(
            Q(username__icontains=words) | Q(display_name__icontains=words) | Q(email__icontains=words)
        )
    if role:
        found = found.filter(role=role)
    if state in ("active", "inactive"):
        found = found.filter(is_active=state == "active")
    return found


def tokens_of(user: User) -> QuerySet[Token]:
    """A user's tokens, the newest first, revoked ones too."""
    return Token.objects.filter(user=user).order_by("-id")


def token_by_secret(secret: str) -> Token | None:
    """The live token of an active user that `secret` belongs to, with its user. One query."""
    return (
        Token.objects.select_related("user")
        .filter(sha256=token_hash(secret), revoked_at=None, user__is_active=True)
        .first()
    )


def token_hash(secret: str) -> str:
    """What is stored of a token: its SHA-256 in hex."""
    return hashlib.sha256(secret.encode()).hexdigest()


def role_matrix() -> list[tuple[str, list[bool]]]:
    """Every permission code with whether each role has it, roles in the order of ROLES."""
    codes = sorted({code for codes in ROLES.values() for code in codes})
    return [(code, [code in ROLES[role] for role in ROLES]) for code in codes]


def has_second_factor(user: Any) -> bool:
    """Whether a code is asked for after the password. One query."""
    return bool(TOTPDevice.objects.filter(user_id=user.pk, confirmed=True).exists())


def backup_codes_left(user: Any) -> int:
    """How many backup codes are unused. One query."""
    return int(StaticToken.objects.filter(device__user_id=user.pk).count())


def pending_enrolment(user: Any) -> TOTPDevice | None:
    """The second factor begun and not yet confirmed. One query."""
    return TOTPDevice.objects.filter(user_id=user.pk, confirmed=False).first()


def locked_until(username: str, address: str) -> datetime | None:
    """When the lock of this name and address ends, None when there is none. One query."""
    attempt = (
        AccessAttempt.objects.filter(username=username, ip_address=address or None)
        .order_by("-attempt_time")
        .first()
    )
    cool_off = get_cool_off(None)
    return attempt.attempt_time + cool_off if attempt and cool_off else None
