"""Write-offs: kept, evidenced, submitted, decided, posted once, taken back."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.http import Http404

from approvals.actions import decide
from approvals.queries import request_of
from audit.models import Event
from inventory.actions.movements import reverse_movement
from inventory.actions.periods import close_period
from inventory.actions.write_off_reasons import ReasonDraft, save_reason
from inventory.actions.write_offs import (
    add_evidence,
    cancel_write_off,
    create_write_off,
    edit_write_off,
    remove_evidence,
)
from inventory.actions.write_offs_posting import (
    apply_write_off_decisions,
    decide_write_off,
    reverse_write_off,
    submit_write_off,
)
from inventory.models import Entry, Movement, WriteOff, WriteOffReason
from inventory.queries.write_offs import evidence_of, line_rows
from lib import clock
from lib.faults import Faults
from tests.inventory.builders import TESTER, line, post
from tests.inventory.transfer_builders import person
from tests.inventory.write_off_builders import (
    drafted,
    files,
    lying,
    make_store,
    photo,
    stock_line,
    submitted,
    wanted,
    with_photo,
)

__all__ = ["files"]
pytestmark = pytest.mark.usefixtures("files")


@pytest.fixture(autouse=True)
def store(db: None) -> None:
    make_store()


def codes(refused: pytest.ExceptionInfo[Faults]) -> list[str]:
    return [fault.code for fault in refused.value.faults]


def test_a_small_one_is_posted_at_once() -> None:
    made = submitted("5")
    movement = Movement.objects.get(pk=made.movement_id)
    assert (made.state, movement.kind, movement.reference, lying()) == (
        "posted",
        "adjustment",
        str(made),
        495,
    )
    assert line_rows(made)[0]["value"] == Decimal("10.00")


def test_a_reason_says_where_the_goods_go() -> None:
    made = submitted("5", reason="returned_unfit")
    entry = Entry.objects.get(movement_id=made.movement_id, location_id=-6)
    assert (entry.quantity, entry.value) == (5, 10)


def test_a_large_one_waits_and_is_posted_by_the_decision() -> None:
    made = submitted("150")
    assert (made.state, made.movement_id, lying()) == ("pending", None, 500)
    manager = person("mia", "stock_manager")
    done = decide_write_off(actor=manager, write_off_id=made.pk, approve=True)
    assert (done.state, lying()) == ("posted", 350)
    assert request_of("write_off", f"write_off:{made.pk}").effect == "applied"


def test_the_approvers_own_page_has_the_same_effect_once() -> None:
    made = submitted("150")
    request = request_of("write_off", f"write_off:{made.pk}")
    decide(actor=person("mia", "stock_manager"), request_id=request.pk, approve=True)
    assert [apply_write_off_decisions(actor=TESTER) for _ in range(2)] == [1, 0]
    assert (WriteOff.objects.get().state, lying()) == ("posted", 350)


def test_a_rejected_one_moves_nothing_and_may_be_changed() -> None:
    made = submitted("150")
    mia = person("mia", "stock_manager")
    done = decide_write_off(actor=mia, write_off_id=made.pk, approve=False, comment="count again")
    assert (done.state, done.note, lying()) == ("rejected", "count again", 500)
    again = edit_write_off(actor=TESTER, write_off_id=made.pk, draft=wanted("3"))
    assert (again.state, submit_write_off(actor=TESTER, write_off_id=made.pk).state) == ("draft", "posted")


def test_nobody_approves_what_they_prepared() -> None:
    mia = person("mia", "stock_manager")
    made = submitted("150", actor=mia)
    with pytest.raises(Faults) as refused:
        decide_write_off(actor=mia, write_off_id=made.pk, approve=True)
    assert codes(refused) == ["own_request"]


def test_an_edit_voids_what_was_asked_for() -> None:
    made = submitted("150")
    edit_write_off(actor=TESTER, write_off_id=made.pk, draft=wanted("160"))
    assert request_of("write_off", f"write_off:{made.pk}").state == "void"
    assert apply_write_off_decisions(actor=TESTER) == 0
    assert WriteOff.objects.get().state == "draft"


def test_a_photo_taken_away_after_approval_is_not_what_was_approved() -> None:
    made = with_photo(drafted("150", reason="damaged"))
    submit_write_off(actor=TESTER, write_off_id=made.pk)
    request = request_of("write_off", f"write_off:{made.pk}")
    decide(actor=person("mia", "stock_manager"), request_id=request.pk, approve=True)
    WriteOff.objects.filter(pk=made.pk).update(state="draft")
    remove_evidence(actor=TESTER, write_off_id=made.pk, attachment_id=evidence_of(made)[0].pk)
    WriteOff.objects.filter(pk=made.pk).update(state="pending")
    apply_write_off_decisions(actor=TESTER)
    assert (WriteOff.objects.get().state, lying()) == ("draft", 500)


def test_evidence_is_asked_for_by_the_reason() -> None:
    made = drafted("5", reason="other")
    with pytest.raises(Faults) as refused:
        submit_write_off(actor=TESTER, write_off_id=made.pk)
    assert codes(refused) == ["photo_required", "comment_required"]
    edit_write_off(actor=TESTER, write_off_id=made.pk, draft=wanted("5", reason="other", comment="fell"))
    with_photo(made)
    assert submit_write_off(actor=TESTER, write_off_id=made.pk).state == "posted"


def test_evidence_is_in_the_trail_and_fixed_after_submission() -> None:
    made = with_photo(drafted("150"))
    submit_write_off(actor=TESTER, write_off_id=made.pk)
    with pytest.raises(Faults) as refused:
        add_evidence(actor=TESTER, write_off_id=made.pk, upload=photo("blue"))
    event = Event.objects.get(kind="write_off.evidence_added")
    assert codes(refused) == ["wrong_state"]
    assert event.after["sha256"] == evidence_of(made)[0].file.sha256


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"quantity": "0"}, "invalid_quantity"),
        ({"quantity": "-1"}, "invalid_quantity"),
        ({"quantity": "NaN"}, "invalid_quantity"),
        ({"quantity": "1" * 28}, "invalid_quantity"),
        ({"state": "lost"}, "invalid_state"),
        ({"reason": "boredom"}, "unknown_reason"),
        ({"comment": "x" * 501}, "too_long"),
        ({"lines": ()}, "no_lines"),
        ({"lines": (stock_line(), stock_line())}, "duplicate_sku"),
        ({"lines": (stock_line(sku="NONE"),)}, "unknown_sku"),
        ({"found_at": clock.now() + timedelta(days=1)}, "in_future"),
        ({"found_at": clock.now().replace(tzinfo=None)}, "naive_time"),
    ],
)
def test_what_cannot_be_is_refused(fields: dict[str, Any], code: str) -> None:
    with pytest.raises(Faults) as refused:
        create_write_off(actor=TESTER, draft=wanted(**fields))
    assert code in codes(refused)
    assert not WriteOff.objects.exists()


def test_more_than_lies_there_is_refused_naming_the_line() -> None:
    made = drafted("5", lines=(stock_line("501"), stock_line("1", state="blocked")))
    with pytest.raises(Faults) as refused:
        submit_write_off(actor=TESTER, write_off_id=made.pk)
    assert [fault.pointer for fault in refused.value.faults] == ["/lines/0/quantity", "/lines/1/quantity"]


def test_goods_gone_meanwhile_make_it_a_draft_again_that_says_why() -> None:
    made = submitted("450")
    request = request_of("write_off", f"write_off:{made.pk}")
    decide(actor=person("mia", "stock_manager"), request_id=request.pk, approve=True)
    post("sale", line("A1", "LON", "customer", "100"), at=None)
    apply_write_off_decisions(actor=TESTER)
    made.refresh_from_db()
    assert (made.state, lying()) == ("draft", 400)
    assert "A1 at LON: 450 asked, 400 available." in made.note


def test_only_its_own_state_is_taken() -> None:
    post("transfer", line("A1", "LON", "LON", "10", to_state="blocked"), at=None)
    submitted("6", state="blocked")
    assert (lying("blocked"), lying()) == (4, 490)


def test_taken_back_the_goods_are_there_again_at_their_value() -> None:
    made = submitted("5")
    done = reverse_write_off(actor=TESTER, write_off_id=made.pk, comment="found again")
    with pytest.raises(Faults) as refused:
        reverse_write_off(actor=TESTER, write_off_id=made.pk, comment="again")
    assert (done.state, lying(), codes(refused)) == ("reversed", 500, ["wrong_state"])


def test_a_movement_taken_back_elsewhere_is_seen() -> None:
    made = submitted("5")
    reverse_movement(actor=TESTER, movement_id=made.movement_id or 0, reason="by mistake")
    assert apply_write_off_decisions(actor=TESTER) == 1
    assert WriteOff.objects.get().state == "reversed"


def test_cancelled_it_no_longer_waits() -> None:
    made = submitted("150")
    cancel_write_off(actor=TESTER, write_off_id=made.pk, comment="found")
    assert request_of("write_off", f"write_off:{made.pk}").state == "withdrawn"
    assert (WriteOff.objects.get().state, lying()) == ("cancelled", 500)


def test_outside_the_scope_there_is_none() -> None:
    from tests.inventory.builders import make_site

    make_site("MAN")
    made = drafted()
    with pytest.raises(Http404):
        submit_write_off(actor=person("sam", "site_staff", site="MAN"), write_off_id=made.pk)
    with pytest.raises(Faults) as refused:
        create_write_off(actor=person("tom", "site_staff", site="MAN"), draft=wanted())
    assert codes(refused) == ["unknown_site"]


@pytest.mark.parametrize("role", ["price_clerk", "sales", "duty"])
def test_a_role_without_the_right_is_refused(role: str) -> None:
    with pytest.raises(Faults) as refused:
        create_write_off(actor=person("pat", role), draft=wanted())
    assert (codes(refused), refused.value.status) == (["not_allowed"], 403)


def test_an_open_one_stands_in_the_way_of_the_close() -> None:
    month = (clock.now().replace(day=1) - timedelta(days=1)).date().replace(day=1)
    found_at = clock.now().replace(day=1) - timedelta(days=2)
    made = drafted(found_at=found_at)
    with pytest.raises(Faults) as refused:
        close_period(actor=TESTER, site_code="LON", month=month)
    assert codes(refused) == ["open_documents"]
    cancel_write_off(actor=TESTER, write_off_id=made.pk, comment="not so")
    assert close_period(actor=TESTER, site_code="LON", month=month).state == "closed"


def test_a_row_without_its_movement_is_not_posted() -> None:
    made = drafted()
    with pytest.raises(IntegrityError), transaction.atomic():
        WriteOff.objects.filter(pk=made.pk).update(state="posted")


def test_reasons_are_data_of_the_house() -> None:
    finance = person("fin", "finance")
    save_reason(actor=finance, draft=ReasonDraft("tasting", "Tasting", "品鉴", "adjustment", "6332"))
    assert submitted("1", reason="tasting").state == "posted"
    save_reason(actor=finance, draft=ReasonDraft("tasting", "Tasting", posts_as="scrap", is_active=False))
    with pytest.raises(Faults) as refused:
        drafted("1", reason="tasting")
    assert codes(refused) == ["unknown_reason"]
    assert Event.objects.filter(kind="write_off_reason.saved").count() == 2


@pytest.mark.parametrize(
    ("draft", "code"),
    [
        (ReasonDraft("", "x"), "invalid_code"),
        (ReasonDraft("Ä", "x"), "invalid_code"),
        (ReasonDraft("a", " "), "invalid_name"),
        (ReasonDraft("a", "x", posts_as="gone"), "invalid_kind"),
        (ReasonDraft("a", "x" * 81), "too_long"),
    ],
)
def test_a_reason_that_makes_no_sense_is_refused(draft: ReasonDraft, code: str) -> None:
    with pytest.raises(Faults) as refused:
        save_reason(actor=TESTER, draft=draft)
    assert codes(refused) == [code]
    assert WriteOffReason.objects.count() == 10


def test_document_and_entries_carry_one_date() -> None:
    """odoo/odoo#39538 (16): the stock move and what finance sees of it carried different dates."""
    found_at = clock.now() - timedelta(minutes=5)
    with clock.frozen(clock.now() - timedelta(minutes=10)):
        post("receipt", line("A1", "supplier", "LON", "5", unit_cost="2"), at=None)
    made = submitted("5", found_at=found_at)
    entries = Entry.objects.filter(movement_id=made.movement_id)
    assert {entry.occurred_at for entry in entries} == {found_at}


def test_a_backdated_one_never_makes_a_later_balance_negative() -> None:
    """frappe/erpnext#33936 (11): a backdated document drove later stock below zero although that was forbidden."""
    with clock.frozen(clock.now() - timedelta(days=2)):
        post("receipt", line("A1", "supplier", "LON", "10", unit_cost="2", lot="L"), at=None)
    post("issue", line("A1", "LON", "customer", "8", lot="L"), at=None)
    post("receipt", line("A1", "supplier", "LON", "9", unit_cost="2", lot="L"), at=None)
    made = drafted(lines=(stock_line("5", lot="L"),), found_at=clock.now() - timedelta(days=1))
    with pytest.raises(Faults) as refused:
        submit_write_off(actor=TESTER, write_off_id=made.pk)
    assert (codes(refused), WriteOff.objects.get().state) == (["negative_later"], "draft")
