from datetime import UTC, datetime, timedelta

import pytest
from django.db import ProgrammingError, connection, transaction

from alerts.models import Alert
from audit.models import Event
from jobs.models import JobDefinition, JobRun
from lib.actors import job
from lib.checks import Finding
from lib.faults import Faults
from patrol import actions, queries
from patrol.checks import CHECKS, Listed
from patrol.models import Round, RoundCheck, RoundFinding
from tests.approvals.builders import a_user, actor_of
from tests.catalog.builders import site

pytestmark = pytest.mark.django_db
PATROL = job("patrol.round")
SLOT = datetime(2026, 10, 15, 6, tzinfo=UTC)


def found(at: datetime) -> list[Finding]:
    return [
        Finding("negative:1", "negative", "warning", "22138 is at −3", url="/stock/products/22138/"),
        Finding("cost:1", "cost_missing", "note", "2 new products without cost"),
    ]


def clear(at: datetime) -> list[Finding]:
    return []


def broken(at: datetime) -> list[Finding]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1/0")
    return []


def a_round(*checks: object) -> Round:
    listed = [Listed(check.__name__, check.__name__, check) for check in checks]  # type: ignore[attr-defined,arg-type]
    return actions.run_round(actor=PATROL, slot=SLOT, at=SLOT, checks=listed)


def test_a_check_that_raises_is_a_finding_and_the_others_go_on() -> None:
    round_ = a_round(broken, found, clear)
    outcomes = list(RoundCheck.objects.order_by("id").values_list("name", "outcome"))
    assert outcomes == [("broken", "failed"), ("found", "found"), ("clear", "clear")]
    assert RoundFinding.objects.filter(round=round_, code="check_failed").count() == 1
    assert Event.objects.get(kind="round.finished").subject == f"round:{round_.pk}"


def test_a_slot_is_walked_once() -> None:
    first = a_round(found)
    assert a_round(found, clear).pk == first.pk
    assert RoundCheck.objects.count() == 1


def test_the_real_checks_run() -> None:
    round_ = actions.run_round(actor=PATROL, slot=SLOT, at=datetime.now(UTC))
    assert RoundCheck.objects.filter(round=round_).exclude(outcome="failed").count() == len(CHECKS)


def test_signing_the_last_finding_signs_the_round() -> None:
    duty = actor_of(a_user("duty", "duty"))
    round_ = a_round(found)
    for finding in queries.findings_of(round_.pk):
        actions.sign_finding(
            actor=duty, round_id=round_.pk, finding_id=finding.pk, comment="seen, recount ordered"
        )
    signed = Round.objects.get(pk=round_.pk)
    assert (signed.state, signed.signed_by_id) == ("signed", duty.id)
    assert Event.objects.filter(kind="round.signed").count() == 1


@pytest.mark.parametrize(
    ("comment", "twice", "code"), [(" ", False, "comment_required"), ("x", True, "signed_already")]
)
def test_signing_refusals(comment: str, twice: bool, code: str) -> None:
    duty = actor_of(a_user("duty", "duty"))
    round_ = a_round(found)
    finding = queries.findings_of(round_.pk)[0]
    if twice:
        actions.sign_finding(actor=duty, round_id=round_.pk, finding_id=finding.pk, comment="x")
    with pytest.raises(Faults) as refused:
        actions.sign_finding(actor=duty, round_id=round_.pk, finding_id=finding.pk, comment=comment)
    assert refused.value.faults[0].code == code


def test_a_clear_round_is_signed_in_one_go_and_one_with_warnings_is_not() -> None:
    duty = actor_of(a_user("duty", "duty"))
    round_ = a_round(found)
    with pytest.raises(Faults) as refused:
        actions.sign_round(actor=duty, round_id=round_.pk)
    assert refused.value.faults[0].code == "findings_open"
    clear_round = actions.run_round(actor=PATROL, slot=SLOT + timedelta(hours=2), at=SLOT, checks=[])
    assert actions.sign_round(actor=duty, round_id=clear_round.pk).state == "signed"


def test_a_round_not_signed_in_time_is_an_alert() -> None:
    duty = actor_of(a_user("duty", "duty"))
    round_ = a_round(clear)
    assert actions.alert_unsigned(actor=PATROL, at=SLOT + timedelta(minutes=119)) == 0
    assert actions.alert_unsigned(actor=PATROL, at=SLOT + timedelta(hours=2)) == 1
    actions.sign_round(actor=duty, round_id=round_.pk)
    actions.alert_unsigned(actor=PATROL, at=SLOT + timedelta(hours=3))
    assert Alert.objects.get().state == "resolved"


def test_the_day_has_twelve_slots_and_what_was_never_due_is_not_missed() -> None:
    a_round(found)
    definition = JobDefinition.objects.create(name="patrol.round", task="patrol.round", interval_s=7200)
    for hours in (4, 2, 0, -2):
        JobRun.objects.create(job=definition, slot=SLOT - timedelta(hours=hours))
    boxes = queries.day_of_rounds(SLOT + timedelta(hours=2, minutes=30))
    states = ["planned"] + ["missed"] * 2 + ["to_sign", "running"] + ["planned"] * 7
    assert [box.state for box in boxes] == states
    assert queries.hit_rates(SLOT)[0].hit_fraction == 1.0


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE patrol_roundfinding SET title = 'x'",
        "DELETE FROM patrol_roundfinding",
        "UPDATE patrol_roundcheck SET outcome = 'clear'",
    ],
)
def test_raw_sql_is_refused(sql: str) -> None:
    a_round(found)
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_one_word_signs_all_that_a_check_found_and_keeps_what_was_signed_before() -> None:
    duty = actor_of(a_user("duty"))
    round_ = a_round(found)
    first, second = RoundFinding.objects.order_by("pk")
    actions.sign_finding(actor=duty, round_id=round_.pk, finding_id=first.pk, comment="seen")
    with pytest.raises(Faults, match="Say what"):
        actions.sign_findings(actor=duty, round_id=round_.pk, finding_ids=[second.pk], comment=" ")
    ids = [first.pk, second.pk]
    assert actions.sign_findings(actor=duty, round_id=round_.pk, finding_ids=ids, comment="alike") == 1
    words = list(RoundFinding.objects.order_by("pk").values_list("comment", flat=True))
    assert (words, Round.objects.get(pk=round_.pk).state) == (["seen", "alike"], "signed")
    event = Event.objects.filter(kind="finding.signed").latest("id")
    assert (event.reason, event.after) == ("alike", {"findings": [second.key]})


def test_what_is_signed_of_a_site_stays_within_the_site_in_the_trail() -> None:
    there = site()

    def at_site(at: datetime) -> list[Finding]:
        return [
            Finding(f"n:{n}", "negative", "warning", "below zero", site_id=there.pk) for n in range(3)
        ] + [Finding("all", "late", "warning", "late")]

    round_ = a_round(at_site)
    first, *others = RoundFinding.objects.filter(site_id=there.pk).order_by("pk")
    duty = actor_of(a_user("dora", "duty"))
    actions.sign_finding(actor=duty, round_id=round_.pk, finding_id=first.pk, comment="seen")
    actions.sign_findings(
        actor=duty, round_id=round_.pk, finding_ids=[row.pk for row in others], comment="seen too"
    )
    assert [e.site_ids for e in Event.objects.filter(kind="finding.signed")] == [[there.pk]] * 2
