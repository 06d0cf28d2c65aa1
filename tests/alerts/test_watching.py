from datetime import UTC, datetime, timedelta

import pytest

from alerts import actions, queries
from alerts.models import Alert, Incident
from jobs.models import Heartbeat, JobDefinition, JobRun
from lib import clock
from lib.actors import job
from lib.faults import Faults
from tests.approvals.builders import a_user, actor_of

pytestmark = pytest.mark.django_db
LOOP = job("alerts.tick")
NOW = datetime(2026, 10, 15, 7, 42, tzinfo=UTC)


def a_run(state: str, slot: datetime = NOW - timedelta(hours=2)) -> JobRun:
    definition, _made = JobDefinition.objects.get_or_create(
        name="patrol.round", defaults={"task": "patrol.run_round", "interval_s": 7200}
    )
    return JobRun.objects.create(job=definition, slot=slot, state=state, finished_at=NOW)


def test_a_missed_slot_is_an_incident_once() -> None:
    a_run("missed")
    assert actions.watch_jobs(actor=LOOP, at=NOW) == 1
    assert actions.watch_jobs(actor=LOOP, at=NOW) == 0
    assert actions.open_incidents_for_alerts(actor=LOOP) == 1
    incident = Incident.objects.get()
    assert "patrol.round" in incident.title and "错过" in incident.title_zh
    assert incident.grade == "ordinary"


def test_after_closing_the_same_slot_stays_quiet() -> None:
    duty = actor_of(a_user("duty", "duty"))
    a_run("missed")
    actions.watch_jobs(actor=LOOP, at=NOW)
    actions.open_incidents_for_alerts(actor=LOOP)
    incident = Incident.objects.get()
    actions.take_incident(actor=duty, incident_id=incident.pk)
    actions.close_incident(actor=duty, incident_id=incident.pk, reason="was down")
    assert actions.watch_jobs(actor=LOOP, at=NOW) == 0


def test_what_ran_is_no_alert() -> None:
    a_run("ok")
    assert actions.watch_jobs(actor=LOOP, at=NOW) == 0


def test_a_stopped_loop_fires_and_resolves() -> None:
    with clock.frozen(NOW):
        Heartbeat.objects.create(name="audit.seal", ok_at=NOW - timedelta(minutes=3))
        actions.watch_jobs(actor=LOOP, at=NOW)
        assert Alert.objects.get().state == "firing"
        Heartbeat.objects.update(ok_at=NOW)
        actions.watch_jobs(actor=LOOP, at=NOW)
    assert Alert.objects.get().state == "resolved"


def test_shifts_of_a_tier_never_overlap() -> None:
    admin = actor_of(a_user("boss", "admin"))
    chen, priya = a_user("chen", "duty"), a_user("priya", "duty")
    actions.add_shift(
        actor=admin, user_id=chen.pk, tier="duty", team="", during=(NOW, NOW + timedelta(hours=8))
    )
    with pytest.raises(Faults) as refused:
        actions.add_shift(
            actor=admin,
            user_id=priya.pk,
            tier="duty",
            team="",
            during=(NOW + timedelta(hours=7), NOW + timedelta(hours=9)),
        )
    assert refused.value.faults[0].code == "shift_overlap"
    actions.add_shift(
        actor=admin, user_id=priya.pk, tier="backup", team="", during=(NOW, NOW + timedelta(hours=8))
    )


def test_the_week_shows_its_gap() -> None:
    admin = actor_of(a_user("boss", "admin"))
    chen = a_user("chen", "duty")
    midnight = NOW.replace(hour=0, minute=0)
    for day in (-3, -2, -1, 0, 1, 2):
        start = midnight + timedelta(days=day)
        actions.add_shift(
            actor=admin, user_id=chen.pk, tier="duty", team="HQ", during=(start, start + timedelta(days=1))
        )
    roster = queries.roster_of_week(NOW)
    assert [cell.is_gap for cell in roster.rows[0].cells] == [False] * 6 + [True]
    assert roster.gaps == [(midnight + timedelta(days=3), midnight + timedelta(days=4))]
    duty = queries.duty_at(NOW)
    assert duty.now is not None and duty.now.user == chen
    assert duty.following is not None


def test_a_shift_over_days_fills_every_day_it_covers() -> None:
    admin = actor_of(a_user("boss", "admin"))
    monday = NOW.replace(hour=6, minute=0) - timedelta(days=3)
    actions.add_shift(
        actor=admin,
        user_id=admin.id or 0,
        tier="leader",
        team="",
        during=(monday, monday + timedelta(days=6)),
    )
    (row,) = queries.roster_of_week(NOW).rows
    assert [cell.shift is not None for cell in row.cells] == [True] * 6 + [False]
    assert [cell.is_now for cell in row.cells] == [False] * 3 + [True] + [False] * 3
