"""Numbered streams: order, gaps, snapshots, control totals, heartbeats."""

import json
from datetime import timedelta
from typing import Any

import pytest

from alerts.models import Alert
from audit.models import Event
from catalog.models import Product
from feeds import actions
from feeds.models import Delivery, Heartbeat, Stream, StreamKey
from feeds.tasks import process
from lib import clock
from sales.models import SaleLine
from tests.feeds.builders import LOOP, a_key, push

pytestmark = pytest.mark.django_db


def a_product(sku: str, name: str = "Cup") -> dict[str, str]:
    return {"sku": sku, "name": name, "category": "Kitchen", "unit": "pcs"}


def body(*rows: Any, **envelope: Any) -> bytes:
    return json.dumps({"stream": "main", **envelope, "rows": list(rows)}).encode()


class Sender:
    """Pushes batches of one stream, each under an id of its own."""

    def __init__(self, feed: str = "products") -> None:
        self.feed, self.secret, self.sent = feed, a_key(feed).secret, 0

    def send(self, *rows: Any, **envelope: Any) -> Any:
        self.sent += 1
        return self.raw(body(*rows, **envelope), f"m{self.sent}")

    def raw(self, data: bytes, webhook_id: str) -> Any:
        kind = "application/json"
        return push(self.secret, data, feed=self.feed, webhook_id=webhook_id, content_type=kind)


def states() -> list[str]:
    return list(Delivery.objects.order_by("id").values_list("state", flat=True))


def names() -> dict[str, str]:
    return dict(Product.objects.values_list("sku", "name"))


def stream() -> Stream:
    return Stream.objects.get(name="main")


# -- in order ------------------------------------------------------------------------------------------------------------


def test_numbers_in_order_bring_the_stream_forward() -> None:
    sender = Sender()
    sender.send(a_product("A"), sequence=1, event_time_to="2026-11-20T10:00:00Z")
    sender.send(a_product("A", "Mug"), sequence=2, event_time_to="2026-11-20T10:30:00Z")
    process()
    found = stream()
    assert (found.sequence, found.state, names()) == (2, "live", {"A": "Mug"})
    assert found.complete_to is not None and found.complete_to.isoformat() == "2026-11-20T10:30:00+00:00"


def test_the_same_number_and_body_under_another_id_gets_the_first_answer() -> None:
    sender = Sender()
    first = sender.send(a_product("A"), sequence=1)
    again = sender.send(a_product("A"), sequence=1)
    assert (again.status_code, again.json()) == (202, first.json())
    assert Delivery.objects.count() == 1


def test_the_same_number_with_another_body_is_refused_and_told() -> None:
    sender = Sender()
    sender.send(a_product("A"), sequence=1)
    answer = sender.send(a_product("B"), sequence=1)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "sequence_used")
    assert Alert.objects.get().kind == "feed_replayed"


# -- gaps and order ------------------------------------------------------------------------------------------------------


def test_changes_after_a_gap_wait_for_what_is_missing() -> None:
    sender = Sender()
    sender.send(a_product("A"), sequence=1)
    answer = sender.send(a_product("A", "Third"), sequence=3)
    process()
    assert answer.json()["awaiting"] == {
        "stream": "main", "epoch": 0, "from": 2, "to": 2, "snapshot": False,
    }  # fmt: skip
    assert (states(), names(), stream().state) == (["applied", "held"], {"A": "Cup"}, "gap")


def test_what_was_missing_releases_what_waited() -> None:
    sender = Sender()
    for number, name in ((1, "One"), (4, "Four"), (3, "Three"), (2, "Two")):
        sender.send(a_product("A", name), sequence=number)
    process()
    process()
    assert (set(states()), names()) == ({"applied"}, {"A": "Four"})
    assert (stream().sequence, stream().state, stream().gap_at) == (4, "live", None)


def test_a_gap_that_lasts_asks_for_a_snapshot_which_ends_it() -> None:
    sender = Sender()
    sender.send(a_product("A"), sequence=1)
    sender.send(a_product("B", "Third"), sequence=3)
    sender.send(a_product("C", "Fifth"), sequence=5)
    process()
    actions.follow_streams(at=clock.now() + timedelta(minutes=5))
    actions.alert_feed_trouble(actor=LOOP, at=clock.now())
    assert stream().state == "asking"
    assert Alert.objects.get(kind="feed_gap").category == "feed_trouble"

    answer = sender.send(a_product("A", "Fourth"), sequence=4, kind="snapshot")
    assert answer.json()["awaiting"]["snapshot"] is True
    process()
    process()
    assert states() == ["applied", "superseded", "applied", "applied"]
    assert (names(), stream().sequence, stream().state) == ({"A": "Fourth", "C": "Fifth"}, 5, "live")
    assert Alert.objects.get(kind="feed_gap").state == "resolved"


def test_of_a_late_delivery_only_what_is_newer_is_taken() -> None:
    sender = Sender()
    sender.send(a_product("A", "New"), sequence=5, kind="snapshot")
    process()
    sender.send(a_product("A", "Old"), a_product("B", "Only here"), sequence=3)
    process()
    late = Delivery.objects.latest("id")
    assert (late.state, late.accepted, late.superseded) == ("applied", 1, 1)
    assert names() == {"A": "New", "B": "Only here"}
    assert dict(StreamKey.objects.values_list("key", "sequence")) == {"A": 5, "B": 3}


def test_a_late_delivery_with_nothing_newer_is_superseded_and_told() -> None:
    sender = Sender()
    sender.send(a_product("A", "New"), sequence=5, kind="snapshot")
    process()
    sender.send(a_product("A", "Old"), sequence=4)
    process()
    late = Delivery.objects.latest("id")
    assert (late.state, late.superseded, names()) == ("superseded", 1, {"A": "New"})
    assert (
        Event.objects.get(subject=f"delivery:{late.pk}", kind="delivery.superseded").after["superseded"] == 1
    )


def test_a_new_epoch_begins_at_one() -> None:
    sender = Sender()
    sender.send(a_product("A", "Old"), sequence=7, kind="snapshot")
    sender.send(a_product("A", "New"), sequence=1, epoch=1)
    process()
    sender.send(a_product("A", "Older"), sequence=8)
    process()
    assert (states(), names()) == (["applied", "applied", "superseded"], {"A": "New"})
    assert (stream().epoch, stream().sequence) == (1, 1)


def test_facts_are_taken_as_they_come_but_the_stream_waits() -> None:
    Sender().send(a_product("A"), sequence=1)
    process()
    tills = a_till()
    tills.send(a_sale("S-3"), sequence=3, event_time_to="2026-11-20T12:00:00Z")
    tills.send(a_sale("S-1"), sequence=1, event_time_to="2026-11-20T10:00:00Z")
    process()
    found = Stream.objects.get(feed__name="sales", name="main")
    assert (SaleLine.objects.count(), found.sequence, found.state) == (2, 1, "gap")
    assert found.complete_to is not None and found.complete_to.hour == 10
    tills.send(a_sale("S-2"), sequence=2, event_time_to="2026-11-20T11:00:00Z")
    process()
    found.refresh_from_db()
    assert (found.sequence, found.complete_to.hour, found.state) == (3, 12, "live")


def a_till() -> Sender:
    site = {"code": "UK-1", "name": "Bath", "kind": "store", "region": "UK", "country": "GB"}
    sites = Sender("sites")
    sites.send({**site, "timezone": "Europe/London", "currency": "GBP"})
    process()
    return Sender("sales")


def a_sale(reference: str) -> dict[str, str]:
    row = {"reference": reference, "site": "UK-1", "sku": "A", "quantity": "2", "unit_price": "3.50"}
    return {**row, "occurred_at": "2026-11-20T09:00:00Z"}


# -- totals --------------------------------------------------------------------------------------------------------------


def test_totals_that_agree() -> None:
    Sender().send(a_product("A"), sequence=1)
    process()
    a_till().send(a_sale("S-1"), sequence=1, totals={"rows": 1, "quantity": "2.0", "amount": "7"})
    process()
    assert set(states()) == {"applied"}


@pytest.mark.parametrize("totals", [{"rows": 2}, {"quantity": "3"}, {"amount": 6.99}])
def test_totals_that_differ_refuse_the_whole_delivery(totals: dict[str, Any]) -> None:
    Sender().send(a_product("A"), sequence=1)
    process()
    tills = a_till()
    tills.send(a_sale("S-1"), sequence=1, totals=totals)
    process()
    refused = Delivery.objects.latest("id")
    assert (refused.state, refused.error_code, SaleLine.objects.count()) == ("refused", "totals_differ", 0)
    tills.send(a_sale("S-1"), sequence=1)  # the number of a refused delivery is free again
    process()
    assert SaleLine.objects.count() == 1


# -- heartbeats ----------------------------------------------------------------------------------------------------------


def test_a_heartbeat_tells_how_far_everything_was_sent() -> None:
    sender = Sender()
    sender.send(a_product("A"), sequence=1, event_time_to="2026-11-20T10:00:00Z")
    process()
    answer = sender.send(kind="heartbeat", sequence=1, event_time_to="2026-11-20T10:20:00Z")
    process()
    assert (answer.status_code, answer.json()) == (202, {"id": None, "state": "heartbeat"})
    assert stream().complete_to is not None and stream().complete_to.minute == 20  # type: ignore[union-attr]
    assert (Delivery.objects.count(), stream().heartbeat_at) == (1, Heartbeat.objects.get().received_at)


@pytest.mark.parametrize("kind", ["products", "sales"])
def test_a_heartbeat_is_not_believed_while_a_number_is_missing(kind: str) -> None:
    sender, row = Sender(), a_product
    sender.send(a_product("A"), sequence=1, event_time_to="2026-11-20T10:00:00Z")
    process()
    if kind == "sales":
        sender, row = a_till(), a_sale
        sender.send(a_sale("A"), sequence=1, event_time_to="2026-11-20T10:00:00Z")
    sender.send(row("C"), sequence=3, event_time_to="2026-11-20T10:10:00Z")
    sender.send(kind="heartbeat", event_time_to="2026-11-20T10:20:00Z")
    process()
    found = Stream.objects.get(feed__name=kind, name="main")
    assert found.complete_to is not None
    assert (found.state, found.complete_to.minute) == ("gap", 0)


def test_a_heartbeat_shows_that_the_last_delivery_was_lost() -> None:
    sender = Sender()
    sender.send(a_product("A"), sequence=1, event_time_to="2026-11-20T10:00:00Z")
    process()
    answer = sender.send(kind="heartbeat", sequence=3, event_time_to="2026-11-20T10:20:00Z")
    process()
    assert (answer.json()["awaiting"]["from"], answer.json()["awaiting"]["to"]) == (2, 3)
    assert (stream().state, stream().complete_to.hour, stream().complete_to.minute) == ("gap", 10, 0)  # type: ignore[union-attr]


# -- what is refused at once ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("envelope", "pointer"),
    [
        ({"sequence": 0}, "/sequence"),
        ({"sequence": "1"}, "/sequence"),
        ({"sequence": True}, "/sequence"),
        ({"sequence": 2**63}, "/sequence"),
        ({"sequence": 1, "kind": "all"}, "/kind"),
        ({"epoch": -1}, "/epoch"),
        ({"event_time_to": "2026-11-20T10:00:00"}, "/event_time_to"),
        ({"produced_at": "yesterday"}, "/produced_at"),
        ({"totals": {"rows": "many"}}, "/totals"),
        ({"totals": {"weight": 1}}, "/totals"),
        ({"stream": "x" * 61}, "/stream"),
    ],
)
def test_an_envelope_that_cannot_be_read_is_refused_at_its_place(
    envelope: dict[str, Any], pointer: str
) -> None:
    answer = Sender().send(a_product("A"), **envelope)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    assert Delivery.objects.count() == 0


def test_a_truncated_body_is_refused_and_writes_nothing() -> None:
    sender = Sender()
    sender.raw(body(a_product("A"), a_product("B"), sequence=1)[:-40], "cut")
    process()
    assert (Delivery.objects.get().error_code, Product.objects.count()) == ("invalid_json", 0)


def test_in_a_large_body_the_envelope_stands_before_the_rows() -> None:
    sender = Sender()
    rows = [a_product(f"A{number}", "x" * 200) for number in range(5_000)]
    sender.raw(json.dumps({"stream": "main", "sequence": 1, "rows": rows}).encode(), "good")
    sender.raw(json.dumps({"rows": rows, "stream": "late", "sequence": 1}).encode(), "bad")
    process()
    assert [(row.state, row.error_code) for row in Delivery.objects.order_by("id")] == [
        ("applied", ""),
        ("refused", "envelope_behind_rows"),
    ]


@pytest.mark.parametrize("behind", [{"epoch": 2}, {"totals": {"rows": 1}}])
def test_no_part_of_the_envelope_behind_many_rows_is_passed_over(behind: dict[str, Any]) -> None:
    rows = [a_product(f"A{number}", "x" * 200) for number in range(5_000)]
    Sender().raw(json.dumps({"stream": "main", "sequence": 1, "rows": rows, **behind}).encode(), "bad")
    process()
    refused = Delivery.objects.get()
    assert (refused.state, refused.error_code) == ("refused", "envelope_behind_rows")
