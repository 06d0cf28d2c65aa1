"""Feeds of receipts, purchase orders, their confirmations, and competitors' prices."""

from datetime import date
from decimal import Decimal

import pytest

from audit.models import Event
from catalog.actions import upsert_products, upsert_sites
from catalog.models import Product, Site
from feeds.models import Feed, QuarantineRow, Source
from inventory.actions.reservations import Wanted
from inventory.actions.transfers import TransferDraft, decide_transfer, request_transfer, submit_transfer
from inventory.actions.transfers_moving import ship_transfer
from inventory.models import Balance, Movement, PurchaseOrder, PurchaseOrderLine, Transfer
from inventory.queries.purchase_orders import to_come
from pricing.models import Competitor, CompetitorPrice
from tests.feeds.builders import SET_UP, applied

pytestmark = pytest.mark.django_db

ORDERS = (
    "采购单号,供应商,仓库,商品编码,数量,订货日期,预计到货日期,单价,行号\n"
    "PO-1,Potters,WH,A1,100,2026-11-01,2026-12-01,1.20,1\n"
    "PO-1,Potters,WH,A2,50,2026-11-01,2026-12-01,2.00,2\n"
    "PO-2,Weavers,WH,A1,10,2026-11-02,2026-12-20,1.25,1\n"
).encode()


@pytest.fixture(autouse=True)
def _master_data() -> None:
    rows = [{"sku": sku, "name": sku, "category": "Kitchen", "unit": "pcs"} for sku in ("A1", "A2")]
    upsert_products(actor=SET_UP, rows=rows)
    site = {"region": "UK", "country": "GB", "timezone": "Europe/London", "currency": "GBP"}
    wh = {**site, "code": "WH", "name": "Wh", "kind": "warehouse"}
    upsert_sites(actor=SET_UP, rows=[wh, {**site, "code": "S1", "name": "S1", "kind": "store"}])


def coming() -> dict[tuple[str, str], Decimal]:
    skus = dict(Product.objects.values_list("pk", "sku"))
    return {(skus[row.product_id], str(row.expected_on)): row.quantity for row in to_come()}


# -- purchase orders -----------------------------------------------------------------------------------------------------


def test_orders_with_chinese_headers_are_kept_and_what_is_to_come_is_told() -> None:
    delivery = applied(ORDERS, "purchase-orders")
    assert (delivery.state, delivery.accepted, delivery.result["created"]) == ("applied", 3, 2)
    order = PurchaseOrder.objects.get(reference="PO-1")
    assert (order.supplier, order.currency, order.state, order.lines.count()) == ("Potters", "GBP", "open", 2)
    assert coming() == {("A1", "2026-12-01"): 100, ("A2", "2026-12-01"): 50, ("A1", "2026-12-20"): 10}
    assert Event.objects.filter(kind="purchase_orders.kept").count() == 1


def test_an_order_told_again_takes_the_place_of_what_was_known() -> None:
    applied(ORDERS, "purchase-orders")
    less = ORDERS.replace(b"PO-1,Potters,WH,A2,50,2026-11-01,2026-12-01,2.00,2\n", b"")
    again = applied(less.replace(b"A1,100", b"A1,80"), "purchase-orders")
    assert (again.result["created"], again.result["updated"]) == (0, 2)
    assert coming() == {("A1", "2026-12-01"): 80, ("A1", "2026-12-20"): 10}


def test_an_order_with_one_bad_row_is_not_taken_and_the_others_are() -> None:
    bad = ORDERS.replace(b"A2,50", b"A9,50")
    delivery = applied(bad, "purchase-orders")
    assert (delivery.state, delivery.accepted, delivery.rejected) == ("quarantined", 1, 2)
    codes = list(QuarantineRow.objects.order_by("number").values_list("number", "code"))
    assert codes == [(1, "same_document"), (2, "unknown_sku")]
    assert PurchaseOrder.objects.get().reference == "PO-2"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("PO-2,Weavers,WH", "PO-2,Weavers,NO", "unknown_site"),
        ("A1,10,", "A1,-1,", "not_above_zero"),
        ("A1,10,", "A1,ten,", "not_a_number"),
        ("2026-11-02", "soon", "not_a_date"),
        ("PO-1,Potters,WH,A2", "PO-1,Weavers,WH,A2", "contradiction"),
        ("2.00,2", "2.00,1", "duplicate_row"),
    ],
)
def test_rows_of_orders_that_cannot_be_taken(old: str, new: str, code: str) -> None:
    applied(ORDERS.decode().replace(old, new).encode(), "purchase-orders")
    assert code in QuarantineRow.objects.values_list("code", flat=True)


# -- confirmations -------------------------------------------------------------------------------------------------------


def test_a_confirmation_changes_what_is_to_come() -> None:
    applied(ORDERS, "purchase-orders")
    told = "采购单号,行号,确认数量,确认交期\nPO-1,1,90,2026-12-05\nPO-1,2,0,\n".encode()
    delivery = applied(told, "purchase-order-confirmations")
    assert (delivery.state, delivery.accepted) == ("applied", 2)
    assert PurchaseOrder.objects.get(reference="PO-1").state == "confirmed"
    assert coming() == {("A1", "2026-12-05"): 90, ("A1", "2026-12-20"): 10}
    applied(ORDERS, "purchase-orders")  # told again: what was confirmed stays
    assert PurchaseOrderLine.objects.get(order__reference="PO-1", number=1).confirmed_on == date(2026, 12, 5)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("PO-9,1,A1,5", "unknown_order"),
        ("PO-1,7,A1,5", "unknown_line"),
        ("PO-1,,A9,5", "unknown_line"),
        ("PO-1,,,5", "unknown_line"),
        ("PO-1,1,A1,-5", "negative"),
        ("PO-1,0,A1,5", "not_a_number"),
    ],
)
def test_confirmations_that_cannot_be_taken(row: str, code: str) -> None:
    applied(ORDERS, "purchase-orders")
    body = f"reference,line,sku,quantity\n{row}\nPO-2,1,A1,9\n".encode()
    delivery = applied(body, "purchase-order-confirmations")
    assert (delivery.accepted, delivery.rejected) == (1, 1)
    assert QuarantineRow.objects.get().code == code


# -- receipts ------------------------------------------------------------------------------------------------------------


def test_receipts_against_an_order_lessen_what_is_to_come_once() -> None:
    applied(ORDERS, "purchase-orders")
    told = (
        "单号,仓库,商品编码,数量,到货时间,采购单号\n"
        "GR-1,WH,A1,60,2026-11-20T10:00:00Z,PO-1\n"
        "GR-2,WH,A1,30,2026-11-21T10:00:00Z,PO-1\n"
        "GR-3,WH,A2,5,2026-11-21T11:00:00Z,\n"
    ).encode()
    delivery = applied(told, "receipts")
    assert (delivery.state, delivery.accepted, delivery.result["posted"]) == ("applied", 3, 3)
    assert delivery.event_time_to is not None and delivery.event_time_to.hour == 11
    applied(told, "receipts")
    assert coming()[("A1", "2026-12-01")] == 10
    assert Balance.objects.get(product__sku="A1").on_hand == 90
    assert sorted(Movement.objects.values_list("reference", flat=True)) == ["GR-3", "PO-1", "PO-1"]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("GR-1,WH,A1,5,2026-11-20T10:00:00Z,PO-9,", "unknown_order"),
        ("GR-1,S1,A1,5,2026-11-20T10:00:00Z,PO-1,", "other_site"),
        ("GR-1,WH,A1,5,2026-11-20T10:00:00Z,,TR-2026-0001", "unknown_transfer"),
        ("GR-1,WH,A1,0,2026-11-20T10:00:00Z,,", "zero_quantity"),
        ("GR-1,WH,A9,5,2026-11-20T10:00:00Z,,", "unknown_sku"),
        ("GR-1,WH,A1,5,2026-11-20T10:00:00,,", "no_offset"),
        ("GR-1,WH,A1,5,2026-11-20T10:00:00Z,PO-1,TR-1", "contradiction"),
    ],
)
def test_receipts_that_cannot_be_taken(row: str, code: str) -> None:
    applied(ORDERS, "purchase-orders")
    good = "GR-8,WH,A2,5,2026-11-20T10:00:00Z,,"
    body = f"reference,site,sku,quantity,occurred_at,purchase_order,transfer\n{row}\n{good}\n"
    delivery = applied(body.encode(), "receipts")
    assert (delivery.accepted, delivery.rejected) == (1, 1)
    assert QuarantineRow.objects.get().code == code


def a_transfer_on_its_way() -> Transfer:
    applied(b"reference,site,sku,quantity,occurred_at\nGR-0,WH,A1,20,2026-11-19T10:00:00Z\n", "receipts")
    draft = TransferDraft(
        source="WH", destination="S1", reason="Fill up", expected_on=date(2026, 11, 30), lines=(Wanted("A1", Decimal(8)),)
    )  # fmt: skip
    transfer = request_transfer(actor=SET_UP, draft=draft)
    transfer = submit_transfer(actor=SET_UP, transfer_id=transfer.pk)
    if transfer.state == "pending":
        transfer = decide_transfer(actor=SET_UP, transfer_id=transfer.pk, approve=True)
    return ship_transfer(actor=SET_UP, transfer_id=transfer.pk)


def test_a_receipt_takes_a_transfer_out_of_transit_once() -> None:
    transfer = a_transfer_on_its_way()
    head = "reference,site,sku,quantity,occurred_at,transfer,damaged\n"
    told = f"{head}IN-1,S1,A1,6,2026-11-21T10:00:00Z,{transfer},2\n".encode()
    delivery = applied(told, "receipts")
    assert (delivery.state, delivery.accepted, delivery.result) == (
        "applied",
        1,
        {**delivery.result, "posted": 1},
    )
    assert Transfer.objects.get().state == "received"
    again = applied(told, "receipts")
    assert again.result["replayed"] == 1
    at_store = Balance.objects.filter(site=Site.objects.get(code="S1"))
    assert {(row.state, int(row.on_hand)) for row in at_store} == {("available", 6), ("blocked", 2)}


def test_more_than_was_sent_or_another_product_goes_to_quarantine() -> None:
    transfer = a_transfer_on_its_way()
    head = "reference,site,sku,quantity,occurred_at,transfer\n"
    delivery = applied(f"{head}IN-1,S1,A2,6,2026-11-21T10:00:00Z,{transfer}\n".encode(), "receipts")
    assert (delivery.accepted, QuarantineRow.objects.get().code) == (0, "not_shipped")
    assert Transfer.objects.get().state == "in_transit"


# -- competitors' prices -------------------------------------------------------------------------------------------------


def test_competitors_prices_are_matched_and_bad_rows_are_told() -> None:
    Competitor.objects.create(code="RIVAL", name="Rival", country="GB")
    told = (
        "竞争对手,商品编码,价格,币种,观察时间,促销\n"
        "RIVAL,A1,2.49,GBP,2026-11-20T10:00:00Z,是\n"
        "RIVAL,A2,0,GBP,2026-11-20T10:00:00Z,否\n"
        "NOBODY,A2,3,GBP,2026-11-20T10:00:00Z,否\n"
        "RIVAL,A2,3,GBP,2026-11-20T10:00:00Z,maybe\n"
    ).encode()
    delivery = applied(told.replace("价格".encode(), "售价".encode()), "competitor-prices")
    assert (delivery.accepted, delivery.rejected) == (1, 3)
    kept = CompetitorPrice.objects.get()
    assert (str(kept.amount), kept.is_promotion, kept.product.sku) == ("2.490000", True, "A1")  # type: ignore[union-attr]
    codes = set(QuarantineRow.objects.values_list("code", flat=True))
    assert codes == {"not_positive", "unknown_competitor", "not_yes_or_no"}


# -- sites ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("through_source", [True, False])
def test_a_feed_of_one_site_tells_of_no_other(through_source: bool) -> None:
    site = Site.objects.get(code="S1")
    source = Source.objects.create(
        code="till-s1", name="Till", kind="till", site=site if through_source else None
    )
    Feed.objects.create(name="till", kind="receipts", source=source, site=None if through_source else site)
    body = (
        b"reference,site,sku,quantity,occurred_at\n"
        b"GR-1,WH,A1,5,2026-11-20T10:00:00Z\nGR-2,S1,A1,5,2026-11-20T10:00:00Z\n"
    )
    delivery = applied(body, "till")
    assert (delivery.accepted, QuarantineRow.objects.get().code) == (1, "other_site")
    assert Balance.objects.get().site.code == "S1"


def test_a_snapshot_with_a_row_too_long_is_refused_whole() -> None:
    body = b"site,sku,quantity,taken_at\nWH,A1,4,2026-01-05T12:00:00Z\nWH,A2,1,2026-01-05T12:00:00Z,9\n"
    assert applied(body, "snapshots").error_code == "extra_cells"
