from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from jobs import actions, queries, tasks
from jobs.models import Heartbeat, JobRun, Outbox
from jobs.tasks import RunContext, loop_task, outbox_handler, slot_task
from lib import clock
from tests.accounts.builders import user
from tests.jobs.builders import NOON, hourly, hours
from web import wakes

pytestmark = pytest.mark.django_db
seen: list[Any] = []


@slot_task("test.task")
def work(context: RunContext) -> dict[str, Any]:
    seen.append(context)
    if context.scope_key == "bad":
        raise ValueError("no stock")
    return {"rows": 3}


@loop_task("test.loop")
def loop() -> None:
    if seen == ["fail"]:
        raise ValueError("broken")


@outbox_handler("test.mail")
def mail(key: str, payload: dict[str, Any]) -> None:
    seen.append((key, payload))
    if payload.get("fail"):
        raise OSError("no route")


@pytest.fixture(autouse=True)
def nothing_seen() -> None:
    seen.clear()


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """What would go to the broker."""
    messages: list[tuple[str, dict[str, Any]]] = []

    def send(name: str, **given: Any) -> bool:
        messages.append((name, given))
        return name != "down"

    monkeypatch.setattr(actions, "send", send)
    return messages


def test_a_tick_sends_what_is_due_with_run_and_fence(sent: list[Any]) -> None:
    with clock.frozen(NOON):
        hourly(queue="bulk")
        tasks.tick()
        run = JobRun.objects.get(slot=NOON)
        assert sent == [("test.task", {"queue": "bulk", "expires_s": 60, "run_id": run.pk, "fence": 1})]
    assert Heartbeat.objects.get(name="jobs.tick").ok_at == NOON


def test_a_message_the_broker_did_not_take_is_sent_by_the_next_tick(sent: list[Any]) -> None:
    with clock.frozen(NOON):
        hourly(task="down")
        tasks.tick()
        tasks.tick()
    assert [given["fence"] for _name, given in sent] == [1, 2]


def test_a_slot_task_is_told_its_slot_and_leaves_its_result() -> None:
    with clock.frozen(NOON):
        hourly()
        actions.plan_slots(NOON)
        [claim] = actions.claim_due(NOON)
        assert work(run_id=claim.run_id, fence=claim.fence) == "ok"
        assert work(run_id=claim.run_id, fence=claim.fence) == "taken over"
    run = JobRun.objects.get(pk=claim.run_id)
    assert (run.state, run.result, seen[0].slot, seen[0].actor.name) == (
        "ok",
        {"rows": 3},
        NOON,
        "test.hourly",
    )


def test_a_loop_leaves_a_heartbeat_and_its_error() -> None:
    loop()
    seen.append("fail")
    loop()
    beat = Heartbeat.objects.get(name="test.loop")
    assert beat.ok_at is not None and beat.error == "ValueError: broken"


def test_a_canary_says_that_worker_and_scheduler_live() -> None:
    assert queries.canary_age_s() is None
    with clock.frozen(NOON):
        tasks.canary()
    with clock.frozen(NOON + hours(1)):
        assert queries.canary_age_s() == 3600
        assert [beat.name for beat in queries.stale_loops()] == ["jobs.canary"]
        assert queries.stack_health()["oldest_outbox_s"] == 0.0


def test_run_job_runs_now_and_a_given_slot_again(capsys: pytest.CaptureFixture[str]) -> None:
    hourly()
    call_command("run_job", "test.hourly")
    call_command("run_job", "test.hourly", "--slot", "2026-06-10T12:00Z")
    call_command("run_job", "test.hourly", "--slot", "2026-06-10T12:00Z")
    assert capsys.readouterr().out.count("ok: {'rows': 3}") == 3
    assert JobRun.objects.filter(state="ok").count() == 2


def test_run_job_fails_loudly(capsys: pytest.CaptureFixture[str]) -> None:
    hourly(scope_kind="site")
    actions.set_scope("site", "bad", "UTC")
    actions.set_scope("site", "good", "UTC")
    with pytest.raises(CommandError, match="1 of 2"):
        call_command("run_job", "test.hourly")
    with pytest.raises(CommandError, match="There is no job"):
        call_command("run_job", "nothing")


def test_an_outbox_row_is_written_once_and_delivered(sent: list[Any]) -> None:
    assert actions.enqueue("test.mail", "m-1", {"to": "anna"}) is True
    assert actions.enqueue("test.mail", "m-1", {"to": "eve"}) is False
    tasks.relay_outbox()
    name, given = sent[0]
    mail(outbox_id=given["outbox_id"], attempt=given["attempt"])
    mail(outbox_id=given["outbox_id"], attempt=given["attempt"])
    assert (name, seen, Outbox.objects.get().state) == ("outbox.test.mail", [("m-1", {"to": "anna"})], "sent")


def test_a_failing_delivery_waits_longer_each_time_and_fails_after_twelve(sent: list[Any]) -> None:
    actions.enqueue("test.mail", "m-1", {"fail": True})
    at, pauses = clock.now() + hours(0.01), []
    for _ in range(12):
        with clock.frozen(at):
            tasks.relay_outbox()
            mail(outbox_id=sent[-1][1]["outbox_id"], attempt=sent[-1][1]["attempt"])
        row = Outbox.objects.get()
        pauses.append((row.next_at - at).total_seconds())
        at += hours(2)
    assert pauses[:4] == [10, 20, 40, 80]
    assert (row.state, row.attempts, row.error) == ("failed", 12, "OSError: no route")


def test_a_lost_message_is_sent_again_after_a_minute(sent: list[Any]) -> None:
    actions.enqueue("test.mail", "m-1", {})
    start = clock.now() + hours(0.01)
    for offset in (0, 0.01, 0.02):
        with clock.frozen(start + hours(offset)):
            tasks.relay_outbox()
    assert [given["attempt"] for _name, given in sent] == [1, 2]


def test_a_broker_that_is_down_costs_nothing_but_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: Any, **_kwargs: Any) -> None:
        raise ConnectionError("refused")

    monkeypatch.setattr(wakes.current_app, "send_task", refuse)
    assert actions.send("test.task") is False


def test_partitions_are_made_two_months_ahead() -> None:
    hourly(task="jobs.ensure_partitions")
    call_command("run_job", "test.hourly", "--slot", "2027-11-30T01:00Z")
    made = JobRun.objects.get().result["made"]
    assert {"audit_event_202711", "audit_event_202712", "audit_event_202801"} <= set(made)


def test_the_board_fragment(client: Client) -> None:
    with clock.frozen(clock.now()):
        hourly()
        actions.plan_slots(clock.now())
        tasks.canary()
    client.force_login(user("dan", "duty"), backend="django.contrib.auth.backends.ModelBackend")
    page = client.get("/jobs/board/").content.decode()
    assert "test.hourly" in page and "Worker and scheduler" in page and "style=" not in page
