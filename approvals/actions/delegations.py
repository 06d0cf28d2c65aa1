"""Standing in: somebody else decides with my rights for a while."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models.functions import Now

from accounts.models import User
from accounts.queries import is_shared_account, user_by_name
from approvals.models import Delegation
from audit.actions import record
from lib import clock
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse

RIGHT = "approvals.decide"
MANAGE = "users.manage"
MAX_DAYS = 92


@dataclass(frozen=True)
class DelegationDraft:
    """Who stands in (user names; principal "" for oneself), from when until when, for which kinds (none: all)."""

    delegate: str
    starts_at: datetime
    ends_at: datetime
    reason: str
    principal: str = ""
    kinds: Sequence[str] = ()
    is_out_of_office: bool = False


@transaction.atomic
def delegate(*, actor: Actor, draft: DelegationDraft) -> Delegation:
    """Let somebody decide with one's own rights for a while.

    Raises Faults 403 `not_allowed`; 422 `unknown_user`, `cannot_decide` (a delegate decides in their own role too),
    `invalid_time` (an end after the beginning, at most 92 days, not in the past), `reason_required`, `same_person`.
    Locks: nothing. Records: delegation.made. Allowed: approvals.decide for oneself, users.manage for another who is away.
    """
    principal = user_by_name(draft.principal) if draft.principal else _user_of(actor)
    if principal is None:
        raise refuse("unknown_user", f"There is no user {draft.principal!r}.", pointer="/principal")
    if not actor.may(RIGHT) or (principal.pk != actor.id and not actor.may(MANAGE)):
        raise refuse("not_allowed", "You delegate what is yours to decide.", status=403)
    deputy = user_by_name(draft.delegate)
    faults = list(_faults_of(draft, principal, deputy))
    if faults or deputy is None:
        raise Faults(faults)
    made = Delegation.objects.create(
        principal_id=principal.pk,
        principal_name=principal.username,
        delegate_id=deputy.pk,
        delegate_name=deputy.username,
        kinds=sorted(set(draft.kinds)),
        starts_at=draft.starts_at,
        ends_at=draft.ends_at,
        is_out_of_office=draft.is_out_of_office,
        reason=draft.reason[:500],
        made_by_id=actor.id or 0,
        made_by_name=actor.name,
    )
    record(
        actor=actor,
        kind="delegation.made",
        subject=f"delegation:{made.pk}",
        reason=draft.reason,
        after={
            "principal": principal.username,
            "delegate": deputy.username,
            "kinds": made.kinds,
            "starts_at": draft.starts_at.isoformat(),
            "ends_at": draft.ends_at.isoformat(),
        },
    )
    return made


def _user_of(actor: Actor) -> User | None:
    return User.objects.filter(pk=actor.id or 0).first()


def _faults_of(draft: DelegationDraft, principal: User, deputy: User | None) -> list[Fault]:
    faults = []
    now = clock.now()
    if deputy is None or not deputy.is_active:
        faults.append(Fault("/delegate", "unknown_user", f"There is no active user {draft.delegate!r}."))
    elif deputy.pk == principal.pk:
        faults.append(Fault("/delegate", "same_person", "Nobody stands in for themselves."))
    elif not deputy.as_actor().may(RIGHT) or is_shared_account(deputy.pk):
        faults.append(
            Fault("/delegate", "cannot_decide", "Only a person whose own role decides may stand in.")
        )
    if not draft.starts_at < draft.ends_at or draft.ends_at <= now:
        faults.append(Fault("/ends_at", "invalid_time", "It ends after it begins, and not in the past."))
    elif draft.ends_at - draft.starts_at > timedelta(days=MAX_DAYS):
        faults.append(Fault("/ends_at", "invalid_time", f"At most {MAX_DAYS} days at a time."))
    if not draft.reason.strip():
        faults.append(Fault("/reason", "reason_required", "Say why somebody stands in."))
    return faults


@transaction.atomic
def revoke_delegation(*, actor: Actor, delegation_id: int) -> Delegation:
    """End it now.

    Raises Faults 404 `unknown_delegation`, 403 `not_allowed`, 409 `already_ended`.
    Locks: the delegation. Records: delegation.revoked. Allowed: either of the two, or users.manage.
    """
    found = Delegation.objects.select_for_update().filter(pk=delegation_id).first()
    if found is None:
        raise refuse("unknown_delegation", "There is no such delegation.", status=404)
    if actor.id not in (found.principal_id, found.delegate_id) and not actor.may(MANAGE):
        raise refuse("not_allowed", "This delegation is not yours.", status=403)
    if found.revoked_at is not None or found.ends_at <= clock.now():
        raise refuse("already_ended", "It has ended before.", status=409)
    Delegation.objects.filter(pk=found.pk).update(revoked_at=Now(), revoked_by_name=actor.name)
    record(
        actor=actor,
        kind="delegation.revoked",
        subject=f"delegation:{found.pk}",
        before={"ends_at": found.ends_at.isoformat()},
        after={"principal": found.principal_name, "delegate": found.delegate_name},
    )
    found.refresh_from_db()
    return found
