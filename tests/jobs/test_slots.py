import threading

import pytest
from django.db import IntegrityError, connections, transaction

from jobs import actions, queries
from jobs.models import JobDefinition, JobRun
from jobs.rules import Definition
from lib import clock
from lib.faults import Faults
from tests.jobs.builders import NOON, hourly, hours, states

db = pytest.mark.django_db


def planned(**given: object) -> JobDefinition:
    with clock.frozen(NOON):
        job = hourly(**given)
    actions.plan_slots(NOON)
    return job


@db
def test_a_day_is_planned_ahead_and_again_changes_nothing() -> None:
    planned()
    assert states() == ["planned"] * 24
    assert actions.plan_slots(NOON) == 0
    assert actions.plan_slots(NOON + hours(2)) == 2


@db
def test_slots_of_a_downtime_are_made_up() -> None:
    planned()
    actions.plan_slots(NOON + hours(72))
    assert JobRun.objects.count() == 96


@db
def test_older_than_its_grace_is_missed_and_told() -> None:
    planned(misfire="run_all")
    settled = actions.settle_late(NOON + hours(5.5))
    assert settled["missed"] == 4
    assert states()[:6] == ["missed"] * 4 + ["planned"] * 2
    assert len(queries.missed_slots(NOON)) == 4


@db
def test_run_once_keeps_the_newest_due_slot() -> None:
    planned(misfire="run_once", grace_s=36_000)
    actions.settle_late(NOON + hours(3.5))
    assert states()[:5] == ["skipped"] * 3 + ["planned"] * 2


@db
def test_skip_drops_what_is_late_by_more_than_a_minute() -> None:
    planned(misfire="skip")
    actions.settle_late(NOON + hours(1.01))
    assert states()[:3] == ["skipped", "planned", "planned"]


@db
def test_a_claim_has_a_new_fence_and_is_not_given_twice() -> None:
    planned()
    [claim] = actions.claim_due(NOON)
    assert (claim.fence, claim.task, actions.claim_due(NOON)) == (1, "test.task", [])
    [again] = actions.claim_due(NOON + hours(0.02))
    assert again.fence == 2


@db
def test_only_the_newest_fence_starts_and_only_it_finishes() -> None:
    planned()
    with clock.frozen(NOON):
        [old] = actions.claim_due(NOON)
        first = actions.start_run(old.run_id, old.fence)
    later = NOON + hours(0.5)
    [new] = actions.claim_due(later)
    with clock.frozen(later):
        second = actions.start_run(new.run_id, new.fence)
        assert first is not None and second is not None
        assert actions.start_run(old.run_id, old.fence) is None
        assert actions.finish_run(first, result={"by": "first"}) is False
        assert actions.finish_run(second, result={"by": "second"}) is True
    assert JobRun.objects.get(pk=new.run_id).result == {"by": "second"}


@db
def test_a_failure_is_tried_three_times() -> None:
    planned(grace_s=86_400)
    at = NOON
    for _ in range(3):
        [claim] = actions.claim_due(at)
        with clock.frozen(at):
            run = actions.start_run(claim.run_id, claim.fence)
            assert run is not None
            actions.finish_run(run, error="boom")
        at += hours(0.05)
    assert actions.claim_due(at) == []
    run = JobRun.objects.get(pk=claim.run_id)
    assert (run.state, run.attempts, run.error) == ("failed", 3, "boom")


@db
def test_a_lost_worker_on_the_last_attempt_is_a_failure() -> None:
    planned()
    JobRun.objects.filter(slot=NOON).update(state="running", attempts=3, lease_until=NOON)
    assert actions.settle_late(NOON + hours(1))["failed"] == 1


@db
def test_a_slot_is_there_once() -> None:
    job = planned()
    with pytest.raises(IntegrityError, match="jobs_jobrun_once"), transaction.atomic():
        JobRun.objects.create(job=job, slot=NOON)


@db
def test_scopes_have_slots_in_their_own_zone() -> None:
    with clock.frozen(NOON):
        actions.set_scope("site", "LON", "Europe/London")
        actions.set_scope("site", "SHA", "Asia/Shanghai")
        actions.sync_definitions([Definition("r", "r", local_times=("06:00",), scope_kind="site")])
    actions.plan_slots(NOON)
    slots = dict(JobRun.objects.values_list("scope_key", "slot"))
    assert {key: slot.hour for key, slot in slots.items()} == {"LON": 5, "SHA": 22}


@db
def test_a_scope_that_moves_is_planned_anew_and_one_that_goes_has_no_future() -> None:
    with clock.frozen(NOON):
        actions.set_scope("site", "LON", "Europe/London")
        actions.sync_definitions([Definition("r", "r", local_times=("06:00",), scope_kind="site")])
        actions.plan_slots(NOON)
        actions.set_scope("site", "LON", "Asia/Shanghai")
        actions.plan_slots(NOON)
        assert JobRun.objects.get().slot.hour == 22
        actions.remove_scope("site", "LON")
    assert JobRun.objects.count() == 0


@db
def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(Faults):
        actions.set_scope("site", "X", "Mars/Base")


@db
def test_what_the_code_no_longer_names_is_switched_off() -> None:
    planned()
    with clock.frozen(NOON):
        actions.sync_definitions([])
    assert JobDefinition.objects.get().is_active is False
    assert states() == ["planned"]  # the slot of now; those to come are gone


@db
def test_a_definition_that_cannot_be_planned_is_refused() -> None:
    with pytest.raises(ValueError, match="not a wall time"):
        actions.sync_definitions([Definition("x", "x", local_times=("25:00",))])


@db
def test_the_board_of_a_day_sums_the_scopes() -> None:
    planned()
    JobRun.objects.filter(slot=NOON).update(state="ok", started_at=NOON)
    JobRun.objects.filter(slot=NOON + hours(1)).update(state="missed")
    [line] = queries.board_by_job(NOON, NOON + hours(4), NOON + hours(2.5))
    assert [mark.tone for mark in line.marks] == ["good", "bad", "late", "track"]
    assert (line.done, line.total, line.missed, line.late) == (1, 4, 1, 1)


def test_four_planners_and_claimers_at_once_make_and_take_each_slot_once(cloned_db: str) -> None:
    with clock.frozen(NOON):
        hourly(misfire="run_all", grace_s=86_400)
    barrier, claims = threading.Barrier(4), []

    def tick() -> None:
        barrier.wait()
        actions.plan_slots(NOON)
        claims.extend(actions.claim_due(NOON + hours(10)))
        connections.close_all()

    threads = [threading.Thread(target=tick) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    claims += actions.claim_due(NOON + hours(10))
    assert JobRun.objects.count() == 24
    assert sorted(claim.fence for claim in claims) == [1] * 11


@db
def test_a_scope_may_have_times_of_its_own() -> None:
    with clock.frozen(NOON):
        for key in ("LON", "DUB"):
            actions.set_scope("site", key, "Europe/London")
        actions.sync_definitions([Definition("r", "r", local_times=("06:00",), scope_kind="site")])
        actions.plan_slots(NOON)
        actions.set_scope_times(job_name="r", scope_key="DUB", local_times=["21:00", "07:30"])
        actions.plan_slots(NOON)
        assert queries.local_times("r") == (["06:00"], {"DUB": ["07:30", "21:00"]})
        slots = [
            (run.scope_key, f"{run.slot:%H:%M}") for run in queries.slots_of("r", NOON, NOON + hours(24))
        ]
        assert slots == [("DUB", "20:00"), ("LON", "05:00"), ("DUB", "06:30")]
        actions.set_scope_times(job_name="r", scope_key="DUB", local_times=[])
        actions.plan_slots(NOON)
    assert [f"{run.slot:%H:%M}" for run in JobRun.objects.order_by("scope_key")] == ["05:00", "05:00"]


@db
@pytest.mark.parametrize(
    ("job", "times", "code"), [("r", ["25:00"], "invalid_time"), ("x", ["06:00"], "unknown_job")]
)
def test_times_that_cannot_be_set(job: str, times: list[str], code: str) -> None:
    actions.sync_definitions([Definition("r", "r", local_times=("06:00",), scope_kind="site")])
    with pytest.raises(Faults) as refused:
        actions.set_scope_times(job_name=job, scope_key="LON", local_times=times)
    assert refused.value.faults[0].code == code
