"""Builders of publications, and the other side: a real HTTP server that keeps what it was sent."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from catalog.models import Channel
from feeds.actions.publishing import Kept, keep_content
from feeds.models import Publication, PublicationKey, PublishedItem
from feeds.rules.signatures import is_signed
from lib import clock

SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


def a_publication(name: str = "shop-prices", **fields: Any) -> Publication:
    given = {"what": "prices", "way": "rest", **fields}
    if "channel" not in given and "site" not in given:
        given["channel"] = Channel.objects.get(code="market")
    publication = Publication.objects.create(name=name, **given)
    if publication.way == "webhook":
        PublicationKey.objects.create(publication=publication, secret=SECRET)
    return publication


def kept(publication: Publication) -> Kept:
    done = keep_content(publication.pk, clock.now())
    assert done is not None
    return done


def contents(publication: Publication, name: str = "amount") -> dict[str, Any]:
    """Key → one member of what stands published."""
    rows = PublishedItem.objects.filter(publication=publication).order_by("key")
    return {row.key: row.content.get(name) for row in rows}


def versions(publication: Publication) -> dict[str, int]:
    return dict(PublishedItem.objects.filter(publication=publication).values_list("key", "version"))


@dataclass
class Other:
    """The other side: every request in order, and what it answers (status, body, headers)."""

    url: str = ""
    requests: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    answer: Callable[[str, bytes], tuple[int, Any, dict[str, str]]] = lambda path, body: (200, {}, {})

    @property
    def bodies(self) -> list[Any]:
        return [json.loads(body) for method, _path, _headers, body in self.requests if method == "POST"]

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for method, _path, headers, _body in self.requests if method == "POST"]

    def answers(self, status: int, body: Any = None, **headers: str) -> None:
        self.answer = lambda path, sent: (status, body if body is not None else {}, headers)


def is_genuine(headers: dict[str, str], body: bytes, secret: str = SECRET) -> bool:
    """Whether a request was signed with the secret."""
    return is_signed(
        headers["webhook-signature"], [secret], headers["webhook-id"], headers["webhook-timestamp"], body
    )


@contextmanager
def another_side() -> Iterator[Other]:
    other = Other()

    class Handler(BaseHTTPRequestHandler):
        def _take(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            other.requests.append((self.command, self.path, headers, body))
            status, told, extra = other.answer(self.path, body)
            sent = told if isinstance(told, bytes) else json.dumps(told).encode()
            self.send_response(status)
            for name, value in extra.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        do_POST = do_GET = _take

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
    other.url = f"http://127.0.0.1:{server.server_port}/hook"
    try:
        yield other
    finally:
        server.shutdown()
        server.server_close()
