"""Several people decide, in order or side by side; nobody twice, nobody who had a hand in it, nobody because time ran out."""

from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import User
from approvals import access, actions
from approvals.models import ApprovalRequest, Decision, Policy, Step
from audit.models import Event
from lib import clock
from lib.actors import Actor, job
from lib.faults import Faults
from tests.approvals.builders import a_person, a_request
from tests.together import DONE, together

CLERK = a_person(1, "price_clerk")
ANN, BEN = a_person(2, "price_manager"), a_person(3, "price_manager")
FIN, ADMIN = a_person(4, "finance"), a_person(5, "admin")


def a_policy(steps: list[dict[str, Any]], **fields: Any) -> Policy:
    """The only policy for price changes asks these steps."""
    Policy.objects.filter(kind="price_change", is_active=True).update(is_active=False)
    values = {"version": 1, "kind": "price_change", "position": 1, "outcome": "approve", **fields}
    return Policy.objects.create(name="several", permission="price_changes.approve", steps=steps, **values)


def group(permission: str, count: int = 1) -> dict[str, Any]:
    return {"permission": permission, "count": count}


def step(*groups: dict[str, Any], hours: int = 8) -> dict[str, Any]:
    return {"groups": list(groups), "due_hours": hours}


def word(request: ApprovalRequest, actor: Actor, approve: bool = True, **more: Any) -> ApprovalRequest:
    return actions.decide(actor=actor, request_id=request.pk, approve=approve, **more)


def refused(request: ApprovalRequest, actor: Actor, **more: Any) -> str:
    with pytest.raises(Faults) as told:
        word(request, actor, **more)
    return told.value.faults[0].code


def states(request: ApprovalRequest) -> list[str]:
    return [str(one.state) for one in Step.objects.filter(request=request).order_by("number", "id")]


@pytest.mark.django_db
def test_steps_open_in_order_and_the_last_word_approves() -> None:
    a_policy([step(group("price_changes.approve", 2)), step(group("rates.approve"), hours=4)])
    request = a_request(CLERK)
    assert (states(request), request.permission) == (["open", "waiting"], "price_changes.approve")
    assert refused(request, FIN) == "not_approver"
    assert word(request, ANN).state == "pending"
    assert refused(request, ANN) == "already_spoken"
    assert word(request, BEN).state == "pending"
    assert states(request) == ["done", "open"]
    due = ApprovalRequest.objects.get(pk=request.pk).due_at
    assert due is not None and due < request.requested_at + timedelta(hours=5)
    assert word(request, FIN).state == "approved"
    assert states(request) == ["done", "done"]
    kinds = (
        Event.objects.filter(subject=f"approval:{request.pk}").order_by("id").values_list("kind", flat=True)
    )
    assert list(kinds) == ["approval.requested", *["approval.step_approved"] * 2, "approval.approved"]


@pytest.mark.django_db
def test_side_by_side_in_any_order_and_a_no_of_one_ends_it() -> None:
    a_policy([step(group("price_changes.approve"), group("audit.export"))])
    one, two = a_request(CLERK), a_request(CLERK, subject="price_change:2")
    assert word(one, FIN).state == "pending"
    assert word(one, ANN).state == "approved"
    assert word(two, FIN, approve=False, comment="no").state == "rejected"
    assert states(two) == ["closed", "closed"]
    assert refused(two, ANN) == "wrong_state"


@pytest.mark.django_db
def test_a_named_person_decides_whatever_their_role() -> None:
    a_policy([step({"user": CLERK.id, "user_name": "person 1"})])
    request = a_request(BEN)
    assert refused(request, ANN) == "not_approver"
    assert word(request, CLERK).state == "approved"


@pytest.mark.django_db
def test_who_had_a_hand_in_it_decides_nothing_even_by_raw_sql() -> None:
    request = actions.open_request(
        actor=CLERK, kind="price_change", subject="price_change:9", title="x", content_hash="a" * 64,
        facts={"max_change_fraction": "0.5"}, contributors=[ANN.id or 0],
    )  # fmt: skip
    assert refused(request, ANN) == "own_request"
    assert access.waiting_for(ANN) == []
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.create(
            request=request, step=Step.objects.get(request=request), prepared_by_id=1, decided_by_kind="user",
            decided_by_id=2, decided_by_name="x", approved=True, content_hash="a" * 64, policy_name="p", policy_version=1,
        )  # fmt: skip
    assert word(request, BEN).state == "approved"


@pytest.mark.django_db
def test_raw_sql_cannot_pass_a_step_over() -> None:
    a_policy([step(group("price_changes.approve")), step(group("rates.approve"))])
    request = a_request(CLERK)
    word(request, ANN)
    for sql in (
        "UPDATE approvals_approvalrequest SET state = 'approved'",
        "UPDATE approvals_step SET given = 1, state = 'done' WHERE state = 'open'",
        "UPDATE approvals_step SET state = 'done' WHERE state = 'open'",
    ):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)


@pytest.mark.django_db
def test_what_is_sent_back_says_why_and_waits_no_more() -> None:
    request = a_request(CLERK)
    assert refused(request, ANN, approve=False, is_returned=True) == "reason_required"
    back = word(request, ANN, approve=False, is_returned=True, comment="Round to .99")
    assert (back.state, back.close_reason) == ("returned", "Round to .99")
    assert a_request(CLERK).state == "pending"


@pytest.mark.django_db
def test_a_shared_account_decides_nothing_and_those_behind_it_not_what_it_prepared() -> None:
    shared = User.objects.create_user(
        "till", None, role="price_manager", is_shared=True, shared_by_ids=[BEN.id]
    )
    request = a_request(a_person(901, "price_clerk"))
    assert refused(request, shared.as_actor()) == "shared_account"
    own = a_request(shared.as_actor(), subject="price_change:2")
    assert refused(own, BEN) == "own_request"
    assert word(own, ANN).state == "approved"


@pytest.mark.django_db
def test_where_policy_says_so_the_second_factor_is_asked_again() -> None:
    a_policy([], needs_step_up=True)
    request = a_request(CLERK)
    assert refused(request, ANN) == "step_up_required"
    assert word(request, ANN, is_stepped_up=True).state == "approved"
    assert Decision.objects.get(request=request).is_stepped_up


@pytest.mark.django_db
def test_time_reminds_then_escalates_and_never_approves() -> None:
    a_policy([step(group("price_changes.approve"), hours=10)], escalate_to="users.manage")
    request = a_request(CLERK)
    assert refused(request, ADMIN_ONLY) == "not_approver"
    start = request.requested_at
    tick = job("approvals.tick")
    assert actions.escalate_due(actor=tick, at=start + timedelta(hours=7)) == 0
    assert Step.objects.get(request=request).reminded_at is None
    assert actions.escalate_due(actor=tick, at=start + timedelta(hours=8, minutes=1)) == 0
    assert Step.objects.get(request=request).reminded_at is not None
    late = start + timedelta(hours=10, minutes=1)
    assert (actions.escalate_due(actor=tick, at=late), actions.escalate_due(actor=tick, at=late)) == (1, 0)
    assert ApprovalRequest.objects.get(pk=request.pk).state == "pending"
    assert request in access.waiting_for(ADMIN_ONLY)
    assert word(request, ADMIN_ONLY).state == "approved"
    assert Event.objects.filter(kind="approval.escalated").count() == 1


#: Holds the right of escalation and not that of the step.
ADMIN_ONLY = Actor("user", 8, "person 8", frozenset({"users.manage", "approvals.decide", "approvals.view"}))


@pytest.mark.django_db
def test_what_one_author_has_approved_at_once_adds_up_over_the_day() -> None:
    Policy.objects.filter(kind="stock_adjustment", is_active=True).update(is_active=False)
    condition = {
        "fact": "author_daily_value",
        "operator": "at_most",
        "value": "1000",
        "may_be_missing": False,
    }
    Policy.objects.create(
        name="daily",
        version=1,
        kind="stock_adjustment",
        position=1,
        outcome="routine",
        conditions=[condition],
    )
    with clock.frozen(clock.now()):
        made = [
            a_request(CLERK, kind="stock_adjustment", subject=f"movement:{n}", value=value, currency=currency)
            for n, (value, currency) in enumerate(
                [("600", "GBP"), ("-300", "GBP"), ("200", "GBP"), ("900", "EUR")]
            )
        ]
        other = a_request(ANN, kind="stock_adjustment", subject="movement:9", value="200", currency="GBP")
    assert [one.state for one in made] == ["approved", "approved", "pending", "approved"]
    assert (made[2].facts["author_daily_value"], other.state) == ("1100", "approved")


@pytest.mark.django_db
def test_an_authors_own_limit() -> None:
    user = User.objects.create_user("carl", None, role="stock_clerk")
    Policy.objects.filter(kind="stock_adjustment", is_active=True).update(is_active=False)
    condition = {"fact": "within_author_limit", "operator": "is", "value": True, "may_be_missing": False}
    Policy.objects.create(
        name="own", version=1, kind="stock_adjustment", position=1, outcome="routine", conditions=[condition]
    )
    ask = {"kind": "stock_adjustment", "value": "50"}
    assert a_request(user.as_actor(), subject="movement:1", **ask).state == "approved"
    given = {"username": "carl", "kind": "stock_adjustment", "fact": "value", "reason": "new here"}
    with pytest.raises(Faults):
        actions.set_author_limit(actor=user.as_actor(), limit=Decimal(999), **given)
    actions.set_author_limit(actor=ADMIN, limit=Decimal(20), **given)
    assert a_request(user.as_actor(), subject="movement:2", **ask).state == "pending"
    actions.set_author_limit(actor=ADMIN, limit=None, **given)
    assert a_request(user.as_actor(), subject="movement:3", **ask).state == "approved"


def test_of_three_who_speak_at_once_the_two_that_are_needed_count(cloned_db: str) -> None:
    a_policy([step(group("price_changes.approve", 2))])
    request = a_request(CLERK)
    words = [partial(word, request, a_person(n, "price_manager")) for n in (2, 3, 4)]
    assert together(*words) == [DONE, DONE, "wrong_state"]
    stored = Step.objects.get(request=request)
    assert (stored.given, stored.state) == (2, "done")
    assert ApprovalRequest.objects.get(pk=request.pk).state == "approved"


def test_two_requests_of_one_author_at_once_are_counted_one_by_one(cloned_db: str) -> None:
    Policy.objects.filter(kind="stock_adjustment", is_active=True).update(is_active=False)
    condition = {"fact": "author_daily_count", "operator": "at_most", "value": "1", "may_be_missing": False}
    Policy.objects.create(
        name="daily",
        version=1,
        kind="stock_adjustment",
        position=1,
        outcome="routine",
        conditions=[condition],
    )
    ask = partial(a_request, CLERK, kind="stock_adjustment", value="1")
    assert together(*(partial(ask, subject=f"movement:{n}") for n in range(4))) == [DONE] * 4
    states = ApprovalRequest.objects.order_by("state").values_list("state", flat=True)
    assert list(states) == ["approved", "pending", "pending", "pending"]
