"""Exchange rates by hand: proposed by one person, put in force by another."""

import hashlib
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from audit.actions import record
from catalog.actions import upserts
from catalog.actions.exchange import same_currency, write_rates
from catalog.models import RateProposal
from catalog.queries.rate_proposals import proposal_facts
from catalog.rules.rows import EXCHANGE_RATE, checked_rows
from lib.actors import Actor
from lib.faults import Fault, refuse

HAND = "hand"
State = RateProposal.State
NO_REASON = "Say where the rate is from."
NOT_OPEN = "This rate no longer waits."
WAITING = "A rate of this pair and day waits already."
OWN = "Nobody puts their own rate in force."
CHANGED = "This was changed since you opened it."


@transaction.atomic
def propose_rate(*, actor: Actor, row: dict[str, Any], reason: str) -> RateProposal:
    """Keep a rate that waits for a second person; row: base, quote, rate, on as the contract's rows have them.

    Raises Faults 422 with every fault: those of `catalog.rules.rows`, same_currency, reason_required; 403
    `not_a_person`; 409 `already_proposed`.
    Locks: nothing. Records: exchange_rate.proposed. Allowed: the caller has asked for rates.edit.
    """
    if actor.kind != "user" or not actor.id:
        raise refuse("not_a_person", "Only a person proposes a rate by hand.", status=403)
    clean, faults = checked_rows([row], EXCHANGE_RATE)
    faults = [Fault(f.pointer.removeprefix("/0"), f.code, f.detail) for f in faults + same_currency(clean)]
    if not reason.strip():
        faults.append(Fault("/reason", "reason_required", NO_REASON))
    upserts.refuse_all(faults)
    made = RateProposal(
        **{name: clean[0][name] for name in ("base", "quote", "rate", "on")},
        reason=reason.strip()[:500],
        prepared_by_id=actor.id,
        prepared_by_name=actor.name,
    )
    made.content_hash = hash_of(made)
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError as error:
        raise refuse("already_proposed", WAITING, status=409) from error
    made.refresh_from_db()
    record(
        actor=actor,
        kind="exchange_rate.proposed",
        subject=f"rate_proposal:{made.pk}",
        reason=made.reason,
        after=proposal_facts(made),
    )
    return made


@transaction.atomic
def apply_rate_proposal(*, actor: Actor, proposal_id: int, content_hash: str) -> RateProposal:
    """Make the proposed rate an exchange rate, source "hand".

    Raises Faults 404 `unknown_proposal`, 409 `wrong_state`, `content_changed`, 403 `own_request`.
    Locks: the proposal, then the rate. Records: exchange_rate.upserted, exchange_rate.put_in_force.
    Allowed: approvals' decision calls this, in its transaction; the preparer is refused here and by a constraint.
    """
    found = _open_one(proposal_id)
    if found.prepared_by_id in (actor.id, actor.on_behalf_of_id):
        raise refuse("own_request", OWN, status=403)
    if content_hash != found.content_hash or content_hash != hash_of(found):
        raise refuse("content_changed", CHANGED, status=409)
    row = {"base": found.base, "quote": found.quote, "rate": found.rate, "on": found.on}
    write_rates(actor, [row], HAND, found.reason)
    return _close(
        actor, found, State.APPLIED, "exchange_rate.put_in_force",
        approved_by_id=actor.id, approved_by_name=actor.name,
    )  # fmt: skip


@transaction.atomic
def close_rate_proposal(*, actor: Actor, proposal_id: int, state: str) -> RateProposal:
    """It is rejected, withdrawn or replaced.

    Raises Faults 404 `unknown_proposal`, 409 `wrong_state`.
    Locks: the proposal. Records: exchange_rate.<state>. Allowed: the caller has checked.
    """
    return _close(actor, _open_one(proposal_id), state, f"exchange_rate.{state}")


def _open_one(proposal_id: int) -> RateProposal:
    found = RateProposal.objects.select_for_update().filter(pk=proposal_id).first()
    if found is None:
        raise refuse("unknown_proposal", "There is no such proposal.", status=404)
    if found.state != State.OPEN:
        raise refuse("wrong_state", NOT_OPEN, status=409)
    return found


def _close(actor: Actor, found: RateProposal, state: str, kind: str, **more: Any) -> RateProposal:
    RateProposal.objects.filter(pk=found.pk).update(state=state, closed_at=Now(), **more)
    record(
        actor=actor,
        kind=kind,
        subject=f"rate_proposal:{found.pk}",
        reason=found.reason,
        before={"state": found.state},
        after={"state": state, **proposal_facts(found)},
    )
    found.refresh_from_db()
    return found


def hash_of(found: RateProposal) -> str:
    """What a word on the proposal binds to."""
    content = "|".join([found.base, found.quote, format(found.rate, ".10f"), str(found.on), found.reason])
    return hashlib.sha256(content.encode()).hexdigest()
