"""Stock promised to somebody is left alone until the promise ends, once."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import ProgrammingError, connection, connections
from django.test import Client

from audit.models import Event
from inventory.actions.reservations import Wanted, expire_due, fulfil, release, reserve
from inventory.models import Reservation, ReservationEnd
from inventory.queries.ledger import Asked, balance_page
from inventory.queries.verification import ledger_breaches
from lib import clock
from lib.actors import Actor
from lib.faults import Faults
from tests.inventory.builders import TESTER, draft, held, line, make_product, make_site, post, receive
from tests.inventory.test_bundles import bill
from tests.inventory.test_period_edges import client_of, staff

URL = "/api/v1/stock/reservations/"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=2)


@pytest.fixture
def house(db: None) -> Iterator[None]:
    with clock.frozen(NOW):
        make_site("LON")
        make_product("A1")
        receive(quantity="10", at=NOW - timedelta(hours=1))
        yield


def hold(
    quantity: str, reference: str = "ORDER-1", expires_at: datetime = LATER, sku: str = "A1"
) -> Reservation:
    wanted = [Wanted(sku, Decimal(quantity))]
    return reserve(actor=TESTER, site_code="LON", reference=reference, lines=wanted, expires_at=expires_at)[0]


def codes(refused: pytest.ExceptionInfo[Faults]) -> list[str]:
    return [fault.code for fault in refused.value.faults]


def test_what_is_reserved_is_on_hand_but_not_available(house: None) -> None:
    hold("4")
    (row,), _ = balance_page(Asked(site="LON"), at=None, known_at=None, after=None, limit=9)
    assert (row["on_hand"], row["reserved"], row["available"]) == ("10", "4", "6")
    assert list(ledger_breaches()) == []


def test_commands_leave_it_alone_and_facts_do_not_ask(house: None) -> None:
    hold("4")
    with pytest.raises(Faults) as refused:
        post("issue", line("A1", "LON", "customer", "7"), at=None)
    assert codes(refused) == ["insufficient_stock"]
    assert "6 available" in refused.value.faults[0].detail
    post("sale", line("A1", "LON", "customer", "7"), at=None)
    assert held().on_hand == 3


def test_more_than_is_available_is_refused_line_by_line_and_nothing_is_held(house: None) -> None:
    wanted = [Wanted("A1", Decimal(6)), Wanted("A1", Decimal(5))]
    with pytest.raises(Faults) as refused:
        reserve(actor=TESTER, site_code="LON", reference="R", lines=wanted, expires_at=LATER)
    assert [(f.code, f.pointer) for f in refused.value.faults] == [
        ("insufficient_stock", "/lines/1/quantity")
    ]
    assert (Reservation.objects.count(), held().reserved) == (0, 0)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"quantity": "0"}, "invalid_quantity"),
        ({"quantity": "NaN"}, "invalid_quantity"),
        ({"quantity": "1", "expires_at": NOW}, "invalid_expiry"),
        ({"quantity": "1", "reference": " "}, "invalid_reference"),
        ({"quantity": "1", "sku": "ZZ"}, "unknown_sku"),
    ],
)
def test_bad_input_names_what_is_wrong(house: None, fields: dict, code: str) -> None:
    with pytest.raises(Faults) as refused:
        hold(**fields)
    assert codes(refused) == [code]


def test_fulfilling_ends_it_and_posts_in_one(house: None) -> None:
    reservation = hold("4")
    hold("6", "ORDER-2")
    movement = fulfil(
        actor=TESTER,
        reservation_id=reservation.pk,
        draft=draft("issue", line("A1", "LON", "customer", "4"), at=None),
    )
    assert (held().on_hand, held().reserved) == (6, 6)
    assert ReservationEnd.objects.get().movement_id == movement.pk
    assert list(ledger_breaches()) == []
    with pytest.raises(Faults) as refused:
        release(actor=TESTER, reservation_id=reservation.pk, reason="again")
    assert (codes(refused), refused.value.status) == (["already_ended"], 409)


def test_a_refused_movement_leaves_the_reservation_as_it_was(house: None) -> None:
    reservation = hold("4")
    with pytest.raises(Faults):
        fulfil(
            actor=TESTER,
            reservation_id=reservation.pk,
            draft=draft("issue", line("A1", "LON", "customer", "40"), at=None),
        )
    assert held().reserved == 4
    assert not ReservationEnd.objects.exists()


def test_what_expired_is_let_go_once(house: None) -> None:
    hold("4", expires_at=NOW + timedelta(hours=1))
    hold("1", "ORDER-2")
    assert expire_due(actor=TESTER) == 0
    with clock.frozen(NOW + timedelta(hours=1)):
        assert (expire_due(actor=TESTER), expire_due(actor=TESTER)) == (1, 0)
    assert held().reserved == 1
    assert Event.objects.filter(kind="stock.expired").count() == 1


def test_rights_and_the_past_are_kept(house: None) -> None:
    reader = Actor("user", 7, "Reader", frozenset({"stock.view"}))
    with pytest.raises(Faults) as refused:
        reserve(
            actor=reader, site_code="LON", reference="R", lines=[Wanted("A1", Decimal(1))], expires_at=LATER
        )
    assert refused.value.status == 403
    hold("4")
    with pytest.raises(ProgrammingError), connection.cursor() as cursor:
        cursor.execute("UPDATE inventory_reservation SET quantity = 1")


def test_sixteen_who_reserve_the_same_ten_get_ten(cloned_db: str) -> None:
    make_site("LON")
    make_product("A1")
    receive(quantity="10", at=None)
    barrier, got = threading.Barrier(16), []

    def work() -> None:
        barrier.wait()
        try:
            got.append(hold("1", expires_at=clock.now() + timedelta(days=1)).pk)
        except Faults:
            pass
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(got), held().reserved) == (10, 10)
    assert list(ledger_breaches()) == []


def test_over_rest_stock_is_held_fulfilled_and_released(house: None) -> None:
    client = client_of("stock_clerk")
    body = {
        "site": "LON", "reference": "ORDER-9", "expires_at": LATER.isoformat(),
        "lines": [{"sku": "A1", "quantity": "4"}, {"sku": "A1", "quantity": "3"}],
    }  # fmt: skip
    first, second = client.post(URL, body, format="json").json()
    assert (first["quantity"], first["ended"], held().reserved) == ("4", None, 7)
    issue = {
        "reference": "I-1",
        "kind": "issue",
        "lines": [{"sku": "A1", "from": "LON", "to": "customer", "quantity": "4"}],
    }
    posted = client.post(f"{URL}{first['id']}/fulfil/", issue, format="json")
    assert posted.status_code == 201
    released = client.post(f"{URL}{second['id']}/release/", {"reason": "Cancelled"}, format="json")
    assert (released.status_code, released.json()["ended"]) == (200, "released")
    rows = client.get(f"{URL}?state=fulfilled").json()["results"]
    assert [row["movement"] for row in rows] == [posted.json()["id"]]
    assert client.post(f"{URL}{second['id']}/release/", {"reason": "Again"}, format="json").status_code == 409
    assert client.post(f"{URL}999/release/", {"reason": "x"}, format="json").status_code == 404
    assert client.post(URL, {"lines": [{"quantity": []}]}, format="json").status_code == 422
    assert client_of("finance").post(URL, body, format="json").status_code == 403


def test_the_page_lists_and_releases(house: None, client: Client) -> None:
    reservation = hold("4")
    client.force_login(staff("stock_manager"))
    assert "ORDER-1" in client.get("/stock/reservations/").content.decode()
    client.post(f"/stock/reservations/{reservation.pk}/release/", {"reason": ""})
    assert held().reserved == 4
    client.post(f"/stock/reservations/{reservation.pk}/release/", {"reason": "Customer left"})
    assert held().reserved == 0
    assert "ORDER-1" not in client.get("/stock/reservations/").content.decode()


def test_of_a_bundle_the_parts_are_held_and_end_together(house: None) -> None:
    make_product("GIFT")
    make_product("TEA")
    receive("TEA", quantity="5", at=NOW - timedelta(hours=1))
    bill("GIFT", ("A1", "2"), ("TEA", "1"))
    one, two = reserve(
        actor=TESTER, site_code="LON", reference="R", lines=[Wanted("GIFT", Decimal(3))], expires_at=LATER
    )
    assert [(part.product.sku, part.quantity, part.bundle.sku) for part in (one, two) if part.bundle] == [
        ("A1", 6, "GIFT"),
        ("TEA", 3, "GIFT"),
    ]
    with pytest.raises(Faults) as refused:
        reserve(
            actor=TESTER, site_code="LON", reference="R", lines=[Wanted("TEA", Decimal(1)), Wanted("GIFT", Decimal(2))],
            expires_at=LATER,
        )  # fmt: skip
    assert ("insufficient_stock", "/lines/1/quantity") in [(f.code, f.pointer) for f in refused.value.faults]
    fulfil(
        actor=TESTER,
        reservation_id=two.pk,
        draft=draft("issue", line("GIFT", "LON", "customer", "3"), at=None),
    )
    assert [(held(sku=sku).on_hand, held(sku=sku).reserved) for sku in ("A1", "TEA")] == [(4, 0), (2, 0)]
    assert ReservationEnd.objects.filter(reason="fulfilled").count() == 2
    assert list(ledger_breaches()) == []
