"""Kinds, facts and conditions in the reader's words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from accounts.queries import users_by_ids
from approvals.models import ApprovalRequest, Step
from approvals.queries import decisions_of
from approvals.rules import number_of
from web.figures import figure, money_text

KINDS: dict[str, str | Promise] = {
    "price_change": gettext_lazy("Price change"),
    "stock_adjustment": gettext_lazy("Stock adjustment"),
    "stock_transfer": gettext_lazy("Stock transfer"),
    "write_off": gettext_lazy("Write-off"),
    "supplier_return": gettext_lazy("Return to supplier"),
    "stock_valuation": gettext_lazy("Stock valuation"),
    "guardrail": gettext_lazy("Guardrail"),
    "compliance_item": gettext_lazy("Compliance item"),
    "price_list": gettext_lazy("Price list"),
    "exchange_rate": gettext_lazy("Exchange rate"),
    "dispute": gettext_lazy("Dispute"),
    "policy": gettext_lazy("Policy"),
}
#: Kinds whose owner answers `<url>summary/` with a fragment.
WITH_SUMMARY = frozenset({"price_change", "write_off"})
KIND_ICONS = {
    "price_change": "tag",
    "stock_adjustment": "packages",
    "write_off": "trash",
    "supplier_return": "truck",
    "stock_valuation": "coin",
    "guardrail": "shield-check",
    "compliance_item": "clipboard-check",
    "price_list": "list-details",
    "exchange_rate": "arrows-exchange",
    "dispute": "scale",
    "policy": "gavel",
}

FACTS: dict[str, str | Promise] = {
    "lines": gettext_lazy("Lines"),
    "max_change_fraction": gettext_lazy("Largest move"),
    "min_margin_fraction": gettext_lazy("Lowest margin"),
    "has_findings_above_note": gettext_lazy("Findings above note"),
    "unknown_cost": gettext_lazy("Cost unknown"),
    "restores_days": gettext_lazy("Restores prices approved, days ago"),
    "first_price": gettext_lazy("First price"),
    "reason_code": gettext_lazy("Kind of reason"),
    "kind": gettext_lazy("Kind"),
    "units": gettext_lazy("Units"),
    "value": gettext_lazy("Value"),
    "currency": gettext_lazy("Currency"),
    "site": gettext_lazy("Site"),
    "reason": gettext_lazy("Reason"),
    "move_fraction": gettext_lazy("Away from the rate known"),
    "source": gettext_lazy("Site of origin"),
    "destination": gettext_lazy("Site of arrival"),
    "is_emergency": gettext_lazy("Prepared for an emergency"),
    "evidence": gettext_lazy("Photos and papers"),
    "supplier": gettext_lazy("Supplier"),
    "crosses_entities": gettext_lazy("Between legal entities"),
    "class": gettext_lazy("Class"),
    "partner": gettext_lazy("Partner"),
    "matching": gettext_lazy("Matching"),
    "author_daily_count": gettext_lazy("Approved at once for the author today"),
    "author_daily_value": gettext_lazy("Value approved at once for the author today"),
    "within_author_limit": gettext_lazy("Within the author's own limit"),
    "policy_kind": gettext_lazy("Kind of request"),
    "is_new": gettext_lazy("New policy"),
    "requests_tried": gettext_lazy("Requests of the last twelve months"),
    "more_at_once": gettext_lazy("Asked then, approved at once by this version"),
    "fewer_at_once": gettext_lazy("Approved at once then, asked by this version"),
}
VALUES: dict[str, str | Promise] = {
    "regular": gettext_lazy("Regular"),
    "promotion": gettext_lazy("Promotion"),
    "clearance": gettext_lazy("Clearance"),
    "expiry": gettext_lazy("Expiry"),
    "damage": gettext_lazy("Damage"),
    "season": gettext_lazy("Season"),
    "cost": gettext_lazy("Cost"),
    "exchange": gettext_lazy("Exchange rate"),
    "emergency": gettext_lazy("Emergency"),
    "adjustment": gettext_lazy("Adjustment"),
    "scrap": gettext_lazy("Scrap"),
}
POLICIES: dict[str, str | Promise] = {
    "price-restore": gettext_lazy("Restoring prices approved lately"),
    "price-routine": gettext_lazy("Routine price change"),
    "price-first": gettext_lazy("First price"),
    "price-review": gettext_lazy("Price change, by a price manager"),
    "guardrail-review": gettext_lazy("Guardrail, by another who keeps them"),
    "compliance-item-review": gettext_lazy("Compliance item, by another who keeps the policies"),
    "price-list-review": gettext_lazy("Price list, by another who keeps them"),
    "stock-routine": gettext_lazy("Small adjustment or scrap"),
    "stock-review": gettext_lazy("Adjustment or scrap, by a stock manager"),
    "transfer-emergency": gettext_lazy("Emergency transfer, prepared beforehand"),
    "transfer-routine": gettext_lazy("Small transfer within a legal entity"),
    "transfer-review": gettext_lazy("Transfer, by a stock manager"),
    "write-off-routine": gettext_lazy("Small write-off"),
    "write-off-review": gettext_lazy("Write-off, by a stock manager"),
    "supplier-return-routine": gettext_lazy("Small return to a supplier"),
    "supplier-return-review": gettext_lazy("Return to a supplier, by a stock manager"),
    "valuation-routine": gettext_lazy("Small change of value"),
    "valuation-review": gettext_lazy("Change of value, by finance"),
    "dispute-routine": gettext_lazy("Small amount that a partner does not pay"),
    "dispute-review": gettext_lazy("Amount that a partner does not pay, by finance"),
    "rate-review": gettext_lazy("Rate by hand, by a second person"),
    "policy-review": gettext_lazy("Policy, by another who keeps them"),
    "fall-back": gettext_lazy("No policy matches: fall-back approver"),
}
PERMISSIONS: dict[str, str | Promise] = {
    "price_changes.approve": gettext_lazy("price manager"),
    "guardrails.manage": gettext_lazy("whoever keeps the guardrails"),
    "price_lists.edit": gettext_lazy("whoever keeps the price lists"),
    "adjustments.approve": gettext_lazy("stock manager"),
    "transfers.approve": gettext_lazy("stock manager"),
    "valuations.approve": gettext_lazy("finance"),
    "rates.approve": gettext_lazy("whoever approves rates"),
    "disputes.approve": gettext_lazy("finance"),
    "policies.manage": gettext_lazy("whoever keeps the policies"),
    "users.manage": gettext_lazy("administrator"),
}
#: Sentences of faults, so that they are in the translations; `web.answers.done` looks them up.
REFUSALS = (
    gettext_noop("Nobody approves what they prepared."),
    gettext_noop("Your role does not decide this."),
    gettext_noop("This no longer waits for a decision."),
    gettext_noop("This was changed since you opened it."),
    gettext_noop("Give one reason for all of them."),
    gettext_noop("Only requests of one kind can be decided together."),
    gettext_noop("Say why the policy changes."),
    gettext_noop("Nothing is different from the version in force."),
    gettext_noop("Give a number from 0 to 1,000,000,000."),
    gettext_noop("Give 1 to 720 hours."),
    gettext_noop("Your role does not change policies."),
    gettext_noop("Some could not be decided; the others were."),
    gettext_noop("Say where the rate is from."),
    gettext_noop("This rate no longer waits."),
    gettext_noop("A rate of this pair and day waits already."),
    gettext_noop("Nobody puts their own rate in force."),
    gettext_noop("A rate leads from one currency to another."),
    gettext_noop("You have decided this already, or somebody did in your name."),
    gettext_noop("An account that several people use decides nothing."),
    gettext_noop("Prove your second factor again to decide this."),
    gettext_noop("Say what has to be reworked."),
    gettext_noop("Another version is in force; look at it first."),
    gettext_noop("A version of this policy waits already."),
    gettext_noop("Only who proposed it takes it back."),
    gettext_noop("It waits no more."),
    gettext_noop("You delegate what is yours to decide."),
    gettext_noop("Nobody stands in for themselves."),
    gettext_noop("Only a person whose own role decides may stand in."),
    gettext_noop("It ends after it begins, and not in the past."),
    gettext_noop("At most 92 days at a time."),
    gettext_noop("Say why somebody stands in."),
    gettext_noop("This delegation is not yours."),
    gettext_noop("It has ended before."),
    gettext_noop("Write something, or choose a file."),
    gettext_noop("Your role does not review this."),
    gettext_noop("Nobody reviews what they prepared."),
    gettext_noop("It was reviewed before."),
    gettext_noop("Say what was wrong."),
    gettext_noop("What is approved at once has a condition."),
    gettext_noop("This kind always needs a second person."),
)
EMPTY_FACTS = (None, "")


def kind_label(kind: str) -> str:
    return str(KINDS.get(kind, kind.replace("_", " ").capitalize()))


def kind_icon(kind: str) -> str:
    return KIND_ICONS.get(kind, "checks")


def policy_label(name: str) -> str:
    return str(POLICIES.get(name, name))


def permission_label(code: str) -> str:
    return str(PERMISSIONS.get(code, code))


def fact_label(fact: str) -> str:
    return str(FACTS.get(fact, fact.replace("_", " ").capitalize()))


def fact_value(fact: str, value: Any, facts: Mapping[str, Any]) -> str:
    """The value as one reads it: fractions in percent, money with its currency, truth as yes or no."""
    if value is None:
        return "\N{EM DASH}"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    number = number_of(value)
    if number is not None and fact.endswith("_fraction"):
        return figure(round(number * 100, 2)) + "\N{NO-BREAK SPACE}%"
    if number is not None and fact == "value":
        return money_text(number, str(facts.get("currency") or ""))
    if number is not None:
        return figure(number)
    return str(VALUES.get(str(value), value))


def fact_rows(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(label, value) of every fact that says something."""
    return [
        (fact_label(fact), fact_value(fact, value, facts))
        for fact, value in facts.items()
        if value not in EMPTY_FACTS
    ]


def condition_text(condition: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
    """ "Largest move within ±5 %" """
    label = fact_label(condition["fact"])
    value = fact_value(condition["fact"], condition["value"], facts)
    texts = {
        "at_most": _("%(fact)s at most %(value)s"),
        "at_least": _("%(fact)s at least %(value)s"),
        "within": _("%(fact)s within ±%(value)s"),
        "is": _("%(fact)s: %(value)s"),
        "one_of": _("%(fact)s one of %(value)s"),
    }
    return texts.get(condition["operator"], "%(fact)s %(value)s") % {"fact": label, "value": value}


@dataclass(frozen=True)
class CheckRow:
    """One condition of one policy as the request's page shows it."""

    text: str
    given: str
    holds: bool


@dataclass(frozen=True)
class PolicyRow:
    """One policy that was tried, with its checks."""

    name: str
    label: str
    version: int
    matched: bool
    checks: list[CheckRow]


def why_rows(request: ApprovalRequest) -> list[PolicyRow]:
    """What each policy found, in the order they were tried."""
    return [
        PolicyRow(
            tried["policy"],
            policy_label(tried["policy"]),
            tried["version"],
            tried["matched"],
            [
                CheckRow(
                    condition_text(check, request.facts),
                    fact_value(check["fact"], check["given"], request.facts),
                    check["holds"],
                )
                for check in tried["checks"]
            ],
        )
        for tried in request.policy_why
    ]


def why_text(request: ApprovalRequest) -> str:
    """One line for a list: why it is not routine, or under which policy it was."""
    if request.state == ApprovalRequest.State.APPROVED and not request.permission:
        return _("Inside policy “%(policy)s”") % {"policy": policy_label(request.policy_name)}
    nearest = _nearest_miss(request)
    if nearest is None:
        return policy_label(request.policy_name)
    return _("Not routine: %(given)s, limit “%(limit)s”") % {
        "given": f"{fact_label(nearest['fact'])} {fact_value(nearest['fact'], nearest['given'], request.facts)}",
        "limit": condition_text(nearest, request.facts),
    }


def _nearest_miss(request: ApprovalRequest) -> Mapping[str, Any] | None:
    """The first failed condition of the policy that came closest to matching."""
    best: tuple[int, Mapping[str, Any]] | None = None
    for tried in request.policy_why:
        failed = [check for check in tried["checks"] if not check["holds"]]
        given = [
            check for check in failed if check["given"] not in EMPTY_FACTS and check["given"] is not False
        ]
        if given and not tried["matched"] and (best is None or len(failed) < best[0]):
            best = (len(failed), given[0])
    return best[1] if best else None


@dataclass(frozen=True)
class StepRow:
    """One group of a request as its page shows it."""

    step: Step
    who: str
    also: str


def step_rows(steps: Sequence[Step], escalate_to: str) -> list[StepRow]:
    """Who decides, in order; beside it who may too because time ran out."""
    return [
        StepRow(
            step,
            step.user_name or permission_label(step.permission),
            permission_label(escalate_to) if step.escalated_at else "",
        )
        for step in steps
    ]


def decision_rows(request: ApprovalRequest) -> list[dict[str, Any]]:
    """Every word with the name of whom it was said for. 2 queries."""
    rows = decisions_of(request.pk)
    names = users_by_ids({row.on_behalf_of_id for row in rows if row.on_behalf_of_id})
    return [{"word": row, "on_behalf_of": names.get(row.on_behalf_of_id or 0)} for row in rows]


def steps_text(policy: Mapping[str, Any]) -> list[str]:
    """Each step of a policy in one sentence; none for what is approved at once."""
    if policy["outcome"] == "routine":
        return []
    steps = policy["steps"] or [
        {"groups": [{"permission": policy["permission"], "count": 1}], "due_hours": policy["due_hours"]}
    ]
    return [
        _("%(who)s, within %(hours)s h")
        % {
            "who": " + ".join(_group_text(group) for group in step["groups"]),
            "hours": step["due_hours"],
        }
        for step in steps
    ]


def _group_text(group: Mapping[str, Any]) -> str:
    if group.get("user"):
        return str(group.get("user_name") or group["user"])
    count = int(group.get("count", 1))
    label = permission_label(str(group["permission"]))
    return label if count == 1 else f"{count} × {label}"


def editable(value: Any, is_percent: bool) -> str:
    """A limit as the form shows it: "0.05" → "5" percent."""
    number = number_of(value)
    if number is None:
        return str(value)
    return format((number * 100 if is_percent else number).normalize(), "f")


def stored(text: str, is_percent: bool) -> str:
    """A limit as it is stored; what is no number stays as it is and is refused by the action."""
    number = number_of(text.strip().removesuffix("%").strip())
    if number is None:
        return text
    return format(number / 100 if is_percent else number, "f")


def whole(text: str) -> int:
    """A whole number from a form, 0 when it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
