"""post_movement: it works, then each refusal."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from audit.models import Event
from audit.queries import digests_of
from inventory.actions.movements import post_movement
from inventory.models import Entry, NegativeCase
from inventory.queries.verification import ledger_breaches
from lib.clock import frozen
from lib.faults import Faults
from sales.models import SaleLine
from tests.inventory.builders import (
    AT,
    TESTER,
    draft,
    held,
    line,
    make_product,
    make_rate,
    make_site,
    post,
    receive,
)


@pytest.fixture(autouse=True)
def house(db: None):
    with frozen(AT + timedelta(hours=1)):
        make_site("LON")
        make_site("YRK")
        make_site("PAR", "EUR", "eu")
        make_product("A1")
        make_product("B2")
        yield


def refused(kind: str, *lines, **fields) -> list:
    with pytest.raises(Faults) as caught:
        post(kind, *lines, **fields)
    return [(fault.pointer, fault.code) for fault in caught.value.faults]


def test_a_receipt_writes_two_entries_and_the_balance() -> None:
    movement = receive(quantity="10", cost="2.5")
    entries = Entry.objects.filter(movement_id=movement.pk).order_by("id")
    assert [(e.quantity, e.value, e.currency) for e in entries] == [(-10, -25, "GBP"), (10, 25, "GBP")]
    assert (held().on_hand, held().value, held().last_cost) == (10, 25, Decimal("2.5"))


def test_the_event_carries_the_digest_of_its_rows() -> None:
    movement = receive()
    event = Event.objects.get(id=movement.event_id)
    assert (event.kind, event.subject) == ("movement.posted", f"movement:{movement.pk}")
    assert event.digests == [
        digest.as_json() for digest in digests_of(event.id, ["inventory_entry", "inventory_movement"])
    ]


def test_the_covered_columns_are_those_registered() -> None:
    from audit.models import CoveredTable
    from inventory.sql.ledger import CLOSING_COVERED, ENTRY_COVERED, MOVEMENT_COVERED

    stored = dict(CoveredTable.objects.filter(name__startswith="inventory_").values_list("name", "columns"))
    assert {name: stored[name] for name in stored if "reservation" not in name} == {
        "inventory_entry": list(ENTRY_COVERED),
        "inventory_movement": list(MOVEMENT_COVERED),
        "inventory_closingbalance": list(CLOSING_COVERED),
    }


def test_an_issue_takes_the_moving_average() -> None:
    receive(quantity="10", cost="10")
    receive(quantity="10", cost="20")
    post("issue", line("A1", "LON", "customer", "15"))
    assert (held().on_hand, held().value, held().last_cost) == (5, 75, 15)


def test_the_issue_that_empties_takes_the_remaining_value() -> None:
    for cost in ("1.02", "1", "1"):
        receive(quantity="1", cost=cost)
    post("issue", line("A1", "LON", "customer", "1"))
    post("issue", line("A1", "LON", "customer", "2"))
    assert (held().on_hand, held().value) == (0, 0)


def test_a_transfer_carries_its_cost_converted() -> None:
    make_rate("GBP", "EUR", "1.2")
    receive(quantity="10", cost="2")
    post("transfer", line("A1", "LON", "PAR", "4"))
    assert (held("LON").value, held("PAR").on_hand, held("PAR").value) == (12, 4, Decimal("9.6"))


def test_transit_is_on_its_way_to_the_destination() -> None:
    make_rate("GBP", "EUR", "1.2")
    receive(quantity="10", cost="2")
    post("transfer", line("A1", "LON", "transit", "4"), destination="PAR")
    assert (held("PAR").on_hand, held("PAR").in_transit, held("PAR").in_transit_value) == (
        0,
        4,
        Decimal("9.6"),
    )
    post("receipt", line("A1", "transit", "PAR", "4"), destination="PAR")
    assert (held("PAR").on_hand, held("PAR").in_transit, held("PAR").value) == (4, 0, Decimal("9.6"))


def test_what_arrives_needs_no_destination_named() -> None:
    receive(quantity="10", cost="2")
    post("transfer", line("A1", "LON", "transit", "4"), destination="YRK")
    post("receipt", line("A1", "transit", "YRK", "4"))
    assert (held("YRK").on_hand, held("YRK").in_transit, held("YRK").value) == (4, 0, 8)
    assert list(ledger_breaches()) == []


def test_customs_hold_goods_at_their_value() -> None:
    receive(quantity="10", cost="2")
    post("transfer", line("A1", "LON", "customs", "4"))
    post("transfer", line("A1", "customs", "LON", "4"))
    assert (held().on_hand, held().value) == (10, 20)


def test_a_return_comes_in_at_the_last_average() -> None:
    receive(quantity="2", cost="3")
    post("sale", line("A1", "LON", "customer", "2", unit_price="9.99"))
    post("return", line("A1", "customer", "LON", "1", unit_price="9.99"))
    assert (held().on_hand, held().value) == (1, 3)
    assert list(SaleLine.objects.order_by("id").values_list("quantity", flat=True)) == [2, -1]


def test_a_sale_below_zero_is_posted_with_a_case_and_an_alert() -> None:
    receive(quantity="2", cost="3")
    movement = post("sale", line("A1", "LON", "customer", "5", unit_price="9"))
    case = NegativeCase.objects.get()
    assert (held().on_hand, held().value, case.lowest, case.movement_id) == (-3, -9, -3, movement.pk)
    with connection.cursor() as cursor:
        cursor.execute("SELECT kind, state FROM alerts_alert")
        assert cursor.fetchall() == [("stock_negative", "firing")]


def test_the_next_receipt_settles_the_case_and_its_value() -> None:
    receive(quantity="2", cost="3")
    post("sale", line("A1", "LON", "customer", "5", unit_price="9"))
    movement = receive(quantity="10", cost="4")
    assert (held().on_hand, held().value, NegativeCase.objects.get().state) == (7, 28, "settled")
    settled = Entry.objects.get(movement_id=movement.pk, quantity=0, location_id__gt=0)
    assert settled.value == -3


def test_every_short_line_is_named() -> None:
    receive(quantity="2")
    got = refused("issue", line("A1", "LON", "customer", "3"), line("B2", "LON", "customer", "1"))
    assert got == [("/lines/0/quantity", "insufficient_stock"), ("/lines/1/quantity", "insufficient_stock")]
    assert held().on_hand == 2


def test_lines_of_one_movement_draw_on_the_same_stock() -> None:
    receive(quantity="5")
    got = refused("issue", line("A1", "LON", "customer", "3"), line("A1", "LON", "customer", "3"))
    assert got == [("/lines/1/quantity", "insufficient_stock")]


def test_a_backdated_command_names_the_first_moment_it_would_be_short() -> None:
    receive(quantity="10", at=AT - timedelta(days=5))
    post("issue", line("A1", "LON", "customer", "8"), at=AT - timedelta(days=3))
    receive(quantity="10", at=AT - timedelta(days=1))
    with pytest.raises(Faults) as caught:
        post("issue", line("A1", "LON", "customer", "5"), at=AT - timedelta(days=4))
    assert caught.value.faults[0].code == "negative_later"
    assert (AT - timedelta(days=3)).isoformat() in caught.value.faults[0].detail


def test_a_backdated_command_that_leaves_enough_is_posted() -> None:
    receive(quantity="10", at=AT - timedelta(days=5))
    post("issue", line("A1", "LON", "customer", "8"), at=AT - timedelta(days=3))
    post("issue", line("A1", "LON", "customer", "2"), at=AT - timedelta(days=4))
    assert held().on_hand == 0


@pytest.mark.parametrize(
    ("kind", "source", "target", "quantity", "code"),
    [
        ("issue", "LON", "customer", "0", "invalid_quantity"),
        ("issue", "LON", "customer", "-1", "invalid_quantity"),
        ("issue", "LON", "customer", "NaN", "invalid_quantity"),
        ("issue", "LON", "customer", "1234567890123", "invalid_quantity"),
        ("issue", "LON", "customer", "0.1234567", "invalid_quantity"),
        ("issue", "LON", "LON", "1", "same_location"),
        ("sale", "supplier", "LON", "1", "invalid_route"),
        ("receipt", "customer", "LON", "1", "invalid_route"),
        ("transfer", "LON", "transit", "1", "destination_required"),
        ("theft", "LON", "customer", "1", "invalid_kind"),
    ],
)
def test_shapes_that_are_refused(kind: str, source: str, target: str, quantity: str, code: str) -> None:
    assert [found for _, found in refused(kind, line("A1", source, target, quantity))] == [code]


def test_faults_of_reference_come_together() -> None:
    got = refused("transfer", line("nope", "LON", "MARS", "1"), destination="VENUS")
    assert got == [
        ("/destination", "unknown_site"),
        ("/lines/0/to", "unknown_site"),
        ("/lines/0/sku", "unknown_sku"),
    ]


def test_a_missing_rate_refuses_the_transfer() -> None:
    receive(quantity="10")
    assert refused("transfer", line("A1", "LON", "PAR", "4")) == [("", "missing_exchange_rate")]


def test_goods_cannot_have_moved_in_the_future() -> None:
    assert refused("receipt", line("A1", "supplier", "LON", "1"), at=AT + timedelta(hours=2)) == [
        ("/occurred_at", "in_future")
    ]


def test_lots_have_balances_of_their_own_and_one_average() -> None:
    receive(quantity="10", cost="10", lot="L1")
    receive(quantity="10", cost="20", lot="L2")
    post("issue", line("A1", "LON", "customer", "5", lot="L1"))
    assert (held(lot="L1").on_hand, held(lot="L1").value) == (5, 25)
    assert (held().on_hand, held().pair_on_hand, held().pair_value) == (0, 15, 225)


def test_without_the_right_nothing_is_posted() -> None:
    from lib.actors import Actor

    nobody = Actor(kind="user", id=1, name="n", permissions=frozenset({"stock.view"}))
    with pytest.raises(Faults) as caught:
        post_movement(actor=nobody, draft=draft("receipt", line("A1", "supplier", "LON", "1")))
    assert caught.value.status == 403


def test_posting_takes_a_flat_number_of_statements(django_assert_num_queries) -> None:
    receive()
    with django_assert_num_queries(4):  # savepoint, open, write, release
        receive()
    with django_assert_num_queries(4):
        post_movement(
            actor=TESTER,
            draft=draft(
                "receipt", *[line(sku, "supplier", "LON", "1", unit_cost="1") for sku in ("A1", "B2")]
            ),
        )
