"""Somebody decides with another's rights for a while: no further than those go, and never what either had a hand in."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import User
from approvals import access, actions
from approvals.models import Decision, Delegation
from audit.models import Event
from lib import clock
from lib.faults import Faults
from tests.approvals.builders import a_request, a_user
from tests.approvals.test_steps import refused, word

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> dict[str, User]:
    roles = {
        "amy": "price_clerk",
        "ann": "price_manager",
        "ben": "price_manager",
        "fin": "finance",
        "root": "admin",
    }
    return {name: a_user(name, role) for name, role in roles.items()}


def stand_in(people: dict[str, User], by: str = "ann", **more: Any) -> Delegation:
    now = clock.now()
    given: dict[str, Any] = {
        "delegate": "fin", "starts_at": now - timedelta(minutes=1), "ends_at": now + timedelta(days=3),
        "reason": "On holiday", **more,
    }  # fmt: skip
    return actions.delegate(actor=people[by].as_actor(), draft=actions.DelegationDraft(**given))


def test_a_delegate_decides_in_the_principals_right_and_the_trail_names_both(people: dict[str, User]) -> None:
    fin = people["fin"].as_actor()
    request = a_request(people["amy"].as_actor())
    assert refused(request, fin) == "not_approver"
    stand_in(people)
    assert request in access.waiting_for(fin)
    assert word(request, fin).state == "approved"
    decision = Decision.objects.get(request=request)
    assert (decision.decided_by_id, decision.on_behalf_of_id) == (people["fin"].pk, people["ann"].pk)
    event = Event.objects.get(kind="approval.approved")
    assert (event.actor_id, event.on_behalf_of_id) == (people["fin"].pk, people["ann"].pk)


def test_neither_of_the_two_decides_what_the_other_prepared(people: dict[str, User]) -> None:
    stand_in(people)
    stand_in(people, by="ben")
    of_ann = a_request(people["ann"].as_actor(), subject="price_change:2")
    own = a_request(people["fin"].as_actor(), subject="price_change:3")
    assert refused(own, people["fin"].as_actor()) == "own_request"
    decided = word(of_ann, people["fin"].as_actor())
    assert decided.state == "approved"
    assert Decision.objects.get(request=of_ann).on_behalf_of_id == people["ben"].pk


def test_in_the_preparers_right_alone_nobody_decides(people: dict[str, User]) -> None:
    stand_in(people)
    request = a_request(people["ann"].as_actor(), subject="price_change:2")
    assert refused(request, people["fin"].as_actor()) == "own_request"


def test_it_holds_for_its_kinds_and_time_only_and_not_for_a_third(people: dict[str, User]) -> None:
    request = a_request(people["amy"].as_actor())
    stand_in(people, kinds=("guardrail",))
    assert refused(request, people["fin"].as_actor()) == "not_approver"
    made = stand_in(people)
    with clock.frozen(made.ends_at):
        assert refused(request, people["fin"].as_actor()) == "not_approver"
    people["ann"].is_active = False
    people["ann"].save()
    assert refused(request, people["fin"].as_actor()) == "not_approver"


def test_revoked_it_is_over_and_only_once(people: dict[str, User]) -> None:
    made = stand_in(people)
    with pytest.raises(Faults):
        actions.revoke_delegation(actor=people["amy"].as_actor(), delegation_id=made.pk)
    actions.revoke_delegation(actor=people["ann"].as_actor(), delegation_id=made.pk)
    with pytest.raises(Faults):
        actions.revoke_delegation(actor=people["ann"].as_actor(), delegation_id=made.pk)
    request = a_request(people["amy"].as_actor())
    assert refused(request, people["fin"].as_actor()) == "not_approver"


def _at(**delta: int) -> datetime:
    return clock.now() + timedelta(**delta)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"delegate": "nobody"}, "unknown_user"),
        ({"delegate": "ann"}, "same_person"),
        ({"delegate": "amy"}, "cannot_decide"),
        ({"reason": " "}, "reason_required"),
        ({"ends_at": _at(days=-1)}, "invalid_time"),
        ({"ends_at": _at(days=200)}, "invalid_time"),
    ],
)
def test_refusals(people: dict[str, User], more: dict[str, Any], code: str) -> None:
    with pytest.raises(Faults) as told:
        stand_in(people, **more)
    assert told.value.faults[0].code == code
    assert not Delegation.objects.exists()


def test_only_who_manages_users_delegates_for_somebody_away(people: dict[str, User]) -> None:
    with pytest.raises(Faults) as told:
        stand_in(people, by="ben", principal="ann")
    assert told.value.faults[0].code == "not_allowed"
    made = stand_in(people, by="root", principal="ann", is_out_of_office=True)
    assert (made.principal_name, made.made_by_name) == ("ann", "root")
