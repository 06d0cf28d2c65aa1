"""What a policy says as one document, and what may stand in it."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from accounts.permissions import ALL
from approvals.models import Policy
from approvals.rules import (
    MAX_DUE_HOURS,
    MAX_GROUPS,
    MAX_NEEDED,
    MAX_STEPS,
    NUMERIC_OPERATORS,
    OPERATORS,
    number_of,
)
from lib.faults import Fault, Faults

FIELDS = (
    "kind", "position", "conditions", "outcome", "permission", "due_hours", "steps", "watchers", "escalate_to",
    "needs_step_up", "is_fast", "review_fraction",
)  # fmt: skip
_NAME = re.compile(r"[a-z][a-z0-9-]{2,59}\Z")
_FACT = re.compile(r"[a-z][a-z0-9_]{0,59}\Z")
_KIND = re.compile(r"[a-z][a-z_]{2,39}\Z")
MAX_CONDITIONS = 20
#: Kinds that no policy may approve by itself: they widen what people or policies may do.
NEVER_ROUTINE = frozenset({"policy", "exchange_rate", "guardrail", "price_list", "compliance_item"})


def document_of(policy: Policy) -> dict[str, Any]:
    """A stored version as a document."""
    made = {name: getattr(policy, name) for name in FIELDS}
    return {**made, "review_fraction": _plain(policy.review_fraction), "watchers": list(policy.watchers)}


def _plain(number: Decimal) -> str:
    return format(Decimal(number).normalize(), "f")


def checked(given: Mapping[str, Any], *, name: str, old: Policy | None) -> dict[str, Any]:
    """`given` over the version in force, every fault told at once.

    Raises Faults 422 `invalid_name`, `invalid_kind`, `invalid_condition`, `invalid_step`, `invalid_value`,
    `unknown_permission`, `needs_person`, each with the place it stands at.
    """
    base = document_of(old) if old else {
        "kind": "", "position": 50, "conditions": [], "outcome": "approve", "permission": "", "due_hours": 24,
        "steps": [], "watchers": [], "escalate_to": "policies.manage", "needs_step_up": False, "is_fast": False,
        "review_fraction": "0",
    }  # fmt: skip
    document = {**base, **{key: value for key, value in given.items() if key in FIELDS}}
    faults: list[Fault] = []
    if old is None and not _NAME.match(name):
        faults.append(Fault("/name", "invalid_name", "A name has 3 to 60 lower-case letters, digits and -."))
    if not isinstance(document["kind"], str) or not _KIND.match(document["kind"]):
        faults.append(Fault("/kind", "invalid_kind", "Say what kind of request it is for."))
    elif old is not None and document["kind"] != old.kind:
        faults.append(Fault("/kind", "invalid_kind", "A policy stays with its kind."))
    document["conditions"] = _conditions(document["conditions"], faults)
    document["steps"] = _steps(document["steps"], faults)
    _check_outcome(document, faults)
    _check_numbers(document, faults)
    for place in ("needs_step_up", "is_fast"):
        if not isinstance(document[place], bool):
            faults.append(Fault(f"/{place}", "invalid_value", "Say true or false."))
    _check_permissions(document, faults)
    if faults:
        raise Faults(faults)
    return document


def _check_outcome(document: dict[str, Any], faults: list[Fault]) -> None:
    if document["outcome"] not in Policy.Outcome.values:
        faults.append(Fault("/outcome", "invalid_value", "Say routine or approve."))
    elif document["outcome"] == "routine":
        if document["kind"] in NEVER_ROUTINE:
            faults.append(Fault("/outcome", "needs_person", "This kind always needs a second person."))
        if not document["conditions"]:
            faults.append(
                Fault("/conditions", "invalid_condition", "What is approved at once has a condition.")
            )
        document["permission"], document["steps"] = "", []
    elif document["steps"]:
        document["permission"] = next(
            (
                group["permission"]
                for step in document["steps"]
                for group in step["groups"]
                if group.get("permission")
            ),
            "policies.manage",
        )
        document["due_hours"] = document["steps"][0]["due_hours"]


def _check_numbers(document: dict[str, Any], faults: list[Fault]) -> None:
    for place, most in (("due_hours", MAX_DUE_HOURS), ("position", 999)):
        value = document[place]
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
            faults.append(Fault(f"/{place}", "invalid_value", f"Give a whole number from 1 to {most}."))
    share = number_of(document["review_fraction"])
    if share is None or not 0 <= share <= 1 or share != round(share, 3):
        faults.append(
            Fault("/review_fraction", "invalid_value", "Give a share from 0 to 1, to a thousandth.")
        )
    else:
        document["review_fraction"] = _plain(share)


def _check_permissions(document: dict[str, Any], faults: list[Fault]) -> None:
    asked = [("/escalate_to", document["escalate_to"])]
    if document["outcome"] == "approve":
        asked.append(("/permission", document["permission"]))
    watchers = document["watchers"] if isinstance(document["watchers"], list) else [None]
    asked += [(f"/watchers/{number}", code) for number, code in enumerate(watchers)]
    for number, step in enumerate(document["steps"]):
        for place, group in enumerate(step["groups"]):
            if "user" not in group:
                asked.append((f"/steps/{number}/groups/{place}/permission", group["permission"]))
    for pointer, code in asked:
        if not isinstance(code, str) or code not in ALL:
            faults.append(Fault(pointer, "unknown_permission", f"There is no permission {str(code)[:60]!r}."))


def _conditions(given: Any, faults: list[Fault]) -> list[dict[str, Any]]:
    if not isinstance(given, list) or len(given) > MAX_CONDITIONS:
        faults.append(Fault("/conditions", "invalid_condition", f"A list of at most {MAX_CONDITIONS}."))
        return []
    made = []
    for number, one in enumerate(given):
        condition = _condition(one) if isinstance(one, dict) else None
        if condition is None:
            detail = "A condition has a fact, an operator and a value that fits it."
            faults.append(Fault(f"/conditions/{number}", "invalid_condition", detail))
        else:
            made.append(condition)
    return made


def _condition(one: dict[str, Any]) -> dict[str, Any] | None:
    fact, operator, value = one.get("fact"), one.get("operator"), one.get("value")
    if not isinstance(fact, str) or not _FACT.match(fact) or operator not in OPERATORS:
        return None
    if operator in NUMERIC_OPERATORS:
        number = number_of(value.strip() if isinstance(value, str) else value)
        if number is None or abs(number) > 10**12:
            return None
        value = _plain(number)
    elif operator == "one_of":
        if not isinstance(value, list) or not 1 <= len(value) <= 50:
            return None
    elif not isinstance(value, bool | str | int):
        return None
    return {
        "fact": fact,
        "operator": operator,
        "value": value,
        "may_be_missing": one.get("may_be_missing") is True,
    }


def _steps(given: Any, faults: list[Fault]) -> list[dict[str, Any]]:
    if not isinstance(given, list) or len(given) > MAX_STEPS:
        faults.append(Fault("/steps", "invalid_step", f"A list of at most {MAX_STEPS} steps."))
        return []
    made = []
    for number, one in enumerate(given):
        step = _step(one) if isinstance(one, dict) else None
        if step is None:
            detail = (
                f"A step has 1 to {MAX_GROUPS} groups (a permission with a count of 1 to {MAX_NEEDED}, or one person) and"
                f" 1 to {MAX_DUE_HOURS} hours."
            )
            faults.append(Fault(f"/steps/{number}", "invalid_step", detail))
        else:
            made.append(step)
    return made


def _step(one: dict[str, Any]) -> dict[str, Any] | None:
    groups, hours = one.get("groups"), one.get("due_hours")
    if not isinstance(groups, list) or not 1 <= len(groups) <= MAX_GROUPS:
        return None
    if isinstance(hours, bool) or not isinstance(hours, int) or not 1 <= hours <= MAX_DUE_HOURS:
        return None
    made = [_group(group) for group in groups]
    kept = [group for group in made if group is not None]
    return {"groups": kept, "due_hours": hours} if len(kept) == len(made) else None


def _group(given: Any) -> dict[str, Any] | None:
    if not isinstance(given, dict):
        return None
    user, count = given.get("user"), given.get("count", 1)
    if isinstance(user, int) and not isinstance(user, bool) and user > 0:
        return {"user": user, "user_name": str(given.get("user_name", ""))[:200], "count": 1}
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= MAX_NEEDED:
        return None
    return {"permission": given.get("permission", ""), "count": count}
