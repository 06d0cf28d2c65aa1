"""Stocktakes, planning by rule, the close of a month, races; and how feeds tell how far the tills are."""

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections, transaction

from approvals.actions import decide
from approvals.models import ApprovalRequest
from catalog.models import Product
from feeds.actions import mark_streams
from feeds.models import Delivery, Feed
from feeds.models import Stream as FeedStream
from feeds.queries import till_marks
from inventory.actions.counts import CountDraft, cancel_count, plan_count
from inventory.actions.counts_comparing import submit_count, tolerances_of
from inventory.actions.counts_planning import RuleDraft, keep_rule, keep_tolerance, plan_by_rules
from inventory.actions.counts_settling import Reasons, settle_count, sign_off
from inventory.actions.periods import close_period
from inventory.actions.placing import place_approved
from inventory.models import Count, CountAdjustment, CountItem, CountRule, CountScan, Movement, Shelf, Stream
from inventory.queries.counts import by_category, by_zone, summary_of
from lib import clock
from lib.faults import Faults
from tests.inventory.builders import TESTER, held, line, make_site, post, receive
from tests.inventory.count_builders import (
    found,
    make_shop,
    person,
    plan,
    recounted,
    result,
    scan,
)

UNKNOWN = Reasons({}, otherwise="unknown")
db = pytest.mark.django_db


def stocktake(month: date = date(2026, 11, 1)) -> Count:
    return plan_count(actor=TESTER, draft=CountDraft("LON", kind="stocktake", month=month))


def settled_stocktake() -> Count:
    count = stocktake()
    scan(count, *[found(item.product.sku) for item in count.items.select_related("product")])
    submit_count(actor=TESTER, count_id=count.pk)
    return settle_count(actor=TESTER, count_id=count.pk, reasons=UNKNOWN)


@db
def test_a_stocktake_covers_everything_and_takes_the_place_of_what_nobody_began() -> None:
    make_shop("A1", "B2", "C3")
    waiting = plan("A1")
    count = stocktake()
    waiting.refresh_from_db()
    assert (waiting.state, count.items.count(), str(count)[:3]) == ("cancelled", 3, "ST-")


@db
def test_a_stocktake_is_refused_while_a_count_runs() -> None:
    make_shop("A1", "B2")
    begun = plan("A1")
    scan(begun, found())
    with pytest.raises(Faults) as refused:
        stocktake()
    assert str(begun) in refused.value.faults[0].detail
    assert refused.value.status == 409


@db
def test_a_month_has_one_stocktake() -> None:
    make_shop("A1")
    first = stocktake()
    with pytest.raises(Faults) as refused:
        stocktake()
    assert refused.value.faults[0].code == "month_counted"
    cancel_count(actor=TESTER, count_id=first.pk, reason="snow")
    assert stocktake().state == "planned"


@db
def test_a_stocktake_freezes_nothing() -> None:
    make_shop("A1")
    count = stocktake()
    scan(count, found(quantity="10"))
    post("sale", line("A1", "LON", "customer", "4"), at=None)
    assert held().on_hand == 6
    submit_count(actor=TESTER, count_id=count.pk)
    assert result(count).difference == 0


@db
def test_a_stocktake_is_signed_by_stock_and_by_finance() -> None:
    make_shop("A1")
    count = settled_stocktake()
    assert count.state == "signing"
    assert sign_off(actor=person("sam", "stock_manager"), count_id=count.pk, side="stock").state == "signing"
    done = sign_off(actor=person("fay", "finance"), count_id=count.pk, side="finance")
    assert (done.state, done.stock_signed_by_name, done.finance_signed_by_name) == ("closed", "sam", "fay")


@db
def test_one_person_does_not_sign_twice() -> None:
    make_shop("A1")
    count, chief = settled_stocktake(), person("chief", "admin")
    sign_off(actor=chief, count_id=count.pk, side="stock")
    with pytest.raises(Faults) as refused:
        sign_off(actor=chief, count_id=count.pk, side="finance")
    assert (refused.value.status, refused.value.faults[0].code) == (403, "same_person")
    with pytest.raises(IntegrityError, match="inventory_count_two_signatures"), transaction.atomic():
        Count.objects.filter(pk=count.pk).update(finance_signed_by_id=chief.id)


@db
def test_a_stocktake_is_not_closed_without_both_signatures() -> None:
    make_shop("A1")
    count = settled_stocktake()
    with pytest.raises(IntegrityError, match="inventory_count_signed"), transaction.atomic():
        Count.objects.filter(pk=count.pk).update(state="closed")


@db
@pytest.mark.parametrize(
    ("role", "side"), [("stock_clerk", "stock"), ("stock_manager", "finance"), ("finance", "stock")]
)
def test_each_side_is_signed_by_its_own(role: str, side: str) -> None:
    make_shop("A1")
    count = settled_stocktake()
    with pytest.raises(Faults) as refused:
        sign_off(actor=person("who", role), count_id=count.pk, side=side)
    assert refused.value.status == 403


@db
def test_progress_by_zone_and_variance_by_category() -> None:
    make_shop("A1", "B2", "C3")
    for sku, zone in (("A1", "A"), ("A1", "B"), ("B2", "A")):
        Shelf.objects.create(site_id=held().site_id, product=Product.objects.get(sku=sku), zone=zone)
    count = stocktake()
    scan(count, found("A1", "5", zone="A"), found("B2", "7", zone="A"))
    assert by_zone(count) == [
        {"zone": "", "places": 1, "counted": 0, "left": 1},
        {"zone": "A", "places": 2, "counted": 2, "left": 0},
        {"zone": "B", "places": 1, "counted": 0, "left": 1},
    ]
    submit_count(actor=TESTER, count_id=count.pk, uncounted="zero")
    scan(count, found("A1", "5", zone="A"), found("A1", "5", zone="B"), found("B2", "7"), found("C3", "10"))
    submit_count(actor=TESTER, count_id=count.pk)
    told = summary_of(count)
    assert (told["lines"], told["matched"], told["units_under"], told["value"]) == (
        3,
        2,
        -3,
        Decimal("-6.00"),
    )
    assert by_category(count)[0]["differing"] == 1


@db
def test_an_open_count_stands_in_the_way_of_closing_its_month() -> None:
    make_shop("A1")
    at = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
    receive("A1", at=at, reference="early")
    count = stocktake()
    begun = Count.objects.filter(pk=count.pk)
    begun.update(state="counting", started_at=at)
    with clock.frozen(datetime(2026, 12, 2, tzinfo=UTC)), pytest.raises(Faults) as refused:
        close_period(actor=TESTER, site_code="LON", month=date(2026, 11, 1))
    assert any(str(count) in fault.detail for fault in refused.value.faults)
    begun.update(state="cancelled")
    with clock.frozen(datetime(2026, 12, 2, tzinfo=UTC)):
        assert close_period(actor=TESTER, site_code="LON", month=date(2026, 11, 1)).state == "closed"


@db
def test_a_stocktake_of_the_month_is_signed_before_the_month_closes() -> None:
    make_shop("A1")
    count = settled_stocktake()
    with clock.frozen(datetime(2026, 12, 2, tzinfo=UTC)), pytest.raises(Faults) as refused:
        close_period(actor=TESTER, site_code="LON", month=date(2026, 11, 1))
    assert str(count) in refused.value.faults[0].detail


# -- planning ------------------------------------------------------------------------------------------------------------


def only_rule(kind: str, **fields: Any) -> CountRule:
    CountRule.objects.all().delete()
    return keep_rule(actor=TESTER, draft=RuleDraft(kind, kind, **{"every_days": 1, **fields}))


def planned_skus() -> list[str]:
    plan_by_rules(actor=TESTER, site_code="LON", at=clock.now())
    return sorted(CountItem.objects.filter(is_open=True).values_list("product__sku", flat=True))


@db
def test_by_class_what_was_never_counted_is_due() -> None:
    make_shop("A1", "B2", "C3")
    Product.objects.filter(sku="A1").update(abc_class="A")
    only_rule("periodic", abc_class="A", every_days=30)
    assert planned_skus() == ["A1"]
    assert planned_skus() == ["A1"]
    assert Count.objects.get().rule is not None


@db
def test_a_product_without_class_counts_as_c_and_one_counted_lately_is_not_due() -> None:
    make_shop("A1", "B2")
    only_rule("periodic", abc_class="C", every_days=30)
    count = recounted("8")
    settle_count(actor=TESTER, count_id=count.pk, reasons=UNKNOWN)
    assert planned_skus() == ["B2"]


@db
def test_what_sold_much_is_due() -> None:
    make_shop("A1", "B2", quantity="100")
    post("sale", line("A1", "LON", "customer", "60"), line("B2", "LON", "customer", "40"), at=None)
    only_rule("turnover", threshold=Decimal("100"))
    assert planned_skus() == ["A1"]


@db
def test_what_the_book_says_is_gone_and_what_is_below_zero_is_due() -> None:
    make_shop("A1", "B2", "C3")
    post("sale", line("A1", "LON", "customer", "10"), line("B2", "LON", "customer", "12"), at=None)
    only_rule("zero")
    assert planned_skus() == ["A1"]
    only_rule("negative")
    assert planned_skus() == ["A1", "B2"]


@db
def test_what_was_missed_before_is_due_again() -> None:
    make_shop("A1", "B2")
    settle_count(actor=TESTER, count_id=recounted("8").pk, reasons=UNKNOWN)
    CountItem.objects.update(closed_at=clock.now() - timedelta(days=8))
    only_rule("accuracy", every_days=7, threshold=Decimal("0.9"))
    assert planned_skus() == ["A1"]


@db
def test_what_nobody_begins_lapses_and_is_due_again() -> None:
    make_shop("A1")
    only_rule("periodic", every_days=30)
    planned_skus()
    Count.objects.update(planned_on=clock.now().date() - timedelta(days=9))
    told = plan_by_rules(actor=TESTER, site_code="LON", at=clock.now())
    assert told == {"counts": 1, "products": 1, "lapsed": 1}


@db
def test_a_rule_that_makes_no_sense_is_refused() -> None:
    make_site("LON")
    for draft in (
        RuleDraft("x", "moon"),
        RuleDraft("x", "zero", every_days=0),
        RuleDraft("x", "zero", abc_class="D"),
    ):
        with pytest.raises(Faults) as refused:
            keep_rule(actor=TESTER, draft=draft)
        assert refused.value.faults[0].code == "invalid_rule"


@db
def test_limits_are_looked_up_from_the_narrowest_level() -> None:
    make_shop("A1")
    Product.objects.update(abc_class="A")

    def keep(sku: str = "", abc: str = "", **limits: str) -> None:
        values = {name: Decimal(limit) for name, limit in limits.items()}
        keep_tolerance(actor=TESTER, site_code="", sku=sku, abc_class=abc, limits=values)

    keep(over="0.5", under="0.5", value_over="9", value_under="9")
    keep(abc="A", under="0.3")
    keep(sku="A1", over="0.1")
    limits = tolerances_of(held().site_id).limits_for(held().product_id, "A")
    assert (limits.over, limits.under, limits.value_over) == (Decimal("0.1"), Decimal("0.3"), 9)


@db
def test_what_holds_everywhere_is_set_by_who_sees_everything() -> None:
    make_shop("A1")
    local = person("local", "stock_manager", site="LON")
    with pytest.raises(Faults) as refused:
        keep_rule(actor=local, draft=RuleDraft("x", "zero"))
    assert refused.value.faults[0].code == "not_your_site"
    assert keep_rule(actor=local, draft=RuleDraft("x", "zero", site="LON")).site is not None


# -- feeds ---------------------------------------------------------------------------------------------------------------


@db
def test_feeds_tell_how_far_the_tills_are_complete() -> None:
    until = clock.now()
    tills = Feed.objects.create(name="tills", kind="sales", is_expected=True)
    Feed.objects.create(name="prices", kind="unit-costs", is_expected=True)
    FeedStream.objects.create(feed=tills, complete_to=until)
    mark_streams()
    assert dict(Stream.objects.values_list("name", "complete_to")) == {"tills": until}
    Delivery.objects.create(feed=tills, way="push", sha256="0" * 64, size=1)
    assert till_marks() == {"tills": (None, None)}
    mark_streams()
    assert Stream.objects.get().complete_to == until


@db
def test_a_feed_that_is_no_longer_expected_is_not_waited_for() -> None:
    Feed.objects.create(name="tills", kind="sales", is_expected=True)
    mark_streams()
    Feed.objects.update(is_expected=False)
    mark_streams()
    assert not Stream.objects.exists()


# -- races ---------------------------------------------------------------------------------------------------------------


def at_once(*works: Callable[[], object]) -> list[object]:
    """Run all at the same moment, each on its own connection; what each returned or raised."""
    barrier, outcomes = threading.Barrier(len(works)), [None] * len(works)

    def run(number: int, work: Callable[[], object]) -> None:
        barrier.wait()
        try:
            outcomes[number] = work()  # type: ignore[call-overload]
        except Exception as error:
            outcomes[number] = error  # type: ignore[call-overload]
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return list(outcomes)


def test_two_counts_planned_at_once_leave_one(cloned_db: str) -> None:
    make_shop("A1")
    outcomes = at_once(lambda: plan("A1"), lambda: plan("A1"))
    assert sorted(type(one).__name__ for one in outcomes) == ["Count", "Faults"]
    assert CountItem.objects.filter(is_open=True).count() == 1


def test_one_line_sent_by_two_requests_at_once_is_kept_once(cloned_db: str) -> None:
    make_shop("A1")
    count, sent = plan("A1"), found()
    outcomes = at_once(*[lambda: scan(count, sent)[0].outcome] * 4)
    assert sorted(map(str, outcomes)) == ["kept", "known", "known", "known"]
    assert CountScan.objects.count() == 1


def test_lines_for_the_same_products_in_any_order_do_not_deadlock(cloned_db: str) -> None:
    """frappe/erpnext#36835 (18), odoo/odoo#56769 (23): items are locked in one order."""
    skus = [f"P{number}" for number in range(20)]
    make_shop(*skus)
    count = plan(*skus)
    works = [
        lambda order=order: [one.outcome for one in scan(count, *[found(sku) for sku in order])]
        for order in (skus, skus[::-1], skus[10:] + skus[:10])
    ]
    assert at_once(*works) == [["kept"] * 20] * 3


def test_two_settle_at_once_and_the_book_moves_once(cloned_db: str) -> None:
    make_shop("A1")
    count = recounted("8")
    settle = lambda: settle_count(actor=TESTER, count_id=count.pk, reasons=UNKNOWN).state  # noqa: E731
    outcomes = at_once(settle, settle, settle)
    assert sorted(type(one).__name__ for one in outcomes) == ["Faults", "Faults", "str"]
    assert (held().on_hand, CountAdjustment.objects.count()) == (8, 1)


def test_two_approvers_at_once_post_once(cloned_db: str) -> None:
    make_shop("A1", quantity="1000")
    settle_count(actor=person("ann"), count_id=recounted("300").pk, reasons=UNKNOWN)
    request = ApprovalRequest.objects.get(kind="stock_adjustment", state="pending")
    bosses = [person(name, "stock_manager") for name in ("boss", "chief")]
    at_once(
        *[
            lambda boss=boss: decide(actor=boss, request_id=request.pk, approve=True, comment="")
            for boss in bosses
        ]
    )
    at_once(*[lambda: place_approved(actor=TESTER)] * 3)
    assert (held().on_hand, Count.objects.get().state) == (300, "closed")
    assert Movement.objects.filter(kind="adjustment", state="posted").count() == 1


def test_killed_while_posting_it_is_posted_once_all_the_same(
    cloned_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The backend dies after the entries are written and before the commit; the next round posts once."""
    from inventory.actions import placing

    make_shop("A1", quantity="1000")
    count = settle_count(actor=person("ann"), count_id=recounted("300").pk, reasons=UNKNOWN)
    request = ApprovalRequest.objects.get(kind="stock_adjustment", state="pending")
    decide(actor=person("boss", "stock_manager"), request_id=request.pk, approve=True, comment="")
    real = placing.settle_count_adjustment

    def killed(*args: Any, **named: Any) -> None:
        real(*args, **named)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    monkeypatch.setattr(placing, "settle_count_adjustment", killed)
    at_once(lambda: place_approved(actor=TESTER))
    count.refresh_from_db()
    assert (held().on_hand, count.state) == (1000, "pending")
    monkeypatch.setattr(placing, "settle_count_adjustment", real)
    assert place_approved(actor=TESTER) == 1
    count.refresh_from_db()
    assert (held().on_hand, count.state) == (300, "closed")


def test_a_sale_while_counting_changes_no_difference(cloned_db: str) -> None:
    make_shop("A1", quantity="1000")
    count = plan("A1")
    scan(count, found(quantity="990"))
    scanned = CountScan.objects.get().scanned_at
    sold = lambda number: post(  # noqa: E731
        "sale", line("A1", "LON", "customer", "1"), at=None, reference=f"till-{number}"
    )
    at_once(
        lambda: submit_count(actor=TESTER, count_id=count.pk),
        *[lambda number=number: sold(number) for number in range(6)],
    )
    scan(count, found(quantity="984", at=max(clock.now(), scanned)))
    submit_count(actor=TESTER, count_id=count.pk)
    assert result(count).difference == -10
