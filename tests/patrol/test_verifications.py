from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import ProgrammingError, connection, transaction

from alerts.models import Alert
from audit.models import Event
from catalog.models import ControlProfile
from inventory.actions.snapshots import CountedLine, SnapshotDraft, post_snapshot
from inventory.models import Difference
from lib import clock
from lib.faults import Faults
from patrol import actions
from patrol.models import VerificationCase, VerificationDifference, VerificationRun, VerificationSample
from patrol.queries.stock_snapshot import stock_against_snapshot
from patrol.rules import verifications as rules
from patrol.verification_checks import CHECKS, VerificationCheckListed
from tests.patrol.verification_builders import AT, SLOT, VERIFY, a_person, a_site, broken, check, differs, run

pytestmark = pytest.mark.django_db


def test_differences_are_explained_tolerated_or_cases() -> None:
    site = a_site()
    settled = differs("s:A1", "timing", explanation={"settled": True})
    small = differs("q:A2", ours=Decimal("5.01"), theirs=Decimal(5))
    done = run(
        site, check(settled, small, differs("q:A3"), tolerance=Decimal("0.01")), check(name="feeds.documents")
    )
    assert (done.lines, done.differing, done.explained, done.tolerated, done.unexplained) == (
        2000,
        3,
        1,
        1,
        1,
    )
    states = dict(VerificationDifference.objects.values_list("key", "state"))
    assert states == {"s:A1": "explained", "q:A2": "tolerated", "q:A3": "case"}
    case = VerificationCase.objects.get()
    assert (case.key, case.ours, case.theirs, case.due_at) == ("q:A3", "5", "3", AT + timedelta(hours=24))
    event = Event.objects.get(kind="verification.finished")
    assert (event.site_ids, event.after["cases_opened"], event.after["differing"]) == ([site.pk], 1, 3)


def test_a_tolerance_of_the_sites_control_profile_counts() -> None:
    site = a_site()
    settings = {"verification_tolerances": {"feeds.sales": "2"}}
    site.control_profile = ControlProfile.objects.create(code="P", name="P", settings=settings)
    assert run(site, check(differs("q:A1"))).tolerated == 1


def test_a_check_that_raises_is_kept_as_failed_and_one_without_data_too() -> None:
    listed = VerificationCheckListed("x", "x", broken)
    nothing = VerificationCheckListed("y", "y", lambda asked: None)
    done = run(a_site(), listed, nothing, check())
    assert list(done.checks.order_by("id").values_list("outcome", flat=True)) == [
        "failed",
        "no_data",
        "clear",
    ]
    assert "no such luck" in done.checks.get(name="x").error
    with clock.frozen(AT):
        assert actions.alert_verifications(actor=VERIFY, at=AT) == 1
    assert Alert.objects.get().kind == "verification_failed"


def test_a_slot_is_verified_once_and_looks_back_to_the_one_before() -> None:
    site = a_site()
    first = run(site, check(differs("q:A1")))
    assert run(site, check()).pk == first.pk
    assert first.since == SLOT - timedelta(hours=8)
    assert run(site, check(), slots_later=2).since == SLOT


def test_a_case_is_seen_again_and_is_gone_when_it_is_not_found_any_more() -> None:
    site = a_site()
    run(site, check(differs("q:A1"), differs("q:A2"), has_window=False))
    run(site, check(differs("q:A1", ours=Decimal(9)), has_window=False), slots_later=1)
    seen, gone = VerificationCase.objects.order_by("key")
    assert (seen.state, seen.times_seen, seen.ours) == ("open", 2, "9")
    assert (gone.state, gone.how) == ("settled", "gone")
    run(site, check(differs("q:A2"), has_window=False), slots_later=2)
    assert VerificationCase.objects.filter(state="open").get().times_seen == 1


def test_a_window_is_moved_back_to_the_oldest_open_case() -> None:
    site, asked = a_site(), []
    run(site, check(differs("q:A1")))
    VerificationCase.objects.update(opened_at=SLOT - timedelta(days=2))

    def looking(compare):
        asked.append(compare.since)
        return check().run(compare)

    run(site, VerificationCheckListed("feeds.sales", "x", looking), slots_later=1)
    assert asked == [SLOT - timedelta(days=6)]
    assert VerificationCase.objects.get().how == "gone"


def test_many_or_such_as_are_worked_elsewhere_are_one_case() -> None:
    many = [differs(f"q:A{n}") for n in range(21)]
    run(
        a_site(),
        check(*many),
        check(differs("s:A1", url="/stock/reconciliations/7/?class=x"), name="s", is_queued=True),
    )
    first, second = VerificationCase.objects.order_by("check_name")
    assert (first.ours, first.url) == ("21", f"/watch/verifications/{VerificationRun.objects.get().pk}/")
    assert (second.ours, second.url) == ("1", "/stock/reconciliations/7/")
    assert VerificationDifference.objects.filter(case=None).count() == 0


def test_the_real_checks_run() -> None:
    done = actions.run_verification(actor=VERIFY, site=a_site(), slot=SLOT, at=AT)
    outcomes = dict(done.checks.values_list("name", "outcome"))
    assert set(outcomes) == {listed.name for listed in CHECKS}
    assert "failed" not in outcomes.values()
    assert (outcomes["inventory.balances"], outcomes["catalog.costs"]) == ("clear", "differs")


def test_the_sample_is_of_what_agrees() -> None:
    done = run(a_site(), check(differs("q:A1")))
    counted = VerificationSample.objects.filter(run=done, question="count")
    assert {one.sku for one in counted} == {"A0", "A2", "A3"}
    assert all(one.is_blind and one.expected["value"] == "10" for one in counted)
    assert VerificationSample.objects.filter(question="paper", is_blind=False).count() == 2


def test_cases_are_taken_given_and_settled_with_a_word() -> None:
    site = a_site()
    run(site, check(differs("q:A1")))
    case, clerk, duty = VerificationCase.objects.get(), a_person("stock_clerk", site), a_person("duty")
    assert actions.give_case(actor=duty, case_id=case.pk, owner_id=clerk.id).owner_id == clerk.id
    with pytest.raises(Faults, match="Say what it was"):
        actions.settle_case(actor=clerk, case_id=case.pk, note=" ")
    done = actions.settle_case(actor=clerk, case_id=case.pk, note="till posted twice, reversed")
    assert (done.state, done.how, done.settled_by_id) == ("settled", "person", clerk.id)
    kinds = list(Event.objects.filter(kind__startswith="verification_case").values_list("kind", "site_ids"))
    assert kinds == [("verification_case.given", [site.pk]), ("verification_case.settled", [site.pk])]


@pytest.mark.parametrize(
    ("who", "code"),
    [("elsewhere", "unknown_case"), ("price_clerk", "not_allowed"), ("late", "settled_already")],
)
def test_cases_that_are_not_one_s_own_to_work(who: str, code: str) -> None:
    site = a_site()
    run(site, check(differs("q:A1")))
    case = VerificationCase.objects.get()
    actor = a_person(
        "price_clerk" if who == "price_clerk" else "stock_clerk",
        a_site("DUB") if who == "elsewhere" else site,
    )
    if who == "late":
        actions.settle_case(actor=actor, case_id=case.pk, note="x")
    with pytest.raises(Faults) as refused:
        actions.settle_case(actor=actor, case_id=case.pk, note="x")
    assert refused.value.faults[0].code == code


def test_nobody_is_given_a_case_of_a_site_they_do_not_see() -> None:
    site = a_site()
    run(site, check(differs("q:A1")))
    stranger = a_person("stock_clerk", a_site("DUB"), "stranger")
    with pytest.raises(Faults) as refused:
        actions.give_case(actor=a_person(), case_id=VerificationCase.objects.get().pk, owner_id=stranger.id)
    assert refused.value.faults[0].code == "unknown_owner"


def test_cases_past_their_deadline_and_unsigned_runs_are_alerts_until_they_are_done() -> None:
    site = a_site()
    done = run(site, check(differs("q:A1")))
    later = AT + timedelta(hours=25)
    assert actions.alert_verifications(actor=VERIFY, at=AT) == 0
    assert actions.alert_verifications(actor=VERIFY, at=later) == 2
    kinds = set(Alert.objects.values_list("kind", "site_id"))
    assert kinds == {("verification_unsigned", site.pk), ("verification_cases", site.pk)}
    VerificationSample.objects.filter(run=done).update(answer="ok", answered_at=AT)
    actions.sign_verification(actor=a_person(), run_id=done.pk, comment="seen")
    actions.settle_case(actor=a_person(name="d2"), case_id=VerificationCase.objects.get().pk, note="done")
    assert actions.alert_verifications(actor=VERIFY, at=later) == 0
    assert set(Alert.objects.values_list("state", flat=True)) == {"resolved"}


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE patrol_verificationcheck SET lines = 1",
        "DELETE FROM patrol_verificationdifference",
        "UPDATE patrol_verificationsample SET expected = '{}'",
    ],
)
def test_raw_sql_is_refused(sql: str) -> None:
    run(a_site(), check(differs("q:A1")))
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize(
    ("times", "code"),
    [
        (["06:00", "14:00", "22:00"], ""),
        (["06:00", "14:00"], "three_times"),
        (["06:00", "07:59", "22:00"], "too_close"),
        (["00:30", "12:00", "23:00"], "too_close"),
    ],
)
def test_three_times_a_day_two_hours_apart(times: list[str], code: str) -> None:
    assert rules.times_fault(times) == code


def test_which_slot_of_the_day_it_is() -> None:
    times = ["22:00", "06:00", "14:00"]
    assert [rules.slot_kind(wall, times) for wall in ("06:00", "14:00", "22:00", "09:00")] == [
        "morning", "midday", "evening", "extra"
    ]  # fmt: skip


def test_stock_is_what_the_newest_reconciliation_found() -> None:
    site = a_site()
    lines = [CountedLine(f"A{n}", Decimal(10)) for n in range(3)] + [CountedLine("A3", Decimal(7))]
    with clock.frozen(AT):
        post_snapshot(
            actor=VERIFY,
            draft=SnapshotDraft(site=site.code, taken_at=SLOT - timedelta(minutes=5), lines=lines),
        )
    found = stock_against_snapshot(site.pk, "GBP", SLOT - timedelta(hours=8), AT)
    assert found is not None
    (one,) = found.differences
    assert (found.lines, found.differing, found.explained, one.sku, one.ours, one.theirs) == (
        4,
        1,
        0,
        "A3",
        10,
        7,
    )
    assert found.value == Decimal(6)
    Difference.objects.update(state="accepted")
    found = stock_against_snapshot(site.pk, "GBP", SLOT - timedelta(hours=8), AT)
    assert found is not None and (found.explained, found.value) == (1, None)
