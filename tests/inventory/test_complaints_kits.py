"""Complaints of notes/peers.md §3 about what a feed carries, salable quantities, kits and packs, each by its number."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from approvals.actions import ensure_default_policies
from catalog.models import Pack, Product
from inventory.actions.reservations import Wanted, reserve
from inventory.actions.snapshots import CountedLine, SnapshotDraft, post_snapshot
from inventory.models import Balance, Reconciliation
from inventory.queries.kits import BundleAsked, bundle_page
from inventory.queries.verification import ledger_breaches
from lib.clock import frozen
from lib.faults import Faults
from tests.inventory.builders import AT, TESTER, held, line, make_product, make_site, post, receive
from tests.inventory.test_bundles import bill
from tests.inventory.transfer_builders import came, shipped

pytestmark = pytest.mark.django_db
NOW = AT + timedelta(hours=1)


@pytest.fixture(autouse=True)
def house() -> Iterator[None]:
    with frozen(NOW):
        make_site("LON")
        for sku in ("A1", "B1", "SET"):
            make_product(sku)
        receive("A1", quantity="10", cost="2")
        receive("B1", quantity="10", cost="1")
        yield


def reported(quantity: str, kind: str = "physical") -> Reconciliation:
    lines = [CountedLine("A1", Decimal(quantity))]
    return post_snapshot(actor=TESTER, draft=SnapshotDraft("LON", NOW, lines, False, quantity_kind=kind))


def promise(quantity: str) -> None:
    wanted = [Wanted("A1", Decimal(quantity))]
    reserve(
        actor=TESTER, site_code="LON", reference="ORDER-1", expires_at=NOW + timedelta(days=1), lines=wanted
    )


def salable(sku: str = "SET") -> str:
    rows, _following = bundle_page(BundleAsked(NOW, sku=sku))
    return str(rows[0]["available"])


def test_reserved_stock_makes_no_difference_against_a_physical_feed() -> None:
    """magento/inventory#2130 and peers.md §2.9 (38): with salable quantities in the feed the same demand would be taken
    off twice; ours says physical, and what is reserved neither differs nor changes the book."""
    promise("4")
    assert (held().on_hand, held().reserved) == (10, 4)
    found = reported("10")
    assert (found.matched, found.differing) == (1, 0)


def test_a_feed_that_says_salable_is_refused_whole() -> None:
    """magento/inventory#2773 (38)."""
    with pytest.raises(Faults) as refused:
        reported("6", "salable")
    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [
        ("/quantity_kind", "not_physical")
    ]
    assert not Reconciliation.objects.exists()


def test_what_can_be_sold_of_a_bundle_follows_every_change_of_its_components() -> None:
    """magento/inventory#2078, #2503 (38): nothing is stored that could be wrong after a shipment, a credit or a reservation."""
    bill("SET", ("A1", "2"), ("B1", "1"))
    seen = [salable()]
    promise("3")
    seen.append(salable())
    sold = post("sale", line("SET", "LON", "customer", "2", unit_price="9"), at=NOW)
    seen.append(salable())
    post("return", line("SET", "customer", "LON", "1", unit_price="9"), at=NOW)
    seen.append(salable())
    assert (seen, sold.state) == (["5", "3", "1", "2"], "posted")


def test_a_pack_is_converted_once_and_never_again() -> None:
    """odoo/odoo#146595 (32) of its kind: 2 boxes are 24 pieces, and a delivery of the same document stays 24."""
    Pack.objects.create(product=Product.objects.get(sku="A1"), unit="box", factor=12)
    post("receipt", line("A1", "supplier", "LON", "2", unit="box", unit_cost="2"))
    assert held().on_hand == 34
    assert reported("34").differing == 0


def test_a_shortfall_of_one_component_sells_nothing_of_the_bundle() -> None:
    """saleor/saleor#6897 (25): all components or none, in one movement."""
    bill("SET", ("A1", "1"), ("B1", "20"))
    with pytest.raises(Faults) as refused:
        post("issue", line("SET", "LON", "customer", "1"))
    assert refused.value.faults[0].code == "insufficient_stock"
    assert (held().on_hand, held(sku="B1").on_hand) == (10, 10)


def whole(site: str) -> tuple[Decimal, Decimal]:
    """On hand in every state, and on the way."""
    pair = Balance.objects.get(site__code=site, product__sku="A1", lot="", state="available", owner_id=0)
    return pair.pair_on_hand, pair.in_transit


def test_a_short_transfer_counts_once_and_nowhere_twice() -> None:
    """frappe/erpnext#52221, #34101 (64): of 10 sent 7 come, 2 are short and 1 is refused; every piece is in one place."""
    make_site("WH", kind="warehouse")
    receive("A1", site="WH", quantity="100", cost="2", at=NOW)
    ensure_default_policies(actor=TESTER)
    made = shipped("10", expected_on=NOW.date() + timedelta(days=2))
    assert (whole("WH"), whole("LON")) == ((90, 0), (10, 10))
    came(made, received="7", short="2", refused="1")
    assert (whole("WH"), whole("LON")) == ((91, 0), (17, 0))
    assert list(ledger_breaches()) == []


def test_goods_on_the_road_are_not_sold_at_their_source() -> None:
    """frappe/erpnext#14982 (64)."""
    make_site("WH", kind="warehouse")
    receive("A1", site="WH", quantity="10", cost="2", at=NOW)
    ensure_default_policies(actor=TESTER)
    shipped("8", expected_on=NOW.date() + timedelta(days=2))
    with pytest.raises(Faults) as refused:
        post("issue", line("A1", "WH", "customer", "3"), at=NOW)
    assert "2 available" in refused.value.faults[0].detail
