"""Settlements, invoices and ledger balances against ours: each class, tolerances, disputes that come and go."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from audit.models import Event
from finance.actions.matching import compare
from finance.actions.statements import take_invoices, take_ledger_balances, take_settlements
from finance.models import Comparison, Dispute, SettlementLine, SupplierInvoiceLine
from lib import clock
from lib.faults import Faults
from tests.finance.builders import (
    a_shop,
    an_order,
    bill,
    days_ago,
    invoiced,
    paid,
    sell,
    settle,
    today,
    verdict,
)
from tests.inventory.builders import TESTER, make_rate, receive


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({}, ("", "matched", "0")),
        ({"gross": "9.99"}, ("rounding", "matched", "0.011")),
        ({"gross": "9"}, ("price", "differs", "1")),
        ({"gross": "9", "quantity": "2"}, ("quantity", "differs", "1")),
        ({"commission": "1.01"}, ("rounding", "matched", "0.01")),
        ({"commission": "1.5"}, ("commission", "differs", "0.5")),
        ({"refunds": "4", "commission": "0.6"}, ("price", "differs", "4")),
        ({"currency": "EUR", "gross": "12", "commission": "1.2"}, ("", "matched", "0")),
        ({"currency": "EUR", "gross": "11.9", "commission": "1.2"}, ("rate", "matched", "0.083333")),
        ({"currency": "EUR", "gross": "11", "commission": "1.1"}, ("rate", "differs", "0.833333")),
    ],
)
def test_a_settlement_is_judged(db: None, told: dict[str, Any], expected: tuple[str, str, str]) -> None:
    make_rate("EUR", "GBP", "0.8333333333", days_ago=0)
    a_shop()
    sell("O-1")
    settle(paid("O-1", **told))
    found = verdict("O-1")
    assert found[:2] == expected[:2] and abs(found[2] - Decimal(expected[2])) < Decimal("0.0001")


def test_what_one_side_lacks(db: None) -> None:
    a_shop()
    for order, days in (("O-1", 20), ("O-2", 3), ("O-3", 18)):
        sell(order, days=days)
    found = settle(paid("O-3", on=days_ago(1)), paid("O-9", on=days_ago(9)), paid("O-8", on=days_ago(0)))
    assert verdict("O-1")[:2] == ("missing_there", "differs") and verdict("O-2")[:2] == ("timing", "waiting")
    assert verdict("O-9") == ("missing_here", "differs", Decimal(-9)) and verdict("O-8")[1] == "waiting"
    assert (found.matched, found.waiting, found.differing, len(found.opened)) == (1, 2, 2, 2)


def test_an_order_paid_twice_is_a_duplicate(db: None) -> None:
    a_shop()
    sell("O-1")
    settle(paid("O-1"), paid("O-1", payout="P-2"))
    assert verdict("O-1")[:2] == ("duplicate", "differs")


def test_a_correction_takes_the_dispute_away(db: None) -> None:
    a_shop()
    sell("O-1")
    settle(paid("O-1", commission="2.5"))
    dispute = Dispute.objects.get()
    assert (dispute.amount, dispute.line_count, dispute.state) == (Decimal("1.5"), 1, "open")
    settle(paid("O-1"))
    dispute.refresh_from_db()
    assert (dispute.state, Comparison.objects.get().state) == ("closed", "matched")
    assert SettlementLine.objects.count() == 1


def test_one_dispute_holds_all_of_a_payout_and_class(db: None) -> None:
    a_shop()
    for number in range(5):
        sell(f"O-{number}")
    settle(*[paid(f"O-{number}", commission="2") for number in range(5)])
    dispute = Dispute.objects.get()
    assert (dispute.line_count, dispute.amount, dispute.document) == (5, 5, "P-1")
    assert Event.objects.filter(kind="finance.compared").count() == 1


def test_the_same_again_changes_nothing(db: None) -> None:
    a_shop()
    sell("O-1")
    settle(paid("O-1", commission="2.5"))
    before = list(Comparison.objects.values())
    counts = take_settlements(actor=TESTER, rows=[paid("O-1", commission="2.5")])
    compare(actor=TESTER, matching="settlement")
    assert (
        counts.unchanged == 1 and list(Comparison.objects.values()) == before and Dispute.objects.count() == 1
    )


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"channel": "none"}, "unknown_channel"),
        ({"commission": "-1"}, "negative_amount"),
        ({"gross": "1,5"}, "not_a_number"),
        ({"currency": "XXX"}, "unknown_currency"),
        ({"extra": "1"}, "unknown_field"),
    ],
)
def test_a_faulty_row_is_named(db: None, change: dict[str, Any], code: str) -> None:
    a_shop()
    with pytest.raises(Faults) as refused:
        take_settlements(actor=TESTER, rows=[paid("O-1"), paid("O-2", **change)])
    assert [(one.code, one.pointer.split("/")[1]) for one in refused.value.faults] == [(code, "1")]
    assert not SettlementLine.objects.exists()


@pytest.mark.parametrize(
    ("received", "told", "expected"),
    [
        ("10", {}, ("", "matched", "0")),
        ("10", {"price": "2.01"}, ("rounding", "matched", "0.1")),
        ("10", {"price": "2.1"}, ("price", "differs", "1")),
        ("8", {"quantity": "10", "on": days_ago(60)}, ("quantity", "differs", "4")),
        ("8", {"quantity": "10"}, ("timing", "waiting", "0")),
        ("10", {"quantity": "12"}, ("quantity", "differs", "4")),
        ("10", {"order_reference": "PO-9"}, ("missing_here", "differs", "20")),
        ("10", {"currency": "EUR", "price": "2.4"}, ("", "matched", "0")),
        ("10", {"currency": "EUR", "price": "3"}, ("rate", "differs", "5")),
    ],
)
def test_an_invoice_is_matched_with_order_and_receipt(
    db: None, received: str, told: dict[str, Any], expected: tuple[str, str, str]
) -> None:
    make_rate("GBP", "EUR", "1.2", days_ago=0)
    make_rate("GBP", "EUR", "1.2", days_ago=-5)
    an_order()
    receive(quantity=received, reference="PO-1")
    bill(invoiced(**told))
    assert verdict("I-1/1") == (
        expected[0],
        expected[1],
        pytest.approx(Decimal(expected[2]), abs=Decimal("0.001")),
    )


def test_two_invoices_draw_on_the_same_receipts(db: None) -> None:
    an_order()
    receive(quantity="10", reference="PO-1")
    bill(invoiced("I-1", "6", on=days_ago(5)), invoiced("I-2", "7", on=days_ago(4), line=2))
    assert verdict("I-1/1")[1] == "matched" and verdict("I-2/2") == ("quantity", "differs", Decimal(6))


def test_the_same_invoice_under_another_number_is_a_duplicate(db: None) -> None:
    an_order()
    receive(quantity="10", reference="PO-1")
    bill(invoiced("I-1"), invoiced("I-2"))
    assert verdict("I-1/1")[1] == "matched" and verdict("I-2/1") == ("duplicate", "differs", Decimal(20))


def test_goods_that_nobody_charges_are_told(db: None) -> None:
    an_order()
    receive(quantity="10", reference="PO-1", at=clock.now() - timedelta(days=45))
    compare(actor=TESTER, matching="invoice")
    assert verdict("PO-1 A1") == ("missing_there", "differs", Decimal(-20))
    bill(invoiced(on=days_ago(1)))
    assert verdict("PO-1 A1")[:2] == ("", "matched") and Dispute.objects.get().state == "closed"


def test_an_invoice_sent_again_without_a_line_loses_it(db: None) -> None:
    an_order()
    receive(quantity="10", reference="PO-1")
    bill(invoiced(), invoiced(line=2, quantity="1"))
    take_invoices(actor=TESTER, rows=[invoiced()])
    assert SupplierInvoiceLine.objects.count() == 1


def test_rows_of_one_invoice_agree_about_their_head(db: None) -> None:
    an_order()
    with pytest.raises(Faults) as refused:
        take_invoices(actor=TESTER, rows=[invoiced(), invoiced(line=2, currency="EUR")])
    assert refused.value.faults[0].code == "several_heads"


def balance(amount: str, on: date, account: str = "1300") -> dict[str, Any]:
    return {
        "legal_entity": "uk",
        "account": account,
        "currency": "GBP",
        "on": on.isoformat(),
        "balance": amount,
    }


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("20", ("", "matched")),
        ("20.75", ("rounding", "matched")),
        ("35", ("value", "differs")),
    ],
)
def test_the_ledger_is_held_against_stock_value(db: None, told: str, expected: tuple[str, str]) -> None:
    an_order()
    receive(quantity="10", cost="2", at=clock.now() - timedelta(days=4))
    receive(quantity="5", cost="2", at=clock.now() - timedelta(days=1), reference="R-2")
    on = today() - timedelta(days=3)
    take_ledger_balances(actor=TESTER, rows=[balance(told, on)])
    compare(actor=TESTER, matching="ledger")
    assert verdict(f"1300/GBP/{on}")[:2] == expected


def test_accounts_that_one_side_does_not_know(db: None) -> None:
    an_order()
    receive(quantity="10", cost="2", at=clock.now() - timedelta(days=4))
    on = today() - timedelta(days=3)
    take_ledger_balances(actor=TESTER, rows=[balance("20", on, "9999")])
    compare(actor=TESTER, matching="ledger")
    assert verdict(f"9999/GBP/{on}")[:2] == ("missing_here", "differs")
    assert verdict(f"1300/GBP/{on}") == ("missing_there", "differs", Decimal(20))


def test_an_unknown_matching_is_refused(db: None) -> None:
    with pytest.raises(Faults, match="no matching"):
        compare(actor=TESTER, matching="weather")
