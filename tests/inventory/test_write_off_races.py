"""Two people at once: one write-off is posted once, the last piece is graded once, one shipment leaves once."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from inventory.actions.gradings import GradeDraft, grade_goods
from inventory.actions.supplier_returns import (
    SupplierReturnDraft,
    create_supplier_return,
    submit_supplier_return,
)
from inventory.actions.supplier_returns_moving import note_credit, ship_supplier_return
from inventory.actions.write_offs import edit_write_off
from inventory.actions.write_offs_posting import (
    apply_write_off_decisions,
    decide_write_off,
    submit_write_off,
)
from inventory.models import Grading, Movement, SupplierCredit, SupplierReturn, WriteOff
from lib import clock
from tests.inventory.builders import TESTER
from tests.inventory.transfer_builders import person
from tests.inventory.write_off_builders import (
    came_back,
    drafted,
    files,
    lying,
    make_store,
    make_supplier,
    stock_line,
    submitted,
    wanted,
)
from tests.together import together

__all__ = ["files"]
pytestmark = pytest.mark.usefixtures("files")


@pytest.fixture(autouse=True)
def store(cloned_db: str, files: Path) -> None:
    make_store()


def test_two_approvers_post_one_write_off_once() -> None:
    """A document applied twice takes the stock twice: nopSolutions/nopCommerce#7096 (27)."""
    made = submitted("150")
    mia, max_ = person("mia", "stock_manager"), person("max", "stock_manager")
    outcomes = together(
        lambda: decide_write_off(actor=mia, write_off_id=made.pk, approve=True),
        lambda: decide_write_off(actor=max_, write_off_id=made.pk, approve=True),
        lambda: apply_write_off_decisions(actor=TESTER),
    )
    assert outcomes == ["done", "done", "wrong_state"]
    assert (lying(), Movement.objects.filter(source="write_off").count()) == (350, 1)


def test_the_loop_and_the_page_post_once() -> None:
    from approvals.actions import decide
    from approvals.queries import request_of

    made = submitted("150")
    request = request_of("write_off", f"write_off:{made.pk}")
    decide(actor=person("mia", "stock_manager"), request_id=request.pk, approve=True)
    outcomes = together(*[lambda: apply_write_off_decisions(actor=TESTER) for _ in range(4)])
    assert (outcomes, lying(), WriteOff.objects.get().state) == (["done"] * 4, 350, "posted")


def test_submitted_twice_at_once_it_is_posted_once() -> None:
    made = drafted("5")
    work = lambda: submit_write_off(actor=TESTER, write_off_id=made.pk)  # noqa: E731
    assert (together(work, work), lying()) == (["done", "wrong_state"], 495)


def test_an_edit_and_an_approval_at_once_never_post_what_was_not_approved() -> None:
    made = submitted("150")
    mia = person("mia", "stock_manager")
    together(
        lambda: decide_write_off(actor=mia, write_off_id=made.pk, approve=True),
        lambda: edit_write_off(actor=TESTER, write_off_id=made.pk, draft=wanted("200")),
    )
    made.refresh_from_db()
    assert (made.state, lying()) in (("posted", 350), ("draft", 500))


def test_write_offs_of_one_product_at_once_never_take_more_than_there_is() -> None:
    """Two who take the same stock at once: inventree/InvenTree#12718 (24), vendurehq/vendure#3508 (26)."""
    made = [drafted("90") for _ in range(8)]
    works = [lambda one=one: submit_write_off(actor=TESTER, write_off_id=one.pk) for one in made]
    outcomes = together(*works)
    assert (outcomes.count("done"), outcomes.count("insufficient_stock"), lying()) == (5, 3, 50)


def test_the_last_piece_is_graded_once() -> None:
    came_back("1")
    draft = GradeDraft("LON", "A1", Decimal(1), "A")
    work = lambda: grade_goods(actor=TESTER, draft=draft)  # noqa: E731
    assert together(work, work, work) == ["done", "insufficient_stock", "insufficient_stock"]
    assert (Grading.objects.count(), lying("inspect")) == (1, 0)


def test_one_shipment_leaves_once_and_one_credit_note_counts_once() -> None:
    make_supplier()
    day = clock.now().date()
    draft = SupplierReturnDraft("LON", "ACME", "broken", day + timedelta(days=9), (stock_line("10"),))
    made = submit_supplier_return(
        actor=TESTER, return_id=create_supplier_return(actor=TESTER, draft=draft).pk
    )
    ship = lambda: ship_supplier_return(actor=TESTER, return_id=made.pk)  # noqa: E731
    assert (together(ship, ship), lying()) == (["done", "nothing_left"], 490)
    note = {"reference": "CN", "amount": Decimal("20.00"), "received_on": day}
    credit = lambda: note_credit(actor=TESTER, return_id=made.pk, **note)  # noqa: E731
    assert together(credit, credit) == ["already_noted", "done"]
    assert (SupplierCredit.objects.count(), SupplierReturn.objects.get().state) == (1, "shipped")
