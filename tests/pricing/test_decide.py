"""Approve, reject, withdraw, roll back; the loop."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from approvals.actions import decide
from approvals.models import ApprovalRequest, Policy
from audit.models import Event
from catalog.models import UnitCost
from jobs.models import Outbox
from lib import actors, clock
from lib.faults import Faults
from pricing.actions.price_changes import (
    apply_due,
    approve_change,
    place_approved,
    reject_change,
    roll_back_change,
    submit_change,
    withdraw_change,
)
from pricing.models import Price, PriceChange
from tests.pricing.builders import House, a_draft, a_house, a_person, a_product, amount, priced, submitted

pytestmark = pytest.mark.django_db
LOOP = actors.job("pricing.apply_due")


@pytest.fixture
def house() -> House:
    made = a_house()
    a_product("A")
    priced(made.clerk, ("BASE", "A", "10.00"))
    return made


def live() -> list[object]:
    rows = Price.objects.filter(known__endswith__isnull=True, valid__contains=clock.now())
    return list(rows.values_list("amount", flat=True))


def code_of(act: object) -> tuple[int, str]:
    with pytest.raises(Faults) as refused:
        act()  # type: ignore[operator]
    return refused.value.status, refused.value.faults[0].code


def test_a_manager_approves_and_the_price_stands_at_once(house: House):
    change = submitted(house.clerk, ("BASE", "A", "11.00"))
    approved = approve_change(actor=house.manager, change_id=change.pk, comment="fine")
    assert (approved.state, approved.decided_by_id, approved.decision_comment) == (
        "approved",
        house.manager.id,
        "fine",
    )
    assert live() == [amount("11")]
    event = Event.objects.get(kind="price_change.approved", subject=f"price_change:{change.pk}")
    assert (event.actor_id, event.after["rows_closed"], event.reason) == (house.manager.id, 1, "fine")


def test_with_two_approvers_asked_the_first_word_places_nothing(house: House):
    Policy.objects.filter(kind="price_change").update(is_active=False)
    group = {"permission": "price_changes.approve", "count": 2}
    Policy.objects.create(
        name="two", version=1, kind="price_change", position=1, outcome="approve", permission="price_changes.approve",
        steps=[{"groups": [group], "due_hours": 4}],
    )  # fmt: skip
    change = submitted(house.clerk, ("BASE", "A", "11.00"))
    assert approve_change(actor=house.manager, change_id=change.pk).state == "pending"
    assert live() == [amount("10")]
    other = a_person("second", "price_manager")
    assert approve_change(actor=other, change_id=change.pk).state == "approved"
    assert live() == [amount("11")]


def test_what_is_sent_back_is_a_draft_again_and_may_be_submitted_anew(house: House):
    change = submitted(house.clerk, ("BASE", "A", "11.00"))
    decide(
        actor=house.manager,
        request_id=change.approval_id or 0,
        approve=False,
        is_returned=True,
        comment="Round it",
    )
    place_approved(actor=LOOP)
    change.refresh_from_db()
    assert (change.state, change.approval_id, live()) == ("draft", None, [amount("10")])
    assert Event.objects.get(kind="price_change.returned").reason == "Round it"
    again = submit_change(actor=house.clerk, change_id=change.pk, comment="rounded")
    assert again.state == "pending"


def test_the_preparer_never_approves(house: House):
    """frappe#5553: nobody approves what they prepared."""
    change = submitted(house.manager, ("BASE", "A", "11.00"))
    assert code_of(lambda: approve_change(actor=house.manager, change_id=change.pk)) == (403, "own_request")
    assert code_of(lambda: approve_change(actor=house.clerk, change_id=change.pk)) == (403, "not_allowed")
    with pytest.raises(IntegrityError), transaction.atomic():
        PriceChange.objects.filter(pk=change.pk).update(decided_by_id=house.manager.id)


def test_a_decided_change_is_in_the_wrong_state(house: House):
    change = submitted(house.clerk, ("BASE", "A", "11.00"))
    reject_change(actor=house.manager, change_id=change.pk, comment="too much")
    assert code_of(lambda: approve_change(actor=house.manager, change_id=change.pk)) == (409, "wrong_state")
    assert PriceChange.objects.get(pk=change.pk).state == "rejected"
    assert live() == [amount("10")]


def test_an_approval_is_void_when_others_moved_the_price(house: House):
    change = submitted(house.clerk, ("BASE", "A", "11.00"))
    other = submitted(house.other_manager, ("BASE", "A", "11.20"))
    approve_change(actor=house.manager, change_id=other.pk)
    assert code_of(lambda: approve_change(actor=house.manager, change_id=change.pk)) == (409, "base_moved")
    assert live() == [amount("11.2")]


def test_a_cost_that_rose_meanwhile_stops_the_approval(house: House):
    change = submitted(house.clerk, ("BASE", "A", "11.00"))
    UnitCost.objects.create(
        product_id=change.lines.get().product_id, amount="12", currency="GBP", valid_from=clock.now()
    )
    assert code_of(lambda: approve_change(actor=house.manager, change_id=change.pk)) == (409, "below_cost")


def test_an_edit_behind_the_back_is_found_by_the_hash(house: House):
    change = submitted(house.clerk, ("BASE", "A", "11.00"))
    change.lines.update(amount="99.00")
    assert code_of(lambda: approve_change(actor=house.manager, change_id=change.pk)) == (
        409,
        "content_changed",
    )


def test_the_loop_places_what_was_approved_in_the_inbox_and_applies_it(house: House):
    change = submitted(house.clerk, ("BASE", "A", "11.00"))
    decide(actor=house.manager, request_id=change.approval_id or 0, approve=True, comment="ok")
    assert live() == [amount("10")]
    assert place_approved(actor=LOOP) == 1
    assert live() == [amount("11")]
    assert apply_due(actor=LOOP) == 2  # the first price and this one
    stored = PriceChange.objects.get(pk=change.pk)
    assert (stored.state, stored.decided_by_id, stored.decision_comment) == (
        "applied",
        house.manager.id,
        "ok",
    )
    assert Outbox.objects.filter(key=f"price_change:{change.pk}").count() == 1
    assert ApprovalRequest.objects.get(pk=change.approval_id).effect == "applied"


def test_the_loop_follows_a_rejection_in_the_inbox(house: House):
    change = submitted(house.clerk, ("BASE", "A", "11.00"))
    decide(actor=house.manager, request_id=change.approval_id or 0, approve=False, comment="no")
    place_approved(actor=LOOP)
    assert PriceChange.objects.get(pk=change.pk).state == "rejected"


def test_what_no_longer_fits_lapses_with_an_alert(house: House):
    from alerts.models import Alert

    change = submitted(house.clerk, ("BASE", "A", "11.00"))
    decide(actor=house.manager, request_id=change.approval_id or 0, approve=True)
    change.lines.update(base_ids=[])
    assert place_approved(actor=LOOP) == 1
    stored = PriceChange.objects.get(pk=change.pk)
    assert (stored.state, "base_moved" in stored.lapsed_reason, live()) == ("withdrawn", True, [amount("10")])
    assert Alert.objects.filter(key=f"price_change.lapsed:{change.pk}").exists()


def test_nothing_is_applied_before_its_moment(house: House):
    apply_due(actor=LOOP)
    later = clock.now() + timedelta(hours=1)
    change = priced(house.clerk, ("BASE", "A", "10.40"), effective_from=later)
    assert (apply_due(actor=LOOP), live()) == (0, [amount("10")])
    with clock.frozen(later):
        assert apply_due(actor=LOOP) == 1
        assert live() == [amount("10.4")]
    assert PriceChange.objects.get(pk=change.pk).state == "applied"


def test_withdrawing_before_the_moment_brings_back_what_was(house: House):
    later = clock.now() + timedelta(hours=1)
    change = priced(house.clerk, ("BASE", "A", "10.40"), effective_from=later)
    withdraw_change(actor=house.clerk, change_id=change.pk, comment="mistake")
    with clock.frozen(later + timedelta(hours=1)):
        assert live() == [amount("10")]
    assert PriceChange.objects.get(pk=change.pk).state == "withdrawn"
    event = Event.objects.get(kind="price_change.withdrawn")
    assert (event.after["rows_closed"], len(event.digests)) == (1, 2)


def test_what_is_in_effect_is_not_withdrawn(house: House):
    change = priced(house.clerk, ("BASE", "A", "10.40"))
    assert code_of(lambda: withdraw_change(actor=house.clerk, change_id=change.pk)) == (409, "in_effect")


def test_drafts_and_pending_changes_are_withdrawn(house: House):
    for change in (
        a_draft(house.clerk, ("BASE", "A", "11.00")),
        submitted(house.clerk, ("BASE", "A", "11.00")),
    ):
        assert withdraw_change(actor=house.clerk, change_id=change.pk).state == "withdrawn"
    assert code_of(lambda: withdraw_change(actor=house.clerk, change_id=change.pk)) == (409, "wrong_state")


def test_a_roll_back_is_a_new_change_that_restores(house: House):
    change = submitted(house.clerk, ("BASE", "A", "20.00"))
    approve_change(actor=house.manager, change_id=change.pk)
    new = roll_back_change(actor=house.other_manager, change_id=change.pk, comment="typing error")
    old = PriceChange.objects.get(pk=change.pk)
    assert (new.state, new.policy_version, new.rolls_back_id) == ("approved", "price-restore v1", old.pk)
    assert (old.state, old.rolled_back_by.pk, live()) == ("rolled_back", new.pk, [amount("10")])
    assert code_of(lambda: roll_back_change(actor=house.manager, change_id=change.pk)) == (
        409,
        "already_rolled_back",
    )


def test_rolling_back_a_first_price_ends_it(house: House):
    a_product("B")
    change = priced(house.clerk, ("BASE", "B", "10.00"))
    roll_back_change(actor=house.manager, change_id=change.pk)
    assert live() == [amount("10")]  # only that of A


def test_a_roll_back_leaves_alone_what_later_changes_set(house: House):
    change = priced(house.clerk, ("BASE", "A", "10.40"))
    priced(house.clerk, ("BASE", "A", "10.50"))
    assert code_of(lambda: roll_back_change(actor=house.manager, change_id=change.pk)) == (
        409,
        "nothing_left",
    )


def test_restoring_what_was_approved_long_ago_needs_a_person(house: House):
    PriceChange.objects.update(decided_at=clock.now() - timedelta(days=40))
    change = submitted(house.clerk, ("BASE", "A", "20.00"))
    approve_change(actor=house.manager, change_id=change.pk)
    new = roll_back_change(actor=house.manager, change_id=change.pk)
    assert (new.state, live()) == ("pending", [amount("20")])
    reject_change(actor=house.other_manager, change_id=new.pk)
    assert not PriceChange.objects.filter(rolls_back=change).exists()
