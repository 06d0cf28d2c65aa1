"""What finance takes in by feed: settlements, invoices and ledger balances as files, faulty rows in quarantine."""

from feeds.models import Delivery, QuarantineRow
from finance.models import Comparison, Dispute, LedgerBalance, SettlementLine, SupplierInvoice
from tests.feeds.builders import applied
from tests.finance.builders import a_shop, an_order, days_ago, sell, verdict
from tests.inventory.builders import receive


def codes_of(delivery: Delivery) -> list[tuple[int, str]]:
    rows = QuarantineRow.objects.filter(delivery=delivery).order_by("number")
    return [(row.number, row.code) for row in rows]


def test_a_settlement_file_is_compared_at_once(db: None) -> None:
    a_shop()
    sell("O-1")
    sell("O-2")
    body = f"""渠道,结算单,订单号,gross,佣金,currency,date
market,P-1,O-1,10,1,GBP,{days_ago(2)}
market,P-1,O-2,10,2.5,GBP,{days_ago(2)}
nowhere,P-1,O-3,10,1,GBP,{days_ago(2)}
"""
    delivery = applied(body.encode(), "settlements")
    assert (delivery.state, delivery.accepted) == ("quarantined", 2), delivery.error
    assert codes_of(delivery) == [(3, "unknown_channel")]
    assert verdict("O-2")[:2] == ("commission", "differs") and Dispute.objects.count() == 1
    assert SettlementLine.objects.get(order_reference="O-1").source == f"delivery:{delivery.pk}"


def test_the_same_file_twice_has_one_effect(db: None) -> None:
    a_shop()
    sell("O-1")
    body = f"channel,payout,order,gross,commission,currency,on\nmarket,P-1,O-1,10,3,GBP,{days_ago(2)}\n"
    first, second = applied(body.encode(), "settlements"), applied(body.encode(), "settlements")
    assert (first.result["created"], second.result["unchanged"]) == (1, 1)
    assert (Comparison.objects.count(), Dispute.objects.count()) == (1, 1)


def test_an_invoice_is_taken_whole_or_not_at_all(db: None) -> None:
    an_order()
    receive(quantity="10", reference="PO-1")
    body = f"""supplier,reference,line,sku,quantity,unit_price,currency,on,order_reference
Mills Ltd,I-1,1,A1,10,2,GBP,{days_ago(1)},PO-1
Mills Ltd,I-2,1,A1,1,2,GBP,{days_ago(1)},PO-1
Mills Ltd,I-2,2,NONE,1,2,GBP,{days_ago(1)},PO-1
"""
    delivery = applied(body.encode(), "supplier-invoices")
    assert (delivery.state, delivery.accepted) == ("quarantined", 1), delivery.error
    assert codes_of(delivery) == [(2, "same_document"), (3, "unknown_sku")]
    assert [one.reference for one in SupplierInvoice.objects.all()] == ["I-1"] and verdict("I-1/1")[
        1
    ] == "matched"


def test_ledger_balances_come_by_file(db: None) -> None:
    an_order()
    receive(quantity="10", cost="2")
    body = f"legal_entity,科目,currency,on,余额\nuk,1300,GBP,{days_ago(1)},20\n"
    assert applied(body.encode(), "ledger-balances").state == "applied"
    assert LedgerBalance.objects.get().balance == 20 and verdict(f"1300/GBP/{days_ago(1)}")[1] == "matched"
