"""Revaluations, landed costs, standards and methods as documents: posted, asked for, refused, reversed, raced."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.permissions import permissions_of
from approvals.actions import decide
from approvals.models import ApprovalRequest
from catalog.actions.categories import set_costing_method
from catalog.models import Category, Site
from inventory.actions.costing_methods import Standard, align_due, change_costing_method, set_standard_costs
from inventory.actions.landed_costs import (
    Charge,
    LandedDraft,
    LandedOn,
    request_landed_cost,
    reverse_landed_cost,
)
from inventory.actions.movements import reverse_movement
from inventory.actions.periods import close_period
from inventory.actions.revaluations import (
    RevaluationDraft,
    Wish,
    request_revaluation,
    reverse_revaluation,
)
from inventory.actions.valuation_decisions import apply_valuation_decisions
from inventory.models import ClosingBalance, CostLayer, Entry, LandedCost, Movement, Revaluation
from inventory.queries.verification import ledger_breaches
from lib.actors import Actor
from lib.clock import frozen, now
from lib.faults import Faults
from tests.inventory.builders import (
    TESTER,
    held,
    line,
    make_product,
    make_rate,
    make_site,
    post,
    receive,
)
from tests.inventory.test_layers import layers, make_valued
from tests.inventory.transfer_builders import person


@pytest.fixture
def house(db: None) -> None:
    for site in ("LON", "YRK"):
        make_site(site)


@pytest.fixture
def clerk(house: None) -> Actor:
    return person("buyer", "purchaser")


@pytest.fixture
def finance(house: None) -> Actor:
    return person("books", "finance")


def revalue(*wishes: Wish, actor: Actor = TESTER, reason: str = "market fell") -> Revaluation:
    return request_revaluation(actor=actor, draft=RevaluationDraft("RV-1", reason, wishes))


def land(*receipts: int, amount: str = "100", actor: Actor = TESTER, **fields: Any) -> LandedCost:
    charges = fields.pop("charges", (Charge("freight", Decimal(amount), "GBP"),))
    lines = fields.pop("lines", tuple(LandedOn(receipt) for receipt in receipts))
    asked = LandedDraft("FR-1", "freight came", fields.pop("basis", "amount"), charges, lines)
    return request_landed_cost(actor=actor, draft=asked)


def codes(refused: Any) -> list[str]:
    return [fault.code for fault in refused.value.faults]


# -- revaluation ---------------------------------------------------------------------------------------------------------


def test_stock_is_revalued_by_an_amount_or_to_a_unit_cost(house: None) -> None:
    make_product()
    receive(quantity="10", cost="2")
    receive(site="YRK", quantity="10", cost="2")
    made = revalue(Wish("LON", "A1", amount=Decimal("-5")), Wish("YRK", "A1", unit_cost=Decimal("3")))
    assert (made.state, held().pair_value, held("YRK").pair_value) == ("posted", 15, 30)
    assert [one.posted for one in made.lines.order_by("number")] == [-5, 10]
    entries = Entry.objects.filter(movement_id=made.movement_id)
    assert (entries.count(), sum(e.value for e in entries), {e.quantity for e in entries}) == (4, 0, {0})
    assert list(ledger_breaches()) == []
    reverse_revaluation(actor=TESTER, revaluation_id=made.pk, reason="wrong")
    assert (held().pair_value, held("YRK").pair_value) == (20, 20)
    assert list(ledger_breaches()) == []


def test_layers_take_a_revaluation_by_their_value(house: None) -> None:
    make_valued("fifo")
    receive(quantity="10", cost="1")
    receive(quantity="10", cost="3")
    revalue(Wish("LON", "A1", amount=Decimal("-8")))
    assert layers() == [(10, 8), (10, 24)]
    revalue(Wish("LON", "A1", unit_cost=Decimal("2")))
    assert layers() == [(10, 20), (10, 20)]
    assert list(ledger_breaches()) == []


def test_what_cannot_be_revalued_is_refused_with_every_fault(house: None) -> None:
    make_product()
    make_product("B2")
    receive(quantity="10", cost="2")
    with pytest.raises(Faults) as refused:
        revalue(Wish("NO", "A1", amount=Decimal("0")), Wish("LON", "ZZ"), reason=" ")
    assert codes(refused) == [
        "reason_required",
        "unknown_site",
        "invalid_amount",
        "unknown_sku",
        "amount_or_cost",
    ]
    with pytest.raises(Faults) as refused:
        revalue(Wish("LON", "A1", amount=Decimal("-21")), Wish("LON", "B2", amount=Decimal("1")))
    assert codes(refused) == ["below_zero", "nothing_on_hand"]
    for figure in ("NaN", "Infinity", "0.0000001", "1e20"):
        with pytest.raises(Faults) as refused:
            revalue(Wish("LON", "A1", amount=Decimal(figure)))
        assert codes(refused) == ["invalid_amount"]
    assert (Revaluation.objects.count(), held().pair_value) == (0, 20)


def test_beyond_the_policy_another_person_decides(clerk: Actor, finance: Actor) -> None:
    make_product()
    receive(quantity="1000", cost="2")
    made = revalue(Wish("LON", "A1", amount=Decimal("-1500")), actor=clerk)
    assert (made.state, held().pair_value) == ("pending", 2000)
    with pytest.raises(Faults) as refused:
        with frozen(now() + timedelta(days=40)):
            close_period(actor=TESTER, site_code="LON", month=now().date().replace(day=1) - timedelta(days=1))
    assert "RV-1 lies before" in " ".join(fault.detail for fault in refused.value.faults)
    request = ApprovalRequest.objects.get(kind="stock_valuation")
    with pytest.raises(Faults):
        decide(actor=clerk, request_id=request.pk, approve=True)
    decide(actor=finance, request_id=request.pk, approve=True)
    assert apply_valuation_decisions(actor=TESTER) == 1
    assert apply_valuation_decisions(actor=TESTER) == 0
    made.refresh_from_db()
    assert (made.state, held().pair_value) == ("posted", 500)
    request.refresh_from_db()
    assert request.effect == "applied"


def test_an_approved_one_that_no_longer_fits_lapses_and_a_rejected_one_ends(
    clerk: Actor, finance: Actor
) -> None:
    make_product()
    receive(quantity="1000", cost="2")
    first = revalue(Wish("LON", "A1", amount=Decimal("-1500")), actor=clerk)
    post("sale", line("A1", "LON", "customer", "900"))
    decide(actor=finance, request_id=ApprovalRequest.objects.get().pk, approve=True)
    apply_valuation_decisions(actor=TESTER)
    first.refresh_from_db()
    assert (first.state, "below zero" in first.note, held().pair_value) == ("refused", True, 200)
    receive(quantity="1000", cost="2")
    second = revalue(Wish("LON", "A1", amount=Decimal("-1100")), actor=clerk)
    request = ApprovalRequest.objects.order_by("-id")[0]
    decide(actor=finance, request_id=request.pk, approve=False, comment="no")
    apply_valuation_decisions(actor=TESTER)
    second.refresh_from_db()
    assert (second.state, held().pair_value) == ("refused", 2200)


def test_a_movement_of_a_document_is_not_reversed_by_itself(house: None) -> None:
    make_product()
    receive(quantity="10", cost="2")
    made = revalue(Wish("LON", "A1", amount=Decimal("-5")))
    with pytest.raises(Faults) as refused:
        reverse_movement(actor=TESTER, movement_id=made.movement_id, reason="x")
    assert codes(refused) == ["has_document"]
    assert Movement.objects.get(pk=made.movement_id).kind == "valuation"


# -- landed cost ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["average", "fifo"])
def test_a_late_landed_cost_is_split_between_stock_and_variance(house: None, method: str) -> None:
    make_valued(method)
    first = receive(quantity="10", cost="10")
    receive(quantity="10", cost="20")
    post("sale", line("A1", "LON", "customer", "4"))
    before = held().pair_value
    made = land(first.pk)
    one = made.lines.get()
    assert (one.share, one.to_stock, one.to_variance) == (100, 60, 40)
    assert held().pair_value == before + 60
    entries = Entry.objects.filter(movement_id=made.movement_id)
    assert sorted(e.value for e in entries) == [-60, -40, 40, 60]
    assert list(ledger_breaches()) == []
    post("sale", line("A1", "LON", "customer", "3"))
    reverse_landed_cost(actor=TESTER, landed_cost_id=made.pk, reason="billed twice")
    made.refresh_from_db()
    back = Entry.objects.filter(movement_id=made.reversal_movement_id, location_id__gt=0)
    assert (made.state, [e.value for e in back]) == ("reversed", [-30])
    assert list(ledger_breaches()) == []


def test_charges_of_goods_that_were_taken_back_are_variance(clerk: Actor, finance: Actor) -> None:
    """The receipt was reversed while the charges waited for a decision: other stock must not carry them."""
    make_product()
    receive(quantity="10", cost="2")
    receipt = receive(quantity="10", cost="2")
    made = land(receipt.pk, amount="1500", actor=clerk)
    reverse_movement(actor=TESTER, movement_id=receipt.pk, reason="never came")
    decide(actor=finance, request_id=ApprovalRequest.objects.get().pk, approve=True)
    assert apply_valuation_decisions(actor=TESTER) == 1
    one = made.lines.get()
    assert (one.to_stock, one.to_variance, held().pair_value) == (0, 1500, 20)
    assert list(ledger_breaches()) == []


def test_a_landed_cost_leaves_closed_months_alone(house: None) -> None:
    """frappe/erpnext#50174 (8): charges on goods of a closed month are entries of now; its closing stays what it was."""
    make_product()
    bought = datetime(2026, 10, 10, 9, tzinfo=UTC)
    receipt = receive(quantity="10", cost="2", at=bought)
    closed = close_period(actor=TESTER, site_code="LON", month=date(2026, 10, 1))
    made = land(receipt.pk)
    closed.refresh_from_db()
    closing = ClosingBalance.objects.get(period=closed)
    assert (closing.value, closed.value, held().pair_value) == (20, 20, 120)
    entries = Entry.objects.filter(movement_id=made.movement_id)
    assert all(entry.occurred_at > closed.ends_at for entry in entries)
    assert list(ledger_breaches()) == []


def test_a_standard_takes_no_landed_cost(house: None) -> None:
    make_valued("standard")
    set_standard_costs(actor=TESTER, rows=[Standard("A1", "GBP", Decimal(10))], reason="new")
    first = receive(quantity="10", cost="10")
    made = land(first.pk)
    assert (made.lines.get().to_stock, made.lines.get().to_variance, held().pair_value) == (0, 100, 100)
    assert list(ledger_breaches()) == []


def test_charges_are_spread_by_amount_quantity_or_weight_in_any_currency(house: None) -> None:
    make_product("A1", net_content=Decimal("500"), net_content_unit="g")
    make_product("B2", net_content=Decimal("2"), net_content_unit="kg")
    make_product("C3")
    make_rate("EUR", "GBP", "0.5")
    receipt = post(
        "receipt",
        line("A1", "supplier", "LON", "10", unit_cost="3"),
        line("B2", "supplier", "LON", "30", unit_cost="1"),
    )
    euros = (Charge("duty", Decimal("20"), "EUR"), Charge("freight", Decimal("6.01"), "GBP"))
    with frozen(receipt.occurred_at):
        shares = {
            basis: [
                one.share for one in land(receipt.pk, basis=basis, charges=euros).lines.order_by("number")
            ]
            for basis in ("amount", "quantity", "weight")
        }
    assert shares == {
        "amount": [Decimal("8.01"), Decimal("8.00")],
        "quantity": [Decimal("4.00"), Decimal("12.01")],
        "weight": [Decimal("1.23"), Decimal("14.78")],
    }
    other = receive("C3", quantity="1")
    with pytest.raises(Faults) as refused:
        land(other.pk, basis="weight")
    assert codes(refused) == ["weight_needed"]
    lines = (LandedOn(other.pk, 0, Decimal("2")), LandedOn(receipt.pk, 0))
    made = land(basis="weight", lines=lines, amount="7")
    assert [one.share for one in made.lines.order_by("number")] == [2, 5]


def test_a_landed_cost_on_what_is_not_there_is_refused(house: None) -> None:
    make_product()
    make_site("PAR", "EUR", "eu")
    first, second = receive(quantity="10"), receive(site="PAR", quantity="10")
    sold = post("sale", line("A1", "LON", "customer", "1"))
    for receipts, code in (
        ((sold.pk,), "unknown_receipt"),
        ((first.pk, first.pk), "duplicate_line"),
        ((first.pk, second.pk), "several_currencies"),
        ((), "no_lines"),
    ):
        with pytest.raises(Faults) as refused:
            land(*receipts)
        assert code in codes(refused)
    with pytest.raises(Faults) as refused:
        land(first.pk, charges=(Charge("bribe", Decimal("0"), "£"),), basis="luck")
    assert codes(refused) == ["invalid_basis", "invalid_kind", "invalid_amount", "invalid_currency"]
    third = receive(quantity="10")
    reverse_movement(actor=TESTER, movement_id=third.pk, reason="x")
    with pytest.raises(Faults) as refused:
        land(third.pk)
    assert codes(refused) == ["unknown_receipt"]


def test_a_posted_document_is_never_edited(house: None) -> None:
    make_product()
    land(receive(quantity="10").pk)
    for statement in (
        "UPDATE inventory_landedcost SET total = 1",
        "DELETE FROM inventory_landedline",
        "UPDATE inventory_landedcharge SET amount = 1",
        "UPDATE inventory_layermove SET value = 1",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


# -- methods and standards -----------------------------------------------------------------------------------------------


def test_a_method_changes_with_stock_only_when_the_stock_is_taken_over(finance: Actor) -> None:
    make_valued("average")
    receive(quantity="10", cost="1")
    receive(quantity="10", cost="3")
    change: dict[str, Any] = {"actor": finance, "category": "Average", "reason": "new rules"}
    with pytest.raises(Faults) as refused:
        change_costing_method(method="fifo", **change)
    assert codes(refused) == ["stock_on_hand"]
    assert Category.objects.get().costing_method == "average"
    change_costing_method(method="fifo", revalue=True, **change)
    assert (layers(), held().is_layered) == ([(20, 40)], True)
    change_costing_method(method="average", revalue=True, **change)
    assert (layers(), held().is_layered, held().pair_value) == ([], False, 40)
    set_standard_costs(actor=finance, rows=[Standard("A1", "GBP", Decimal("1.5"))], reason="plan")
    assert held().pair_value == 40
    change_costing_method(method="standard", revalue=True, **change)
    assert held().pair_value == 30
    assert list(ledger_breaches()) == []


def test_the_nearest_ancestor_with_a_method_of_its_own_counts(db: None) -> None:
    top = Category.objects.create(path="A", name="A")
    middle = Category.objects.create(path="A / B", name="B", parent=top)
    leaf = Category.objects.create(path="A / B / C", name="C", parent=middle)
    set_costing_method(path="A", method="fifo")
    set_costing_method(path="A / B", method="standard")
    _category, changed = set_costing_method(path="A", method="average")
    assert changed == [top.pk]
    leaf.refresh_from_db()
    assert leaf.costing_method == "standard"
    set_costing_method(path="A / B", method="")
    leaf.refresh_from_db()
    assert leaf.costing_method == "average"


def test_a_new_standard_revalues_stock_and_one_of_tomorrow_does_so_tomorrow(finance: Actor) -> None:
    make_valued("standard")
    set_standard_costs(actor=finance, rows=[Standard("A1", "GBP", Decimal(10))], reason="plan")
    receive(quantity="10", cost="12")
    later = now() + timedelta(hours=1)
    set_standard_costs(actor=finance, rows=[Standard("A1", "GBP", Decimal(8))], reason="cheaper")
    assert held().pair_value == 80
    set_standard_costs(actor=finance, rows=[Standard("A1", "GBP", Decimal(9), later)], reason="dearer")
    assert (align_due(actor=TESTER), held().pair_value) == (0, 80)
    with frozen(later + timedelta(seconds=1)):
        assert (align_due(actor=TESTER), held().pair_value) == (1, 90)
        assert align_due(actor=TESTER) == 0
    assert list(ledger_breaches()) == []
    with pytest.raises(Faults) as refused:
        past = Standard("A1", "GBP", Decimal(0), now() - timedelta(days=1))
        set_standard_costs(actor=finance, rows=[past, Standard("Z", "gb", Decimal(1))], reason="")
    assert codes(refused) == [
        "reason_required",
        "invalid_amount",
        "in_past",
        "unknown_sku",
        "invalid_currency",
    ]


def test_who_may_not_is_refused(house: None) -> None:
    nobody = Actor("user", 9, "sales", permissions_of("sales"))
    for act in (
        lambda: revalue(actor=nobody),
        lambda: land(1, actor=nobody),
        lambda: set_standard_costs(actor=nobody, rows=[], reason="x"),
        lambda: change_costing_method(actor=nobody, category="A", method="fifo", reason="x"),
        lambda: reverse_revaluation(actor=nobody, revaluation_id=1, reason="x"),
        lambda: reverse_landed_cost(actor=nobody, landed_cost_id=1, reason="x"),
    ):
        with pytest.raises(Faults) as refused:
            act()
        assert (refused.value.status, codes(refused)) == (403, ["not_allowed"])


# -- races ---------------------------------------------------------------------------------------------------------------


def test_sales_and_a_change_of_method_at_once_leave_layers_that_are_the_stock(cloned_db: Any) -> None:
    """Eight sellers while the category goes from average to layers and back: nothing is lost, every proof holds."""
    make_site()
    make_valued("average")
    receive(quantity="1000", cost="2")
    barrier, failures = Barrier(5), []

    def work(job: Any) -> None:
        try:
            barrier.wait()
            for _ in range(6):
                job()
        except Exception as error:  # the thread's own failure is the test's
            failures.append(error)
        finally:
            connection.close()

    methods = iter(["fifo", "average", "fifo", "standard", "average", "fifo"])

    def change() -> None:
        method = next(methods)
        change_costing_method(actor=TESTER, category="Average", method=method, reason="race", revalue=True)

    jobs = [lambda: post("sale", line("A1", "LON", "customer", "3"))] * 4 + [change]
    threads = [Thread(target=work, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert (held().pair_on_hand, held().pair_value) == (1000 - 72, 2 * (1000 - 72))
    assert list(ledger_breaches()) == []
    # A sale that had read the method before the last change may have taken the pair out of layers; the next one puts it back.
    post("sale", line("A1", "LON", "customer", "1"))
    assert sum(layer.remaining for layer in CostLayer.objects.all()) == 927
    assert list(ledger_breaches()) == []
    assert Site.objects.count() == 1


def test_sales_and_charges_at_once_split_by_what_is_left_when_they_post(cloned_db: Any) -> None:
    """Charges and their reversals while the goods are sold: the value stays the sum of entries, never below zero."""
    make_site()
    make_valued("fifo")
    receipt = receive(quantity="500", cost="2").pk
    barrier, failures = Barrier(4), []

    def work(job: Any) -> None:
        try:
            barrier.wait()
            for _ in range(8):
                job()
        except Exception as error:  # the thread's own failure is the test's
            failures.append(error)
        finally:
            connection.close()

    def charge_and_take_back() -> None:
        made = land(receipt, amount="100")
        reverse_landed_cost(actor=TESTER, landed_cost_id=made.pk, reason="race")

    sale = lambda: post("sale", line("A1", "LON", "customer", "5"))  # noqa: E731
    threads = [
        Thread(target=work, args=(job,)) for job in (sale, sale, charge_and_take_back, charge_and_take_back)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert held().pair_on_hand == 420
    assert held().pair_value >= 0
    assert LandedCost.objects.filter(state="reversed").count() == 16
    assert list(ledger_breaches()) == []
