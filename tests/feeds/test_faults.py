"""What is killed, cut, sent twice, sent late or sent out of order ends as specified; nothing is lost, nothing counts twice."""

import json
import os
import signal
import time
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis
from django.db import connection

from alerts.models import Alert
from audit.models import Event
from catalog.actions import upsert_products, upsert_sites
from feeds import actions, queries
from feeds.models import Delivery, Feed, QuarantineRow, Stream
from feeds.rules.signatures import signature_of
from feeds.tasks import process
from inventory.models import Balance, Movement
from lib import clock
from lib.failpoints import VARIABLE
from sales.models import SaleLine
from tests.feeds.builders import LOOP, SET_UP, a_key, push
from tests.live import LiveStack

KILLED = -signal.SIGKILL


def master_data(site: str = "F1", sku: str = "F-1") -> None:
    upsert_products(actor=SET_UP, rows=[{"sku": sku, "name": sku, "category": "Kitchen", "unit": "pcs"}])
    row = {"code": site, "name": site, "kind": "store", "region": "UK", "country": "GB"}
    upsert_sites(actor=SET_UP, rows=[{**row, "timezone": "Europe/London", "currency": "GBP"}])


def a_sale(reference: str, sku: str = "F-1", site: str = "F1") -> dict[str, str]:
    row = {"reference": reference, "site": site, "sku": sku, "quantity": "2", "unit_price": "3.50"}
    return {**row, "occurred_at": "2026-11-20T09:00:00Z"}


def batch(sequence: int, *rows: dict[str, str], **envelope: Any) -> bytes:
    return json.dumps({"stream": "till", "sequence": sequence, **envelope, "rows": rows}).encode()


GOOD = batch(1, a_sale("S-1"), a_sale("S-2"), totals={"rows": 2, "amount": "14.00"})
PARTLY = batch(1, a_sale("S-1"), a_sale("S-2", sku="NONE"))
REFUSED = batch(1, a_sale("S-1"), totals={"rows": 2})
#: body → the state it ends in, and the sales that it leaves
ENDS = {
    "good": (GOOD, "applied", 2),
    "partly": (PARTLY, "quarantined", 1),
    "refused": (REFUSED, "refused", 0),
}


def in_a_process(work: Callable[[], object], failpoint: str = "") -> int:
    """Do the work in a process of its own, with a connection of its own, which may be killed; its exit code."""
    connection.close()
    child = os.fork()
    if child == 0:
        os.environ[VARIABLE] = failpoint
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def let_leases_run_out() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE feeds_delivery SET lease_until = now() - interval '1 second' WHERE state = 'received'"
        )


def ended(kind: str) -> None:
    """The delivery ended as it should, once, with one event of its end and one effect."""
    _body, state, sales = ENDS[kind]
    stored = Delivery.objects.get()
    assert (stored.state, SaleLine.objects.count(), Movement.objects.count()) == (state, sales, sales)
    ends = Event.objects.filter(subject=f"delivery:{stored.pk}").exclude(kind="delivery.received")
    assert [event.kind for event in ends] == [f"delivery.{state}"]
    assert QuarantineRow.objects.count() == (1 if state == "quarantined" else 0)


# -- kill -9 at every commit boundary --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("failpoint", "kind"),
    [
        ("claim.committed", "good"),
        ("apply.read", "good"),
        ("apply.written", "good"),
        ("apply.written", "partly"),
        ("apply.committed", "good"),
        ("apply.committed", "partly"),
        ("refuse.written", "refused"),
        ("refuse.committed", "refused"),
    ],
)
def test_a_worker_killed_at_a_commit_boundary_leaves_each_batch_applied_once_or_quarantined(
    cloned_db: str, failpoint: str, kind: str
) -> None:
    master_data()
    push(a_key("sales").secret, ENDS[kind][0], feed="sales")
    assert in_a_process(process, failpoint) == KILLED
    let_leases_run_out()
    assert in_a_process(process) == 0
    ended(kind)
    process()  # and nothing more happens
    ended(kind)


@pytest.mark.parametrize("failpoint", ["accept.kept", "accept.committed"])
def test_a_push_whose_answer_was_lost_is_sent_again_and_taken_once(cloned_db: str, failpoint: str) -> None:
    master_data()
    secret = a_key("sales").secret
    assert in_a_process(lambda: push(secret, GOOD, feed="sales"), failpoint) == KILLED
    again = push(secret, GOOD, feed="sales")
    assert ("Idempotent-Replay" in again.headers) is (failpoint == "accept.committed")
    assert Delivery.objects.get().pk == again.json()["id"]
    process()
    ended("good")


# -- the same delivery, otherwise ------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_twice_reordered_truncated_with_a_gap_and_wrongly_signed() -> None:
    """Facts: each counts once whatever its order; what is cut or wrongly signed counts not at all."""
    master_data()
    secret = a_key("sales").secret
    sales = {number: batch(number, a_sale(f"S-{number}")) for number in (1, 2, 3, 5)}
    order = [3, 1, 1, 5, 2, 3]
    answers = [
        push(secret, sales[number], feed="sales", webhook_id=f"m{number}").status_code for number in order
    ]
    cut = push(secret, batch(4, a_sale("S-4"))[:-25], feed="sales", webhook_id="cut")
    wrong = push("whsec_other", batch(4, a_sale("S-4")), feed="sales", webhook_id="wrong")
    process()
    assert (answers, cut.status_code, wrong.status_code) == ([202] * 6, 202, 401)
    assert sorted(SaleLine.objects.values_list("reference", flat=True)) == ["S-1", "S-2", "S-3", "S-5"]
    stream = Stream.objects.get(feed__name="sales", name="till")
    assert (stream.sequence, stream.state) == (3, "gap")
    assert Delivery.objects.get(webhook_id="cut").error_code == "invalid_json"
    push(secret, batch(4, a_sale("S-4")), feed="sales", webhook_id="m4")
    process()
    stream.refresh_from_db()
    assert (SaleLine.objects.count(), stream.sequence, stream.state) == (5, 5, "live")
    assert Balance.objects.get(site__code="F1").on_hand == -10


@pytest.mark.django_db
def test_a_store_that_was_offline_for_three_hours_catches_up() -> None:
    """Its incident ends by itself, and what counts are told moves on."""
    master_data()
    actions.set_expectation(
        actor=SET_UP, name="sales", is_expected=True, warn_after_s=1200, alarm_after_s=1800
    )
    secret, start = a_key("sales").secret, clock.now() - timedelta(hours=3)

    def send(number: int) -> None:
        until = start + timedelta(minutes=30 * (number - 1))
        body = batch(number, a_sale(f"S-{number}"), event_time_to=until.isoformat())
        push(secret, body, feed="sales", webhook_id=f"m{number}")

    send(1)
    process()
    late = Alert.objects.get(kind="feed_late")
    assert (late.state, late.category) == ("firing", "feed_trouble")
    for number in (2, 3, 4, 5, 6, 7):  # what the store kept, signed anew
        send(number)
    process()
    late.refresh_from_db()
    assert (late.state, SaleLine.objects.count()) == ("resolved", 7)
    (lag,) = [lag for lag in queries.lags(clock.now()) if lag.feed.name == "sales"]
    assert (lag.state, queries.till_marks()["sales:till"][0]) == ("well", start + timedelta(hours=3))


@pytest.mark.django_db
def test_what_lies_too_long_without_being_read_gives_up_after_five_attempts() -> None:
    master_data()
    push(a_key("sales").secret, GOOD, feed="sales")
    for _ in range(6):
        ((number, attempt),) = actions.claim_deliveries()
        let_leases_run_out()
    actions.apply_delivery(actor=LOOP, delivery_id=number, attempt=attempt)
    assert Delivery.objects.get().error_code == "gave_up"


# -- Valkey ---------------------------------------------------------------------------------------------------------------


def post(stack: LiveStack, feed: str, secret: str, webhook_id: str, body: bytes) -> int:
    """One signed push to the running web server."""
    stamp = str(int(datetime.now(UTC).timestamp()))
    headers = {
        "Content-Type": "application/json",
        "webhook-id": webhook_id,
        "webhook-timestamp": stamp,
        "webhook-signature": signature_of(secret, webhook_id, stamp, body),
    }
    asked = urllib.request.Request(f"{stack.url}/api/v1/feeds/{feed}/deliveries/", body, headers)
    with urllib.request.urlopen(asked, timeout=30) as answer:
        return int(answer.status)


@pytest.mark.slow
def test_valkey_flushed_in_the_middle_loses_nothing(live_stack: LiveStack) -> None:
    """Rows are the queue: what was to be read is read, though every message about it is gone."""
    master_data("FLUSH", "FLUSH-1")
    Feed.objects.get_or_create(name="flush-sales", kind="sales")
    secret = a_key("flush-sales").secret
    broker = redis.Redis.from_url(live_stack.environment["REDIS_URL"])
    for number in range(1, 31):
        body = batch(number, a_sale(f"FL-{number}", sku="FLUSH-1", site="FLUSH"))
        assert post(live_stack, "flush-sales", secret, f"m{number}", body) == 202
        if number % 5 == 0:
            broker.flushdb()
    broker.close()
    deadline = datetime.now(UTC) + timedelta(seconds=60)
    waiting = Delivery.objects.filter(feed__name="flush-sales").exclude(state="applied")
    while waiting.exists() and datetime.now(UTC) < deadline:
        time.sleep(0.5)
    assert (waiting.count(), SaleLine.objects.filter(site__code="FLUSH").count()) == (0, 30)
    assert Stream.objects.get(feed__name="flush-sales").sequence == 30
