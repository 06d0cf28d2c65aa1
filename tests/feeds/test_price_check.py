"""What shops show is held against what is effective: each difference has its class, and wrong prices an alert."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from alerts.models import Alert
from feeds.actions.readings import keep_readings, read_back_due
from feeds.actions.sending import send_publication
from feeds.models import PriceReading, Publication, QuarantineRow
from feeds.queries.price_check import compare
from feeds.rules.price_check import Ours, Theirs, verdict
from feeds.rules.readings import ReadRow
from lib import clock
from lib.actors import job
from tests.feeds.builders import applied
from tests.feeds.publications import Other, a_publication, another_side, is_genuine, kept
from tests.pricing.builders import House, a_house, a_product, priced

D = Decimal
LOOP = job("feeds.read_back")
OURS = Ours(D("10.00"), "GBP", around=(D("9.00"), None), tax_fraction=D("0.2"))


@pytest.mark.parametrize(
    ("theirs", "code", "settled"),
    [
        (Theirs(D("10.00"), "GBP"), "", False),
        (Theirs(D("10.00"), ""), "", False),
        (Theirs(D("8.33"), "GBP", tax_included=False), "", False),
        (Theirs(D("10.00"), "GBP", tax_included=False), "tax", False),
        (Theirs(D("8.33"), "GBP"), "tax", False),
        (Theirs(D("12.00"), "GBP"), "tax", False),
        (Theirs(D("10.01"), "GBP"), "rounding", False),
        (Theirs(D("10.00"), "EUR"), "currency", False),
        (Theirs(D("9.00"), "GBP"), "timing", True),
        (Theirs(None, ""), "timing", True),
        (Theirs(D("10.00"), "GBP", is_known=False), "unknown_product", False),
        (Theirs(D("7.77"), "GBP"), "price", False),
    ],
)
def test_each_difference_has_one_class(theirs: Theirs, code: str, settled: bool) -> None:
    found = verdict(OURS, theirs)
    assert (found.class_code, found.is_settled) == (code, settled)


def test_one_side_only_and_what_was_never_sent() -> None:
    assert verdict(Ours(D(1), "GBP"), Theirs(None, "")).class_code == "missing_there"
    assert verdict(Ours(None, ""), Theirs(D(1), "GBP")).class_code == "missing_here"
    assert verdict(Ours(None, ""), Theirs(None, "")).class_code == ""
    assert verdict(Ours(D("9.99"), "GBP"), Theirs(D(10), "GBP")).class_code == "rounding"
    assert verdict(Ours(D(5), "GBP", is_unsent=True), Theirs(D(9), "GBP")).why == "not_sent"


@pytest.fixture
def house(db: Any) -> House:
    house = a_house()
    for sku in ("A", "B", "C"):
        a_product(sku)
    priced(house.clerk, *(("BASE", sku, "10.00") for sku in ("A", "B", "C")))
    return house


@pytest.fixture
def other() -> Iterator[Other]:
    with another_side() as running:
        yield running


def test_a_feed_of_readings_is_compared_line_by_line(house: House) -> None:
    at = clock.now().isoformat()
    applied(
        f"site,sku,amount,currency,read_at\nWEB,A,10.00,GBP,{at}\nWEB,B,12.50,GBP,{at}\nWEB,Z,1.00,GBP,{at}\n".encode(),
        "price-readings",
    )
    found = compare([house.web.pk], clock.now() - timedelta(hours=1))
    assert found is not None
    assert (found.lines, found.differing, found.explained, found.value) == (3, 2, 0, D("3.50"))
    told = {one.sku: (one.class_code, one.ours, one.theirs) for one in found.differences}
    assert told["B"] == ("price", "10.00 GBP", "12.50 GBP")
    assert told["Z"][0] == "unknown_product"
    alert = Alert.objects.get(key="shop_price:WEB")
    assert (alert.state, alert.category) == ("firing", "price_mismatch")


def test_faulty_rows_go_to_quarantine_and_older_readings_change_nothing(house: House) -> None:
    now = clock.now()
    body = (
        "site,sku,amount,currency,read_at\n"
        f"WEB,A,10.00,GBP,{now.isoformat()}\nWEB,A,9.00,GBP,{(now - timedelta(hours=1)).isoformat()}\n"
        f"NOWHERE,A,1,GBP,\nWEB,B,-1,GBP,\nWEB,B,x,GBP,\nWEB,B,1,POUND,\nWEB,B,1,GBP,{(now + timedelta(hours=1)).isoformat()}\n"
    )
    delivery = applied(body.encode(), "price-readings")
    assert (delivery.accepted, delivery.rejected) == (2, 5)
    assert PriceReading.objects.get(sku="A").amount == D("10.00")
    assert set(QuarantineRow.objects.values_list("code", flat=True)) >= {
        "unknown_site",
        "negative_amount",
        "in_the_future",
    }


def test_the_shop_is_read_back_and_what_it_does_not_show_is_missing(house: House, other: Other) -> None:
    shop = a_publication(way="webhook", endpoint=other.url)
    kept(shop)
    send_publication(actor=LOOP, publication_id=shop.pk)
    rows = [
        {"sku": "A", "amount": "10.00", "currency": "GBP"},
        {"sku": "B", "amount": "11.00"},
        {"sku": "Q", "amount": "1"},
    ]
    other.answers(200, {"readings": rows})
    with clock.frozen(clock.now() + timedelta(hours=1)):
        assert read_back_due(actor=LOOP, now=clock.now()) == 3
        found = compare([house.web.pk], clock.now() - timedelta(minutes=5))
        assert read_back_due(actor=LOOP, now=clock.now()) == 0
    method, path, headers, body = other.requests[-1]
    assert (method, path) == ("GET", "/hook/readings?sku=A&sku=B&sku=C") and is_genuine(headers, body)
    assert found is not None
    assert {one.sku: one.class_code for one in found.differences} == {"B": "price", "C": "missing_there"}


def test_a_price_that_has_just_changed_is_timing_and_one_never_confirmed_says_so(house: House) -> None:
    shop = a_publication()
    kept(shop)
    before = clock.now()
    with clock.frozen(before + timedelta(hours=1)):
        priced(house.clerk, ("BASE", "A", "10.30"), effective_from=before + timedelta(hours=1, minutes=5))
    at = before + timedelta(hours=1, minutes=6)
    keep_readings(
        [ReadRow(house.web.pk, None, "A", D("10.00"), "GBP", None, at)], source="test", publication_id=shop.pk
    )
    early = compare([house.web.pk], before, at + timedelta(minutes=1))
    assert early is not None and (early.differing, early.explained) == (1, 1)
    later = at + timedelta(hours=1)
    keep_readings(
        [ReadRow(house.web.pk, None, "A", D("10.00"), "GBP", None, later)],
        source="test",
        publication_id=shop.pk,
    )
    found = compare([house.web.pk], before, later + timedelta(minutes=1))
    assert found is not None and found.explained == 0
    assert (found.differences[0].explanation or {})["why"] == "not_sent"


def test_a_right_price_ends_the_alert_and_a_shop_that_cannot_be_read_is_told(
    house: House, other: Other
) -> None:
    shop = a_publication(way="webhook", endpoint=other.url)
    kept(shop)
    send_publication(actor=LOOP, publication_id=shop.pk)
    for amount, state in (("11.00", "firing"), ("10.00", "resolved")):
        rows = [{"sku": sku, "amount": amount} for sku in ("A", "B", "C")]
        other.answers(200, {"readings": rows})
        Publication.objects.update(read_back_at=None)
        read_back_due(actor=LOOP, now=clock.now())
        assert Alert.objects.get(key="shop_price:WEB").state == state
    other.answers(500)
    Publication.objects.update(read_back_at=None)
    read_back_due(actor=LOOP, now=clock.now())
    assert Alert.objects.get(key="shop_unread:shop-prices").state == "firing"
