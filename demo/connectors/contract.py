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
import threading
import time
import urllib.parse
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

log = logging.getLogger("connector")

TIMEOUT_S = 5.0
TOLERANCE_S = 300
ARCHIVE = 200
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
    """Where to send."""

    url: str

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


class Store:
    """A program's memory: one JSON file, replaced whole, so that a kill leaves the old or the new one.

    lock: held by whoever changes the data.
    """

    def __init__(self, path: Path, first: dict[str, Any]) -> None:
        self.path = path
        self.lock = threading.RLock()
        self._saved = ""
        try:
            self.data: dict[str, Any] = json.loads(path.read_text(encoding="utf8"))
        except (FileNotFoundError, ValueError):
            self.data = first
            self.save()

    def save(self) -> None:
        with self.lock:
            text = json.dumps(self.data, separators=(",", ":"))
            if text != self._saved:
                self._write(text)
                self._saved = text

    def _write(self, text: str) -> None:
        beside = self.path.with_suffix(".new")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "w", encoding="utf8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.path)


class Sender:
    """The outbox: what happened is written down first and sent after, oldest first, until it is answered.

    feeds: stream → {"name", "secret"} as handed over. Ids are made of source, stream, epoch and sequence, so a message
    sent twice because we were killed before we marked it is recognised by the other side. The last messages are kept:
    when an answer says which numbers are missing and that it has waited long enough, they go out once more.
    """

    def __init__(
        self, server: Steelyard, store: Store, source: str, feeds: dict[str, dict[str, str]]
    ) -> None:
        self.server, self.store, self.source, self.feeds = server, store, source, feeds
        store.data.setdefault("sequences", {})
        store.data.setdefault("outbox", [])
        store.data.setdefault("archive", [])
        store.data.setdefault("epoch", int(time.time()))  # a memory that was lost begins its numbers anew

    def envelope(self, stream: str, kind: str, now_s: float, **content: Any) -> dict[str, Any]:
        """The next message of a stream; its sequence is taken and never given again.

        A heartbeat takes none: it names that of the last message before it, and no number when there was none yet.
        """
        sequence = self.store.data["sequences"].get(stream, 0)
        if kind != "heartbeat":
            sequence += 1
            self.store.data["sequences"][stream] = sequence
        return {
            "source": self.source,
            "stream": stream,
            "epoch": self.store.data["epoch"],
            **({"sequence": sequence} if sequence else {}),
            "kind": kind,
            "produced_at": iso(now_s),
            **content,
        }

    def put(self, message: dict[str, Any], *, is_lost: bool = False) -> None:
        """Into the outbox. is_lost: only into the archive, as if it had been lost on the way."""
        name = "-".join(str(message.get(part, 0)) for part in ("source", "stream", "epoch", "sequence"))
        if message["kind"] == "heartbeat":  # the newest says it all
            name += f"-alive-{message['produced_at']}"
            self.store.data["outbox"] = [
                other
                for other in self.store.data["outbox"]
                if (other["message"]["stream"], other["message"]["kind"]) != (message["stream"], "heartbeat")
            ]
        entry = {"id": name, "message": message}
        if message["kind"] == "delta":
            self.store.data["archive"] = [*self.store.data["archive"], entry][-ARCHIVE:]
        if not is_lost:
            self.store.data["outbox"].append(entry)

    def heartbeat(self, stream: str, now_s: float) -> None:
        """ "Nothing else happened up to now": keeps the stream fresh without a row."""
        self.put(self.envelope(stream, "heartbeat", now_s, event_time_to=iso(now_s), rows=[]))

    def flush(self) -> int:
        """Send what waits; how many were answered. Stops at the first that nobody answers, so the order stays."""
        sent = 0
        for entry in list(self.store.data["outbox"]):
            if not self._send(entry):
                break
            with self.store.lock:
                self.store.data["outbox"] = [
                    other for other in self.store.data["outbox"] if other["id"] != entry["id"]
                ]
                self.store.save()
            sent += 1
        return sent

    def _send(self, entry: dict[str, Any]) -> bool:
        """Whether the entry is done with: taken, or refused for good."""
        handed = self.feeds[entry["message"]["stream"]]
        body = json.dumps(entry["message"], separators=(",", ":"), ensure_ascii=False).encode()
        try:
            status, said = self.server.deliver(handed["name"], handed["secret"], entry["id"], body)
        except OSError as error:
            log.info("%s waits: %s", entry["id"], error)
            return False
        if status < 300:
            log.info("%s taken: %s", entry["id"], said)
            self._listen(said.get("awaiting") if isinstance(said, dict) else None)
            return True
        log.warning("%s refused with %s: %s", entry["id"], status, said)
        return status < 500 and status not in PASSING

    def _listen(self, awaiting: Any) -> None:
        """What is missing on the other side goes out again, once it asks."""
        if not isinstance(awaiting, dict) or not awaiting.get("snapshot"):
            return
        waiting = {entry["id"] for entry in self.store.data["outbox"]}
        for entry in self.store.data["archive"]:
            message = entry["message"]
            is_asked = message["stream"] == awaiting["stream"] and message["epoch"] == awaiting["epoch"]
            if (
                is_asked
                and awaiting["from"] <= message["sequence"] <= awaiting["to"]
                and entry["id"] not in waiting
            ):
                log.info("%s was asked for", entry["id"])
                self.store.data["outbox"].append(entry)


def handed_over(folder: Path, name: str) -> dict[str, Any]:
    """What the retailer gave us when we were connected: feeds, secrets, what we start with.

    Raises SystemExit: there is no such file, so we were never connected.
    """
    path = folder / f"{name}.handover.json"
    if not path.exists():
        raise SystemExit(f"{path} is missing: this connector was never handed its keys.")
    given: dict[str, Any] = json.loads(path.read_text(encoding="utf8"))
    return given
