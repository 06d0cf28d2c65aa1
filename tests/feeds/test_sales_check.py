from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from feeds.models import Delivery, Feed, Stream
from feeds.queries.sales_check import compare_sales
from inventory.actions.movements import reverse_movement
from lib.verifications import Compared
from tests.feeds.builders import applied
from tests.inventory.builders import AT, TESTER, line, make_product, make_site, post, receive

pytestmark = pytest.mark.django_db
SINCE = AT - timedelta(hours=8)
LATER = AT + timedelta(hours=8)
ZONE = "Europe/London"


@pytest.fixture
def store():
    make_product("A1"), make_product("A2")
    site = make_site("LON")
    receive("A1", "LON", "50"), receive("A2", "LON", "50")
    return site


def sell(sku: str = "A1", quantity: str = "2", price: str | None = "3.5", **fields):
    return post("sale", line(sku, "LON", "customer", quantity, unit_price=price), **fields)


def checked(site) -> Compared:
    found = compare_sales(site.pk, ZONE, SINCE, LATER)
    assert found is not None
    return found


def change(sql: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def test_sales_returns_reversals_and_what_has_no_price_agree(store) -> None:
    taken_back = sell(reference="R1")
    sell("A2", reference="R2")
    sell("A2", price=None, reference="R3")
    post("return", line("A1", "customer", "LON", "1", unit_price="3.5"), reference="C1")
    reverse_movement(actor=TESTER, movement_id=taken_back.pk, reason="wrong till")
    found = compare_sales(store.pk, ZONE, SINCE, AT + timedelta(days=40))
    assert found is not None and found.lines >= 5
    assert (found.differing, found.differences) == (0, ())


def test_nothing_sold_is_nothing_to_compare(store) -> None:
    assert compare_sales(store.pk, ZONE, SINCE, LATER) is None


def test_a_sale_line_that_the_ledger_does_not_bear_out(store) -> None:
    sell()
    change("UPDATE sales_saleline SET quantity = 1")
    found = checked(store)
    assert (found.lines, found.differing, found.value) == (2, 2, Decimal("3.5"))
    codes = {one.key.partition(":")[0]: (one.class_code, one.ours, one.theirs) for one in found.differences}
    assert codes == {"till": ("duplicate", 2, 1), "day": ("quantity", 2, 1)}


def test_an_amount_of_the_day_that_is_not_its_lines(store) -> None:
    sell()
    change("UPDATE sales_dailyfact SET revenue = 6")
    (one,) = checked(store).differences
    assert (one.class_code, one.ours, one.theirs, one.sku) == ("value", 6, 7, "A1")


def test_a_lost_sale_line_of_a_feed(store) -> None:
    applied(
        f"reference,site,sku,quantity,unit_price,occurred_at\nT1,LON,A1,2,3.5,{AT.isoformat()}\n".encode(),
        "sales",
    )
    change("DELETE FROM sales_saleline")
    codes = {one.class_code for one in checked(store).differences}
    assert codes == {"missing_there"}


def test_rows_the_sender_counted_and_we_did_not_take(store) -> None:
    feed = Feed.objects.get(name="sales")
    stream = Stream.objects.create(feed=feed, name="LON-till", site=store, complete_to=AT)
    Delivery.objects.create(
        feed=feed, stream=stream, way="push", sha256="0" * 64, size=1, state="quarantined", accepted=98, rejected=2,
        totals={"rows": 100}, received_at=AT,
    )  # fmt: skip
    found = checked(store)
    (one,) = found.differences
    assert (one.class_code, one.ours, one.theirs, found.complete_to) == ("missing_here", 98, 100, AT)
