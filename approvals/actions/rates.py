"""Exchange rates by hand: catalog keeps the proposal, a request asks for the second person."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy, gettext_noop

from approvals.actions.requests import open_request, record_effect, void, withdraw
from approvals.models import ApprovalRequest
from catalog.actions import apply_rate_proposal, close_rate_proposal, propose_rate
from catalog.models import RateProposal
from catalog.queries import MissingRate, StaleRate, exchange_rate
from lib.actors import Actor
from lib.faults import refuse

KIND = "exchange_rate"
NOUN = "rate_proposal"
NEEDS_PERSON = gettext_noop("A rate by hand needs a second person; no policy may approve it.")
NOT_YOURS = gettext_noop("Only who proposed a rate takes it back.")


@transaction.atomic
def ask_for_rate(
    *, actor: Actor, row: dict[str, Any], reason: str, replaces: int | None = None
) -> RateProposal:
    """Propose a rate by hand and ask for the second person's word.

    replaces: a waiting proposal that this one corrects; it and its request are void.
    Raises Faults as `catalog.actions.propose_rate`; 404 `unknown_proposal`, 409 `wrong_state` for `replaces`; 409
    `needs_person` when a policy would approve it by itself.
    Locks: the replaced proposal and its request. Records: exchange_rate.proposed, approval.requested; exchange_rate.void,
    approval.void. Allowed: the edge asks for rates.edit.
    """
    if replaces is not None:
        void(actor=actor, kind=KIND, subject=f"{NOUN}:{replaces}", reason=reason)
        close_rate_proposal(actor=actor, proposal_id=replaces, state=RateProposal.State.VOID)
    made = propose_rate(actor=actor, row=row, reason=reason)
    asked = open_request(
        actor=actor,
        kind=KIND,
        subject=f"{NOUN}:{made.pk}",
        title=f"1 {made.base} = {made.rate.normalize():f} {made.quote}, {made.on}",
        facts={"move_fraction": _move(made), "reason": made.reason},
        content_hash=made.content_hash,
        summary=format_lazy(gettext_lazy("A rate by hand: {reason}"), reason=made.reason),
        url="/settings/rates/",
    )
    if asked.state != ApprovalRequest.State.PENDING:
        raise refuse("needs_person", NEEDS_PERSON, status=409)
    return made


@transaction.atomic
def withdraw_rate(*, actor: Actor, proposal_id: int) -> RateProposal:
    """Take a proposal back.

    Raises Faults 404 `unknown_proposal`, 409 `wrong_state`, 403 `not_yours`.
    Locks: the request, the proposal. Records: approval.withdrawn, exchange_rate.withdrawn.
    Allowed: who proposed it.
    """
    withdraw(actor=actor, kind=KIND, subject=f"{NOUN}:{proposal_id}")
    closed = close_rate_proposal(actor=actor, proposal_id=proposal_id, state=RateProposal.State.WITHDRAWN)
    if closed.prepared_by_id != actor.id:
        raise refuse("not_yours", NOT_YOURS, status=403)
    return closed


def carry_out(actor: Actor, request: ApprovalRequest, approve: bool) -> None:
    """What a person's word on a request of this kind does below, in the same transaction."""
    proposal_id = int(request.subject.rpartition(":")[2])
    if not approve:
        close_rate_proposal(actor=actor, proposal_id=proposal_id, state=RateProposal.State.REJECTED)
        return
    apply_rate_proposal(actor=actor, proposal_id=proposal_id, content_hash=request.content_hash)
    record_effect(request_id=request.pk, effect="applied", actor=actor)


def _move(made: RateProposal) -> Decimal | None:
    """How far the rate lies from the one that counts on its day; None without one."""
    on: date = made.on
    try:
        known = exchange_rate(made.base, made.quote, on, limit_days=36_500).rate
    except (MissingRate, StaleRate):
        return None
    return round(made.rate / known - 1, 6)
