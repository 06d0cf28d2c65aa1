"""Policies on facts, as pure functions: the first policy whose conditions all hold decides.

A policy's outcome is "routine" (approved at once, in the policy's name) or "approve" (a person with its permission).
When none matches, the fall-back approver decides: nothing passes because nobody thought of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

Outcome = Literal["routine", "approve"]
OPERATORS = ("at_most", "at_least", "within", "is", "one_of")
NUMERIC_OPERATORS = ("at_most", "at_least", "within")
FALL_BACK_PERMISSION = "policies.manage"
FALL_BACK_DUE_HOURS = 24
FALL_BACK_NAME = "fall-back"


@dataclass(frozen=True)
class Condition:
    """`fact` compared with `value`; a missing or unreadable fact fails unless `may_be_missing`.

    operator: at_most, at_least (numbers), within (absolute value at most), is, one_of.
    """

    fact: str
    operator: str
    value: Any
    may_be_missing: bool = False

    def as_json(self) -> dict[str, Any]:
        return {
            "fact": self.fact,
            "operator": self.operator,
            "value": self.value,
            "may_be_missing": self.may_be_missing,
        }


@dataclass(frozen=True)
class Rule:
    """One version of a policy, as the evaluation takes it."""

    name: str
    version: int
    outcome: Outcome
    permission: str
    due_hours: int
    conditions: tuple[Condition, ...]


@dataclass(frozen=True)
class Check:
    """One condition against the facts: what was given and whether it holds."""

    condition: Condition
    given: Any
    holds: bool

    def as_json(self) -> dict[str, Any]:
        return {**self.condition.as_json(), "given": self.given, "holds": self.holds}


@dataclass(frozen=True)
class Verdict:
    """What the policies say: who decides, by when, under which policy, and what each policy found."""

    policy: str
    version: int
    outcome: Outcome
    permission: str
    due_hours: int
    tried: tuple[tuple[Rule, tuple[Check, ...]], ...]

    def why(self) -> list[dict[str, Any]]:
        """For the record: each policy in turn with its checks, JSON-ready."""
        return [
            {
                "policy": rule.name,
                "version": rule.version,
                "matched": all(check.holds for check in checks),
                "checks": [check.as_json() for check in checks],
            }
            for rule, checks in self.tried
        ]


def verdict_on(rules: Sequence[Rule], facts: Mapping[str, Any]) -> Verdict:
    """The first of `rules`, in order, whose conditions all hold on `facts`; else the fall-back approver."""
    tried: list[tuple[Rule, tuple[Check, ...]]] = []
    for rule in rules:
        checks = tuple(check_of(condition, facts) for condition in rule.conditions)
        tried.append((rule, checks))
        if all(check.holds for check in checks):
            return Verdict(
                rule.name, rule.version, rule.outcome, rule.permission, rule.due_hours, tuple(tried)
            )
    return Verdict(FALL_BACK_NAME, 0, "approve", FALL_BACK_PERMISSION, FALL_BACK_DUE_HOURS, tuple(tried))


def check_of(condition: Condition, facts: Mapping[str, Any]) -> Check:
    """One condition against `facts`. An unknown operator never holds."""
    given = facts.get(condition.fact)
    if given is None:
        return Check(condition, None, condition.may_be_missing)
    return Check(condition, given, _holds(condition, given))


def _holds(condition: Condition, given: Any) -> bool:
    if condition.operator == "is":
        return type(given) is type(condition.value) and bool(given == condition.value)
    if condition.operator == "one_of":
        return isinstance(condition.value, (list, tuple)) and given in condition.value
    number, limit = number_of(given), number_of(condition.value)
    if number is None or limit is None:
        return False
    if condition.operator == "at_most":
        return number <= limit
    if condition.operator == "at_least":
        return number >= limit
    return condition.operator == "within" and abs(number) <= limit


def number_of(value: Any) -> Decimal | None:
    """`value` as a finite Decimal, None when it is none (a truth value is none)."""
    if isinstance(value, bool) or not isinstance(value, (int, str, float, Decimal)):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def refusal_of(
    *, state: str, prepared_by_id: int, permission: str, actor_id: int, on_behalf_of_id: int | None, may: bool
) -> tuple[str, int]:
    """Why this person may not decide this request, as (fault code, HTTP status); ("", 0) when they may."""
    if prepared_by_id and prepared_by_id in (actor_id, on_behalf_of_id):
        return "own_request", 403
    if not may:
        return "not_approver", 403
    if state != "pending":
        return "wrong_state", 409
    return "", 0
