"""A policy changes by a proposal with its dry run over what was really asked; and what policies let pass is sampled."""

from decimal import Decimal
from typing import Any

import pytest

from approvals import actions
from approvals.models import ApprovalRequest, Policy, PolicyProposal, Review
from approvals.rules import review_due
from lib.faults import Faults
from tests.approvals.builders import a_person, a_request

pytestmark = pytest.mark.django_db
CLERK, MANAGER, OTHER = a_person(1, "price_clerk"), a_person(2, "price_manager"), a_person(9, "admin")


def propose(name: str = "price-routine", base: int = 1, **document: Any) -> PolicyProposal:
    proposed = actions.Proposed(name, document, reason="because", base_version=base)
    return actions.propose_policy(actor=MANAGER, proposed=proposed)


def request_of(proposal: PolicyProposal) -> ApprovalRequest:
    return ApprovalRequest.objects.get(kind="policy", subject=f"policy_proposal:{proposal.pk}")


def condition(fact: str, operator: str, value: Any) -> dict[str, Any]:
    return {"fact": fact, "operator": operator, "value": value}


def test_the_dry_run_tells_what_would_have_gone_another_way_with_the_cases() -> None:
    for number, move in enumerate(("0.01", "0.04", "0.06", "0.30")):
        a_request(CLERK, subject=f"price_change:{number}", max_change_fraction=move)
    wider = propose(conditions=[condition("max_change_fraction", "within", "0.10")]).dry_run
    figures = ("requests", "was_at_once", "at_once", "more_at_once", "fewer_at_once")
    assert [wider[name] for name in figures] == [4, 2, 3, 1, 0]
    assert [(case["change"], case["was"], case["would"]) for case in wider["cases"]] == [
        ("more_at_once", "price-review", "price-routine")
    ]


def test_a_new_policy_with_steps_comes_in_force_by_a_second_person() -> None:
    steps = [
        {"groups": [{"permission": "price_changes.approve", "count": 2}], "due_hours": 4},
        {"groups": [{"permission": "rates.approve", "count": 1}], "due_hours": 8},
    ]
    proposal = propose(
        "price-large", 0, kind="price_change", position=5, steps=steps,
        conditions=[condition("max_change_fraction", "at_least", "0.2")],
    )  # fmt: skip
    assert a_request(CLERK, max_change_fraction="0.3").policy_name == "price-review"
    actions.decide(actor=OTHER, request_id=request_of(proposal).pk, approve=True)
    asked = a_request(CLERK, subject="price_change:2", max_change_fraction="0.3")
    assert (asked.policy_name, asked.steps.count(), asked.permission) == (
        "price-large",
        2,
        "price_changes.approve",
    )
    assert request_of(proposal).effect == "applied"


def test_rejected_or_withdrawn_nothing_changes() -> None:
    first = propose(due_hours=30)
    actions.decide(actor=OTHER, request_id=request_of(first).pk, approve=False, comment="no")
    second = propose(due_hours=31)
    with pytest.raises(Faults):
        actions.withdraw_proposal(actor=OTHER, proposal_id=second.pk)
    actions.withdraw_proposal(actor=MANAGER, proposal_id=second.pk)
    assert list(PolicyProposal.objects.order_by("id").values_list("state", flat=True)) == [
        "rejected",
        "withdrawn",
    ]
    assert Policy.objects.get(name="price-routine").version == 1


@pytest.mark.parametrize(
    ("document", "pointer", "code"),
    [
        ({"outcome": "maybe"}, "/outcome", "invalid_value"),
        ({"conditions": []}, "/conditions", "invalid_condition"),
        ({"conditions": [condition("x", "within", "NaN")]}, "/conditions/0", "invalid_condition"),
        ({"conditions": [condition("x", "like", "1")]}, "/conditions/0", "invalid_condition"),
        ({"conditions": "all"}, "/conditions", "invalid_condition"),
        ({"outcome": "approve", "steps": [{"groups": [], "due_hours": 1}]}, "/steps/0", "invalid_step"),
        (
            {
                "outcome": "approve",
                "steps": [{"groups": [{"permission": "x.y", "count": 1}], "due_hours": 1}],
            },
            "/steps/0/groups/0/permission",
            "unknown_permission",
        ),
        ({"escalate_to": "nobody"}, "/escalate_to", "unknown_permission"),
        ({"review_fraction": "1.5"}, "/review_fraction", "invalid_value"),
        ({"position": 0}, "/position", "invalid_value"),
        ({"kind": "guardrail"}, "/kind", "invalid_kind"),
    ],
)
def test_every_fault_is_named_with_its_place(document: dict[str, Any], pointer: str, code: str) -> None:
    with pytest.raises(Faults) as told:
        propose(**document)
    assert (pointer, code) in [(fault.pointer, fault.code) for fault in told.value.faults]


def test_some_kinds_are_never_approved_at_once() -> None:
    with pytest.raises(Faults) as told:
        propose(
            "policy-self", 0, kind="policy", outcome="routine", position=1,
            conditions=[condition("requests_tried", "at_least", "0")],
        )  # fmt: skip
    assert told.value.faults[0].code == "needs_person"


@pytest.mark.parametrize("fraction", ["0", "0.05", "0.5", "1"])
def test_the_share_that_is_reviewed_is_the_share_that_was_said(fraction: str) -> None:
    drawn = sum(review_due(number, Decimal(fraction)) for number in range(1, 10_001))
    assert abs(drawn - 10_000 * Decimal(fraction)) <= 20


def test_what_policy_let_pass_is_looked_at_by_whom_it_would_have_asked() -> None:
    proposal = propose(review_fraction="1")
    actions.decide(actor=OTHER, request_id=request_of(proposal).pk, approve=True)
    passed = a_request(CLERK, subject="price_change:7", max_change_fraction="0.01")
    review = Review.objects.get(request=passed)
    assert review.permission == "price_changes.approve"

    def say(actor: Any, is_right: bool, note: str = "") -> str:
        try:
            return str(actions.review(actor=actor, review_id=review.pk, is_right=is_right, note=note).outcome)
        except Faults as faults:
            return faults.faults[0].code

    assert say(CLERK, True) == "not_approver"
    assert say(MANAGER, False) == "reason_required"
    assert say(MANAGER, False, "Too many lines") == "wrong"
    assert say(OTHER, True) == "wrong_state"
    assert ApprovalRequest.objects.get(pk=passed.pk).state == "approved"
