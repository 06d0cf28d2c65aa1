"""What customers brought back waits, is graded by a person, and goes where the grade says; what is set aside is listed."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import InternalError, ProgrammingError, transaction
from django.db.utils import DatabaseError

from audit.models import Event
from catalog.models import ControlProfile, Site
from inventory.actions.bulk import BulkItem, post_movements
from inventory.actions.gradings import GradeDraft, grade_goods
from inventory.actions.set_aside import StateChange, change_state
from inventory.actions.write_offs_posting import submit_write_off
from inventory.checks import ungraded_goods
from inventory.models import Grading, Movement, SupplierReturn, WriteOff
from inventory.queries.set_aside import set_aside_rows
from lib import clock
from lib.actors import Actor
from lib.faults import Faults
from tests.inventory.builders import TESTER, draft, line, make_product, make_site, post, receive
from tests.inventory.transfer_builders import person
from tests.inventory.write_off_builders import came_back, files, lying, make_store, make_supplier, photo
from web.stored_files import attachments_of

__all__ = ["files"]
pytestmark = pytest.mark.usefixtures("files")


@pytest.fixture(autouse=True)
def store(db: None) -> None:
    make_store("100")
    post("sale", line("A1", "LON", "customer", "10"), at=None)
    came_back("8")


def graded(grade: str = "A", quantity: str = "3", actor: Actor = TESTER, **fields: Any) -> Grading:
    draft = GradeDraft(
        "LON", "A1", Decimal(quantity), grade, comment=fields.pop("comment", "scratched"), **fields
    )
    return grade_goods(actor=actor, draft=draft)


def codes(refused: pytest.ExceptionInfo[Faults]) -> list[str]:
    return [fault.code for fault in refused.value.faults]


def test_what_comes_back_is_not_for_sale_until_graded() -> None:
    """Returned stock must not be salable before somebody looked at it (magento/inventory#2130, 38)."""
    assert (lying(), lying("inspect")) == (90, 8)
    graded("A")
    assert (lying(), lying("inspect")) == (93, 5)


@pytest.mark.parametrize(
    ("grade", "outcome", "state"),
    [("A", "", "available"), ("B", "", "available"), ("C", "", "blocked"), ("C", "quarantine", "quarantine"),
     ("D", "", "blocked")],
)  # fmt: skip
def test_a_grade_leads_somewhere(grade: str, outcome: str, state: str) -> None:
    before = lying(state)
    made = graded(grade, outcome=outcome)
    assert (lying(state) - before, lying("inspect")) == (3, 5)
    assert Movement.objects.get(pk=made.movement_id).reason.startswith(f"Grade {grade}.")


def test_grade_b_suggests_a_lower_price() -> None:
    assert graded("B").markdown_fraction == Decimal("0.20")
    assert graded("B", "1", markdown_fraction=Decimal("0.35")).markdown_fraction == Decimal("0.35")


def test_grade_d_becomes_a_write_off_of_what_is_blocked() -> None:
    ann = person("ann")
    first, second = graded("D", "3", actor=ann), graded("D", "1", actor=ann)
    made = WriteOff.objects.get()
    assert (first.write_off_id, second.write_off_id, made.lines.get().quantity) == (made.pk, made.pk, 4)
    assert submit_write_off(actor=ann, write_off_id=made.pk).state == "posted"
    assert (lying("blocked"), lying()) == (0, 90)


def test_grade_d_may_go_back_to_the_supplier() -> None:
    make_supplier()
    ann = person("ann")
    graded("D", "3", actor=ann, outcome="supplier_return", supplier="ACME")
    made = SupplierReturn.objects.get()
    assert (made.state, made.lines.get().state, made.lines.get().quantity) == ("draft", "blocked", 3)


def test_no_more_is_graded_than_waits() -> None:
    with pytest.raises(Faults) as refused:
        graded("A", "9")
    assert (codes(refused), Grading.objects.count()) == (["insufficient_stock"], 0)


@pytest.mark.parametrize(
    ("grade", "fields", "code"),
    [
        ("E", {}, "invalid_grade"),
        ("A", {"outcome": "blocked"}, "invalid_outcome"),
        ("A", {"markdown_fraction": Decimal("0.1")}, "not_grade_b"),
        ("B", {"markdown_fraction": Decimal("1")}, "invalid_fraction"),
        ("B", {"markdown_fraction": Decimal("NaN")}, "invalid_fraction"),
        ("C", {"comment": " "}, "comment_required"),
        ("D", {"outcome": "supplier_return", "supplier": "NONE"}, "unknown_supplier"),
        ("A", {"quantity": "0"}, "invalid_quantity"),
        ("A", {"quantity": "NaN"}, "invalid_quantity"),
    ],
)
def test_what_cannot_be_is_refused(grade: str, fields: dict[str, Any], code: str) -> None:
    with pytest.raises(Faults) as refused:
        graded(grade, **fields)
    assert (codes(refused), lying("inspect")) == ([code], 8)


def test_a_grading_is_never_changed() -> None:
    made = graded("A")
    with pytest.raises((InternalError, ProgrammingError, DatabaseError)), transaction.atomic():
        Grading.objects.filter(pk=made.pk).update(grade="B")


def test_photos_belong_to_the_grading_and_stand_in_the_trail() -> None:
    draft = GradeDraft("LON", "A1", Decimal(1), "C", comment="torn")
    made = grade_goods(actor=TESTER, draft=draft, uploads=[photo()])
    held = attachments_of("grading", [made.pk])
    assert Event.objects.get(kind="goods.graded").after["evidence"] == [held[0].file.sha256]


def test_who_has_no_right_does_not_grade() -> None:
    with pytest.raises(Faults) as refused:
        graded("A", actor=person("pat", "sales"))
    assert refused.value.status == 403


def test_elsewhere_nothing_is_graded() -> None:
    make_site("MAN")
    with pytest.raises(Faults) as refused:
        graded("A", actor=person("sam", "site_staff", site="MAN"))
    assert codes(refused) == ["unknown_site"]


# -- what is set aside --------------------------------------------------------------------------------------------------


def test_what_is_set_aside_says_since_when_and_why() -> None:
    change = StateChange("LON", "A1", Decimal(4), "available", "blocked", "wet box")
    with clock.frozen(clock.now() + timedelta(hours=1)):
        change_state(actor=TESTER, change=change)
    rows = set_aside_rows(None)
    assert [(row["state"], row["on_hand"]) for row in rows] == [("inspect", 8), ("blocked", 4)]
    assert (rows[1]["why"], rows[0]["kind"], rows[0]["since"] < rows[1]["since"]) == (
        "wet box",
        "return",
        True,
    )


def test_since_when_is_that_of_the_oldest_that_is_left() -> None:
    first = clock.now()
    with clock.frozen(first + timedelta(days=2)):
        came_back("5")
        graded("A", "8")
        rows = set_aside_rows(None)
    assert (rows[0]["on_hand"], rows[0]["since"]) == (5, first + timedelta(days=2))


def test_releasing_needs_the_right_to() -> None:
    change = StateChange("LON", "A1", Decimal(2), "inspect", "available", "looked at")
    with pytest.raises(Faults) as refused:
        change_state(actor=person("carl"), change=change)
    change_state(actor=person("mia", "stock_manager"), change=change)
    assert (refused.value.status, lying("inspect"), lying()) == (403, 6, 92)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (StateChange("NONE", "A1", Decimal(1), "inspect", "blocked", "x"), "unknown_site"),
        (StateChange("LON", "A1", Decimal(1), "inspect", "blocked", " "), "reason_required"),
        (StateChange("LON", "A1", Decimal(1), "inspect", "inspect", "x"), "same_location"),
        (StateChange("LON", "A1", Decimal(1), "inspect", "lost", "x"), "invalid_state"),
        (StateChange("LON", "A1", Decimal(9), "inspect", "blocked", "x"), "insufficient_stock"),
        (StateChange("LON", "NONE", Decimal(1), "inspect", "blocked", "x"), "unknown_sku"),
    ],
)
def test_a_change_that_cannot_be_is_refused(change: StateChange, code: str) -> None:
    with pytest.raises(Faults) as refused:
        change_state(actor=TESTER, change=change)
    assert codes(refused) == [code]


def test_what_waits_too_long_is_found_by_the_patrol() -> None:
    assert ungraded_goods(clock.now()) == []
    found = ungraded_goods(clock.now() + timedelta(days=4))
    assert [(one.code, one.url) for one in found] == [("goods_ungraded", "/stock/grading/?site=LON")]


def test_the_list_costs_one_query_however_long(django_assert_num_queries: Any) -> None:
    for sku in ("B1", "B2", "B3"):
        make_product(sku)
        receive(sku, at=None)
        change_state(actor=TESTER, change=StateChange("LON", sku, Decimal(1), "available", "blocked", "x"))
    with django_assert_num_queries(1):
        assert len(set_aside_rows(None)) == 4


def test_a_site_sends_what_comes_back_to_inspection_one_by_one_and_in_bulk() -> None:
    """The state the caller names stands; a site without the setting takes returns as they are named."""
    profile = ControlProfile.objects.create(code="p", name="p", settings={"returns_state": "inspect"})
    Site.objects.filter(code="LON").update(control_profile=profile)
    post("return", line("A1", "customer", "LON", "1"), at=None)
    bulk = [BulkItem("k", b"k", draft("return", line("A1", "customer", "LON", "2"), at=None))]
    assert [one.status for one in post_movements(actor=TESTER, items=bulk)] == ["posted"]
    post("return", line("A1", "customer", "LON", "4", to_state="blocked"), at=None)
    assert (lying("inspect"), lying("blocked"), lying()) == (8 + 1 + 2, 4, 90)
