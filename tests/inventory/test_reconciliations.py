"""Snapshots, classes of differences, accepting through policy and approval."""

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.models import User
from approvals.actions import decide, ensure_default_policies
from approvals.queries import request_of
from catalog.models import ControlProfile, Pack, Product, Scope, Site
from inventory.actions.placing import place_approved
from inventory.actions.reconciliations import accept_differences, look_again, set_differences_aside
from inventory.actions.snapshots import CountedLine, SnapshotDraft, post_snapshot
from inventory.models import Difference, Movement, Reconciliation
from lib.clock import frozen
from lib.faults import Faults
from tests.inventory.builders import AT, TESTER, held, line, make_product, make_site, post, receive

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def house(db: None):
    with frozen(AT + HOUR):
        ensure_default_policies(actor=TESTER)
        make_site("LON")
        make_site("YRK")
        for sku in ("A1", "B2", "C3"):
            make_product(sku)
        yield


def snapshot(
    *lines: tuple[str, str], at=AT + HOUR / 2, site: str = "LON", complete: bool = True
) -> Reconciliation:
    made = SnapshotDraft(site, at, [CountedLine(sku, Decimal(q)) for sku, q in lines], complete)
    return post_snapshot(actor=TESTER, draft=made)


def classes(reconciliation: Reconciliation) -> dict[str, str]:
    return dict(reconciliation.differences.values_list("sku", "class_code"))


def test_what_is_equal_matches_and_the_reconciliation_closes() -> None:
    receive("A1", quantity="10")
    got = snapshot(("A1", "10"), ("B2", "0"))
    assert (got.state, got.matched, got.differing) == ("closed", 2, 0)


def test_a_difference_has_a_value_at_the_average() -> None:
    receive("A1", quantity="10", cost="2.5")
    got = snapshot(("A1", "8")).differences.get()
    assert (got.book, got.counted, got.difference, got.value, got.class_code) == (10, 8, -2, -5, "quantity")


def test_missing_in_a_complete_snapshot_counts_as_zero_only_there() -> None:
    receive("A1", at=AT - 24 * HOUR)
    assert classes(snapshot(complete=False)) == {}
    assert classes(snapshot()) == {"A1": "not_counted"}


def test_an_unknown_product_is_a_difference_of_its_own_class() -> None:
    got = snapshot(("ghost", "3")).differences.get()
    assert (got.class_code, got.difference, got.product_id) == ("unknown_product", 3, None)


def test_the_book_is_that_of_the_instant_the_snapshot_was_taken() -> None:
    receive("A1", quantity="10", at=AT)
    post("issue", line("A1", "LON", "customer", "4"), at=AT + HOUR)
    assert snapshot(("A1", "10"), at=AT + HOUR / 2).matched == 1


def test_cartons_are_told_from_pieces() -> None:
    Pack.objects.create(product=Product.objects.get(sku="A1"), unit="box", factor=12)
    receive("A1", quantity="480")
    assert classes(snapshot(("A1", "40"))) == {"A1": "unit_or_pack"}


def test_a_movement_right_after_explains_by_timing() -> None:
    receive("A1", quantity="100", at=AT - 24 * HOUR)
    post("issue", line("A1", "LON", "customer", "30"), at=AT + HOUR)
    got = snapshot(("A1", "70")).differences.get()
    assert (got.class_code, got.explanation["reference"]) == ("timing", "issue-1")


def test_goods_on_their_way_explain_a_surplus() -> None:
    receive("A1", site="YRK", quantity="50", at=AT - 30 * HOUR)
    post("transfer", line("A1", "YRK", "transit", "20"), destination="LON", at=AT - 24 * HOUR)
    assert classes(snapshot(("A1", "20"))) == {"A1": "in_transit"}


def test_a_document_posted_twice_is_found() -> None:
    for _ in range(2):
        receive("A1", quantity="24", reference="PO-1", at=AT - 24 * HOUR)
    assert classes(snapshot(("A1", "24"))) == {"A1": "duplicate"}


def test_mirrored_differences_are_a_swap() -> None:
    for sku in ("A1", "B2"):
        receive(sku, quantity="50", at=AT - 24 * HOUR)
    assert classes(snapshot(("A1", "43"), ("B2", "57"))) == {"A1": "swapped", "B2": "swapped"}


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([("A1", "1"), ("A1", "2")], "duplicate_sku"),
        ([("A1", "-1")], "invalid_quantity"),
        ([("A1", "NaN")], "invalid_quantity"),
    ],
)
def test_lines_that_are_refused(lines, code: str) -> None:
    with pytest.raises(Faults) as caught:
        snapshot(*lines)
    assert caught.value.faults[-1].code == code


def accept(reconciliation: Reconciliation, actor=TESTER):
    ids = list(reconciliation.differences.values_list("pk", flat=True))
    return accept_differences(actor=actor, reconciliation_id=reconciliation.pk, difference_ids=ids)


def test_accepting_posts_one_adjustment_as_of_the_snapshot_and_closes() -> None:
    receive("A1", quantity="10")
    got = snapshot(("A1", "8"), ("B2", "3"))
    done = accept(got)
    movement = Movement.objects.get(pk=done.movement_id)
    assert (held().on_hand, held(sku="B2").on_hand, movement.occurred_at) == (8, 3, got.taken_at)
    assert Reconciliation.objects.get(pk=got.pk).state == "closed"


def test_what_the_clock_explains_is_accepted_without_a_movement() -> None:
    receive("A1", quantity="100", at=AT - 24 * HOUR)
    post("issue", line("A1", "LON", "customer", "30"), at=AT + HOUR)
    assert accept(snapshot(("A1", "70"))).movement_id is None
    assert held().on_hand == 70


def clerk() -> User:
    user = User.objects.create(username="clerk", role="admin")
    Scope.objects.create(user=user, valid_from=AT)
    return user


def test_a_large_adjustment_waits_and_is_placed_once_after_the_decision() -> None:
    receive("A1", quantity="1000", cost="1")
    got = snapshot(("A1", "100"))
    done = accept(got, clerk().as_actor())
    assert (done.pending, held().on_hand) == (1, 1000)
    request = request_of("stock_adjustment", f"movement:{done.movement_id}")
    decide(
        actor=User.objects.create(username="boss", role="stock_manager").as_actor(),
        request_id=request.pk,
        approve=True,
    )
    assert (place_approved(actor=TESTER), place_approved(actor=TESTER)) == (1, 0)
    assert (held().on_hand, got.differences.get().state) == (100, "accepted")
    assert Movement.objects.get(pk=done.movement_id).state == "posted"
    assert Reconciliation.objects.get(pk=got.pk).state == "closed"


def test_a_rejected_adjustment_opens_its_differences_again() -> None:
    receive("A1", quantity="1000", cost="1")
    got = snapshot(("A1", "100"))
    done = accept(got, clerk().as_actor())
    request = request_of("stock_adjustment", f"movement:{done.movement_id}")
    decide(
        actor=User.objects.create(username="boss", role="stock_manager").as_actor(),
        request_id=request.pk,
        approve=False,
    )
    place_approved(actor=TESTER)
    assert (Movement.objects.get(pk=done.movement_id).state, got.differences.get().state) == (
        "refused",
        "open",
    )


def test_an_approved_adjustment_that_no_longer_fits_lapses() -> None:
    receive("A1", quantity="1000", cost="1")
    done = accept(snapshot(("A1", "100")), clerk().as_actor())
    post("issue", line("A1", "LON", "customer", "500"), at=AT + HOUR)
    request = request_of("stock_adjustment", f"movement:{done.movement_id}")
    decide(
        actor=User.objects.create(username="boss", role="stock_manager").as_actor(),
        request_id=request.pk,
        approve=True,
    )
    place_approved(actor=TESTER)
    assert (held().on_hand, request_of("stock_adjustment", f"movement:{done.movement_id}").effect) == (
        500,
        "lapsed",
    )


def test_recount_and_investigate_keep_it_open() -> None:
    receive("A1", quantity="10")
    got = snapshot(("A1", "8"))
    ids = [got.differences.get().pk]
    set_differences_aside(actor=TESTER, reconciliation_id=got.pk, difference_ids=ids, state="recount")
    assert (got.differences.get().state, Reconciliation.objects.get(pk=got.pk).state) == ("recount", "open")
    accept(got)
    with pytest.raises(Faults) as caught:
        accept(got)
    assert caught.value.status == 409


def test_the_sites_profile_tolerates_small_differences() -> None:
    profile = ControlProfile.objects.create(
        code="p", name="p", settings={"count_tolerance_units": 2, "count_tolerance_value": "5"}
    )
    Site.objects.filter(code="LON").update(control_profile=profile)
    receive("A1", quantity="10", cost="2")
    receive("B2", quantity="10", cost="20")
    got = snapshot(("A1", "9"), ("B2", "9"))
    assert dict(Difference.objects.values_list("sku", "state")) == {"A1": "accepted", "B2": "open"}
    assert (held().on_hand, got.state) == (9, "open")


def test_what_is_recorded_late_closes_its_difference_by_itself() -> None:
    receive("A1", quantity="100", at=AT - 24 * HOUR)
    got = snapshot(("A1", "70"))
    post("issue", line("A1", "LON", "customer", "30"), at=AT + HOUR / 4)
    assert (look_again(actor=TESTER), look_again(actor=TESTER)) == (1, 0)
    found = got.differences.get()
    assert (found.class_code, found.state, found.rest) == ("timing", "accepted", 0)
    assert (Reconciliation.objects.get(pk=got.pk).state, held().on_hand) == ("closed", 70)


def test_of_what_is_partly_recorded_late_only_the_rest_is_adjusted() -> None:
    receive("A1", quantity="100", at=AT - 24 * HOUR)
    got = snapshot(("A1", "60"))
    post("issue", line("A1", "LON", "customer", "30"), at=AT + HOUR / 4)
    accept(got)
    found = got.differences.get()
    assert (found.explained, found.rest, held().on_hand) == (-30, -10, 60)


def test_several_documents_explain_together_and_one_explains_a_part() -> None:
    for sku in ("A1", "B2"):
        receive(sku, quantity="100", at=AT - 24 * HOUR)
        for number, pieces in enumerate(("10", "20")):
            post("issue", line(sku, "LON", "customer", pieces), at=AT + HOUR, reference=f"S-{sku}-{number}")
    got = {d.sku: d for d in snapshot(("A1", "70"), ("B2", "75")).differences.all()}
    assert (got["A1"].class_code, got["A1"].rest) == ("timing", 0)
    assert (got["B2"].class_code, got["B2"].explained, got["B2"].rest) == ("quantity", -20, -5)
