"""First in, first out and standard cost over the real posting path."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.models import Category, Product
from inventory.actions.bulk import BulkItem, post_movements
from inventory.actions.movements import post_movement, reverse_movement
from inventory.models import CostLayer, Entry, StandardCost
from inventory.queries.verification import ledger_breaches
from inventory.rules.drafts import MovementDraft
from inventory.rules.layers import LayeredPool
from lib import clock
from lib.clock import frozen
from lib.faults import Faults
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


def make_valued(method: str, sku: str = "A1") -> Product:
    category, _ = Category.objects.get_or_create(
        path=method.title(),
        defaults={"name": method, "own_costing_method": method, "costing_method": method},
    )
    return make_product(sku, category=category)


def set_standard(sku: str, amount: str, currency: str = "GBP") -> None:
    StandardCost.objects.create(
        product=Product.objects.get(sku=sku), currency=currency, amount=Decimal(amount), valid_from=clock.now(),
        reason="test", event_id=0,
    )  # fmt: skip


def layers(site: str = "LON", sku: str = "A1") -> list[tuple[Decimal, Decimal]]:
    found = CostLayer.objects.filter(site__code=site, product__sku=sku, remaining__gt=0).order_by("id")
    return [(layer.remaining, layer.value) for layer in found]


@pytest.fixture
def house(db: None) -> None:
    for site in ("LON", "YRK"):
        make_site(site)
    make_site("PAR", "EUR", "eu")
    make_rate()


def sell(quantity: str, **fields: str) -> object:
    return post("sale", line("A1", "LON", "customer", quantity), **fields)


def test_the_oldest_layer_goes_first_and_a_reversal_gives_back_just_those(house: None) -> None:
    make_valued("fifo")
    receive(quantity="10", cost="1")
    receive(quantity="10", cost="3")
    sold = sell("15")
    assert layers() == [(5, 15)]
    assert (held().pair_on_hand, held().pair_value) == (5, 15)
    sell("2")
    reverse_movement(actor=TESTER, movement_id=sold.pk, reason="wrong")
    assert layers() == [(10, 10), (8, 24)]
    assert list(ledger_breaches()) == []


def test_a_reversed_receipt_takes_its_own_layer_before_older_ones(house: None) -> None:
    make_valued("fifo")
    receive(quantity="10", cost="1")
    second = receive(quantity="10", cost="3")
    reverse_movement(actor=TESTER, movement_id=second.pk, reason="wrong")
    assert layers() == [(10, 10)]
    assert list(ledger_breaches()) == []


def test_what_goes_below_zero_is_assumed_and_settled_by_the_next_receipt(house: None) -> None:
    make_valued("fifo")
    receive(quantity="2", cost="4")
    sell("5")
    assert (held().pair_on_hand, held().pair_value, layers()) == (-3, -12, [])
    receive(quantity="10", cost="5")
    assert (layers(), held().pair_value) == ([(7, 35)], 35)
    settled = Entry.objects.filter(quantity=0, location_id__gt=0)
    assert [entry.value for entry in settled] == [-3]
    assert list(ledger_breaches()) == []


def test_a_transfer_carries_the_cost_of_the_layers_it_takes(house: None) -> None:
    make_valued("fifo")
    receive(quantity="10", cost="1")
    receive(quantity="10", cost="3")
    moved = post("transfer", line("A1", "LON", "YRK", "15"))
    assert (layers(), layers("YRK")) == ([(5, 15)], [(15, 25)])
    reverse_movement(actor=TESTER, movement_id=moved.pk, reason="wrong")
    assert (layers(), layers("YRK")) == ([(10, 10), (10, 30)], [])
    assert list(ledger_breaches()) == []


@pytest.mark.parametrize(("method", "worth"), [("fifo", 300), ("average", 300)])
def test_a_return_that_names_its_sale_comes_back_at_what_it_left_at(
    house: None, method: str, worth: int
) -> None:
    make_valued(method)
    receive(quantity="10", cost="10")
    sell("10", reference="TILL-7")
    receive(quantity="10", cost="20")
    post("return", line("A1", "customer", "LON", "10", of="TILL-7"))
    assert held().pair_value == worth
    assert list(ledger_breaches()) == []


def test_a_return_of_a_sale_nobody_knows_comes_back_at_the_average(house: None) -> None:
    make_valued("average")
    receive(quantity="10", cost="10")
    post("return", line("A1", "customer", "LON", "1", of="NOWHERE"))
    assert held().pair_value == 110
    with pytest.raises(Faults) as refused:
        post("receipt", line("A1", "supplier", "LON", "1", of="TILL-7"))
    assert refused.value.faults[0].code == "not_a_return"


def test_stock_of_before_becomes_one_layer_and_leaves_layers_again(house: None) -> None:
    product = make_valued("average")
    receive(quantity="10", cost="1")
    receive(quantity="10", cost="3")
    product.category.costing_method = "fifo"
    product.category.save()
    sell("5")
    assert (layers(), held().is_layered) == ([(15, 30)], True)
    assert list(ledger_breaches()) == []
    product.category.costing_method = "average"
    product.category.save()
    receive(quantity="5", cost="2")
    assert (layers(), held().is_layered, held().pair_value) == ([], False, 40)
    assert list(ledger_breaches()) == []


def test_the_proof_finds_a_layer_that_is_not_its_moves(house: None) -> None:
    make_valued("fifo")
    receive(quantity="10", cost="1")
    CostLayer.objects.update(value=11)
    found = list(ledger_breaches())
    assert len(found) == 2
    assert found[0].startswith("layer ")
    assert "its stock is 10" in found[1]


def test_standard_stock_is_worth_the_standard_and_differences_go_beside(house: None) -> None:
    make_valued("standard")
    set_standard("A1", "10")
    receipt = receive(quantity="10", cost="12")
    assert held().pair_value == 100
    beside = Entry.objects.filter(movement_id=receipt.pk, quantity=0, location_id=-3)
    assert [entry.value for entry in beside] == [20]
    sell("4")
    assert held().pair_value == 60
    set_standard("A1", "11")
    sell("1")
    assert (held().pair_on_hand, held().pair_value) == (5, 55)
    assert list(ledger_breaches()) == []


def test_without_a_standard_the_average_counts_until_there_is_one(house: None) -> None:
    make_valued("standard")
    receive(quantity="10", cost="12")
    assert held().pair_value == 120
    set_standard("A1", "10")
    sell("1")
    assert held().pair_value == 90
    assert list(ledger_breaches()) == []


def test_a_batch_leaves_the_same_layers_as_one_by_one(house: None) -> None:
    """Single and bulk path share one book: receipts, sales below zero and transfers of a layered product."""
    make_valued("fifo", "A1")
    make_valued("fifo", "B2")

    def course(sku: str) -> list[MovementDraft]:
        return [
            draft("receipt", line(sku, "supplier", "LON", "10", unit_cost="1")),
            draft("receipt", line(sku, "supplier", "LON", "5", unit_cost="3")),
            draft("sale", line(sku, "LON", "customer", "12")),
            draft("transfer", line(sku, "LON", "YRK", "2")),
            draft("sale", line(sku, "LON", "customer", "4")),
            draft("receipt", line(sku, "supplier", "LON", "9", unit_cost="2")),
        ]

    for one in course("A1"):
        post_movement(actor=TESTER, draft=one)
    items = [BulkItem(str(place), repr(one).encode(), one) for place, one in enumerate(course("B2"))]
    assert {result.status for result in post_movements(actor=TESTER, items=items)} == {"posted"}
    assert layers("LON", "A1") == layers("LON", "B2") == [(6, 12)]
    assert layers("YRK", "A1") == layers("YRK", "B2") == [(2, 6)]
    assert list(ledger_breaches()) == []


flows = st.lists(st.tuples(st.integers(-30, 30).filter(bool), st.integers(1, 99999)), min_size=1, max_size=40)


@given(flow=flows)
@settings(max_examples=200, deadline=None)
def test_layers_equal_a_naive_queue_of_single_pieces(flow: list) -> None:
    """Every piece by itself, oldest first; never below zero here, so that nothing is assumed."""
    pool, queue = LayeredPool(), []
    for quantity, cost in flow:
        if quantity > 0:
            pool.take_in(Decimal(quantity), Decimal(cost), by=(cost, 0))
            queue += [Decimal(cost)] * quantity
        elif queue:
            gone = min(-quantity, len(queue))
            assert -pool.take_out(Decimal(gone)).value == sum(queue[:gone])
            queue = queue[gone:]
        assert (pool.quantity, pool.value) == (len(queue), sum(queue))
        assert all(layer.quantity > 0 <= layer.value for layer in pool.layers)
        assert sum(layer.quantity for layer in pool.layers) == len(queue)


PLACES = ("LON", "YRK", "PAR")
quantities = st.integers(1, 20).map(str)
costs = st.integers(1, 900).map(lambda cents: str(Decimal(cents) / 100))
steps = st.lists(
    st.one_of(
        st.tuples(st.just("receipt"), st.just("supplier"), st.sampled_from(PLACES), quantities, costs),
        st.tuples(st.sampled_from(["sale", "issue"]), st.sampled_from(PLACES), st.just("customer"), quantities, costs),
        st.tuples(st.just("return"), st.just("customer"), st.sampled_from(PLACES), quantities, costs),
        st.tuples(st.just("transfer"), st.sampled_from(PLACES), st.sampled_from(PLACES), quantities, costs),
        st.tuples(st.just("reverse"), st.just(""), st.just(""), st.integers(0, 30).map(str), costs),
        st.tuples(st.just("method"), st.sampled_from(["average", "fifo", "standard"]), st.just(""), quantities, costs),
    ),
    min_size=1,
    max_size=25,
)  # fmt: skip


@given(method=st.sampled_from(["fifo", "standard"]), taken=steps)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_posted_the_value_is_the_sum_of_its_entries(
    house: None, method: str, taken: list
) -> None:
    """Sums of entries, balances and layers agree after any course of events, changes of method included."""
    posted: list[int] = []
    with frozen(AT + timedelta(hours=1)), transaction.atomic():
        product = make_valued(method)
        set_standard("A1", "3.33")
        for kind, source, target, quantity, cost in taken:
            try:
                if kind == "method":
                    Category.objects.filter(pk=product.category_id).update(costing_method=source)
                elif kind == "reverse":
                    if posted:
                        which = posted[int(quantity) % len(posted)]
                        reverse_movement(actor=TESTER, movement_id=which, reason="law")
                else:
                    given_cost = {"unit_cost": cost} if kind == "receipt" else {}
                    made = draft(kind, line("A1", source, target, quantity, **given_cost))
                    posted.append(post_movement(actor=TESTER, draft=made).pk)
            except Faults:
                continue
        assert list(ledger_breaches()) == []
        transaction.set_rollback(True)
