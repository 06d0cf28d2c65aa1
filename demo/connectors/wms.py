"""A small warehouse system: `python -m demo.connectors.wms --folder DIR --url http://localhost:8000`.

It owns the shelves of one warehouse. Cartons come from suppliers and go to the shops it supplies; each is told as a
movement and, from the dock, as a document of its own. Three times a day, and when it starts, it sends what lies on the
shelves. Like any warehouse it is not perfect, and on purpose:

- some shelves never held what the book says (ASTRAY);
- every seventh carton is mis-picked: another article leaves than the one that is reported;
- every fourth receipt lies on the shelf long before anybody tells of it;
- every twentieth message of the movements is lost on the way and goes out again when it is asked for;
- in one half hour of every eight the dock's line is silent.
"""

import argparse
import logging
import random
import signal
import sys
import threading
import time
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from demo.connectors.contract import Sender, Steelyard, Store, handed_over, iso

log = logging.getLogger("wms")

TICK_S = 5.0
SHIP_EVERY_S = 240
RECEIVE_EVERY_S = 600
ALIVE_EVERY_S = 180
SNAPSHOT_TIMES = ("06:00", "14:00", "22:00")
CARTON = Decimal(6)
PALLET = Decimal(24)
MISPICK_EACH, LATE_EACH, LOSE_EACH = 7, 4, 20
LATE_S = 25 * 60
SILENT_EACH, SILENCE_S = 8, 30 * 60
ASTRAY = (Decimal(-3), Decimal(2), Decimal(-1), Decimal(5), Decimal(-12))
MOVEMENTS, SHELVES, DOCK = "movements", "shelves", "dock"


class Warehouse:
    """Shelves and docks. `tick` is called every few seconds; all it knows is in its store."""

    def __init__(self, server: Steelyard, folder: Path, now_s: float) -> None:
        given = handed_over(folder, "wms")
        self.site, self.source = given["site"], given["source"]
        self.zone, self.shops = ZoneInfo(given["timezone"]), given["supplies"]
        self.store = Store(folder / "wms.state.json", {"shelves": _first_shelves(given["shelves"])})
        self.sender = Sender(server, self.store, self.source, given["feeds"])
        self.book: dict[str, Any] = self.store.data
        for name, first in (("shipped", 0), ("received", 0), ("papers", []), ("dock", [])):
            self.book.setdefault(name, first)
        self.due = {"ship": now_s + 20, "receive": now_s + 40, "alive": now_s}
        self.told_at = ""

    def tick(self, now_s: float) -> None:
        """Do what is due and send what waits."""
        if self._is_due("ship", SHIP_EVERY_S, now_s):
            self.ship(now_s)
        if self._is_due("receive", RECEIVE_EVERY_S, now_s):
            self.receive(now_s)
        if self._is_snapshot_time(now_s):
            self.tell_shelves(now_s)
        if self._is_due("alive", ALIVE_EVERY_S, now_s):
            self.tell_alive(now_s)
        self.store.save()
        self.sender.flush()

    def _is_due(self, what: str, every_s: float, now_s: float) -> bool:
        if now_s < self.due[what]:
            return False
        self.due[what] = now_s + every_s
        return True

    def _is_snapshot_time(self, now_s: float) -> bool:
        """Once at the start, then in the minutes of SNAPSHOT_TIMES on the warehouse's clock."""
        local = datetime.fromtimestamp(now_s, UTC).astimezone(self.zone)
        minute = local.strftime("%Y-%m-%d %H:%M")
        if self.told_at == minute or (self.told_at and minute[-5:] not in SNAPSHOT_TIMES):
            return False
        self.told_at = minute
        return True

    def ship(self, now_s: float) -> None:
        """A carton to a shop; now and then another article is in it than the paper says."""
        self.book["shipped"] += 1
        number = self.book["shipped"]
        stocked = sorted(sku for sku, pieces in self.book["shelves"].items() if Decimal(pieces) >= 4 * CARTON)
        if len(stocked) < 2:
            return
        sku, other = random.Random(f"{self.source} ship {number}").sample(stocked, 2)
        picked = other if number % MISPICK_EACH == 0 else sku
        self._move_shelf(picked, -CARTON)
        shop = self.shops[number % len(self.shops)]
        row = {"kind": "transfer", "from": self.site, "to": shop, "sku": sku}
        self._tell_movement(f"{self.source}-OUT-{self._run}-{number}", row, CARTON, now_s, 0.0)
        self._tell_document(f"{self.source}-OUT-{self._run}-{number}", "shipment", picked, CARTON, now_s, 0.0)

    def receive(self, now_s: float) -> None:
        """A pallet from a supplier; every fourth is told of when the papers have been found."""
        self.book["received"] += 1
        number = self.book["received"]
        sku = random.Random(f"{self.source} receive {number}").choice(sorted(self.book["shelves"]))
        self._move_shelf(sku, PALLET)
        send_at_s = now_s + LATE_S if number % LATE_EACH == 0 else 0.0
        row = {"kind": "receipt", "from": "supplier", "to": self.site, "sku": sku}
        reference = f"{self.source}-IN-{self._run}-{number}"
        self._tell_movement(reference, row, PALLET, now_s, send_at_s)
        self._tell_document(reference, "receipt", sku, PALLET, now_s, send_at_s)

    @property
    def _run(self) -> int:
        return int(self.book["epoch"])

    def _move_shelf(self, sku: str, pieces: Decimal) -> None:
        self.book["shelves"][sku] = str(Decimal(self.book["shelves"][sku]) + pieces)

    def _tell_movement(
        self, reference: str, row: dict[str, str], pieces: Decimal, now_s: float, send_at_s: float
    ) -> None:
        rows = [{"reference": reference, **row, "quantity": str(pieces), "occurred_at": iso(now_s)}]
        if send_at_s:
            self.book["papers"].append({"at": send_at_s, "rows": rows})
        else:
            self._put_movements(rows, now_s)

    def _put_movements(self, rows: list[dict[str, str]], now_s: float) -> None:
        message = self.sender.envelope(
            MOVEMENTS, "delta", now_s, event_time_to=iso(now_s), totals=_totals(rows), rows=rows
        )
        self.sender.put(message, is_lost=message["sequence"] % LOSE_EACH == 0)

    def _tell_document(
        self, reference: str, kind: str, sku: str, pieces: Decimal, now_s: float, send_at_s: float
    ) -> None:
        row = {"reference": reference, "kind": kind, "site": self.site, "occurred_at": iso(now_s)}
        rows = [{**row, "sku": sku, "quantity": str(pieces)}]
        self.book["dock"].append({"at": max(send_at_s, now_s), "rows": rows})

    def tell_alive(self, now_s: float) -> None:
        """What the docks wrote down, and a heartbeat of every stream; nothing of the docks while their line is silent."""
        self._tell_papers(now_s)
        if not _is_silent(now_s):
            self._tell_dock(now_s)
            self.sender.heartbeat(DOCK, now_s)
        self.sender.heartbeat(MOVEMENTS, now_s)

    def _tell_papers(self, now_s: float) -> None:
        for found in [paper for paper in self.book["papers"] if paper["at"] <= now_s]:
            self.book["papers"].remove(found)
            self._put_movements(found["rows"], now_s)

    def _tell_dock(self, now_s: float) -> None:
        due = [paper for paper in self.book["dock"] if paper["at"] <= now_s]
        rows = [row for paper in due for row in paper["rows"]]
        if rows:
            self.book["dock"] = [paper for paper in self.book["dock"] if paper["at"] > now_s]
            message = self.sender.envelope(
                DOCK, "delta", now_s, event_time_to=iso(now_s), totals=_totals(rows), rows=rows
            )
            self.sender.put(message)

    def tell_shelves(self, now_s: float) -> None:
        """Everything that lies here at this moment; an empty shelf is told as such."""
        lines = [{"sku": sku, "quantity": pieces} for sku, pieces in sorted(self.book["shelves"].items())]
        message = self.sender.envelope(
            SHELVES,
            "snapshot",
            now_s,
            event_time_to=iso(now_s),
            site=self.site,
            taken_at=iso(now_s),
            complete=True,
            totals=_totals(lines),
            lines=lines,
        )
        self.sender.put(message)


def _first_shelves(book: dict[str, str]) -> dict[str, str]:
    """What lies there when we are connected: the book, but for a few shelves that never agreed."""
    shelves = dict(book)
    full = sorted(sku for sku, pieces in shelves.items() if Decimal(pieces) > 50)
    for sku, pieces in zip(full[:: max(1, len(full) // len(ASTRAY))], ASTRAY, strict=False):
        shelves[sku] = str(Decimal(shelves[sku]) + pieces)
    return shelves


def _totals(rows: list[dict[str, str]]) -> dict[str, Any]:
    return {"rows": len(rows), "quantity": str(sum((Decimal(row["quantity"]) for row in rows), Decimal(0)))}


def _is_silent(now_s: float) -> bool:
    return int(now_s // SILENCE_S) % SILENT_EACH == SILENT_EACH - 1


def main(arguments: list[str]) -> int:
    """Run until SIGTERM or SIGINT. The exit code."""
    parser = argparse.ArgumentParser(
        prog="wms", description="A small warehouse system that speaks to Steelyard."
    )
    parser.add_argument("--folder", type=Path, required=True, help="where its keys and its memory lie")
    parser.add_argument("--url", required=True, help="Steelyard's address")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s", stream=sys.stdout)
    stop = threading.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda _number, _frame: stop.set())
    warehouse = Warehouse(Steelyard(options.url), options.folder, time.time())
    while not stop.is_set():
        warehouse.tick(time.time())
        stop.wait(TICK_S)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
