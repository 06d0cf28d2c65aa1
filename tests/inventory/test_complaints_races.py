"""What users of other stock books report (threads by repository and number) about two who write at once.

Deadlocks of frappe/erpnext#36835, #39573, #37179, #47787, #31035, #53638 (18) and #35244 (19) are those of
`test_races.test_opposite_transfers_and_new_rows_do_not_deadlock`; overselling, vendurehq/vendure#3508 and
#4930 (26) and inventree/InvenTree#12718, #12385 (24) `test_sixteen_withdrawing_the_same_thousand_get_exactly_a_thousand`;
nopSolutions/nopCommerce#8085, #7096 (27) and saleor/apps#339 (29) `test_one_key_at_once_has_one_effect`; saleor/saleor
#6897, #17123 (25) and django-oscar/django-oscar#1811 (28) `test_reservations.test_sixteen_who_reserve_the_same_ten_get_ten`.
"""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.models import Sum

from catalog.models import Product
from inventory.actions.bulk import BulkItem, post_movements
from inventory.actions.reservations import Wanted, fulfil, reserve
from inventory.actions.snapshots import CountedLine, SnapshotDraft, post_snapshot
from inventory.models import Balance, Entry, Movement
from inventory.queries.ledger import Asked, balance_page, entry_page
from inventory.queries.verification import ledger_breaches
from lib import clock
from lib.faults import Faults
from tests.inventory.builders import TESTER, draft, held, line, make_product, make_site, post, receive
from tests.together import DONE, together


@pytest.fixture
def house(cloned_db: str) -> str:
    make_site("LON")
    make_site("YRK")
    make_product("A1")
    return cloned_db


def test_two_who_post_one_item_leave_a_running_balance_without_a_gap(house: str) -> None:
    """frappe/erpnext#51562 (6): each entry's running balance is the one before it plus its own quantity."""
    receive(quantity="100", at=None)

    def sell() -> None:
        for _ in range(20):
            post("sale", line("A1", "LON", "customer", "1"), at=None)

    assert set(together(sell, sell)) == {DONE}
    rows, _ = entry_page(Asked(site="LON", sku="A1"), since=None, until=None, after=None, limit=50)
    assert [row["balance"] for row in rows] == [str(left) for left in range(100, 59, -1)]
    assert (held().on_hand, list(ledger_breaches())) == (60, [])


def test_sixteen_first_receipts_make_one_balance_row(house: str) -> None:
    """odoo/odoo#61454 (22), #55494, #32434, #32160 (20): never two rows of one key, and the row is its entries."""
    assert set(together(*[lambda: receive(quantity="2", at=None) and None] * 16)) == {DONE}
    assert Balance.objects.filter(site__code="LON").count() == 1
    assert (
        held().on_hand
        == Entry.objects.filter(location_id__gt=0).aggregate(Sum("quantity"))["quantity__sum"]
        == 32
    )


def test_promised_quantities_are_the_open_promises(house: str) -> None:
    """odoo/odoo#62139 (21): sales, promises and their fulfilment at once need no repair job afterwards."""
    receive(quantity="100", at=None)
    until = clock.now() + timedelta(days=1)

    def promise() -> None:
        for number in range(8):
            (held_back,) = reserve(
                actor=TESTER, site_code="LON", reference=f"O-{number}", lines=[Wanted("A1", Decimal(2))],
                expires_at=until,
            )  # fmt: skip
            if number % 2:
                fulfil(
                    actor=TESTER,
                    reservation_id=held_back.pk,
                    draft=draft("sale", line("A1", "LON", "customer", "2"), at=None),
                )

    def sell() -> None:
        for _ in range(8):
            post("sale", line("A1", "LON", "customer", "1"), at=None)

    assert set(together(promise, promise, sell, sell)) == {DONE}
    assert (held().on_hand, held().reserved) == (100 - 16 - 16, 16)
    assert list(ledger_breaches()) == []


def test_hundreds_are_adjusted_while_the_tills_sell(house: str) -> None:
    """odoo/odoo#56769 (23): a count over many products ends, whatever is sold meanwhile."""
    skus = [f"N{number:04}" for number in range(300)]
    Product.objects.bulk_create([Product(sku=sku, name=sku) for sku in skus])
    stock = [line(sku, "supplier", "LON", "5", unit_cost="1") for sku in skus]
    post("receipt", *stock, at=None)

    def count() -> None:
        items = [
            BulkItem(
                f"count-{sku}", b"count", draft("adjustment", line(sku, "LON", "adjustment", "1"), at=None)
            )
            for sku in skus
        ]
        assert {result.status for result in post_movements(actor=TESTER, items=items)} == {"posted"}

    def sell() -> None:
        for number in range(299, 0, -20):
            post("sale", *[line(skus[number - n], "LON", "customer", "1") for n in range(3)], at=None)

    assert set(together(count, sell, sell)) == {DONE}
    total = Balance.objects.filter(site__code="LON").aggregate(Sum("on_hand"))["on_hand__sum"]
    assert (total, list(ledger_breaches())) == (1500 - 300 - 90, [])


def test_one_bad_line_of_a_feed_is_named_and_the_pair_is_not_mistaken(house: str) -> None:
    """commercetools-project-sync#301 (30): the same SKU twice in a snapshot is refused with its line, while one SKU at
    two sites, or in two lots, is no duplicate."""
    receive(quantity="3", lot="L1", at=None)
    at = clock.now()

    def report(site: str, *lines: tuple[str, str]) -> str:
        counted = [CountedLine("A1", Decimal(quantity), lot) for lot, quantity in lines]
        return post_snapshot(actor=TESTER, draft=SnapshotDraft(site, at, counted, False)).state

    assert [report("LON", ("L1", "3"), ("", "0")), report("YRK", ("", "0"))] == ["closed", "closed"]
    with pytest.raises(Faults) as refused:
        report("LON", ("L1", "3"), ("L1", "3"))
    assert [(fault.code, fault.pointer) for fault in refused.value.faults] == [
        ("duplicate_sku", "/lines/1/sku")
    ]


def test_what_can_be_sold_is_right_after_shipment_return_and_a_new_sku(house: str) -> None:
    """magento/inventory#2130, #2773, #2078, #2503 (38): available is a difference of two columns of one row."""
    receive(quantity="10", at=None)
    until = clock.now() + timedelta(days=1)
    (promise,) = reserve(
        actor=TESTER, site_code="LON", reference="O", lines=[Wanted("A1", Decimal(4))], expires_at=until
    )
    sale = draft("sale", line("A1", "LON", "customer", "4"), at=None)

    def figures(sku: str = "A1") -> tuple[str, str]:
        (row,), _ = balance_page(Asked(site="LON", sku=sku), at=None, known_at=None, after=None, limit=9)
        return row["on_hand"], row["available"]

    assert figures() == ("10", "6")
    fulfil(actor=TESTER, reservation_id=promise.pk, draft=sale)
    assert figures() == ("6", "6")
    post("return", line("A1", "customer", "LON", "1", to_state="inspect"), at=None)
    assert figures() == ("7", "6")
    Product.objects.filter(sku="A1").update(sku="A1-NEW")
    assert figures("A1-NEW") == ("7", "6")
    assert (Movement.objects.count(), list(ledger_breaches())) == (3, [])
