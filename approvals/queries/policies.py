"""Reading policies and their proposals."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Max, QuerySet

from approvals.models import Policy, PolicyProposal
from approvals.rules import Condition, Group, Outcome, Rule, StepRule


def active_rules(kind: str) -> list[Rule]:
    """The active policies of `kind` in the order they are tried. One query."""
    return [
        rule_of(policy)
        for policy in Policy.objects.filter(kind=kind, is_active=True).order_by("position", "name")
    ]


def rule_of(policy: Policy) -> Rule:
    """A stored policy as the rules take it."""
    return rule_from(policy.name, policy.version, vars(policy))


def rule_from(name: str, version: int, document: Mapping[str, Any]) -> Rule:
    """A document as the evaluation takes it."""
    outcome: Outcome = "routine" if document["outcome"] == "routine" else "approve"
    return Rule(
        name,
        version,
        outcome,
        document["permission"],
        int(document["due_hours"]),
        conditions_of(document["conditions"]),
        steps_in(document["steps"]),
        tuple(document["watchers"]),
        document["escalate_to"],
        bool(document["needs_step_up"]),
        bool(document["is_fast"]),
    )


def conditions_of(stored: Iterable[dict[str, Any]]) -> tuple[Condition, ...]:
    """Conditions as they are stored. No query."""
    return tuple(
        Condition(c["fact"], c["operator"], c["value"], bool(c.get("may_be_missing"))) for c in stored
    )


def steps_in(stored: Iterable[dict[str, Any]]) -> tuple[StepRule, ...]:
    """Steps as they are stored. No query."""
    return tuple(
        StepRule(
            tuple(
                Group(
                    group.get("permission", ""),
                    int(group.get("count", 1)),
                    group.get("user"),
                    group.get("user_name", ""),
                )
                for group in step["groups"]
            ),
            int(step["due_hours"]),
        )
        for step in stored
    )


def policies_now() -> list[Policy]:
    """Every active policy, by kind and position. One query."""
    return list(active_policies().order_by("kind", "position", "name"))


def active_policies() -> QuerySet[Policy]:
    """Every policy in force. One query when read."""
    return Policy.objects.filter(is_active=True)


def policy_version(name: str, version: int) -> Policy | None:
    """One version of a policy. One query."""
    return Policy.objects.filter(name=name, version=version).first()


def versions_of(name: str) -> list[Policy]:
    """All versions of a policy, newest first. One query."""
    return list(Policy.objects.filter(name=name).order_by("-version"))


def latest_versions(names: Sequence[str]) -> dict[str, int]:
    """The highest version of each of `names` that exists. One query."""
    rows = Policy.objects.filter(name__in=names).values("name").annotate(top=Max("version"))
    return {row["name"]: row["top"] for row in rows}


def proposals(state: str = "") -> QuerySet[PolicyProposal]:
    """Proposed versions, newest first, of one state or all. One query."""
    found = PolicyProposal.objects.order_by("-id")
    return found.filter(state=state) if state else found


def proposal_of(name: str) -> PolicyProposal | None:
    """The version of a policy that waits, if any. One query."""
    return PolicyProposal.objects.filter(name=name, state=PolicyProposal.State.OPEN).first()
