"""Feeds: how long a sender waits for the answer to a push."""

import base64
import hashlib
import hmac
import http.client
import json
import os
import tempfile
import threading
import time
import urllib.parse
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psycopg2

from bench.instance import Instance
from bench.registry import Measured, figure

SENDERS = 8
SECONDS = 8.0
ROWS = 20
SHARE = 0.95


def p95_ms(send: Callable[[int, int], None]) -> tuple[float, int]:
    """The 95th percentile in milliseconds of what SENDERS do at once for SECONDS, and how many they sent."""
    deadline_s = time.perf_counter() + SECONDS

    def repeat(sender: int) -> list[float]:
        taken_s, number = [], 0
        while (began_s := time.perf_counter()) < deadline_s:
            number += 1
            send(sender, number)
            taken_s.append(time.perf_counter() - began_s)
        return taken_s

    with ThreadPoolExecutor(SENDERS) as pool:
        times = sorted(one for sender in pool.map(repeat, range(SENDERS)) for one in sender)
    return times[int(len(times) * SHARE)] * 1000, len(times)


def body_of(sender: int, number: int) -> bytes:
    """A numbered delivery of one sender's stream: twenty products."""
    rows = [
        {"sku": f"P{sender}-{row}", "name": f"Bench {number}", "category": "Bench", "unit": "pcs"}
        for row in range(ROWS)
    ]
    return json.dumps({"stream": f"s{sender}", "sequence": number, "rows": rows}).encode()


class Posts:
    """POST over a kept connection, one for each thread."""

    def __init__(self, url: str) -> None:
        self.parts, self.own = urllib.parse.urlsplit(url), threading.local()

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> int:
        if not hasattr(self.own, "connection"):
            self.own.connection = http.client.HTTPConnection(
                self.parts.hostname or "", self.parts.port, timeout=60
            )
        self.own.connection.request("POST", path, body, headers)
        answer = self.own.connection.getresponse()
        answer.read()
        return int(answer.status)


class Bare(BaseHTTPRequestHandler):
    """What any receiver does at least: hash the body, write it durably, one INSERT, answer."""

    protocol_version = "HTTP/1.1"
    folder: Path
    database: str
    own = threading.local()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        digest = hashlib.sha256(body).hexdigest()
        with open(self.folder / digest, "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        if not hasattr(self.own, "cursor"):
            connection = psycopg2.connect(self.database)
            connection.autocommit = True
            self.own.cursor = connection.cursor()
        self.own.cursor.execute("INSERT INTO bench_push (sha256) VALUES (%s)", [digest])
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: it would cost more than the answer."""


def bare_p95_ms(instance: Instance) -> float:
    owner = instance.addresses["DATABASE_OWNER_URL"]
    with psycopg2.connect(owner) as connection, connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_push")
        cursor.execute("CREATE TABLE bench_push (id bigserial PRIMARY KEY, sha256 text)")
    with tempfile.TemporaryDirectory(dir=instance.folder) as folder:
        handler = type("Handler", (Bare,), {"folder": Path(folder), "database": owner})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        posts = Posts(f"http://127.0.0.1:{server.server_address[1]}")
        found, _count = p95_ms(lambda sender, number: _accepted(posts.post("/", body_of(sender, number), {})))
        server.shutdown()
    return found


def _accepted(status: int) -> None:
    assert status == 202, status


def _signed(secret: str, webhook_id: str, body: bytes) -> dict[str, str]:
    stamp = str(int(time.time()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{webhook_id}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return {
        "Content-Type": "application/json",
        "webhook-id": webhook_id,
        "webhook-timestamp": stamp,
        "webhook-signature": "v1," + base64.b64encode(digest).decode(),
    }


@figure("feed_push_p95_ms", unit="ms", goal=8.0, better="lower")
def push(instance: Instance) -> Measured:
    """Acceptance of a signed, numbered push with 8 senders at once, while the worker reads what came."""
    limit = bare_p95_ms(instance)
    kind = {"name": "bench-push", "kind": "products"}
    instance.call("POST", "/api/v1/feeds/", kind)
    secret = instance.call("POST", "/api/v1/feeds/bench-push/keys/")["secret"]
    posts, run = Posts(instance.url), f"{time.time():.0f}"

    def send(sender: int, number: int) -> None:
        body = body_of(sender, number)
        headers = _signed(secret, f"{run}-{sender}-{number}", body)
        _accepted(posts.post("/api/v1/feeds/bench-push/deliveries/", body, headers))

    value, count = p95_ms(send)
    note = (
        f"{value:.0f} ms against 50 wanted, {count} pushes of {ROWS} rows by {SENDERS} senders in {SECONDS:.0f} s;"
        " limit: hash, file with fsync, one INSERT in a bare Python server"
    )
    return Measured(value, limit, note)
