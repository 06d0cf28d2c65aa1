"""A web process is killed with signal 9 while 16 clients post: what was acknowledged is there once, nothing twice."""

import http.client
import json
import os
import signal
import threading
import time
import uuid
from pathlib import Path
from urllib.parse import urlsplit

from accounts.actions import create_token
from accounts.models import User
from catalog.models import Scope
from inventory.models import Entry, Movement
from inventory.queries.verification import ledger_breaches
from lib import clock
from tests.inventory.builders import TESTER, held, make_product, make_site, receive
from tests.live import LiveStack

CLIENTS, EACH = 16, 25
NAME = "KILL9"


class Client:
    """Posts sales of one piece under keys of its own, and asks again under the same key until it has an answer."""

    def __init__(self, url: str, token: str) -> None:
        self.address = urlsplit(url)
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.acknowledged: dict[str, int] = {}
        self.broken = 0

    def run(self, barrier: threading.Barrier) -> None:
        barrier.wait()
        for _ in range(EACH):
            key = str(uuid.uuid4())
            while key not in self.acknowledged:
                try:
                    self.acknowledged[key] = self.post(key)
                except (OSError, http.client.HTTPException):
                    self.broken += 1
                    time.sleep(0.05)

    def post(self, key: str) -> int:
        line = {"sku": NAME, "from": NAME, "to": "customer", "quantity": "1"}
        body = {"reference": f"{NAME}-{key}", "kind": "sale", "lines": [line]}
        connection = http.client.HTTPConnection(self.address.hostname or "", self.address.port, timeout=20)
        try:
            headers = self.headers | {"Idempotency-Key": key}
            connection.request("POST", "/api/v1/stock/movements/", json.dumps(body), headers)
            answer = connection.getresponse()
            content = json.loads(answer.read())
        finally:
            connection.close()
        assert answer.status == 201, content
        return int(content["id"])


def workers_of(master: int) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{master}/task/{master}/children").read_text().split()]


def kill_twice(stack: LiveStack, clients: list[Client]) -> int:
    """Kill the web worker when a third, then two thirds, of the answers have come; how many were killed."""
    killed = 0
    for part in (1, 2):
        while sum(len(client.acknowledged) for client in clients) < CLIENTS * EACH * part // 3:
            time.sleep(0.01)
        for pid in workers_of(stack.processes[0].pid):
            os.kill(pid, signal.SIGKILL)
            killed += 1
    return killed


def test_no_acknowledged_movement_is_lost_and_none_is_doubled(live_stack: LiveStack) -> None:
    make_site(NAME, region="kill")
    make_product(NAME)
    receive(NAME, NAME, "1000", at=None)
    user = User.objects.create_user("kill9", "kill-tests-1", role="stock_clerk")
    Scope.objects.create(user=user, valid_from=clock.now())
    token = create_token(actor=TESTER, user=user)
    clients = [Client(live_stack.url, token) for _ in range(CLIENTS)]
    barrier = threading.Barrier(CLIENTS)
    threads = [threading.Thread(target=client.run, args=(barrier,)) for client in clients]
    for thread in threads:
        thread.start()
    killed = kill_twice(live_stack, clients)
    for thread in threads:
        thread.join()
    answered = [number for client in clients for number in client.acknowledged.values()]
    posted = Movement.objects.filter(reference__startswith=f"{NAME}-")
    assert killed == 2 and sum(client.broken for client in clients) > 0
    assert sorted(answered) == sorted(posted.values_list("pk", flat=True))
    assert len(set(answered)) == CLIENTS * EACH
    site = held(NAME, NAME)
    assert site.on_hand == 1000 - CLIENTS * EACH
    assert Entry.objects.filter(location_id=site.site_id).count() == CLIENTS * EACH + 1
    assert list(ledger_breaches()) == []
