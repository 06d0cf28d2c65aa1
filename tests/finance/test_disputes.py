"""Disputes: each step and its refusal, write-offs within and above the policy, overdue ones, time spent, races."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connections
from django.http import Http404

from accounts.models import User
from alerts.models import Alert
from approvals.actions import decide
from approvals.models import ApprovalRequest
from audit.models import Event
from catalog.actions import grant_scope
from catalog.actions.scopes import ScopeDraft
from finance.actions.dispute_alerts import alert_overdue_disputes
from finance.actions.disputes import (
    accept_dispute,
    apply_dispute_decisions,
    assign_dispute,
    claim_dispute,
    close_dispute,
    comment_dispute,
    decide_write_off,
    take_back_write_off,
    time_work,
    write_off_dispute,
)
from finance.models import Comparison, Dispute
from finance.rules.effort import Step, hands_on
from lib import clock
from lib.actors import Actor
from lib.faults import Faults
from tests.finance.builders import a_dispute, a_shop, paid, sell, settle
from tests.inventory.builders import TESTER


def a_person(username: str, role: str = "finance") -> Actor:
    user = User.objects.create_user(username, "x", role=role, display_name=username.title())
    grant_scope(actor=TESTER, draft=ScopeDraft(user.pk, valid_from=clock.now()), reason="test")
    return user.as_actor()


def a_big_dispute() -> Dispute:
    a_shop()
    sell("O-1", quantity="50")
    settle(paid("O-1", gross="500", commission="350"))
    return Dispute.objects.get()


def code_of(work: Callable[[], object]) -> str:
    with pytest.raises(Faults) as refused:
        work()
    return refused.value.faults[0].code


def test_claimed_accepted_closed(db: None) -> None:
    dispute, ann = a_dispute(), a_person("ann")
    assign_dispute(actor=ann, dispute_id=dispute.pk, owner="ann")
    claim_dispute(actor=ann, dispute_id=dispute.pk, reference="CASE-7", comment="sent by mail")
    accept_dispute(actor=ann, dispute_id=dispute.pk, recovered=Decimal("1.5"))
    done = close_dispute(actor=ann, dispute_id=dispute.pk, comment="in payout P-2")
    assert (done.state, done.owner_name, done.recovered) == ("closed", "Ann", Decimal("1.5"))
    assert Comparison.objects.get().state == "settled"
    kinds = (
        Event.objects.filter(subject=f"dispute:{dispute.pk}").order_by("id").values_list("kind", flat=True)
    )
    assert list(kinds) == ["dispute.assigned", "dispute.claimed", "dispute.accepted", "dispute.closed"]


def test_what_was_sent_is_not_touched_by_later_statements(db: None) -> None:
    dispute, ann = a_dispute(), a_person("ann")
    claim_dispute(actor=ann, dispute_id=dispute.pk, reference="CASE-7")
    settle(paid("O-1", commission="3"))
    dispute.refresh_from_db()
    assert (dispute.amount, dispute.line_count, Dispute.objects.count()) == (Decimal("1.5"), 1, 1)


def test_steps_out_of_order_are_refused(db: None) -> None:
    dispute, ann = a_dispute(), a_person("ann")
    number = dispute.pk
    assert (
        code_of(lambda: accept_dispute(actor=ann, dispute_id=number, recovered=Decimal(1))) == "wrong_state"
    )
    assert code_of(lambda: claim_dispute(actor=ann, dispute_id=number, reference=" ")) == "reference_required"
    assert code_of(lambda: close_dispute(actor=ann, dispute_id=number, comment="")) == "comment_required"
    assert code_of(lambda: assign_dispute(actor=ann, dispute_id=number, owner="nobody")) == "unknown_person"
    claim_dispute(actor=ann, dispute_id=number, reference="CASE-7")
    assert (
        code_of(lambda: accept_dispute(actor=ann, dispute_id=number, recovered=Decimal(2)))
        == "invalid_amount"
    )
    accept_dispute(actor=ann, dispute_id=number, recovered=Decimal(1))
    assert code_of(lambda: close_dispute(actor=ann, dispute_id=number, comment="all")) == "rest_remains"


def test_a_small_loss_is_written_off_at_once(db: None) -> None:
    dispute, ann = a_dispute(), a_person("ann")
    done = write_off_dispute(actor=ann, dispute_id=dispute.pk, comment="not worth a letter")
    request = ApprovalRequest.objects.get(kind="dispute")
    assert (done.state, request.state, request.effect) == ("written_off", "approved", "applied")


def test_above_the_limit_another_person_approves(db: None) -> None:
    dispute, ann, bob = a_big_dispute(), a_person("ann"), a_person("bob")
    asked = write_off_dispute(actor=ann, dispute_id=dispute.pk, comment="the platform is gone")
    assert asked.state == "writing_off"
    own = code_of(lambda: decide_write_off(actor=ann, dispute_id=dispute.pk, approve=True))
    assert own == "own_request" and Dispute.objects.get().state == "writing_off"
    done = decide_write_off(actor=bob, dispute_id=dispute.pk, approve=True)
    assert (done.state, Comparison.objects.get().state) == ("written_off", "settled")


def test_decided_on_the_approvals_page_the_loop_gives_effect(db: None) -> None:
    dispute, ann, bob = a_big_dispute(), a_person("ann"), a_person("bob")
    write_off_dispute(actor=ann, dispute_id=dispute.pk, comment="the platform is gone")
    request = ApprovalRequest.objects.get(kind="dispute")
    decide(actor=bob, request_id=request.pk, approve=True, comment="", expected_hash=request.content_hash)
    assert apply_dispute_decisions(actor=TESTER) == 1 and Dispute.objects.get().state == "written_off"


def test_refused_it_is_what_it_was(db: None) -> None:
    dispute, ann, bob = a_big_dispute(), a_person("ann"), a_person("bob")
    claim_dispute(actor=ann, dispute_id=dispute.pk, reference="CASE-7")
    write_off_dispute(actor=ann, dispute_id=dispute.pk, comment="the platform is gone")
    assert (
        decide_write_off(actor=bob, dispute_id=dispute.pk, approve=False, comment="ask again").state
        == "claimed"
    )
    write_off_dispute(actor=ann, dispute_id=dispute.pk, comment="really gone")
    assert take_back_write_off(actor=ann, dispute_id=dispute.pk).state == "claimed"
    assert ApprovalRequest.objects.filter(state="withdrawn").count() == 1


def test_overdue_disputes_are_alerts_until_they_end(db: None) -> None:
    dispute, ann = a_dispute(), a_person("ann")
    assert alert_overdue_disputes(actor=TESTER) == 0
    with clock.frozen(clock.now() + timedelta(days=8)):
        assert alert_overdue_disputes(actor=TESTER) == 1 and alert_overdue_disputes(actor=TESTER) == 1
        assert Alert.objects.get(kind="dispute_overdue").state == "firing"
        close_dispute(actor=ann, dispute_id=dispute.pk, comment="explained")
        alert_overdue_disputes(actor=TESTER)
    assert Alert.objects.get(kind="dispute_overdue").state == "resolved"


def test_rights_and_scope(db: None) -> None:
    dispute = a_dispute()
    clerk = a_person("carl", "stock_clerk")
    assert code_of(lambda: comment_dispute(actor=clerk, dispute_id=dispute.pk, comment="hm")) == "not_allowed"
    outside = User.objects.create_user("eve", "x", role="finance").as_actor()
    with pytest.raises(Http404):
        comment_dispute(actor=outside, dispute_id=dispute.pk, comment="hm")


def test_the_clock_is_started_and_stopped_once(db: None) -> None:
    dispute, ann = a_dispute(), a_person("ann")
    time_work(actor=ann, dispute_id=dispute.pk, is_start=True)
    assert code_of(lambda: time_work(actor=ann, dispute_id=dispute.pk, is_start=True)) == "running"
    time_work(actor=ann, dispute_id=dispute.pk, is_start=False)
    assert code_of(lambda: time_work(actor=ann, dispute_id=dispute.pk, is_start=False)) == "not_running"


def at(minute: int) -> datetime:
    return datetime(2026, 11, 20, 9, tzinfo=UTC) + timedelta(minutes=minute)


@pytest.mark.parametrize(
    ("steps", "minutes"),
    [
        ([], 0),
        ([("opened", "machine", 0)], 0),
        ([("commented", "ann", 0)], 1),
        ([("commented", "ann", 0), ("claimed", "ann", 10)], 10),
        ([("commented", "ann", 0), ("claimed", "ann", 40)], 2),
        ([("started", "ann", 0), ("claimed", "ann", 20), ("stopped", "ann", 30)], 30),
        ([("started", "ann", 0), ("claimed", "ann", 20)], 20),
        ([("started", "ann", 0), ("stopped", "ann", 600)], 240),
        ([("started", "ann", 0), ("stopped", "ann", 10), ("commented", "bob", 5)], 11),
    ],
)
def test_hands_on_time(steps: list[tuple[str, str, int]], minutes: int) -> None:
    assert hands_on([Step(step, by, at(minute)) for step, by, minute in steps]) == timedelta(minutes=minutes)


def test_two_decide_at_once_and_one_counts(cloned_db: str) -> None:
    dispute, ann, bob = a_dispute(), a_person("ann"), a_person("bob")
    barrier, results = threading.Barrier(2), []

    def go(work: Callable[[], object]) -> None:
        try:
            barrier.wait()
            work()
            results.append("done")
        except Faults as refused:
            results.append(refused.faults[0].code)
        finally:
            connections.close_all()

    works = (
        lambda: close_dispute(actor=ann, dispute_id=dispute.pk, comment="explained"),
        lambda: write_off_dispute(actor=bob, dispute_id=dispute.pk, comment="small"),
    )
    threads = [threading.Thread(target=go, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["done", "wrong_state"] and Dispute.objects.get().state in (
        "closed",
        "written_off",
    )
