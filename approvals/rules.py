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
#: Facts that approvals adds by itself: what the author had approved at once today, and whether a limit of theirs holds.
AUTHOR_FACTS = ("author_daily_count", "author_daily_value", "within_author_limit")
MAX_STEPS = 5
MAX_GROUPS = 5
MAX_NEEDED = 10
MAX_DUE_HOURS = 24 * 30


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
class Group:
    """`count` people with `permission`, or the one person `user`."""

    permission: str = ""
    count: int = 1
    user: int | None = None
    user_name: str = ""

    def as_json(self) -> dict[str, Any]:
        if self.user is not None:
            return {"user": self.user, "user_name": self.user_name, "count": 1}
        return {"permission": self.permission, "count": self.count}


@dataclass(frozen=True)
class StepRule:
    """Groups that decide side by side within `due_hours` of the step's opening."""

    groups: tuple[Group, ...]
    due_hours: int

    def as_json(self) -> dict[str, Any]:
        return {"groups": [group.as_json() for group in self.groups], "due_hours": self.due_hours}


@dataclass(frozen=True)
class Rule:
    """One version of a policy, as the evaluation takes it. steps: in order; none for what is routine."""

    name: str
    version: int
    outcome: Outcome
    permission: str
    due_hours: int
    conditions: tuple[Condition, ...]
    steps: tuple[StepRule, ...] = ()
    watchers: tuple[str, ...] = ()
    escalate_to: str = FALL_BACK_PERMISSION
    needs_step_up: bool = False
    is_fast: bool = False

    def in_order(self) -> tuple[StepRule, ...]:
        """The steps; a policy that only names a permission has one step of one person."""
        if self.outcome == "routine":
            return ()
        return self.steps or (StepRule((Group(self.permission),), self.due_hours),)


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
    """What the policies say: the rule that decides (or the fall-back), and what each policy found."""

    rule: Rule
    tried: tuple[tuple[Rule, tuple[Check, ...]], ...]

    @property
    def policy(self) -> str:
        return self.rule.name

    @property
    def version(self) -> int:
        return self.rule.version

    @property
    def outcome(self) -> Outcome:
        return self.rule.outcome

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


FALL_BACK = Rule(FALL_BACK_NAME, 0, "approve", FALL_BACK_PERMISSION, FALL_BACK_DUE_HOURS, ())


def verdict_on(rules: Sequence[Rule], facts: Mapping[str, Any]) -> Verdict:
    """The first of `rules`, in order, whose conditions all hold on `facts`; else the fall-back approver."""
    tried: list[tuple[Rule, tuple[Check, ...]]] = []
    for rule in rules:
        checks = tuple(check_of(condition, facts) for condition in rule.conditions)
        tried.append((rule, checks))
        if all(check.holds for check in checks):
            return Verdict(rule, tuple(tried))
    return Verdict(FALL_BACK, tuple(tried))


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


@dataclass(frozen=True)
class OpenStep:
    """A step that waits, as an entitlement is judged: who may decide it."""

    id: int
    permission: str
    user: int | None
    escalated_to: str = ""

    def is_for(self, person: int, permissions: frozenset[str]) -> bool:
        if self.user is not None and self.user == person:
            return True
        return bool(permissions & {self.permission, self.escalated_to} - {""})


@dataclass(frozen=True)
class Standing:
    """In whose right a person may speak: their own (on_behalf_of None) or one who delegated to them."""

    person: int
    permissions: frozenset[str]
    on_behalf_of: int | None = None


@dataclass(frozen=True)
class Word:
    """The step a word counts for and in whose right; or why it does not count, as (fault code, HTTP status)."""

    step: OpenStep | None = None
    on_behalf_of: int | None = None
    code: str = ""
    status: int = 0


def word_of(
    *,
    state: str,
    steps: Sequence[OpenStep],
    excluded: frozenset[int],
    spoken: frozenset[int],
    standings: Sequence[Standing],
) -> Word:
    """Whether a person may speak on a request, for which step and in whose right.

    excluded: who prepared it or had a hand in it. spoken: who decided it before, or in whose right that was done.
    standings: the person's own first, then of those who delegated to them. An own hand in it bars every right.
    """
    own = standings[0]
    if own.person in excluded:
        return Word(code="own_request", status=403)
    entitled = [
        (standing, step)
        for standing in standings
        for step in steps
        if step.is_for(standing.person, standing.permissions)
    ]
    if state != "pending":
        code, status = ("wrong_state", 409) if entitled or not steps else ("not_approver", 403)
        return Word(code=code, status=status)
    if not entitled:
        return Word(code="not_approver", status=403)
    free = [(standing, step) for standing, step in entitled if standing.person not in excluded]
    if not free:
        return Word(code="own_request", status=403)
    unspoken = [(standing, step) for standing, step in free if not spoken & {own.person, standing.person}]
    if not unspoken:
        return Word(code="already_spoken", status=409)
    standing, step = unspoken[0]
    return Word(step=step, on_behalf_of=standing.on_behalf_of)


def review_due(request_id: int, fraction: Decimal) -> bool:
    """Whether what a policy approved is drawn for a look afterwards: a fixed share, the same for ever.

    Spread by the golden ratio: of n requests in a row about n × fraction are drawn, evenly.
    """
    return Decimal(request_id * 618_034 % 1_000_000) < fraction * 1_000_000
