import pytest

from catalog.actions import upsert_products, upsert_sites
from catalog.models import Pack, Product
from feeds.models import Feed, QuarantineRow, Stream
from inventory.models import Balance, Movement, Reconciliation
from sales.models import SaleLine
from tests.feeds.builders import SET_UP, applied

pytestmark = pytest.mark.django_db

SALES = (
    b"reference,site,sku,quantity,unit_price,occurred_at\n"
    b"536365,UK-1,A001,6,2.55,2026-01-05T08:26:00+00:00\n"
    b"536365,UK-1,A002,2,3.39,2026-01-05T08:26:00+00:00\n"
    b"C536379,UK-1,A001,-1,2.55,2026-01-05T09:41:00+00:00\n"
)


@pytest.fixture(autouse=True)
def _master_data() -> None:
    upsert_products(
        actor=SET_UP,
        rows=[{"sku": sku, "name": sku, "category": "Kitchen", "unit": "pcs"} for sku in ("A001", "A002")],
    )
    site = {"code": "UK-1", "name": "Bath", "kind": "store", "region": "UK", "country": "GB"}
    upsert_sites(actor=SET_UP, rows=[{**site, "timezone": "Europe/London", "currency": "GBP"}])


def test_sales_become_sales_and_returns() -> None:
    delivery = applied(SALES, "sales")
    assert (delivery.state, delivery.accepted) == ("applied", 3)
    assert sorted(Movement.objects.values_list("kind", flat=True)) == ["return", "sale"]
    assert SaleLine.objects.count() == 3
    assert Stream.objects.get(feed__name="sales").complete_to.isoformat() == "2026-01-05T09:41:00+00:00"


def test_a_feed_with_a_long_name_is_taken() -> None:
    Feed.objects.create(name="sales-of-a-shop-with-a-long-name", kind="sales")
    assert applied(SALES, "sales-of-a-shop-with-a-long-name").state == "applied"
    assert Movement.objects.filter(source="feed sales-of-a-shop-with-a-long-name").count() == 2


def test_the_same_sales_again_have_no_second_effect() -> None:
    applied(SALES, "sales")
    again = applied(SALES, "sales")
    assert (again.state, again.accepted, again.result["replayed"]) == ("applied", 3, 2)
    assert SaleLine.objects.count() == 3


def test_a_bad_row_keeps_its_document_back_and_no_other() -> None:
    delivery = applied(SALES.replace(b"A002,2", b"A009,2"), "sales")
    assert (delivery.accepted, delivery.rejected) == (1, 2)
    codes = QuarantineRow.objects.order_by("number").values_list("number", "code")
    assert list(codes) == [(1, "same_document"), (2, "unknown_sku")]


def test_movements_by_their_reference() -> None:
    body = (
        b"reference,kind,from,to,sku,quantity,unit_cost\n"
        b"GR-1,receipt,supplier,UK-1,A001,100,1.20\n"
        b"GR-1,receipt,supplier,UK-1,A002,1e3x,2\n"
        b"GR-2,receipt,supplier,UK-1,A002,5,2\n"
    )
    delivery = applied(body, "movements")
    assert (delivery.accepted, delivery.rejected) == (1, 2)
    assert Movement.objects.get().reference == "GR-2"


def test_a_snapshot_is_reconciled() -> None:
    body = (
        b'{"site": "UK-1", "taken_at": "2026-01-05T12:00:00Z", "lines": [{"sku": "A001", "quantity": "4"}]}'
    )
    delivery = applied(body, "snapshots")
    assert (delivery.state, delivery.accepted) == ("applied", 1)
    assert Reconciliation.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (
            b"site,sku,quantity,taken_at\nUK-1,A001,4,2026-01-05T12:00:00Z\nUK-1,A002,four,2026-01-05T12:00:00Z\n",
            "invalid",
        ),
        (b"site,sku,quantity,taken_at\nNO-1,A001,4,2026-01-05T12:00:00Z\n", "unknown_site"),
        (b"site,sku,quantity\nUK-1,A001,4\n", "required"),
    ],
)
def test_a_snapshot_is_taken_whole_or_not_at_all(body: bytes, code: str) -> None:
    delivery = applied(body, "snapshots")
    assert delivery.state == "refused"
    assert code == "invalid" or delivery.error_code == code
    assert Reconciliation.objects.count() == 0


def test_a_snapshot_of_salable_quantities_is_refused_as_such() -> None:
    body = (
        b'{"site": "UK-1", "taken_at": "2026-01-05T12:00:00Z", "quantity_kind": "salable",'
        b' "lines": [{"sku": "A001", "quantity": "4"}]}'
    )
    delivery = applied(body, "snapshots")
    assert (delivery.state, delivery.error_code) == ("refused", "not_physical")


def test_feeds_take_packs_and_refuse_half_a_piece() -> None:
    Pack.objects.create(product=Product.objects.get(sku="A001"), unit="box", factor=12)
    body = (
        b"reference,kind,from,to,sku,quantity,unit\n"
        b"GR-1,receipt,supplier,UK-1,A001,2,box\n"
        b"GR-2,receipt,supplier,UK-1,A001,0.3,box\n"
    )
    delivery = applied(body, "movements")
    assert (delivery.accepted, delivery.rejected) == (1, 1)
    assert Balance.objects.get(product__sku="A001").on_hand == 24
