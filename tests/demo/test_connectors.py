"""The demo's warehouse system and shop as other people's programs: what they send, what survives a kill, what they answer."""

import json
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from config.supervisor import spawn
from demo.connectors.contract import Sender, Steelyard, Store, is_genuine, signature
from demo.connectors.shop import Shop
from demo.connectors.wms import MISPICK_EACH, Warehouse
from demo.steps.connectors import hand_over
from feeds.rules.signatures import signature_of
from tests.feeds.publications import SECRET, Other, another_side

MONDAY_S = 1_794_830_400.0  # 2026-11-16 12:00 UTC, 13:00 in the warehouse
FEEDS = {
    name: {"name": f"f-{name}", "secret": SECRET}
    for name in ("movements", "shelves", "dock", "sales", "settlements")
}
WMS = {
    "source": "wms",
    "site": "WH",
    "timezone": "Europe/Amsterdam",
    "currency": "EUR",
    "supplies": ["S-1", "S-2"],
    "feeds": FEEDS,
    "shelves": {f"A{n}": "100" for n in range(8)},
}
SHOP = {
    "source": "shop",
    "site": "WEB",
    "channel": "WEB",
    "currency": "GBP",
    "feeds": FEEDS,
    "webhook_secrets": [SECRET],
    "port": 0,
    "goods": {sku: {"price": "9.99", "stock": "50"} for sku in ("A1", "A2", "A3")},
}


@pytest.fixture
def other() -> Iterator[Other]:
    with another_side() as running:
        running.url = running.url.removesuffix("/hook")
        running.answer = lambda path, body: (202, {"id": 1, "state": "received"}, {})
        yield running


def handed(folder: Path, name: str, content: dict[str, Any]) -> Path:
    (folder / f"{name}.handover.json").write_text(json.dumps(content), encoding="utf8")
    return folder


def a_warehouse(folder: Path, other: Other) -> Warehouse:
    return Warehouse(Steelyard(other.url), handed(folder, "wms", WMS), MONDAY_S)


def of_stream(other: Other, stream: str, kind: str = "delta") -> list[Any]:
    return [body for body in other.bodies if (body["stream"], body["kind"]) == (stream, kind)]


def test_a_signature_is_that_of_the_contract(other: Other) -> None:
    body = b'{"a": 1}'
    assert signature(SECRET, "m", "1795000000", body) == signature_of(SECRET, "m", "1795000000", body)
    headers = {"webhook-id": "m", "webhook-timestamp": "1795000000", "webhook-signature": signature_of(SECRET, "m", "1795000000", body)}  # fmt: skip
    assert is_genuine(SECRET, headers, body, 1795000000.0)
    assert not is_genuine(SECRET, headers, body + b" ", 1795000000.0)
    assert not is_genuine(SECRET, headers, body, 1795000000.0 + 301)


def test_the_warehouse_tells_shelves_at_the_start_and_at_its_hours(tmp_path: Path, other: Other) -> None:
    warehouse = a_warehouse(tmp_path, other)
    for minute in range(61):  # to 14:00 of the warehouse
        warehouse.tick(MONDAY_S + minute * 60)
    snapshots = of_stream(other, "shelves", "snapshot")
    assert [snapshot["taken_at"][11:16] for snapshot in snapshots] == ["12:00", "13:00"]
    assert (len(snapshots[0]["lines"]), snapshots[0]["totals"]["rows"]) == (8, 8)
    assert sum(line["quantity"] != "100" for line in snapshots[0]["lines"]) == 5  # shelves that never agreed


def test_numbers_have_no_gap_but_what_is_lost_until_it_is_asked_for(tmp_path: Path, other: Other) -> None:
    warehouse = a_warehouse(tmp_path, other)
    for tick in range(0, 75 * 60, 30):
        warehouse.tick(MONDAY_S + tick)
    numbers = [body["sequence"] for body in of_stream(other, "movements")]
    assert 20 not in numbers and numbers == sorted(numbers) and max(numbers) > 20
    epoch = warehouse.book["epoch"]
    asked = {"stream": "movements", "epoch": epoch, "from": 20, "to": 20, "snapshot": True}
    other.answer = lambda path, body: (202, {"id": None, "state": "heartbeat", "awaiting": asked}, {})
    warehouse.tick(MONDAY_S + 80 * 60)
    warehouse.tick(MONDAY_S + 81 * 60)
    assert 20 in [body["sequence"] for body in of_stream(other, "movements")]


def test_a_mispicked_carton_is_told_wrong_by_the_office_and_right_by_the_dock(
    tmp_path: Path, other: Other
) -> None:
    warehouse = a_warehouse(tmp_path, other)
    for number in range(1, MISPICK_EACH + 1):
        warehouse.ship(MONDAY_S + number)
    warehouse.tick(MONDAY_S + 200)
    told = {row["reference"]: row["sku"] for body in of_stream(other, "movements") for row in body["rows"]}
    dock = {row["reference"]: row["sku"] for body in of_stream(other, "dock") for row in body["rows"]}
    assert [reference for reference in told if told[reference] != dock[reference]] == [
        f"wms-OUT-{warehouse.book['epoch']}-{MISPICK_EACH}"
    ]


def test_a_kill_between_sending_and_noting_sends_the_same_message_again(tmp_path: Path, other: Other) -> None:
    store = Store(tmp_path / "s.json", {})
    sender = Sender(Steelyard(other.url), store, "wms", FEEDS)
    sender.put(sender.envelope("movements", "delta", MONDAY_S, rows=[{"a": "1"}]))
    store.save()
    before = Sender(Steelyard(other.url), Store(tmp_path / "s.json", {}), "wms", FEEDS)
    assert (sender.flush(), before.flush()) == (1, 1)  # the second one woke up with the memory of before
    (_m, _p, first, one), (_m, _p, second, two) = other.requests
    assert (first["webhook-id"], one) == (second["webhook-id"], two)


def test_without_an_answer_everything_waits_in_its_order(tmp_path: Path, other: Other) -> None:
    warehouse = a_warehouse(tmp_path, other)
    other.answers(503)
    for tick in range(0, 1300, 30):
        warehouse.tick(MONDAY_S + tick)
    waiting = [entry["message"] for entry in warehouse.store.data["outbox"]]
    beats = [message for message in waiting if message["kind"] == "heartbeat"]
    assert len(beats) == 2 and len(waiting) > 8  # one heartbeat a stream says it all
    other.requests.clear()
    other.answers(202)
    warehouse.tick(MONDAY_S + 1300)
    numbers = [body["sequence"] for body in of_stream(other, "movements")]
    assert numbers == sorted(numbers) and warehouse.store.data["outbox"] == []


def test_what_is_refused_for_good_holds_nothing_up(tmp_path: Path, other: Other) -> None:
    warehouse = a_warehouse(tmp_path, other)
    other.answers(422)
    warehouse.tick(MONDAY_S)
    assert warehouse.store.data["outbox"] == []


def test_the_shop_sells_at_the_price_it_shows_and_one_price_is_stale(tmp_path: Path, other: Other) -> None:
    shop = Shop(Steelyard(other.url), handed(tmp_path, "shop", SHOP), MONDAY_S)
    item = {"key": "WEB/A1", "sku": "A1", "version": 3, "amount": "8.00", "currency": "GBP"}
    said = shop.take({"items": [item, {**item, "key": "WEB/A2", "sku": "A2", "version": 4}]})
    assert [row["status"] for row in said] == ["accepted", "accepted"]
    shown = {row["sku"]: row["amount"] for row in shop.readings([], MONDAY_S)["readings"]}
    assert shown == {"A1": "9.99", "A2": "8.00", "A3": "9.99"}  # A1 comes out of a cache
    for tick in range(0, 600, 15):
        shop.tick(MONDAY_S + tick)
    sales = of_stream(other, "sales")
    assert sales and {row["unit_price"] for body in sales for row in body["rows"]} <= {"9.99", "8.00"}
    assert [body["sequence"] for body in sales] == list(range(1, len(sales) + 1))


def test_what_was_sold_is_paid_out_and_one_order_is_short(tmp_path: Path, other: Other) -> None:
    shop = Shop(Steelyard(other.url), handed(tmp_path, "shop", SHOP), MONDAY_S)
    for tick in range(0, 31 * 60, 15):
        shop.tick(MONDAY_S + tick)
    (payout,) = of_stream(other, "settlements")
    sold = {
        body["rows"][0]["reference"]: sum(
            Decimal(row["quantity"]) * Decimal(row["unit_price"]) for row in body["rows"]
        )
        for body in of_stream(other, "sales")
    }
    short = [
        row
        for row in payout["rows"]
        if Decimal(row["gross"]) - Decimal(row["refunds"]) != sold[row["order_reference"]]
    ]
    assert len(payout["rows"]) > 30 and {row["order_reference"] for row in payout["rows"]} <= set(sold)
    assert short and all(sold[row["order_reference"]] - Decimal(row["gross"]) == 1 for row in short)


def test_what_is_published_twice_or_late_changes_nothing(tmp_path: Path, other: Other) -> None:
    shop = Shop(Steelyard(other.url), handed(tmp_path, "shop", SHOP), MONDAY_S)
    stock = {"key": "WEB/A2", "sku": "A2", "version": 7, "quantity": "4", "unit": "pcs"}
    shop.take({"items": [stock]})
    (late,) = shop.take({"items": [{**stock, "version": 6, "quantity": "99"}]})
    assert (shop.goods["A2"]["stock"], late["status"], late["code"]) == ("4", "accepted", "older")


@pytest.mark.slow
def test_the_programs_run_of_themselves_and_end_when_told(tmp_path: Path, other: Other) -> None:
    handed(tmp_path, "wms", WMS)
    handed(tmp_path, "shop", SHOP)
    running = []
    for name in ("wms", "shop"):
        command = [
            sys.executable,
            "-m",
            f"demo.connectors.{name}",
            "--folder",
            str(tmp_path),
            "--url",
            other.url,
        ]
        running.append(spawn(command, {"PATH": "/usr/bin:/bin"}, tmp_path / f"{name}.log", signal.SIGKILL))
    try:
        _until(
            lambda: (
                "open at" in (tmp_path / "shop.log").read_text()
                and bool(of_stream(other, "shelves", "snapshot"))
            )
        )
        url = (tmp_path / "shop.log").read_text().split("open at ")[1].split()[0]
        with urllib.request.urlopen(f"{url}readings?sku=A2", timeout=5) as answer:
            assert [row["sku"] for row in json.loads(answer.read())["readings"]] == ["A2"]
    finally:
        for process in running:
            process.send_signal(signal.SIGTERM)
    assert [_ended(process) for process in running] == [0, 0]


def _ended(process: "subprocess.Popen[bytes]") -> int:
    try:
        return process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        return -1


def _until(is_so: Any, within_s: float = 30.0) -> None:
    deadline_s = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < deadline_s
        time.sleep(0.1)


def test_keys_are_handed_over_for_the_programs_eyes_only(tmp_path: Path, settings: Any) -> None:
    settings.DATA_DIR = tmp_path
    hand_over({"wms": WMS})
    hand_over({"wms": WMS})  # a second time takes the place of the first
    path = tmp_path / "demo" / "wms.handover.json"
    assert (path.stat().st_mode & 0o777, json.loads(path.read_text())["source"]) == (0o600, "wms")
