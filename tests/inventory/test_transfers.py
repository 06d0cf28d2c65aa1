"""Transfers: request, approval, shipping, receiving with differences, closing, and each refusal."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.http import Http404

from alerts.models import Alert
from approvals.actions import decide
from approvals.queries import request_of
from audit.models import Event
from inventory.actions.placing import place_approved
from inventory.actions.reservations import Wanted
from inventory.actions.transfers import (
    KIND,
    apply_decisions,
    cancel_transfer,
    decide_transfer,
    edit_transfer,
    request_transfer,
    submit_transfer,
)
from inventory.actions.transfers_moving import close_transfer, receive_transfer, reopen_refused, ship_transfer
from inventory.actions.transfers_templates import (
    TemplateDraft,
    alert_overdue,
    release_template,
    review_release,
    save_template,
)
from inventory.checks import overdue_on_their_way, unreviewed_releases
from inventory.models import Balance, Movement, Transfer, TransferMovement, TransferParcel
from inventory.queries.transfers import open_before, subject_of
from inventory.queries.verification import ledger_breaches
from inventory.rules.transfers import Came
from lib import clock
from lib.faults import Faults
from tests.inventory.builders import TESTER, held, make_site, receive
from tests.inventory.transfer_builders import approved, asked, came, make_house, person, shipped
from tests.together import together


@pytest.fixture
def house(db: None) -> None:
    make_house()


def code_of(work, *args, **fields) -> str:
    with pytest.raises(Faults) as refused:
        work(*args, **fields)
    return refused.value.faults[0].code


def parcel() -> TransferParcel:
    return TransferParcel.objects.get()


# -- until it leaves ---------------------------------------------------------------------------------------------------


def test_a_small_transfer_is_approved_by_the_policy(house: None) -> None:
    made = approved("10")
    assert (made.state, made.policy) == ("approved", "transfer-routine v1")
    assert Event.objects.filter(subject=subject_of(made), kind="transfer.approved").exists()


def test_a_large_one_waits_and_another_person_approves_it(house: None) -> None:
    receive("A1", site="WH", quantity="5000", cost="2", at=None)
    made = approved("900", actor=person("carl"))
    assert made.state == "pending"
    decided = decide_transfer(
        actor=person("mia", "stock_manager"), transfer_id=made.pk, approve=True, comment="yes"
    )
    assert decided.state == "approved"


def test_nobody_approves_what_they_prepared(house: None) -> None:
    manager = person("mia", "stock_manager")
    made = approved("900", actor=manager)
    assert code_of(decide_transfer, actor=manager, transfer_id=made.pk, approve=True) == "own_request"


def test_only_who_prepared_it_submits_it(house: None) -> None:
    made = request_transfer(actor=person("carl"), draft=asked())
    assert code_of(submit_transfer, actor=person("cora"), transfer_id=made.pk) == "not_preparer"


def test_an_edit_voids_the_request(house: None) -> None:
    clerk = person("carl")
    made = approved("900", actor=clerk)
    request = request_of(KIND, subject_of(made))
    edited = edit_transfer(actor=clerk, transfer_id=made.pk, draft=asked("800"))
    request.refresh_from_db()
    assert (edited.state, request.state) == ("draft", "void")
    assert (
        code_of(decide_transfer, actor=person("mia", "stock_manager"), transfer_id=made.pk, approve=True)
        == "wrong_state"
    )


def test_a_decision_on_the_approvals_page_takes_effect_by_the_loop(house: None) -> None:
    made = approved("900", actor=person("carl"))
    decide(
        actor=person("mia", "stock_manager"), request_id=request_of(KIND, subject_of(made)).pk, approve=True
    )
    assert (apply_decisions(actor=TESTER), Transfer.objects.get().state) == (1, "approved")


def test_what_is_rejected_ends(house: None) -> None:
    made = approved("900", actor=person("carl"))
    decide_transfer(actor=person("mia", "stock_manager"), transfer_id=made.pk, approve=False, comment="no")
    assert (Transfer.objects.get().state, Transfer.objects.get().note) == ("rejected", "no")


def test_every_fault_of_a_request_comes_at_once(house: None) -> None:
    lines = (Wanted("NONE", Decimal(1)), Wanted("A1", Decimal(0)), Wanted("A1", Decimal("NaN")))
    day = clock.now().date() - timedelta(days=1)
    with pytest.raises(Faults) as refused:
        request_transfer(actor=TESTER, draft=asked(lines=lines, reason=" ", expected_on=day))
    codes = [fault.code for fault in refused.value.faults]
    assert sorted(set(codes)) == [
        "duplicate_sku", "in_past", "invalid_quantity", "reason_required", "unknown_sku",
    ]  # fmt: skip


def test_a_request_needs_the_right_and_one_site_in_scope(house: None) -> None:
    make_site("YRK")
    assert code_of(request_transfer, actor=person("sal", "sales"), draft=asked()) == "not_allowed"
    assert code_of(request_transfer, actor=person("carl", site="YRK"), draft=asked()) == "unknown_site"


def test_out_of_scope_it_is_not_there(house: None) -> None:
    make_site("YRK")
    made = approved()
    with pytest.raises(Http404):
        ship_transfer(actor=person("carl", site="YRK"), transfer_id=made.pk)


def test_cancelling_gives_the_request_back(house: None) -> None:
    made = approved("900", actor=person("carl"))
    cancel_transfer(actor=TESTER, transfer_id=made.pk, reason="not needed")
    assert Transfer.objects.get().state == "cancelled"
    assert request_of(KIND, subject_of(made)).state == "withdrawn"


def test_what_has_left_is_not_cancelled(house: None) -> None:
    assert code_of(cancel_transfer, actor=TESTER, transfer_id=shipped().pk, reason="x") == "wrong_state"


def test_the_database_refuses_an_unknown_state(house: None) -> None:
    made = approved()
    with pytest.raises(IntegrityError), transaction.atomic():
        Transfer.objects.filter(pk=made.pk).update(state="lost")


# -- on its way --------------------------------------------------------------------------------------------------------


def test_shipping_takes_from_the_sender_into_transit(house: None) -> None:
    made = shipped("10")
    assert (made.state, held("WH").on_hand, held("LON").in_transit) == ("in_transit", 90, 10)


def test_it_ships_in_parts_and_by_lots(house: None) -> None:
    receive("A1", site="WH", quantity="5", cost="2", at=None, lot="L7")
    made = approved("10")
    ship_transfer(actor=TESTER, transfer_id=made.pk, lines=[Wanted("A1", Decimal(4), "L7")])
    ship_transfer(actor=TESTER, transfer_id=made.pk, lines=[Wanted("A1", Decimal(6))])
    assert sorted(TransferParcel.objects.values_list("lot", "shipped")) == [("", 6), ("L7", 4)]
    assert code_of(ship_transfer, actor=TESTER, transfer_id=made.pk) == "nothing_left"


def test_no_more_is_shipped_than_was_asked_for_or_is_there(house: None) -> None:
    made = approved("10")
    sent = lambda quantity, sku="A1": [Wanted(sku, Decimal(quantity))]  # noqa: E731
    assert code_of(ship_transfer, actor=TESTER, transfer_id=made.pk, lines=sent(11)) == "over_shipment"
    assert code_of(ship_transfer, actor=TESTER, transfer_id=made.pk, lines=sent(1, "B9")) == "not_requested"
    empty = approved("400")
    assert code_of(ship_transfer, actor=TESTER, transfer_id=empty.pk) == "insufficient_stock"
    assert not TransferMovement.objects.exists()


def test_only_the_sender_ships_and_only_the_receiver_receives(house: None) -> None:
    made = approved()
    sender, receiver = person("carl", site="WH"), person("rita", "site_staff", site="LON")
    assert code_of(ship_transfer, actor=person("cora", site="LON"), transfer_id=made.pk) == "not_your_site"
    ship_transfer(actor=sender, transfer_id=made.pk)
    assert code_of(came, made, actor=sender, received="10") == "not_your_site"
    assert came(made, actor=receiver, received="10").state == "received"


def test_what_came_as_sent_is_on_hand(house: None) -> None:
    made = came(shipped("10"), received="10")
    row = held("LON")
    assert (made.state, row.on_hand, row.in_transit, row.value) == ("received", 10, 0, 20)
    assert close_transfer(actor=TESTER, transfer_id=made.pk).state == "closed"
    assert list(ledger_breaches()) == []


def test_short_damaged_scrapped_and_refused_are_each_settled(house: None) -> None:
    made = came(shipped("10"), received="4", short="1", damaged="2", scrapped="1", refused="2")
    states = Balance.objects.filter(on_hand__gt=0).order_by("site__code", "state")
    assert [(row.site.code, row.state, int(row.on_hand)) for row in states] == [
        ("LON", "available", 4), ("LON", "blocked", 2), ("WH", "available", 90), ("WH", "inspect", 2),
    ]  # fmt: skip
    assert (made.state, held_transit(), list(ledger_breaches())) == ("received", 0, [])


def held_transit() -> Decimal:
    return sum(Balance.objects.values_list("in_transit", flat=True), Decimal(0))


def test_what_is_not_named_stays_on_its_way(house: None) -> None:
    made = came(shipped("10"), received="4")
    assert (made.state, held("LON").in_transit) == ("in_transit", 6)
    assert came(made, received="6").state == "received"


def test_a_little_over_is_taken_in_and_more_is_refused(house: None) -> None:
    made = shipped("100")
    assert code_of(came, made, received="106") == "over_receipt"
    assert code_of(came, made, received="102", short="1") == "over_receipt"
    came(made, received="105")
    assert (held("LON").on_hand, held("LON").in_transit, parcel().over) == (105, 0, 5)


@pytest.mark.parametrize("figure", ["-1", "NaN", "Infinity", "0.0000001", "1" * 28])
def test_impossible_figures_are_refused(house: None, figure: str) -> None:
    assert code_of(came, shipped(), received=figure) == "invalid_quantity"


def test_what_was_never_shipped_is_not_received(house: None) -> None:
    made = shipped()
    assert code_of(came, made, received="1", lot="L9") == "not_shipped"
    assert code_of(receive_transfer, actor=TESTER, transfer_id=made.pk, lines=[Came("A1")]) == "no_lines"


def test_a_large_shortage_waits_for_an_approver_and_so_does_the_close(house: None) -> None:
    made = came(shipped_many(), received="4500", short="500")
    assert code_of(close_transfer, actor=TESTER, transfer_id=made.pk) == "waiting_for_approval"
    movement = Movement.objects.get(state="pending")
    request = request_of("stock_adjustment", f"movement:{movement.pk}")
    decide(actor=person("mia", "stock_manager"), request_id=request.pk, approve=True)
    place_approved(actor=TESTER)
    assert close_transfer(actor=TESTER, transfer_id=made.pk).state == "closed"


def shipped_many() -> Transfer:
    receive("A1", site="WH", quantity="5000", cost="2", at=None)
    made = approved("5000", actor=person("carl"))
    decide_transfer(actor=person("max", "stock_manager"), transfer_id=made.pk, approve=True)
    return ship_transfer(actor=TESTER, transfer_id=made.pk)


def test_a_shortage_that_an_approver_refuses_is_on_its_way_again(house: None) -> None:
    made = came(shipped_many(), received="4500", short="500")
    movement = Movement.objects.get(state="pending")
    request = request_of("stock_adjustment", f"movement:{movement.pk}")
    decide(actor=person("mia", "stock_manager"), request_id=request.pk, approve=False, comment="look again")
    place_approved(actor=TESTER)
    assert (reopen_refused(actor=TESTER), Transfer.objects.get().state, parcel().short) == (
        1,
        "in_transit",
        0,
    )
    assert came(made, received="500").state == "received"


def test_the_database_refuses_to_settle_more_than_was_shipped(house: None) -> None:
    shipped("10")
    with pytest.raises(IntegrityError), transaction.atomic():
        TransferParcel.objects.update(received=9, short=2)


# -- late, emergencies -------------------------------------------------------------------------------------------------


def test_an_overdue_transfer_raises_an_alert_until_it_has_come(house: None) -> None:
    made = shipped(expected_on=clock.now().date())
    assert alert_overdue(actor=TESTER) == 0
    with clock.frozen(clock.now() + timedelta(days=2)):
        assert (alert_overdue(actor=TESTER), len(overdue_on_their_way(clock.now()))) == (1, 1)
        came(made, received="10")
        assert (alert_overdue(actor=TESTER), Alert.objects.get(kind="transfer_overdue").state) == (
            0,
            "resolved",
        )


def test_an_open_transfer_stands_in_the_way_of_a_close(house: None) -> None:
    made = shipped()
    later = clock.now() + timedelta(days=1)
    assert [one.pk for one in open_before(made.source_id, later)] == [made.pk]
    close_transfer(actor=TESTER, transfer_id=came(made, received="10").pk)
    assert open_before(made.source_id, later) == []


def prepared(manager_name: str = "mia"):
    lines = (Wanted("A1", Decimal(30)),)
    draft = TemplateDraft("Flood", "store flooded", "WH", "LON", 1, lines)
    return save_template(actor=person(manager_name, "stock_manager"), draft=draft)


def test_the_duty_officer_releases_a_prepared_list_and_it_waits_for_a_review(house: None) -> None:
    made = release_template(actor=person("dan", "duty"), template_id=prepared().pk)
    assert (made.state, made.policy) == ("approved", "transfer-emergency v1")
    assert Alert.objects.get(kind="transfer_review").state == "firing"
    review_release(actor=person("max", "stock_manager"), transfer_id=made.pk, comment="right")
    assert (unreviewed_releases(clock.now()), Alert.objects.get(kind="transfer_review").state) == (
        [],
        "resolved",
    )


def test_a_list_is_released_once_and_not_by_who_prepared_it(house: None) -> None:
    template, duty = prepared(), person("dan", "duty")
    release_template(actor=duty, template_id=template.pk)
    assert code_of(release_template, actor=duty, template_id=template.pk) == "already_released"
    assert (
        code_of(release_template, actor=person("cora", "stock_clerk"), template_id=template.pk)
        == "not_allowed"
    )


def test_nobody_reviews_what_they_released(house: None) -> None:
    admin = person("ada", "admin")
    made = release_template(actor=admin, template_id=prepared().pk)
    assert code_of(review_release, actor=admin, transfer_id=made.pk, comment="fine") == "own_request"


# -- races -------------------------------------------------------------------------------------------------------------


def test_of_two_receivers_at_once_one_receives(cloned_db: str) -> None:
    make_house()
    made = shipped("10")
    work = lambda: came(made, received="10")  # noqa: E731
    assert together(work, work) == ["done", "wrong_state"]
    assert (held("LON").on_hand, list(ledger_breaches())) == (10, [])


def test_shipping_and_cancelling_at_once_leave_one_of_both(cloned_db: str) -> None:
    make_house()
    made = approved("10")
    answers = together(
        lambda: ship_transfer(actor=TESTER, transfer_id=made.pk),
        lambda: cancel_transfer(actor=TESTER, transfer_id=made.pk, reason="not needed"),
    )
    assert answers == ["done", "wrong_state"]
    state = Transfer.objects.get().state
    assert (state, held("WH").on_hand) in [("in_transit", 90), ("cancelled", 100)]
