"""What a policy would have meant for the requests that were really made."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from approvals.models import ApprovalRequest, Policy
from approvals.queries.policies import rule_from, rule_of
from approvals.rules import Rule, verdict_on

MAX_CASES = 100
PAGE = 2000


def dry_run(name: str, document: Mapping[str, Any], *, since: datetime) -> dict[str, Any]:
    """The requests of the kind since then, judged with this version in place of the one in force.

    Returns {requests, at_once, was_at_once, more_at_once, fewer_at_once, other_policy, cases}: `more_at_once` were asked
    and would not have been, `fewer_at_once` the other way round, `other_policy` would have been asked elsewhere; up to
    100 cases of these, newest first, with what was decided. Facts of the day they were made are taken as they were.
    2 queries, read in pages.
    """
    kind = str(document["kind"])
    rules = _rules_with(name, document)
    made: dict[str, Any] = {
        "requests": 0, "at_once": 0, "was_at_once": 0, "more_at_once": 0, "fewer_at_once": 0, "other_policy": 0,
        "cases": [],
    }  # fmt: skip
    rows = ApprovalRequest.objects.filter(kind=kind, requested_at__gte=since).order_by("-id")
    fields = ("pk", "title", "url", "facts", "policy_name", "permission", "state", "requested_at")
    for pk, title, url, facts, policy, permission, state, at in rows.values_list(*fields).iterator(PAGE):
        rule = verdict_on(rules, facts).rule
        was, would = permission == "", rule.outcome == "routine"
        made["requests"] += 1
        made["was_at_once"] += was
        made["at_once"] += would
        change = "" if was == would else "more_at_once" if would else "fewer_at_once"
        if not change and policy != rule.name:
            change = "other_policy"
        if not change:
            continue
        made[change] += 1
        if len(made["cases"]) < MAX_CASES:
            made["cases"].append(
                {
                    "request": pk, "title": title, "url": url, "change": change, "was": policy, "would": rule.name,
                    "state": state, "at": at.isoformat(),
                }
            )  # fmt: skip
    return made


def _rules_with(name: str, document: Mapping[str, Any]) -> list[Rule]:
    """The active rules of the kind with `document` in the place of the policy's version in force."""
    others = Policy.objects.filter(kind=document["kind"], is_active=True).exclude(name=name)
    placed = [(policy.position, policy.name, rule_of(policy)) for policy in others]
    placed.append((int(document["position"]), name, rule_from(name, 0, document)))
    return [rule for _position, _name, rule in sorted(placed, key=lambda row: row[:2])]
