"""The form of a policy: thresholds, steps, deadlines; fractions are typed in percent."""

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict

from approvals import words
from approvals.models import Policy
from approvals.policy_documents import document_of
from approvals.rules import NUMERIC_OPERATORS

STEPS = (1, 2, 3)
PLAIN = ("due_hours", "escalate_to", "review_percent")
FLAGS = ("needs_step_up", "is_fast")


def form_of(document: Mapping[str, Any], version: int) -> dict[str, Any]:
    """What the form shows for a stored document."""
    steps = list(document["steps"])
    return {
        "base_version": version,
        "limits": [_limit(condition) for condition in document["conditions"] if _is_limit(condition)],
        "due_hours": document["due_hours"],
        "escalate_to": document["escalate_to"],
        "review_percent": words.editable(document["review_fraction"], True),
        **{name: document[name] for name in FLAGS},
        "steps": [_step(number, steps[number - 1] if len(steps) >= number else None) for number in STEPS],
        "reason": "",
    }


def _is_limit(condition: Mapping[str, Any]) -> bool:
    return condition["operator"] in NUMERIC_OPERATORS


def _limit(condition: Mapping[str, Any], typed: str | None = None) -> dict[str, Any]:
    is_percent = condition["fact"].endswith("_fraction")
    return {
        "fact": condition["fact"],
        "label": words.condition_text({**condition, "value": ""}, {}).strip(" :"),
        "value": words.editable(condition["value"], is_percent) if typed is None else typed,
        "is_percent": is_percent,
    }


def _step(number: int, step: Mapping[str, Any] | None) -> dict[str, Any]:
    group = step["groups"][0] if step else {}
    return {
        "number": number,
        "permission": group.get("permission", ""),
        "count": group.get("count", 1),
        "due_hours": step["due_hours"] if step else "",
    }


def form_typed(typed: QueryDict) -> dict[str, Any]:
    """What was typed, kept for the page that is shown again."""
    return {
        "base_version": typed.get("base_version", ""),
        "limits": [
            _limit(
                {
                    "fact": key.removeprefix("limit_"),
                    "operator": typed.get(f"operator_{key.removeprefix('limit_')}", "within"),
                    "value": "",
                },
                str(value),
            )
            for key, value in typed.items()
            if key.startswith("limit_")
        ],
        **{name: typed.get(name, "") for name in PLAIN},
        **{name: name in typed for name in FLAGS},
        "steps": [
            {
                "number": number,
                **{
                    name: typed.get(f"step{number}_{name}", "")
                    for name in ("permission", "count", "due_hours")
                },
            }
            for number in STEPS
        ],
        "reason": typed.get("reason", ""),
    }


def document_from(typed: QueryDict, current: Policy) -> dict[str, Any]:
    """The document the form asks for; what is not on the form stays. Checked by whoever takes it."""
    document = document_of(current)
    for condition in document["conditions"]:
        text = typed.get(f"limit_{condition['fact']}")
        if text is not None and _is_limit(condition):
            condition["value"] = words.stored(text, condition["fact"].endswith("_fraction"))
    if "due_hours" in typed:
        document["due_hours"] = words.whole(typed.get("due_hours", ""))
    if "escalate_to" in typed:
        document["escalate_to"] = typed.get("escalate_to", "")
    if "review_percent" in typed:
        document["review_fraction"] = words.stored(typed.get("review_percent", ""), True)
    if "has_steps" in typed:
        document["steps"] = _steps_from(typed, document)
    if "has_flags" in typed:
        document |= {name: name in typed for name in FLAGS}
    return document


def _steps_from(typed: QueryDict, document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The steps of the form; one with several groups side by side keeps them while its first is not changed."""
    kept = dict(enumerate(document["steps"], 1))
    made = []
    for number in STEPS:
        permission = typed.get(f"step{number}_permission", "")
        if not permission:
            continue
        first = {"permission": permission, "count": words.whole(typed.get(f"step{number}_count", "")) or 1}
        groups = [first, *(kept[number]["groups"][1:] if number in kept else [])]
        made.append({"groups": groups, "due_hours": words.whole(typed.get(f"step{number}_due_hours", ""))})
    return made
