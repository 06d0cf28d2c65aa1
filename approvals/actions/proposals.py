"""New versions of policies: proposed with their dry run, in force once another person approves them."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from approvals.actions.requests import open_request, record_effect, withdraw
from approvals.models import ApprovalRequest, Policy, PolicyProposal
from approvals.policy_documents import checked, document_of
from approvals.queries.dry_runs import dry_run
from audit.actions import record
from lib import clock
from lib.actors import Actor
from lib.faults import refuse

KIND = "policy"
NOUN = "policy_proposal"
RIGHT = "policies.manage"
DRY_RUN_DAYS = 365
State = PolicyProposal.State


@dataclass(frozen=True)
class Proposed:
    """What somebody wants a policy to say. base_version: the version they looked at, 0 for a new policy."""

    name: str
    document: Mapping[str, Any]
    reason: str
    base_version: int


@transaction.atomic
def propose_policy(*, actor: Actor, proposed: Proposed) -> PolicyProposal:
    """Ask for a new version of a policy, or for a new policy; the dry run over twelve months goes along.

    Raises Faults 403 `not_allowed`; 404 `unknown_policy`; 409 `changed_meanwhile`, `already_pending`; 422 `unchanged`,
    `reason_required` and what `policy_documents.checked` names.
    Locks: nothing. Records: policy.proposed, approval.requested. Allowed: policies.manage.
    """
    if not actor.may(RIGHT):
        raise refuse("not_allowed", "Your role does not change policies.", status=403)
    if not proposed.reason.strip():
        raise refuse("reason_required", "Say why the policy changes.", pointer="/reason")
    old = Policy.objects.filter(name=proposed.name, is_active=True).first()
    if (old.version if old else 0) != proposed.base_version:
        raise refuse("changed_meanwhile", "Another version is in force; look at it first.", status=409)
    document = checked(proposed.document, name=proposed.name, old=old)
    if old is not None and document == document_of(old):
        raise refuse("unchanged", "Nothing is different from the version in force.")
    tried = dry_run(proposed.name, document, since=clock.now() - timedelta(days=DRY_RUN_DAYS))
    made = _stored(actor, proposed, document, tried)
    open_request(
        actor=actor,
        kind=KIND,
        subject=f"{NOUN}:{made.pk}",
        title=str(made),
        facts=_facts(document, tried, old),
        content_hash=made.content_hash,
        summary=format_lazy(gettext_lazy("A policy: {reason}"), reason=proposed.reason[:400]),
        url=f"/settings/policies/proposals/{made.pk}/",
    )
    record(
        actor=actor,
        kind="policy.proposed",
        subject=f"policy:{made.name}",
        reason=proposed.reason,
        before=document_of(old) if old else {},
        after={**document, "proposal": made.pk},
    )
    return made


def _stored(
    actor: Actor, proposed: Proposed, document: dict[str, Any], tried: dict[str, Any]
) -> PolicyProposal:
    told = json.dumps([proposed.name, proposed.base_version, document], sort_keys=True, default=str)
    try:
        with transaction.atomic():
            return PolicyProposal.objects.create(
                name=proposed.name,
                kind=document["kind"],
                base_version=proposed.base_version,
                document=document,
                dry_run=tried,
                reason=proposed.reason[:2000],
                content_hash=hashlib.sha256(told.encode()).hexdigest(),
                prepared_by_id=actor.id or 0,
                prepared_by_name=actor.name,
            )
    except IntegrityError as error:
        raise refuse("already_pending", "A version of this policy waits already.", status=409) from error


def _facts(document: Mapping[str, Any], tried: Mapping[str, Any], old: Policy | None) -> dict[str, Any]:
    return {
        "policy_kind": document["kind"],
        "is_new": old is None,
        "requests_tried": tried["requests"],
        "more_at_once": tried["more_at_once"],
        "fewer_at_once": tried["fewer_at_once"],
    }


@transaction.atomic
def withdraw_proposal(*, actor: Actor, proposal_id: int) -> PolicyProposal:
    """Take a proposal back.

    Raises Faults 404 `unknown_proposal`, 409 `wrong_state`, 403 `not_yours`.
    Locks: the proposal, the request. Records: approval.withdrawn, policy.proposal_withdrawn. Allowed: who proposed it.
    """
    found = PolicyProposal.objects.select_for_update().filter(pk=proposal_id).first()
    if found is None:
        raise refuse("unknown_proposal", "There is no such proposal.", status=404)
    if found.prepared_by_id != actor.id:
        raise refuse("not_yours", "Only who proposed it takes it back.", status=403)
    if found.state != State.OPEN:
        raise refuse("wrong_state", "It waits no more.", status=409)
    withdraw(actor=actor, kind=KIND, subject=f"{NOUN}:{found.pk}")
    _close(actor, found, State.WITHDRAWN)
    return found


def carry_out(actor: Actor, request: ApprovalRequest, approve: bool) -> None:
    """What a person's word on a proposed version does, in the same transaction: it is in force, or closed.

    A proposal whose base is no longer the version in force lapses.
    """
    found = PolicyProposal.objects.select_for_update().get(pk=int(request.subject.rpartition(":")[2]))
    if found.state != State.OPEN:
        raise refuse("wrong_state", "It waits no more.", status=409)
    if not approve:
        _close(actor, found, State.REJECTED)
        return
    made = put_in_force(
        actor, found.name, found.document, found.reason, found.base_version, prepared_by=_author(found)
    )
    if made is None:
        record_effect(request_id=request.pk, effect="lapsed", actor=actor)
        _close(actor, found, State.LAPSED)
        return
    PolicyProposal.objects.filter(pk=found.pk).update(state=State.IN_FORCE, closed_at=Now(), policy=made)
    record_effect(request_id=request.pk, effect="applied", actor=actor)


def _author(found: PolicyProposal) -> tuple[int, str]:
    return found.prepared_by_id, found.prepared_by_name


def _close(actor: Actor, found: PolicyProposal, state: str) -> None:
    PolicyProposal.objects.filter(pk=found.pk).update(state=state, closed_at=Now())
    found.state = State(state)
    record(
        actor=actor,
        kind=f"policy.proposal_{state}",
        subject=f"policy:{found.name}",
        before={"state": State.OPEN},
        after={"state": state, "proposal": found.pk},
    )


def put_in_force(
    actor: Actor,
    name: str,
    document: Mapping[str, Any],
    reason: str,
    base_version: int,
    *,
    prepared_by: tuple[int, str],
) -> Policy | None:
    """Retire the version in force and put the next there; None when another than base_version is in force.

    Locks: the first version, for all of them. Records: policy.changed, or policy.created.
    """
    # The first version never goes away; the active one does while another writer is waited for.
    Policy.objects.select_for_update().filter(name=name).order_by("version").first()
    old = Policy.objects.filter(name=name, is_active=True).first()
    if (old.version if old else 0) != base_version:
        return None
    Policy.objects.filter(name=name, is_active=True).update(is_active=False, retired_at=Now())
    made = Policy.objects.create(
        **{**document, "review_fraction": Decimal(str(document["review_fraction"]))},
        name=name,
        version=base_version + 1,
        created_by_id=prepared_by[0],
        created_by_name=prepared_by[1],
        reason=reason,
    )
    record(
        actor=actor,
        kind="policy.changed" if old else "policy.created",
        subject=f"policy:{name}",
        reason=reason,
        before={"version": old.version, **document_of(old)} if old else {},
        after={"version": made.version, **document_of(made)},
    )
    return made
