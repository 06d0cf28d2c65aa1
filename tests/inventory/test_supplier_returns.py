"""Returns to suppliers: approved, shipped in parts at their cost, credited, closed; late ones are told."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.http import Http404

from alerts.models import Alert
from approvals.actions import decide
from approvals.queries import request_of
from inventory.actions.movements import reverse_movement
from inventory.actions.supplier_returns import (
    SupplierReturnDraft,
    add_return_evidence,
    apply_return_decisions,
    cancel_supplier_return,
    create_supplier_return,
    decide_supplier_return,
    edit_supplier_return,
    submit_supplier_return,
)
from inventory.actions.supplier_returns_moving import (
    alert_overdue_returns,
    close_supplier_return,
    note_credit,
    settle_taken_back,
    ship_supplier_return,
)
from inventory.models import Entry, SupplierReturn
from inventory.queries.supplier_returns import money_of as money
from inventory.queries.supplier_returns import movements_of, visible_supplier_returns
from lib import clock
from lib.actors import Actor
from lib.faults import Faults
from tests.inventory.builders import TESTER, line, make_product, make_site, post, receive
from tests.inventory.transfer_builders import person
from tests.inventory.write_off_builders import files, lying, make_store, make_supplier, photo, stock_line

__all__ = ["files"]
pytestmark = pytest.mark.usefixtures("files")


@pytest.fixture(autouse=True)
def store(db: None) -> None:
    make_store()
    make_supplier()
    post("transfer", line("A1", "LON", "LON", "20", to_state="blocked"), at=None)


def wanted(quantity: str = "10", **fields: Any) -> SupplierReturnDraft:
    lines = fields.pop("lines", (stock_line(quantity, state="blocked"),))
    due = fields.pop("credit_due_on", clock.now().date() + timedelta(days=14))
    return SupplierReturnDraft(
        "LON", fields.pop("supplier", "ACME"), fields.pop("reason", "broken on arrival"), due, lines, **fields
    )


def approved(quantity: str = "10", actor: Actor = TESTER, **fields: Any) -> SupplierReturn:
    made = create_supplier_return(actor=actor, draft=wanted(quantity, **fields))
    return submit_supplier_return(actor=actor, return_id=made.pk)


def shipped(quantity: str = "10", **fields: Any) -> SupplierReturn:
    return ship_supplier_return(actor=TESTER, return_id=approved(quantity, **fields).pk)


def credit(
    made: SupplierReturn, amount: str, reference: str = "CN-1", actor: Actor = TESTER
) -> SupplierReturn:
    day = clock.now().date()
    return note_credit(
        actor=actor, return_id=made.pk, reference=reference, amount=Decimal(amount), received_on=day
    )


def money_of(made: SupplierReturn) -> Any:
    return money(visible_supplier_returns(None).get(pk=made.pk))


def codes(refused: pytest.ExceptionInfo[Faults]) -> list[str]:
    return [fault.code for fault in refused.value.faults]


def test_goods_leave_at_what_they_are_worth() -> None:
    """Returns at the value they have in the books, not at the last price paid: frappe/erpnext#26625 (3)."""
    receive("A1", quantity="480", cost="4", at=None)
    made = shipped("10")
    entry = Entry.objects.get(movement_id=movements_of(made)[0]["movement"].pk, location_id=-1)
    assert (made.state, lying("blocked"), entry.quantity) == ("shipped", 10, 10)
    assert (entry.value, money_of(made).value) == (Decimal("29.795918"), Decimal("29.795918"))


def test_parts_leave_one_after_another() -> None:
    made = approved("10")
    ship_supplier_return(actor=TESTER, return_id=made.pk, lines=[stock_line("4", state="blocked")])
    with pytest.raises(Faults) as refused:
        ship_supplier_return(actor=TESTER, return_id=made.pk, lines=[stock_line("7", state="blocked")])
    ship_supplier_return(actor=TESTER, return_id=made.pk)
    assert (codes(refused), lying("blocked"), len(movements_of(made))) == (["over_shipment"], 10, 2)


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([stock_line("1")], "not_requested"),
        ([stock_line("0", state="blocked")], "invalid_quantity"),
        ([stock_line("NaN", state="blocked")], "invalid_quantity"),
        ([stock_line("1", sku="NONE", state="blocked")], "not_requested"),
    ],
)
def test_only_what_was_approved_leaves(lines: list[Any], code: str) -> None:
    made = approved("10")
    with pytest.raises(Faults) as refused:
        ship_supplier_return(actor=TESTER, return_id=made.pk, lines=lines)
    assert (codes(refused), lying("blocked")) == ([code], 20)


def test_more_than_lies_there_does_not_leave() -> None:
    made = approved("21")
    with pytest.raises(Faults) as refused:
        ship_supplier_return(actor=TESTER, return_id=made.pk)
    assert (codes(refused), SupplierReturn.objects.get().state) == (["insufficient_stock"], "approved")


def test_a_large_one_waits_for_another_person() -> None:
    mia = person("mia", "stock_manager")
    made = approved("150", actor=mia)
    with pytest.raises(Faults) as refused:
        decide_supplier_return(actor=mia, return_id=made.pk, approve=True)
    done = decide_supplier_return(actor=person("max", "stock_manager"), return_id=made.pk, approve=True)
    assert (made.state, codes(refused), done.state) == ("pending", ["own_request"], "approved")


def test_a_decision_on_the_approvals_page_has_its_effect() -> None:
    made = approved("150")
    request = request_of("supplier_return", f"supplier_return:{made.pk}")
    decide(actor=person("mia", "stock_manager"), request_id=request.pk, approve=False, comment="keep it")
    assert [apply_return_decisions(actor=TESTER) for _ in range(2)] == [1, 0]
    assert (SupplierReturn.objects.get().state, SupplierReturn.objects.get().note) == ("rejected", "keep it")


def test_an_edit_takes_the_approval_back() -> None:
    made = approved("10")
    edit_supplier_return(actor=TESTER, return_id=made.pk, draft=wanted("12"))
    with pytest.raises(Faults) as refused:
        ship_supplier_return(actor=TESTER, return_id=made.pk)
    assert codes(refused) == ["wrong_state"]


def test_what_is_credited_shows_its_difference() -> None:
    made = shipped("10", lines=(stock_line("10", state="blocked", unit_credit=Decimal("2.50")),))
    credit(made, "20.00")
    assert (money_of(made).expected, money_of(made).difference) == (25, -5)
    with pytest.raises(Faults) as refused:
        close_supplier_return(actor=TESTER, return_id=made.pk)
    assert codes(refused) == ["difference_unexplained"]
    done = close_supplier_return(actor=TESTER, return_id=made.pk, comment="handling fee")
    assert (done.state, done.close_note) == ("closed", "handling fee")


def test_a_credit_in_full_closes_without_a_word() -> None:
    made = shipped("10")
    credit(made, "20.00")
    assert close_supplier_return(actor=TESTER, return_id=made.pk).state == "closed"


@pytest.mark.parametrize("amount", ["0", "NaN", "1.999", "1" * 28])
def test_an_amount_that_is_none_is_refused(amount: str) -> None:
    made = shipped("10")
    with pytest.raises(Faults) as refused:
        credit(made, amount)
    assert codes(refused) == ["invalid_amount"]


def test_a_credit_note_counts_once() -> None:
    made = shipped("10")
    credit(made, "5.00")
    with pytest.raises(Faults) as refused:
        credit(made, "5.00")
    assert (codes(refused), money_of(made).received) == (["already_noted"], 5)


def test_the_clerk_does_not_note_credits() -> None:
    made = shipped("10")
    with pytest.raises(Faults) as refused:
        credit(made, "5.00", actor=person("carl"))
    assert refused.value.status == 403


def test_late_ones_are_told_once_and_no_more_when_credited() -> None:
    made = shipped("10")
    with clock.frozen(clock.now() + timedelta(days=20)):
        assert [alert_overdue_returns(actor=TESTER) for _ in range(2)] == [1, 1]
        assert Alert.objects.filter(kind="supplier_return_overdue", state="firing").count() == 1
        credit(made, "20.00")
        assert alert_overdue_returns(actor=TESTER) == 0
    assert not Alert.objects.filter(kind="supplier_return_overdue", state="firing").exists()


def test_a_shipment_taken_back_counts_as_not_sent() -> None:
    made = shipped("10")
    reverse_movement(actor=TESTER, movement_id=movements_of(made)[0]["movement"].pk, reason="came back")
    assert [settle_taken_back(actor=TESTER) for _ in range(2)] == [1, 0]
    made.refresh_from_db()
    assert (made.state, lying("blocked"), money_of(made).value) == ("approved", 20, 0)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"supplier": "NONE"}, "unknown_supplier"),
        ({"reason": " "}, "reason_required"),
        ({"reason": "x" * 501}, "too_long"),
        ({"supplier_reference": "x" * 65}, "too_long"),
        ({"lines": ()}, "no_lines"),
        ({"lines": (stock_line("1", unit_credit=Decimal(-1)),)}, "invalid_amount"),
        ({"credit_due_on": clock.now().date() - timedelta(days=1)}, "in_past"),
    ],
)
def test_what_cannot_be_is_refused(fields: dict[str, Any], code: str) -> None:
    with pytest.raises(Faults) as refused:
        create_supplier_return(actor=TESTER, draft=wanted(**fields))
    assert codes(refused) == [code]


def test_its_papers_are_fixed_when_submitted() -> None:
    made = create_supplier_return(actor=TESTER, draft=wanted())
    add_return_evidence(actor=TESTER, return_id=made.pk, upload=photo())
    submit_supplier_return(actor=TESTER, return_id=made.pk)
    with pytest.raises(Faults) as refused:
        add_return_evidence(actor=TESTER, return_id=made.pk, upload=photo("blue"))
    assert codes(refused) == ["wrong_state"]


def test_nothing_is_cancelled_that_has_left() -> None:
    made = shipped("10")
    with pytest.raises(Faults) as refused:
        cancel_supplier_return(actor=TESTER, return_id=made.pk, comment="no")
    assert codes(refused) == ["wrong_state"]


def test_outside_the_scope_there_is_none() -> None:
    make_site("MAN")
    made = approved("10")
    with pytest.raises(Http404):
        ship_supplier_return(actor=person("sam", "stock_clerk", site="MAN"), return_id=made.pk)


def test_a_bundle_has_no_stock_to_send_back() -> None:
    from tests.inventory.test_bundles import bill

    make_product("GIFT")
    bill("GIFT", ("A1", "2"))
    with pytest.raises(Faults) as refused:
        create_supplier_return(actor=TESTER, draft=wanted(lines=(stock_line("1", sku="GIFT"),)))
    assert codes(refused) == ["bundle_has_no_stock"]
