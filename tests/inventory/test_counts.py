"""Counts: planned, counted line by line, compared at each line's own moment, recounted, settled once."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from approvals.actions import decide
from approvals.models import ApprovalRequest
from audit.models import Event
from inventory.actions.counts import cancel_count
from inventory.actions.counts_comparing import compare_waiting, order_recount, stop_waiting, submit_count
from inventory.actions.counts_planning import keep_streams
from inventory.actions.counts_settling import Reasons, settle_count, settle_within, sign_off
from inventory.actions.placing import place_approved
from inventory.models import (
    Balance,
    Count,
    CountAdjustment,
    CountItem,
    CountScan,
    Movement,
    Shelf,
    StockState,
)
from lib import clock
from lib.faults import Faults
from tests.inventory.builders import TESTER, held, line, make_product, post, receive
from tests.inventory.count_builders import (
    counted,
    found,
    item,
    make_shop,
    person,
    plan,
    recounted,
    result,
    scan,
)

pytestmark = pytest.mark.django_db
UNKNOWN = Reasons({}, otherwise="unknown")


def sell(quantity: str, minutes_ago: int, sku: str = "A1") -> Movement:
    at = clock.now() - timedelta(minutes=minutes_ago)
    return post("sale", line(sku, "LON", "customer", quantity), at=at, reference=f"till-{minutes_ago}")


def test_a_count_is_planned_counted_and_closed_without_a_difference() -> None:
    make_shop()
    count = counted("10")
    assert (count.state, result(count).difference) == ("review", 0)
    assert settle_within(actor=TESTER) == 1
    count.refresh_from_db()
    assert (count.state, item(count).is_open, item(count).outcome) == ("closed", False, "matched")


def test_every_step_is_in_the_trail() -> None:
    make_shop()
    count = counted("10")
    settle_within(actor=TESTER)
    kinds = list(
        Event.objects.filter(subject=f"count:{count.pk}").order_by("pk").values_list("kind", flat=True)
    )
    assert kinds == [
        "count.planned",
        "count.scanned",
        "count.submitted",
        "count.compared",
        "count.settled",
        "count.closed",
    ]


def test_two_open_counts_of_one_item_are_refused() -> None:
    """odoo/odoo#10677 (33): both would apply, 40 instead of 30."""
    make_shop("A1", "B2")
    first = plan("A1")
    with pytest.raises(Faults) as refused:
        plan("A1", "B2")
    assert refused.value.status == 409
    assert [fault.code for fault in refused.value.faults] == ["counted_elsewhere"]
    assert str(first) in refused.value.faults[0].detail
    assert Count.objects.count() == 1


def test_two_open_items_cannot_be_stored() -> None:
    make_shop()
    first, other = plan("A1"), Count.objects.create(site_id=held().site_id, planned_on=clock.now().date())
    product = item(first).product_id
    with pytest.raises(IntegrityError, match="inventory_countitem_one_open"), transaction.atomic():
        CountItem.objects.create(count=other, site_id=other.site_id, product_id=product)
    CountItem.objects.create(count=other, site_id=other.site_id, product_id=product, is_open=False)


def test_a_product_counted_elsewhere_is_refused_alone() -> None:
    make_shop("A1", "B2")
    first, second = plan("A1"), plan("B2")
    kept = scan(second, found("A1", "3"), found("B2", "10"))
    assert [(one.outcome, one.code) for one in kept] == [("refused", "counted_elsewhere"), ("kept", "")]
    assert CountScan.objects.filter(count=first).count() == 0


def test_one_product_in_several_places_sums() -> None:
    make_shop()
    count = plan("A1")
    scan(count, found(quantity="4", zone="A"), found(quantity="6", zone="B", bin="04"))
    done = submit_count(actor=TESTER, count_id=count.pk)
    assert (result(done).counted, result(done).difference) == (10, 0)


def test_a_line_sets_and_never_adds() -> None:
    """odoo/odoo#146595 (32), msupply-foundation/mobile#638 (37): what is counted is the absolute quantity."""
    make_shop()
    count = plan("A1")
    scan(count, found(quantity="4", zone="A"))
    scan(count, found(quantity="10", zone="A"))
    assert result(submit_count(actor=TESTER, count_id=count.pk)).counted == 10


def test_a_line_sent_twice_is_kept_once() -> None:
    make_shop()
    count, sent = plan("A1"), found(quantity="10")
    assert [one.outcome for one in scan(count, sent, sent)] == ["kept", "known"]
    assert [one.outcome for one in scan(count, sent)] == ["known"]
    assert CountScan.objects.count() == 1


def test_another_line_under_a_kept_id_is_refused() -> None:
    make_shop()
    count, number = plan("A1"), uuid4()
    scan(count, found(quantity="10", line_id=number))
    assert scan(count, found(quantity="9", line_id=number))[0].code == "line_reused"


def test_the_book_is_that_of_the_lines_own_moment() -> None:
    """OCA/stock-logistics-warehouse#237 (36): nothing is locked while goods move."""
    make_shop()
    count = plan("A1")
    at = clock.now()
    scan(count, found(quantity="10", at=at))
    post("sale", line("A1", "LON", "customer", "3"), at=None, reference="later")
    done = submit_count(actor=TESTER, count_id=count.pk)
    assert (result(done).book, result(done).difference) == (10, 0)


def test_a_late_movement_dated_before_the_line_corrects_it() -> None:
    """odoo/odoo#192710 (34), openboxes/openboxes#5210 (35): a difference is never stale."""
    make_shop()
    count = counted("8")
    assert count.state == "recount"
    scan(count, found(quantity="8"))
    count = submit_count(actor=TESTER, count_id=count.pk)
    assert (count.state, result(count).difference) == ("review", -2)
    sell("2", 10)
    assert compare_waiting(actor=TESTER) == 1
    assert (result(count).book, result(count).difference) == (8, 0)


def test_settling_looks_for_late_movements_itself() -> None:
    make_shop()
    count = recounted("8")
    sell("2", 10)
    with pytest.raises(Faults) as refused:
        settle_count(actor=TESTER, count_id=count.pk, reasons=UNKNOWN)
    assert refused.value.faults[0].code == "book_changed"


def test_saving_again_does_not_move_the_book() -> None:
    """odoo/odoo#42997 (31): a movement after the line leaves the figure that was compared alone."""
    make_shop()
    count = recounted("8")
    receive("A1", quantity="50", at=None, reference="after")
    compare_waiting(actor=TESTER)
    assert (result(count).book, result(count).difference) == (10, -2)


def test_a_line_waits_until_the_tills_are_complete() -> None:
    make_shop()
    keep_streams({"tills": (clock.now() - timedelta(minutes=30), None)})
    count = counted("10")
    assert (count.state, result(count).is_complete) == ("submitted", False)
    assert compare_waiting(actor=TESTER) == 0
    keep_streams({"tills": (clock.now() + timedelta(minutes=1), None)})
    assert compare_waiting(actor=TESTER) == 1
    count.refresh_from_db()
    assert (count.state, result(count).is_complete) == ("review", True)


def test_a_stream_that_brought_nothing_is_waited_for_and_may_be_passed_by() -> None:
    make_shop()
    keep_streams({"tills": (None, None)})
    count = counted("10")
    assert count.state == "submitted"
    assert stop_waiting(actor=TESTER, count_id=count.pk, reason="tills are down").state == "review"


def test_a_mark_of_a_stream_never_goes_back() -> None:
    later = clock.now()
    keep_streams({"tills": (later, None)})
    keep_streams({"tills": (later - timedelta(hours=1), None)})
    with connection.cursor() as cursor:
        cursor.execute("SELECT complete_to FROM inventory_stream")
        assert cursor.fetchone()[0] == later


def test_goods_that_moved_between_two_places_may_have_been_counted_or_not() -> None:
    """Scans of two places lie apart: the book is a range, and a count inside it is right."""
    make_shop()
    count = plan("A1")
    start = clock.now()
    with clock.frozen(start + timedelta(minutes=20)):
        sell("2", 10)
        scan(
            count,
            found(quantity="6", zone="A", at=start),
            found(quantity="4", zone="B", at=start + timedelta(minutes=20)),
        )
        done = submit_count(actor=TESTER, count_id=count.pk)
    assert (result(done).book_low, result(done).book_high, result(done).difference) == (8, 10, 0)


def test_a_count_by_lot_is_compared_by_lot() -> None:
    make_shop("B2")
    make_product("A1")
    for lot in ("L1", "L2"):
        receive("A1", quantity="5", lot=lot, at=clock.now() - timedelta(hours=1), reference=lot)
    count = plan("A1")
    scan(count, found(quantity="6", lot="L1"), found(quantity="4", lot="L2"))
    submit_count(actor=TESTER, count_id=count.pk)
    scan(count, found(quantity="6", lot="L1"), found(quantity="4", lot="L2"))
    submit_count(actor=TESTER, count_id=count.pk)
    settle_count(actor=TESTER, count_id=count.pk, reasons=Reasons({"A1": "lot"}))
    assert (held(lot="L1").on_hand, held(lot="L2").on_hand) == (6, 4)


def test_missing_goods_without_lots_are_taken_from_what_the_book_holds() -> None:
    make_shop("B2")
    make_product("A1")
    for lot in ("L1", "L2"):
        receive("A1", quantity="5", lot=lot, at=clock.now() - timedelta(hours=1), reference=lot)
    count = recounted("3")
    settle_count(actor=TESTER, count_id=count.pk, reasons=UNKNOWN)
    assert (held(lot="L1").on_hand, held(lot="L2").on_hand) == (0, 3)


def test_goods_set_aside_are_counted_in_their_own_state() -> None:
    make_shop()
    post("transfer", line("A1", "LON", "LON", "3", to_state="quarantine"), at=None)
    count = plan("A1")
    scan(count, found(quantity="7"), found(quantity="3", state="quarantine"))
    done = submit_count(actor=TESTER, count_id=count.pk)
    assert [r.difference for r in done.items.get().results.order_by("state")] == [0, 0]
    assert {r.state for r in done.items.get().results.all()} == {StockState.AVAILABLE, StockState.QUARANTINE}


def test_beyond_tolerance_somebody_else_counts_again() -> None:
    make_shop()
    first, second = person("ann", "stock_clerk"), person("ben", "stock_clerk")
    count = counted("7", actor=first)
    assert (count.state, item(count).round) == ("recount", 2)
    assert scan(count, found(quantity="7"), actor=first)[0].code == "same_counter"
    assert scan(count, found(quantity="7"), actor=second)[0].outcome == "kept"
    count = submit_count(actor=second, count_id=count.pk)
    assert (count.state, result(count).is_beyond, result(count).difference) == ("review", True, -3)


def test_only_the_latest_round_counts() -> None:
    make_shop()
    count = counted("7")
    scan(count, found(quantity="10"))
    count = submit_count(actor=TESTER, count_id=count.pk)
    assert (result(count).counted, result(count).difference, result(count).round) == (10, 0, 2)


def test_what_is_within_tolerance_posts_by_policy() -> None:
    make_shop(tolerance="0.1")
    count = counted("9")
    assert settle_within(actor=TESTER) == 1
    count.refresh_from_db()
    adjustment = CountAdjustment.objects.get(count=count)
    movement = Movement.objects.get(pk=adjustment.movement_id)
    assert (count.state, held().on_hand, movement.kind, movement.state) == (
        "closed",
        9,
        "adjustment",
        "posted",
    )
    assert "within" in movement.reason
    assert result(count).reason_code == "within"


def test_policy_settles_nothing_that_a_late_movement_has_changed() -> None:
    make_shop(tolerance="0.1")
    count = counted("9")
    sell("1", 10)
    assert settle_within(actor=TESTER) == 0
    assert (result(count).difference, held().on_hand) == (0, 9)
    assert settle_within(actor=TESTER) == 1
    assert held().on_hand == 9


def test_a_difference_beyond_tolerance_needs_a_reason() -> None:
    make_shop()
    count = recounted("8")
    with pytest.raises(Faults) as refused:
        settle_count(actor=TESTER, count_id=count.pk, reasons=Reasons({}))
    assert [(f.pointer, f.code) for f in refused.value.faults] == [("/reasons/A1", "reason_required")]
    with pytest.raises(Faults) as refused:
        settle_count(actor=TESTER, count_id=count.pk, reasons=Reasons({"A1": "aliens"}))
    assert refused.value.faults[0].code == "invalid_reason"
    assert settle_count(actor=TESTER, count_id=count.pk, reasons=Reasons({"A1": "theft"})).state == "closed"
    assert (held().on_hand, result(count).reason_code) == (8, "theft")


def test_a_large_difference_waits_for_an_approver_and_is_posted_once() -> None:
    make_shop(quantity="1000")
    count = recounted("300")
    count = settle_count(actor=person("ann"), count_id=count.pk, reasons=UNKNOWN)
    assert (count.state, held().on_hand) == ("pending", 1000)
    request = ApprovalRequest.objects.get(kind="stock_adjustment", state="pending")
    decide(actor=person("boss", "stock_manager"), request_id=request.pk, approve=True, comment="")
    assert place_approved(actor=TESTER) == 1
    assert place_approved(actor=TESTER) == 0
    count.refresh_from_db()
    assert (count.state, held().on_hand) == ("closed", 300)


def test_who_counted_does_not_approve_what_comes_of_it() -> None:
    make_shop(quantity="1000")
    counter = person("counter", "stock_manager")
    count = counted("300", actor=counter)
    scan(count, found("A1", "300"), actor=person("other"))
    submit_count(actor=TESTER, count_id=count.pk)
    settle_count(actor=person("ann"), count_id=count.pk, reasons=UNKNOWN)
    request = ApprovalRequest.objects.get(kind="stock_adjustment", state="pending")
    with pytest.raises(Faults) as refused:
        decide(actor=counter, request_id=request.pk, approve=True)
    assert refused.value.faults[0].code == "own_request"
    assert (
        decide(actor=person("boss", "stock_manager"), request_id=request.pk, approve=True).state == "approved"
    )


def test_a_rejected_adjustment_brings_the_count_back_to_review() -> None:
    make_shop(quantity="1000")
    count = settle_count(actor=person("ann"), count_id=recounted("300").pk, reasons=UNKNOWN)
    request = ApprovalRequest.objects.get(kind="stock_adjustment", state="pending")
    decide(
        actor=person("boss", "stock_manager"),
        request_id=request.pk,
        approve=False,
        comment="look behind the door",
    )
    place_approved(actor=TESTER)
    count.refresh_from_db()
    assert (count.state, held().on_hand, CountAdjustment.objects.get().is_void) == ("review", 1000, True)
    order_recount(actor=TESTER, count_id=count.pk, skus=["A1"], reason="look again")
    assert item(count).round == 3


def test_an_approved_adjustment_never_takes_more_than_was_counted() -> None:
    """A late sale dated before the scan: what is approved is no longer the difference, so it lapses."""
    make_shop(quantity="1000")
    count = settle_count(actor=person("ann"), count_id=recounted("300").pk, reasons=UNKNOWN)
    request = ApprovalRequest.objects.get(kind="stock_adjustment", state="pending")
    decide(actor=person("boss", "stock_manager"), request_id=request.pk, approve=True, comment="")
    sell("100", 10)
    assert place_approved(actor=TESTER) == 0
    count.refresh_from_db()
    request.refresh_from_db()
    assert (request.effect, count.state, held().on_hand) == ("lapsed", "review", 900)
    assert result(count).difference == -600


def test_a_back_dated_count_never_drives_later_stock_negative() -> None:
    """frappe/erpnext#33936 (11): the adjustment is dated by the count, and checked to now."""
    make_shop()
    count = recounted("2")
    post("issue", line("A1", "LON", "customer", "9"), at=None, reference="since")
    with pytest.raises(Faults) as refused:
        settle_count(actor=TESTER, count_id=count.pk, reasons=UNKNOWN)
    assert refused.value.faults[0].code in ("insufficient_stock", "negative_later")
    assert held().on_hand == 1


def test_the_adjustment_and_its_entries_carry_one_date() -> None:
    """odoo/odoo#39538 (16), frappe/erpnext#37192 (12): dated by the scan, and exactly the difference."""
    make_shop()
    count = recounted("8")
    scanned = result(count).last_at
    settle_count(actor=TESTER, count_id=count.pk, reasons=UNKNOWN)
    movement = Movement.objects.get(pk=CountAdjustment.objects.get().movement_id)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT occurred_at, abs(quantity) FROM inventory_entry WHERE movement_id = %s",
            [movement.pk],
        )
        assert cursor.fetchall() == [(scanned, Decimal(2))]
    assert movement.occurred_at == scanned


def test_products_without_a_line_are_named_before_anything_is_submitted() -> None:
    make_shop("A1", "B2", "C3")
    count = plan("A1", "B2", "C3")
    scan(count, found("A1", "10"))
    with pytest.raises(Faults) as refused:
        submit_count(actor=TESTER, count_id=count.pk)
    assert refused.value.faults[0].code == "not_counted"
    assert "B2, C3" in refused.value.faults[0].detail
    done = submit_count(actor=TESTER, count_id=count.pk, uncounted="skip")
    assert (done.state, item(count, "B2").state, item(count, "B2").is_open) == ("review", "skipped", False)


def test_who_counts_does_not_leave_out_what_is_counted_again() -> None:
    make_shop()
    count, staff = counted("7"), person("pat", "site_staff")
    with pytest.raises(Faults) as refused:
        submit_count(actor=staff, count_id=count.pk, uncounted="skip")
    assert (refused.value.status, item(count).state) == (403, "open")


def test_products_without_a_line_may_be_counted_as_none() -> None:
    make_shop("A1", "B2")
    count = plan("A1", "B2")
    scan(count, found("A1", "10"))
    submit_count(actor=TESTER, count_id=count.pk, uncounted="zero")
    scan(count, found("B2", "0"))
    done = submit_count(actor=TESTER, count_id=count.pk)
    assert (done.state, result(done, "B2").difference) == ("review", -10)


def test_a_known_place_without_a_line_leaves_its_product_uncounted() -> None:
    make_shop()
    Shelf.objects.create(site_id=held().site_id, product_id=held().product_id, zone="B")
    Shelf.objects.create(site_id=held().site_id, product_id=held().product_id, zone="A")
    count = plan("A1")
    scan(count, found(quantity="10", zone="A"))
    assert item(count).state == "open"
    scan(count, found(quantity="0", zone="B"))
    assert item(count).state == "counted"


def test_where_a_product_was_found_is_where_it_stands() -> None:
    make_shop()
    count = plan("A1")
    scan(count, found(quantity="10", zone="C", bin="07"))
    submit_count(actor=TESTER, count_id=count.pk)
    settle_within(actor=TESTER)
    assert [(s.zone, s.bin) for s in Shelf.objects.all()] == [("C", "07")]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"sku": "NOPE"}, "unknown_product"),
        ({"quantity": "-1"}, "invalid_quantity"),
        ({"quantity": "NaN"}, "invalid_quantity"),
        ({"quantity": "1.0000001"}, "invalid_quantity"),
        ({"quantity": "1" * 28}, "invalid_quantity"),
        ({"zone": "Z" * 33}, "invalid_place"),
        ({"state": "lost"}, "invalid_state"),
    ],
)
def test_a_bad_line_is_refused_alone(fields: dict[str, str], code: str) -> None:
    make_shop()
    count = plan("A1")
    kept = scan(count, found(**fields), found(quantity="10"))
    assert [(one.outcome, one.code) for one in kept] == [("refused", code), ("kept", "")]


def test_a_phone_with_a_wrong_clock_is_set_right() -> None:
    make_shop()
    count = plan("A1")
    now = clock.now()
    fast = now + timedelta(minutes=10)
    scan(count, found(quantity="10", at=fast - timedelta(seconds=5)), sent_at=fast)
    kept = CountScan.objects.get()
    assert abs(kept.scanned_at - (now - timedelta(seconds=5))) < timedelta(seconds=2)
    assert abs(kept.skew_s + 600) <= 2


def test_a_phone_whose_clock_nobody_can_believe_is_refused() -> None:
    make_shop()
    count = plan("A1")
    with pytest.raises(Faults) as refused:
        scan(count, found(), sent_at=clock.now() - timedelta(hours=2))
    assert refused.value.faults[0].code == "clock_skew"


def test_a_line_from_the_future_or_from_before_the_count_is_refused() -> None:
    make_shop()
    count = plan("A1")
    kept = scan(
        count,
        found(at=clock.now() + timedelta(minutes=5)),
        found(at=clock.now() - timedelta(minutes=5)),
    )
    assert [one.code for one in kept] == ["in_future", "too_old"]


@pytest.mark.parametrize("year", [1, 9999])
def test_a_line_from_the_ends_of_time_is_refused(year: int) -> None:
    make_shop()
    count, now = plan("A1"), clock.now()
    for sent_at in (now - timedelta(minutes=5), now + timedelta(minutes=5)):
        ends = datetime(year, 1, 1, tzinfo=UTC) if year == 1 else datetime(year, 12, 31, 23, 59, tzinfo=UTC)
        assert scan(count, found(at=ends), sent_at=sent_at)[0].code in ("too_old", "in_future")


def test_nothing_more_is_counted_once_it_is_over() -> None:
    make_shop()
    count = counted("10")
    with pytest.raises(Faults) as refused:
        scan(count, found(quantity="9"))
    assert (refused.value.status, refused.value.faults[0].code) == (409, "wrong_state")


def test_lines_cannot_be_changed_or_deleted() -> None:
    make_shop()
    scan(plan("A1"), found())
    for statement in ("UPDATE inventory_countscan SET quantity = 1", "DELETE FROM inventory_countscan"):
        with pytest.raises(Exception, match="permission denied|append-only"), transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(statement)


def test_a_count_given_up_frees_its_products() -> None:
    make_shop()
    count = counted("10")
    cancel_count(actor=TESTER, count_id=count.pk, reason="wrong shop")
    assert plan("A1").state == "planned"
    assert held().on_hand == 10


def test_goods_of_others_are_counted_with_ours() -> None:
    from catalog.models import Supplier

    make_shop()
    Supplier.objects.create(code="S1", name="S1", country="GB", currency="GBP")
    post("receipt", line("A1", "supplier", "LON", "5", owner="S1"), at=clock.now() - timedelta(hours=1))
    count = recounted("12")
    assert result(count).book == 15
    settle_count(actor=TESTER, count_id=count.pk, reasons=UNKNOWN)
    rows = (
        Balance.objects.filter(product__sku="A1", lot="")
        .order_by("owner_id")
        .values_list("on_hand", flat=True)
    )
    assert list(rows) == [7, 5]


def test_sign_off_needs_a_stocktake() -> None:
    make_shop()
    count = counted("10")
    with pytest.raises(Faults) as refused:
        sign_off(actor=TESTER, count_id=count.pk, side="stock")
    assert refused.value.faults[0].code == "wrong_state"
