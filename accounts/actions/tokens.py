"""Bearer tokens: made (shown once), revoked."""

import secrets
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Token, User
from accounts.queries import token_hash
from audit.actions import record
from lib import clock
from lib.actors import Actor
from lib.faults import refuse

PREFIX = "sty_"


def create_token(*, actor: Actor, user: User, name: str = "") -> str:
    """A new bearer token of `user`; returns the secret, which is stored only as SHA-256 and never shown again.

    Raises Faults 403, 422 `inactive_user`.
    Locks: nothing. Records: token.created. Allowed: the user himself, users.manage.
    """
    _allow(actor, user.pk)
    if not user.is_active:
        raise refuse("inactive_user", _("This user is switched off."))
    secret = PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        token = Token.objects.create(
            user=user, name=name[:100], prefix=secret[:12], sha256=token_hash(secret)
        )
        record(
            actor=actor,
            kind="token.created",
            subject=f"user:{user.pk}",
            after={"token": token.pk, "name": token.name, "prefix": token.prefix},
        )
    return secret


def revoke_token(*, actor: Actor, token_id: int) -> None:
    """Make a token useless at once; a second time changes nothing.

    Raises Faults 404, 403.
    Locks: the token. Records: token.revoked. Allowed: the token's user, users.manage.
    """
    with transaction.atomic():
        token = Token.objects.select_for_update().filter(pk=token_id).first()
        if token is None:
            raise refuse("unknown_token", _("There is no such token."), status=404)
        _allow(actor, token.user_id)
        if token.revoked_at is None:
            token.revoked_at = clock.now()
            token.save(update_fields=["revoked_at"])
            record(
                actor=actor,
                kind="token.revoked",
                subject=f"user:{token.user_id}",
                before={"token": token.pk, "name": token.name, "prefix": token.prefix},
            )


def note_token_use(token_id: int, now: datetime) -> None:
    """Remember when a token was last used. Records: nothing, what was done with it is recorded where it is done."""
    Token.objects.filter(pk=token_id).update(last_used_at=now)


def _allow(actor: Actor, user_id: int) -> None:
    if actor.id != user_id and not actor.may("users.manage"):
        raise refuse("not_allowed", _("Your role does not include managing users."), status=403)
