"""A small web shop: `python -m demo.connectors.shop --folder DIR --url http://localhost:8000`.

It sells a little all day, at the prices it was told, and tells each sale. Prices and stock come to it as signed webhooks
at POST /steelyard, which it answers item by item; GET /steelyard/readings says what a customer would pay at this moment.
Twice an hour its payment service pays out what was sold, less a commission, and now and then a pound too little.
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
import urllib.parse
from collections.abc import Collection
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from demo.connectors.contract import Sender, Steelyard, Store, handed_over, is_genuine, iso

log = logging.getLogger("shop")

TICK_S = 2.0
SELL_EVERY_S = 45
ALIVE_EVERY_S = 120
SETTLE_EVERY_S = 30 * 60
RETURN_EACH = 25
SHORT_EACH = 9
COMMISSION = Decimal("0.02")
MAX_BODY = 8 * 1024 * 1024
SALES, SETTLEMENTS = "sales", "settlements"
#: More products it does not list; what is published of them is refused.
ASSORTMENT = 5_000
#: The first so many products of the shop, by their number, show an old price.
CACHED = 1


class Shop:
    """What is for sale, at which price, and what was sold. Safe to call from several threads."""

    def __init__(self, server: Steelyard, folder: Path, now_s: float) -> None:
        given = handed_over(folder, "shop")
        self.secrets, self.currency = given.get("webhook_secrets", []), given["currency"]
        self.port = int(given.get("port", 0))
        self.site, self.source, self.channel = given["site"], given["source"], given.get("channel", "")
        self.store = Store(
            folder / "shop.state.json", {"goods": given["goods"], "versions": {}, "sold": 0, "seen": []}
        )
        self.sender = Sender(server, self.store, self.source, given["feeds"])
        self.goods: dict[str, dict[str, Any]] = self.store.data["goods"]
        self.guard = self.store.lock
        self.due = {"sell": now_s + 15, "alive": now_s, "settle": now_s + SETTLE_EVERY_S}
        self.store.data.setdefault("unpaid", [])
        self.cached = {sku: self.goods[sku]["price"] for sku in sorted(self.goods)[:CACHED]}

    def tick(self, now_s: float) -> None:
        """Sell what is due and send what waits."""
        with self.guard:
            if now_s >= self.due["sell"]:
                self.due["sell"] = now_s + SELL_EVERY_S
                self.sell(now_s)
            if now_s >= self.due["alive"]:
                self.due["alive"] = now_s + ALIVE_EVERY_S
                self.sender.heartbeat(SALES, now_s)
            if now_s >= self.due["settle"]:
                self.due["settle"] = now_s + SETTLE_EVERY_S
                self.settle(now_s)
            self.store.save()
        self.sender.flush()

    def sell(self, now_s: float) -> None:
        """One order of one to three articles that are in stock; now and then one comes back."""
        number = self.store.data["sold"] = self.store.data["sold"] + 1
        chance = random.Random(f"{self.source} {number}")
        stocked = sorted(
            sku for sku, one in self.goods.items() if Decimal(one["stock"]) >= 1 and one["price"] != "0"
        )
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
        self.sender.put(message)
        paid = sum((Decimal(row["quantity"]) * Decimal(row["unit_price"]) for row in rows), Decimal(0))
        self.store.data["unpaid"].append({"reference": reference, "number": number, "paid": str(paid)})

    def settle(self, now_s: float) -> None:
        """Pay out what was sold since the last time."""
        unpaid, self.store.data["unpaid"] = self.store.data["unpaid"], []
        if not unpaid or SETTLEMENTS not in self.sender.feeds:
            return
        payout = f"{self.source}-{self.store.data['epoch']}-P{unpaid[-1]['number']}"
        rows = [self._payment(payout, order, iso(now_s)[:10]) for order in unpaid]
        message = self.sender.envelope(
            SETTLEMENTS, "delta", now_s, event_time_to=iso(now_s), totals={"rows": len(rows)}, rows=rows
        )
        self.sender.put(message)

    def _payment(self, payout: str, order: dict[str, Any], day: str) -> dict[str, str]:
        paid = Decimal(order["paid"])
        gross = max(paid, Decimal(0)) - (1 if order["number"] % SHORT_EACH == 0 and paid > 1 else 0)
        refunds = max(-paid, Decimal(0))
        return {
            "channel": self.channel,
            "payout": payout,
            "order_reference": order["reference"],
            "gross": str(gross),
            "refunds": str(refunds),
            "commission": str(((gross - refunds) * COMMISSION).quantize(Decimal("0.01"))),
            "currency": self.currency,
            "on": day,
        }

    def shown(self, sku: str) -> str:
        """What the page says, which is what a customer pays: the price, or what the cache made of it."""
        return str(self.cached.get(sku, self.goods[sku]["price"]))

    def readings(self, skus: Collection[str], now_s: float) -> dict[str, Any]:
        """What our pages say of these products (of all, when none is named)."""
        with self.guard:
            known = [sku for sku in sorted(skus or self.goods) if sku in self.goods]
            rows = [
                {
                    "sku": sku,
                    "site": self.site,
                    "amount": self.shown(sku),
                    "currency": self.currency,
                    "tax_included": True,
                    "quantity": self.goods[sku]["stock"],
                    "read_at": iso(now_s),
                }
                for sku in known
            ]
        return {"readings": rows}

    def take(self, message: dict[str, Any]) -> list[dict[str, Any]]:
        """Prices or stock that were published to us: what became of each item, in the order they came.

        An item older than what is here is left as it is, so a message that comes twice or late changes nothing.
        """
        with self.guard:
            said = [self._take_item(item) for item in message.get("items", [])]
            self.store.save()
        return said

    def _take_item(self, item: dict[str, Any]) -> dict[str, Any]:
        key, version = str(item["key"]), int(item["version"])
        said = {"key": key, "version": version}
        sku, what = str(item.get("sku") or key.split("/")[-1]), "price" if "amount" in item else "stock"
        versions = self.store.data["versions"].setdefault(what, {})
        if version <= versions.get(key, 0):
            return {**said, "status": "accepted", "code": "older"}
        value = item["amount"] if what == "price" else item["quantity"]
        if sku not in self.goods and len(self.goods) >= ASSORTMENT:
            return {**said, "status": "refused", "code": "not_listed"}
        if value is None:
            self.goods.pop(sku, None)
        else:
            one = self.goods.setdefault(sku, {"price": "0", "stock": "0"})
            one[what] = str(Decimal(str(value)))
        versions[key] = version
        return {**said, "status": "accepted"}


def handler_for(shop: Shop) -> type[BaseHTTPRequestHandler]:
    """The shop's side of HTTP."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 20

        def do_GET(self) -> None:
            parts = urllib.parse.urlsplit(self.path)
            asked = urllib.parse.parse_qs(parts.query).get("sku", [])
            if parts.path.endswith("/readings"):
                self._answer(200, shop.readings(asked, time.time()))
            else:
                self._answer(404, {"error": "There is GET /readings and POST /steelyard."})

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if not length.isdigit() or int(length) > MAX_BODY:
                self.close_connection = True
                self._answer(413, {"error": "too large"})
            else:
                self._answer(*self._said(self.rfile.read(int(length))))

        def _said(self, body: bytes) -> tuple[int, dict[str, Any]]:
            if self.path.rstrip("/") != "/steelyard":
                return 404, {"error": "no such address"}
            if not any(is_genuine(secret, self.headers, body, time.time()) for secret in shop.secrets):
                return 401, {"error": "bad signature"}
            try:
                said = shop.take(json.loads(body))
            except (ValueError, ArithmeticError, AttributeError, TypeError, KeyError):
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
    parser.add_argument(
        "--port", type=int, help="where it listens, if not where it was told to; 0 = any free port"
    )
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s", stream=sys.stdout)
    stop = threading.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda _number, _frame: stop.set())
    shop = Shop(Steelyard(options.url), options.folder, time.time())
    port = shop.port if options.port is None else options.port
    with ThreadingHTTPServer(("127.0.0.1", port), handler_for(shop)) as pages:
        threading.Thread(target=pages.serve_forever, daemon=True).start()
        log.info("open at http://127.0.0.1:%s/", pages.server_address[1])
        while not stop.is_set():
            shop.tick(time.time())
            stop.wait(TICK_S)
        pages.shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
