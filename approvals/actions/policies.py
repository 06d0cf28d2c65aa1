"""Policies: the defaults, and new versions of them."""

from typing import Any

from django.db import transaction

from approvals.actions.proposals import Proposed, propose_policy
from approvals.defaults import POLICIES
from approvals.models import Policy, PolicyProposal
from approvals.policy_documents import document_of
from approvals.queries import latest_versions
from approvals.rules import NUMERIC_OPERATORS, number_of
from audit.actions import record
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse

MAX_DUE_HOURS = 24 * 30


@transaction.atomic
def ensure_default_policies(*, actor: Actor) -> int:
    """Make the default policies that have no version yet; returns how many were made.

    Locks: nothing. Records: policy.created for each. Allowed: set-up.
    """
    stored = latest_versions([default["name"] for default in POLICIES])
    missing = [default for default in POLICIES if default["name"] not in stored]
    for default in missing:
        policy = Policy.objects.create(
            **{**default, "conditions": [condition.as_json() for condition in default["conditions"]]},
            version=1,
            created_by_name=actor.name,
        )
        record(
            actor=actor,
            kind="policy.created",
            subject=f"policy:{policy.name}",
            after={"version": 1, **document_of(policy)},
        )
    return len(missing)


def save_policy_version(
    *, actor: Actor, name: str, values: dict[str, str], due_hours: int, reason: str, base_version: int
) -> PolicyProposal:
    """Ask for a version of a policy with other thresholds and another time to decide.

    values:       fact → new limit, for the policy's numeric conditions; others stay.
    base_version: the version that was looked at; another one in force is refused (409 `changed_meanwhile`).
    Raises Faults 404 `unknown_policy`, 422 `reason_required`, `invalid_value`, `unchanged`, and as `propose_policy`.
    Locks, Records, Allowed: as `propose_policy`; it counts once another person approves it.
    """
    if not actor.may("policies.manage"):
        raise refuse("not_allowed", "Your role does not change policies.", status=403)
    old = Policy.objects.filter(name=name, is_active=True).first()
    if old is None:
        raise refuse("unknown_policy", f"There is no policy {name!r}.", status=404)
    conditions = _changed_conditions(old, values, due_hours, reason)
    document: dict[str, Any] = {"conditions": conditions, "due_hours": due_hours}
    if old.steps:
        first, *others = old.steps
        document["steps"] = [{**first, "due_hours": due_hours}, *others]
    return propose_policy(
        actor=actor, proposed=Proposed(name, document, reason=reason, base_version=base_version)
    )


def _changed_conditions(
    old: Policy, values: dict[str, str], due_hours: int, reason: str
) -> list[dict[str, Any]]:
    faults = []
    conditions = []
    for condition in old.conditions:
        text = values.get(condition["fact"])
        if text is None or condition["operator"] not in NUMERIC_OPERATORS:
            conditions.append(condition)
            continue
        number = number_of(text.strip())
        if number is None or not 0 <= number <= 10**9:
            faults.append(
                Fault(f"/{condition['fact']}", "invalid_value", "Give a number from 0 to 1,000,000,000.")
            )
            continue
        conditions.append({**condition, "value": format(number.normalize(), "f")})
    if not 1 <= due_hours <= MAX_DUE_HOURS:
        faults.append(Fault("/due_hours", "invalid_value", f"Give 1 to {MAX_DUE_HOURS} hours."))
    if not reason.strip():
        faults.append(Fault("/reason", "reason_required", "Say why the policy changes."))
    if not faults and _normalised(conditions) == _normalised(old.conditions) and due_hours == old.due_hours:
        faults.append(Fault("", "unchanged", "Nothing is different from the version in force."))
    if faults:
        raise Faults(faults)
    return conditions


def _normalised(conditions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    changed = []
    for condition in conditions:
        number = number_of(condition["value"])
        is_number = condition["operator"] in NUMERIC_OPERATORS and number is not None
        changed.append(
            {**condition, "value": format(number.normalize(), "f")} if is_number and number else condition
        )
    return changed
