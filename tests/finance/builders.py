"""Plain builders for finance: a shop that sells through a platform, and what platform, supplier and ledger say."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from catalog.models import Channel, Product, Site
from finance.actions.matching import Compared, compare
from finance.actions.statements import take_invoices, take_settlements
from finance.models import Comparison, Dispute
from inventory.models import PurchaseOrder, PurchaseOrderLine
from lib import clock
from tests.inventory.builders import TESTER, line, make_product, make_site, post, receive


def today() -> date:
    return clock.now().date()


def days_ago(days: int) -> str:
    return (today() - timedelta(days=days)).isoformat()


def a_shop() -> Site:
    """Sells A1 through the channel "market", which keeps 10 %."""
    site = make_site("WEB", kind="online")
    site.channel = Channel.objects.create(code="market", name="Market", commission_fraction=Decimal("0.1"))
    site.save()
    make_product()
    receive(site="WEB", quantity="1000", cost="2", at=clock.now() - timedelta(days=40))
    return site


def sell(reference: str, quantity: str = "1", price: str = "10", days: int = 20) -> None:
    at = clock.now() - timedelta(days=days)
    post("sale", line("A1", "WEB", "customer", quantity, unit_price=price), reference=reference, at=at)


def paid(order: str, gross: str = "10", commission: str = "1", **changes: Any) -> dict[str, Any]:
    return {
        "channel": "market", "payout": "P-1", "order_reference": order, "gross": gross, "commission": commission,
        "currency": "GBP", "on": days_ago(2), **changes,
    }  # fmt: skip


def settle(*rows: dict[str, Any]) -> Compared:
    take_settlements(actor=TESTER, rows=list(rows), reason="delivery:1")
    return compare(actor=TESTER, matching="settlement")


def an_order(
    reference: str = "PO-1", quantity: str = "10", price: str = "2", currency: str = "GBP"
) -> PurchaseOrder:
    site = Site.objects.filter(code="LON").first() or make_site()
    product = Product.objects.filter(sku="A1").first() or make_product()
    order = PurchaseOrder.objects.create(
        reference=reference, supplier="Mills Ltd", site=site, currency=currency, ordered_on=date(2026, 11, 1)
    )
    PurchaseOrderLine.objects.create(
        order=order, number=1, product=product, quantity=Decimal(quantity), unit_price=Decimal(price)
    )
    return order


def invoiced(
    reference: str = "I-1", quantity: str = "10", price: str = "2", **changes: Any
) -> dict[str, Any]:
    return {
        "supplier": "Mills Ltd", "reference": reference, "line": 1, "sku": "A1", "quantity": quantity,
        "unit_price": price, "currency": "GBP", "on": days_ago(1), "order_reference": "PO-1", **changes,
    }  # fmt: skip


def bill(*rows: dict[str, Any]) -> Compared:
    take_invoices(actor=TESTER, rows=list(rows), reason="delivery:2")
    return compare(actor=TESTER, matching="invoice")


def verdict(key: str) -> tuple[str, str, Decimal]:
    """(class, state, stake) of a comparison."""
    one = Comparison.objects.get(key=key)
    return one.difference_class, one.state, one.stake


def a_dispute() -> Dispute:
    """The platform kept 2.50 instead of 1.00 of one order."""
    a_shop()
    sell("O-1")
    settle(paid("O-1", commission="2.5"))
    return Dispute.objects.get()
