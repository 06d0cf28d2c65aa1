from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from catalog.models import Pack, Product, Scope
from feeds.queries.document_matching import Window, matched_documents
from feeds.queries.documents_check import compare_documents
from inventory.actions.movements import reverse_movement
from lib import clock
from tests.approvals.builders import a_user
from tests.feeds.builders import applied
from tests.inventory.builders import AT, TESTER, line, make_product, make_site, post, receive

pytestmark = pytest.mark.django_db
NOW = AT + timedelta(days=3)
WINDOW = Window(AT - timedelta(days=4), NOW, NOW)


@pytest.fixture
def wh():
    make_product("A1"), make_product("A2")
    return make_site("WH", kind="warehouse")


def tell(*rows: str) -> None:
    """Documents of the other side, "kind reference sku quantity [days after AT]"; a last one makes it complete to NOW."""
    text = "kind,reference,site,sku,quantity,occurred_at\n"
    for row in (*rows, "receipt LAST A2 1 3"):
        kind, reference, sku, quantity, *days = row.split()
        at = AT + timedelta(days=float(days[0]) if days else 0)
        text += f"{kind},{reference},WH,{sku},{quantity},{at.isoformat()}\n"
    assert applied(text.encode(), "documents").rejected == 0
    receive("A2", "WH", "1", reference="LAST", at=NOW)


def classes(site) -> dict[tuple[str, str], str]:
    with clock.frozen(NOW):
        found = matched_documents([site.pk], WINDOW)
    return {(row.reference, row.sku): row.class_code for row in found.rows}


def test_what_agrees_is_counted_and_nothing_is_told_of_it(wh) -> None:
    receive("A1", "WH", "10", reference="GR-1")
    post("issue", line("A1", "WH", "customer", "4"), reference="SH-1")
    tell("receipt GR-1 A1 10", "shipment SH-1 A1 4")
    found = matched_documents([wh.pk], WINDOW)
    assert (found.lines, found.differing, found.rows) == (3, 0, ())
    assert found.complete_to is not None


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ("receipt GR-1 A1 9", "quantity"),
        ("receipt GR-1 A1 10 1.5", "date"),
        ("receipt GR-2 A1 10", "missing_here"),
        ("receipt GR-1 NEW-9 10", "unknown_product"),
        ("receipt GR-1 A2 10", "product"),
        ("receipt GR-1 A1 120", "unit_or_pack"),
        ("receipt GR-2 A1 10 2.5", "timing"),
    ],
)
def test_each_class(wh, told: str, code: str) -> None:
    Pack.objects.create(product=Product.objects.get(sku="A1"), unit="box", factor=12)
    receive("A1", "WH", "10", reference="GR-1")
    tell("receipt GR-0 A2 0", told)
    kind, reference, sku, *_rest = told.split()
    assert classes(wh)[reference, sku] == code


def test_missing_there_only_where_the_other_side_tells_of_such_documents(wh) -> None:
    receive("A1", "WH", "10", reference="GR-1")
    post("issue", line("A1", "WH", "customer", "4"), reference="SH-1")
    tell("receipt GR-0 A2 0")
    assert classes(wh) == {("GR-1", "A1"): "missing_there", ("GR-0", "A2"): "missing_here"}


def test_one_posted_twice_is_a_duplicate_and_one_taken_back_is_not_there(wh) -> None:
    receive("A1", "WH", "10", reference="GR-1")
    again = receive("A1", "WH", "10", reference="GR-1")
    tell("receipt GR-1 A1 10")
    assert classes(wh) == {("GR-1", "A1"): "duplicate"}
    reverse_movement(actor=TESTER, movement_id=again.pk, reason="twice")
    assert classes(wh) == {}


def test_each_site_of_a_transfer_tells_what_left_or_came(wh) -> None:
    make_site("LON")
    receive("A1", "WH", "10", reference="GR-1")
    post("transfer", line("A1", "WH", "transit", "6"), reference="TR-1", destination="LON")
    tell("receipt GR-1 A1 10", "transfer TR-1 A1 5")
    assert classes(wh) == {("TR-1", "A1"): "quantity"}


@pytest.mark.parametrize("kind", ["transfer", "shipment"])
def test_what_leaves_for_another_site_may_be_told_as_a_shipment(wh, kind: str) -> None:
    make_site("LON")
    receive("A1", "WH", "10", reference="GR-1")
    post("transfer", line("A1", "WH", "LON", "6"), reference="TR-1")
    tell("receipt GR-1 A1 10", f"{kind} TR-1 A1 6")
    assert classes(wh) == {}
    tell("receipt GR-1 A1 10", f"{kind} TR-1 A1 7")
    assert classes(wh)["TR-1", "A1"] == "quantity"


def test_a_till_at_a_store_ships_nothing_and_a_web_shop_does(wh) -> None:
    receive("A1", "WH", "10", reference="GR-1")
    post("sale", line("A1", "WH", "customer", "2", unit_price="3"), reference="ORDER-1")
    tell("receipt GR-1 A1 10", "shipment ORDER-1 A1 2")
    assert classes(wh) == {}


def test_as_a_check_of_a_verification(wh) -> None:
    assert compare_documents(wh.pk, AT, NOW) is None
    receive("A1", "WH", "10", cost="2", reference="GR-1")
    tell("receipt GR-1 A1 7", "receipt GR-2 A1 10 2.5")
    found = compare_documents(wh.pk, AT, NOW)
    assert found is not None
    assert (found.lines, found.differing, found.explained, found.value) == (3, 2, 1, Decimal("6.000000"))
    first, second = found.differences
    assert (first.class_code, first.ours, first.theirs, second.is_settled) == ("quantity", 10, 7, True)


def test_the_page_and_rest_obey_the_scope(wh) -> None:
    receive("A1", "WH", "10", reference="GR-1")
    tell("receipt GR-1 A1 7")
    with clock.frozen(NOW):
        assert _page("stock_clerk", everywhere=True).count("GR-1") == 1
        assert _page("stock_manager", everywhere=False).count("GR-1") == 0
        client = APIClient()
        client.force_login(user := a_user("fay", "finance"))
        Scope.objects.create(user=user, site=wh, valid_from=AT)
        (row,) = client.get("/api/v1/feeds/documents/unmatched/?class=quantity").json()["results"]
        assert (row["reference"], row["ours"], row["theirs"]) == ("GR-1", "10", "7")
        assert client.get("/api/v1/feeds/documents/unmatched/?site=XX").json()["results"] == []
        for wrong in ("class=x", "days=0", "days=x", "cursor=x"):
            assert client.get(f"/api/v1/feeds/documents/unmatched/?{wrong}").status_code in (400, 422)


def _page(role: str, everywhere: bool) -> str:
    user = a_user(role, role)
    if everywhere:
        Scope.objects.create(user=user, valid_from=AT)
    client = Client()
    client.force_login(user)
    answer = client.get("/feeds/documents/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_one_query_however_many(wh) -> None:
    for number in range(20):
        receive("A1", "WH", "1", reference=f"GR-{number}")
    with CaptureQueriesContext(
        connection,
    ) as few:
        matched_documents([wh.pk], WINDOW)
    assert len(few) == 1
