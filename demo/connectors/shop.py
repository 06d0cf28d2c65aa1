"""A small web shop: `python -m demo.connectors.shop --folder DIR --url http://localhost:8000`.

It sells a little all day, at the prices it was told, and tells each sale. Prices and stock come to it as signed webhooks
at POST /webhooks/steelyard, which it answers item by item; GET /readings says what a customer would pay at this moment.
Like many shops it has a cache that forgets to forget: CACHED of its products keep an old price on the page.
"""

import argparse
import json
import logging
import random
import signal
import sys
import threading
import time
from decimal import Decimal, InvalidOperation
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from demo.connectors.contract import Sender, Steelyard, Store, handed_over, is_genuine, iso

log = logging.getLogger("shop")

TICK_S = 2.0
SELL_EVERY_S = 45
ALIVE_EVERY_S = 120
RETURN_EACH = 25
MAX_BODY = 8 * 1024 * 1024
SALES = "sales"
#: The first so many products of the shop, by their number, show an old price.
CACHED = 1


class Shop:
    """What is for sale, at which price, and what was sold. Safe to call from several threads."""

    def __init__(self, server: Steelyard, folder: Path, now_s: float) -> None:
        given = handed_over(folder, "shop")
        self.secret, self.currency = given["webhook_secret"], given["currency"]
        self.site, self.source = given["site"], given["source"]
        self.store = Store(
            folder / "shop.state.json", {"goods": given["goods"], "versions": {}, "sold": 0, "seen": []}
        )
        self.sender = Sender(server, self.store, self.source, given["feeds"])
        self.goods: dict[str, dict[str, Any]] = self.store.data["goods"]
        self.guard = threading.Lock()
        self.due = {"sell": now_s + 15, "alive": now_s}
        self.cached = {sku: self.goods[sku]["price"] for sku in sorted(self.goods)[:CACHED]}

    def tick(self, now_s: float) -> None:
        """Sell what is due and send what waits."""
        with self.guard:
            if now_s >= self.due["sell"]:
                self.due["sell"] = now_s + SELL_EVERY_S
                self.sell(now_s)
            if now_s >= self.due["alive"]:
                self.due["alive"] = now_s + ALIVE_EVERY_S
                self.sender.heartbeat(SALES, SALES, now_s)
            self.store.save()
        self.sender.flush(now_s)

    def sell(self, now_s: float) -> None:
        """One order of one to three articles that are in stock; now and then one comes back."""
        number = self.store.data["sold"] = self.store.data["sold"] + 1
        chance = random.Random(f"{self.source} {number}")
        stocked = sorted(sku for sku, one in self.goods.items() if Decimal(one["stock"]) >= 1)
        if not stocked:
            return
        reference = f"{self.source}-{self.store.data['epoch']}-{number}"
        sign = -1 if number % RETURN_EACH == 0 else 1
        rows = []
        for sku in chance.sample(stocked, min(len(stocked), 1 if sign < 0 else chance.randint(1, 3))):
            pieces = Decimal(sign * min(chance.randint(1, 3), int(Decimal(self.goods[sku]["stock"]))))
            self.goods[sku]["stock"] = str(Decimal(self.goods[sku]["stock"]) - pieces)
            row = {"reference": reference, "site": self.site, "sku": sku, "quantity": str(pieces)}
            rows.append({**row, "unit_price": self.shown(sku), "occurred_at": iso(now_s)})
        totals = {
            "rows": len(rows),
            "quantity": str(sum((Decimal(row["quantity"]) for row in rows), Decimal(0))),
        }
        message = self.sender.envelope(
            SALES, "delta", now_s, event_time_to=iso(now_s), totals=totals, rows=rows
        )
        self.sender.put(SALES, message)

    def shown(self, sku: str) -> str:
        """What the page says, which is what a customer pays: the price, or what the cache made of it."""
        return str(self.cached.get(sku, self.goods[sku]["price"]))

    def readings(self, now_s: float) -> dict[str, Any]:
        """Every price on our pages."""
        with self.guard:
            rows = [
                {
                    "sku": sku,
                    "amount": self.shown(sku),
                    "currency": self.currency,
                    "available": self.goods[sku]["stock"],
                    "read_at": iso(now_s),
                }
                for sku in sorted(self.goods)
            ]
        return {"site": self.site, "readings": rows}

    def take(self, message: dict[str, Any]) -> list[dict[str, Any]]:
        """Prices or stock that were published to us: what became of each item, in the order they came.

        An item older than what is here is left out, so a message that comes twice or late changes nothing.
        """
        with self.guard:
            said = [self._take_item(str(message.get("what", "")), item) for item in message.get("items", [])]
            self.store.save()
        return said

    def _take_item(self, what: str, item: Any) -> dict[str, Any]:
        sku = str(item.get("sku", "")) if isinstance(item, dict) else ""
        if sku not in self.goods:
            return {"sku": sku, "status": "refused", "code": "unknown_sku"}
        name, field = ("price", "amount") if what == "prices" else ("stock", "available")
        versions = self.store.data["versions"].setdefault(what, {})
        if int(item.get("version", 0)) <= versions.get(sku, 0):
            return {"sku": sku, "status": "accepted", "code": "older"}
        try:
            value = Decimal(str(item.get(field, item.get("quantity"))))
        except InvalidOperation:
            return {"sku": sku, "status": "refused", "code": "no_value"}
        versions[sku] = int(item.get("version", 0))
        self.goods[sku][name] = str(value)
        return {"sku": sku, "status": "accepted"}


def handler_for(shop: Shop) -> type[BaseHTTPRequestHandler]:
    """The shop's side of HTTP."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 20

        def do_GET(self) -> None:
            if self.path.split("?")[0] == "/readings":
                self._answer(200, shop.readings(time.time()))
            else:
                self._answer(404, {"error": "There is /readings and POST /webhooks/steelyard."})

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if not length.isdigit() or int(length) > MAX_BODY:
                self.close_connection = True
                self._answer(413, {"error": "too large"})
            else:
                self._answer(*self._said(self.rfile.read(int(length))))

        def _said(self, body: bytes) -> tuple[int, dict[str, Any]]:
            if self.path != "/webhooks/steelyard":
                return 404, {"error": "no such address"}
            if not is_genuine(shop.secret, self.headers, body, time.time()):
                return 401, {"error": "bad signature"}
            try:
                said = shop.take(json.loads(body))
            except (ValueError, AttributeError, TypeError):
                return 422, {"error": "cannot be read"}
            return 200, {"receipt": self.headers.get("webhook-id"), "items": said}

        def _answer(self, status: int, said: dict[str, Any]) -> None:
            body = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: Any) -> None:
            log.info(format, *arguments)

    return Handler


def main(arguments: list[str]) -> int:
    """Run until SIGTERM or SIGINT. The exit code."""
    parser = argparse.ArgumentParser(prog="shop", description="A small web shop that speaks to Steelyard.")
    parser.add_argument("--folder", type=Path, required=True, help="where its keys and its memory lie")
    parser.add_argument("--url", required=True, help="Steelyard's address")
    parser.add_argument("--port", type=int, default=0, help="where it listens; 0 = any free port")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s", stream=sys.stdout)
    stop = threading.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda _number, _frame: stop.set())
    given = handed_over(options.folder, "shop")
    shop = Shop(Steelyard(options.url, given.get("token", "")), options.folder, time.time())
    with ThreadingHTTPServer(("127.0.0.1", options.port), handler_for(shop)) as pages:
        threading.Thread(target=pages.serve_forever, daemon=True).start()
        log.info("open at http://127.0.0.1:%s/", pages.server_address[1])
        while not stop.is_set():
            shop.tick(time.time())
            stop.wait(TICK_S)
        pages.shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
