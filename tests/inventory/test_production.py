"""Production: the cost of what goes in is the cost of what comes out, to the last millionth."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.models import Category
from inventory.actions.movements import reverse_movement
from inventory.actions.production import post_production
from inventory.models import Entry, Movement
from inventory.queries.verification import ledger_breaches
from inventory.rules.production import Part, ProductionDraft, shared_cost
from lib.faults import Faults
from tests.inventory.builders import AT, TESTER, held, make_product, make_site, receive
from tests.inventory.test_bundles import bill

pytestmark = pytest.mark.django_db


def part(sku: str, quantity: str, **fields: Any) -> Part:
    if "share" in fields:
        fields["share_fraction"] = Decimal(fields.pop("share"))
    return Part(sku, Decimal(quantity), **fields)


def produce(inputs: list[Part], outputs: list[Part], added: str = "0", **fields: Any) -> Movement:
    asked = ProductionDraft(
        "PROD-1", "LON", tuple(inputs), tuple(outputs), Decimal(added), fields.pop("at", AT), **fields
    )
    return post_production(actor=TESTER, draft=asked)


@pytest.fixture
def stock() -> None:
    make_site("LON")
    for sku in ("FLOUR", "WATER", "BREAD", "CRUMBS"):
        make_product(sku, unit="kg" if sku != "BREAD" else "pcs")
    receive("FLOUR", quantity="10", cost="0.70")
    receive("WATER", quantity="10", cost="0.01")


@pytest.mark.usefixtures("stock")
def test_what_comes_out_is_worth_what_went_in_and_the_work() -> None:
    made = produce([part("FLOUR", "3"), part("WATER", "2")], [part("BREAD", "7")], added="1.50")
    assert (held(sku="FLOUR").on_hand, held(sku="BREAD").on_hand) == (7, 7)
    assert held(sku="BREAD").value == Decimal("3.62")
    entries = Entry.objects.filter(movement_id=made.pk)
    assert sum(entry.value for entry in entries) == 0
    assert sum(entry.value for entry in entries if entry.location_id == -7) == Decimal("-1.50")
    assert list(ledger_breaches()) == []


@pytest.mark.usefixtures("stock")
def test_several_outputs_share_by_given_fractions() -> None:
    produce([part("FLOUR", "1")], [part("BREAD", "3", share="0.9"), part("CRUMBS", "0.1", share="0.1")])
    assert (held(sku="BREAD").value, held(sku="CRUMBS").value) == (Decimal("0.63"), Decimal("0.07"))


@pytest.mark.usefixtures("stock")
def test_a_bill_says_what_is_left_out_and_dismantling_is_the_reverse() -> None:
    bill("BREAD", ("FLOUR", "0.5"), ("WATER", "0.3"), kind="kit")
    produce([], [part("BREAD", "4")])
    assert (held(sku="FLOUR").on_hand, held(sku="WATER").on_hand) == (8, Decimal("8.8"))
    worth = held(sku="BREAD").value
    produce([part("BREAD", "4")], [], reason="unsold")
    assert (held(sku="FLOUR").on_hand, held(sku="WATER").on_hand) == (10, 10)
    assert held(sku="BREAD").value == 0
    assert worth == Decimal("1.412")
    assert held(sku="FLOUR").value + held(sku="WATER").value == Decimal("7.1")


@pytest.mark.usefixtures("stock")
def test_a_reversal_brings_both_sides_back_at_what_they_moved() -> None:
    made = produce([part("FLOUR", "3")], [part("BREAD", "2")], added="1")
    reverse_movement(actor=TESTER, movement_id=made.pk, reason="oven was off")
    assert (held(sku="FLOUR").value, held(sku="BREAD").on_hand) == (Decimal("7"), 0)
    assert held(sku="BREAD").value == 0
    assert list(ledger_breaches()) == []


@pytest.mark.usefixtures("stock")
@pytest.mark.parametrize(
    ("inputs", "outputs", "faults"),
    [
        ([part("FLOUR", "11")], [part("BREAD", "1")], [("/inputs/0/quantity", "insufficient_stock")]),
        ([part("FLOUR", "1")], [part("NONE", "1")], [("/outputs/0/sku", "unknown_sku")]),
        ([part("FLOUR", "0")], [part("BREAD", "1")], [("/inputs/0/quantity", "invalid_quantity")]),
        ([], [part("BREAD", "1")], [("/outputs/0/sku", "no_bill")]),
        ([], [], [("/inputs", "no_inputs"), ("/outputs", "no_outputs")]),
        ([part("FLOUR", "1")], [part("BREAD", "1", share="0.4")], [("/outputs", "shares_sum")]),
        (
            [part("FLOUR", "1")],
            [part("BREAD", "1", share="1"), part("CRUMBS", "1")],
            [("/outputs", "shares_incomplete")],
        ),
    ],
)
def test_refusals_post_nothing(
    inputs: list[Part], outputs: list[Part], faults: list[tuple[str, str]]
) -> None:
    before = Entry.objects.count()
    with pytest.raises(Faults) as refused:
        produce(inputs, outputs)
    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == faults
    assert Entry.objects.count() == before


@pytest.mark.usefixtures("stock")
def test_a_bundle_is_not_produced() -> None:
    make_product("SET")
    bill("SET", ("FLOUR", "1"))
    with pytest.raises(Faults) as refused:
        produce([part("FLOUR", "1")], [part("SET", "1")])
    assert [(f.pointer, f.code) for f in refused.value.faults] == [("/outputs/0/sku", "bundle_has_no_stock")]


amounts = st.integers(0, 10**15).map(lambda units: Decimal(units).scaleb(-6))
quantities = st.integers(1, 10**15).map(lambda units: Decimal(units).scaleb(-6))


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(amounts, st.lists(st.tuples(amounts, quantities), min_size=1, max_size=8))
def test_shares_always_sum_to_the_whole(total: Decimal, rows: list[tuple[Decimal, Decimal]]) -> None:
    parts = shared_cost(total, [weight for weight, _q in rows], [quantity for _w, quantity in rows])
    assert sum(parts) == total
    assert all(abs(part) <= total + 1 for part in parts)


@pytest.mark.parametrize("method", ["fifo", "standard"])
def test_other_costing_methods_keep_the_ledger_whole(method: str) -> None:
    make_site("LON")
    category = Category.objects.create(
        path="Bakery", name="Bakery", costing_method=method, own_costing_method=method
    )
    for sku in ("FLOUR", "BREAD"):
        make_product(sku, category=category)
    receive("FLOUR", quantity="2", cost="1")
    receive("FLOUR", quantity="2", cost="3")
    made = produce([part("FLOUR", "3")], [part("BREAD", "3")], added="0.50")
    assert list(ledger_breaches()) == []
    assert sum(entry.value for entry in Entry.objects.filter(movement_id=made.pk)) == 0
    if method == "fifo":
        assert (held(sku="BREAD").value, held(sku="FLOUR").value) == (Decimal("5.5"), 3)
    reverse_movement(actor=TESTER, movement_id=made.pk, reason="oven was off")
    assert (held(sku="BREAD").on_hand, held(sku="FLOUR").on_hand) == (0, 4)
    assert list(ledger_breaches()) == []


@pytest.mark.usefixtures("stock")
def test_inputs_without_a_lot_take_what_expires_first() -> None:
    make_product("YEAST", unit="kg", tracks_lots=True)
    receive("YEAST", quantity="1", cost="2", lot="Y1")
    receive("YEAST", quantity="5", cost="2", lot="Y2")
    made = produce([part("YEAST", "3")], [part("BREAD", "1")])
    assert (held(sku="YEAST", lot="Y1").on_hand, held(sku="YEAST", lot="Y2").on_hand) == (0, 3)
    assert held(sku="BREAD").value == 6
    reverse_movement(actor=TESTER, movement_id=made.pk, reason="oven was off")
    assert (held(sku="YEAST", lot="Y1").on_hand, held(sku="YEAST", lot="Y2").on_hand) == (1, 5)
    assert list(ledger_breaches()) == []
