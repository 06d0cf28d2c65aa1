"""Limits on what one author has approved at once."""

from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from accounts.models import User
from accounts.queries import user_by_name
from approvals.models import AuthorLimit
from audit.actions import record
from lib.actors import Actor
from lib.faults import refuse

RIGHT = "users.manage"
MAX_LIMIT = Decimal(10) ** 12


@transaction.atomic
def set_author_limit(
    *, actor: Actor, username: str, kind: str, fact: str, limit: Decimal | None, reason: str
) -> AuthorLimit | None:
    """Limit what one person may have approved at once (`fact` at most `limit`), or end that limit with None.

    A policy looks at it by the condition `within_author_limit`.
    Raises Faults 403 `not_allowed`; 422 `unknown_user`, `invalid_value`, `reason_required`, `unchanged`.
    Locks: the limit. Records: author_limit.set. Allowed: users.manage, not for oneself.
    """
    user = user_by_name(username)
    if user is None:
        raise refuse("unknown_user", f"There is no user {username!r}.", pointer="/user")
    if not actor.may(RIGHT) or actor.id == user.pk:
        raise refuse("not_allowed", "Nobody sets their own limit.", status=403)
    if limit is not None and not (limit.is_finite() and 0 <= limit < MAX_LIMIT):
        raise refuse("invalid_value", "A limit lies between 0 and a million million.", pointer="/limit")
    if not reason.strip():
        raise refuse("reason_required", "Say why.", pointer="/reason")
    old = (
        AuthorLimit.objects.select_for_update()
        .filter(user_id=user.pk, kind=kind, fact=fact, ended_at=None)
        .first()
    )
    if (old.limit if old else None) == limit:
        raise refuse("unchanged", "That is the limit already.", pointer="/limit")
    if old is not None:
        AuthorLimit.objects.filter(pk=old.pk).update(ended_at=Now())
    made = None if limit is None else _limit(actor, user, kind, fact, limit)
    record(
        actor=actor,
        kind="author_limit.set",
        subject=f"user:{user.pk}",
        reason=reason,
        before={"limit": old and str(old.limit)},
        after={"kind": kind, "fact": fact, "limit": None if limit is None else str(limit)},
    )
    return made


def _limit(actor: Actor, user: User, kind: str, fact: str, limit: Decimal) -> AuthorLimit:
    try:
        with transaction.atomic():
            return AuthorLimit.objects.create(
                user_id=user.pk,
                user_name=user.username,
                kind=kind,
                fact=fact,
                limit=limit,
                made_by_id=actor.id or 0,
                made_by_name=actor.name,
            )
    except IntegrityError as error:
        raise refuse("changed_meanwhile", "Somebody else set a limit meanwhile.", status=409) from error
