"""What every connector needs: a signature, an outbox that survives a kill, an envelope with a sequence.

Standard library only. The signature is Standard Webhooks: HMAC-SHA256 over "id.timestamp.body", base64.
"""

import base64
import binascii
import contextlib
import hashlib
import hmac
import http.client
import json
import logging
import os
import time
import urllib.parse
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

log = logging.getLogger("connector")

TIMEOUT_S = 5.0
TOLERANCE_S = 300
#: Answers after which the same bytes may be sent again; anything else in the 400s is final.
PASSING = frozenset({408, 425, 429})


def iso(at_s: float) -> str:
    """Seconds since the epoch as an ISO 8601 instant with its offset."""
    return datetime.fromtimestamp(at_s, UTC).isoformat()


def signature(secret: str, message_id: str, timestamp: str, body: bytes) -> str:
    """ "v1,<base64>" for one message; the secret is "whsec_" and base64, or taken as it stands."""
    key = secret.encode()
    if secret.startswith("whsec_"):
        with contextlib.suppress(binascii.Error):
            key = base64.b64decode(secret[6:], validate=True)
    digest = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def is_genuine(secret: str, headers: Any, body: bytes, now_s: float) -> bool:
    """Whether a message that came to us was signed with our secret, and not more than five minutes ago."""
    message_id, timestamp = headers.get("webhook-id") or "", headers.get("webhook-timestamp") or ""
    if not (message_id and timestamp.isascii() and timestamp.isdigit()):
        return False
    if abs(now_s - int(timestamp)) > TOLERANCE_S:
        return False
    expected = signature(secret, message_id, timestamp, body).encode()
    given = (headers.get("webhook-signature") or "").encode("utf8", "replace").split()
    return any(hmac.compare_digest(one, expected) for one in given[:10])


@dataclass(frozen=True)
class Steelyard:
    """Where to send. `token` is a bearer token for the calls that are not signed ("" = none)."""

    url: str
    token: str = ""

    def call(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        """Status and JSON of one request. Raises OSError: nobody answered."""
        parts = urllib.parse.urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=TIMEOUT_S)
        sent = {"Content-Type": "application/json", "Accept": "application/json", **(headers or {})}
        try:
            connection.request(method, path, body or None, sent)
            answer = connection.getresponse()
            said = answer.read()
            return answer.status, json.loads(said) if said[:1] in (b"{", b"[") else None
        except http.client.HTTPException as error:
            raise OSError(str(error)) from error
        finally:
            connection.close()

    def deliver(self, feed: str, secret: str, message_id: str, body: bytes) -> tuple[int, Any]:
        """One signed push. The same id and body may be sent again at will: it has one effect."""
        timestamp = str(int(time.time()))
        headers = {
            "webhook-id": message_id,
            "webhook-timestamp": timestamp,
            "webhook-signature": signature(secret, message_id, timestamp, body),
        }
        return self.call("POST", f"/api/v1/feeds/{feed}/deliveries/", body, headers)

    def read(self, path: str) -> Any:
        """JSON of a GET with our token, None when it is refused. Raises OSError."""
        status, said = self.call("GET", path, headers={"Authorization": f"Bearer {self.token}"})
        return said if status == 200 else None


class Store:
    """A program's memory: one JSON file, replaced whole, so that a kill leaves the old or the new one."""

    def __init__(self, path: Path, first: dict[str, Any]) -> None:
        self.path = path
        try:
            self.data: dict[str, Any] = json.loads(path.read_text(encoding="utf8"))
        except (FileNotFoundError, ValueError):
            self.data = first
            self.save()

    def save(self) -> None:
        beside = self.path.with_suffix(".new")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "w", encoding="utf8") as file:
            json.dump(self.data, file, separators=(",", ":"))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.path)


class Sender:
    """The outbox: what happened is written down first and sent after, oldest first, until it is answered.

    feeds: feed → {"name", "secret"} as handed over. Ids are made of source, stream, epoch and sequence, so a message sent
    twice because we were killed before we marked it is recognised by the other side.
    """

    def __init__(
        self, server: Steelyard, store: Store, source: str, feeds: dict[str, dict[str, str]]
    ) -> None:
        self.server, self.store, self.source, self.feeds = server, store, source, feeds
        store.data.setdefault("sequences", {})
        store.data.setdefault("outbox", [])
        store.data.setdefault("epoch", 1)

    def envelope(self, stream: str, kind: str, now_s: float, **content: Any) -> dict[str, Any]:
        """The next message of a stream; its sequence is taken and never given again. A heartbeat takes none."""
        sequence = self.store.data["sequences"].get(stream, 0)
        if kind != "heartbeat":
            sequence += 1
            self.store.data["sequences"][stream] = sequence
        return {
            "source": self.source,
            "stream": stream,
            "epoch": self.store.data["epoch"],
            "sequence": sequence,
            "kind": kind,
            "produced_at": iso(now_s),
            **content,
        }

    def put(self, feed: str, message: dict[str, Any], send_at_s: float = 0.0) -> None:
        """Into the outbox; it goes out after whatever stands there already, not before `send_at_s`."""
        name = "-".join(str(message[part]) for part in ("source", "stream", "epoch", "sequence"))
        if message["kind"] == "heartbeat":
            name += f"-alive-{message['produced_at']}"
        self.store.data["outbox"].append({"id": name, "feed": feed, "at": send_at_s, "message": message})

    def heartbeat(self, feed: str, stream: str, now_s: float) -> None:
        """ "Nothing happened up to now": keeps the stream fresh without a row."""
        self.put(feed, self.envelope(stream, "heartbeat", now_s, event_time_to=iso(now_s), rows=[]))

    def flush(self, now_s: float) -> int:
        """Send what is due; how many were answered. Stops at the first that nobody answers, so the order stays."""
        sent = 0
        for entry in list(self.store.data["outbox"]):
            if entry["at"] > now_s:
                continue
            handed = self.feeds.get(entry["feed"])
            if handed is not None and not self._send(entry, handed):
                break
            self.store.data["outbox"].remove(entry)
            self.store.save()
            sent += 1
        return sent

    def _send(self, entry: dict[str, Any], handed: dict[str, str]) -> bool:
        """Whether the entry is done with: taken, or refused for good."""
        body = json.dumps(entry["message"], separators=(",", ":"), ensure_ascii=False).encode()
        try:
            status, said = self.server.deliver(handed["name"], handed["secret"], entry["id"], body)
        except OSError as error:
            log.info("%s waits: %s", entry["id"], error)
            return False
        if status < 300:
            log.info("%s taken: %s", entry["id"], said)
            return True
        log.warning("%s refused with %s: %s", entry["id"], status, said)
        return status < 500 and status not in PASSING


def handed_over(folder: Path, name: str) -> dict[str, Any]:
    """What the retailer gave us when we were connected: feeds, secrets, what we start with.

    Raises SystemExit: there is no such file, so we were never connected.
    """
    path = folder / f"{name}.handover.json"
    if not path.exists():
        raise SystemExit(f"{path} is missing: this connector was never handed its keys.")
    given: dict[str, Any] = json.loads(path.read_text(encoding="utf8"))
    return given
