"""Requests to other systems: a real server on the other side, and no way around the bounds."""

import ipaddress
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from lib import outbound
from lib.outbound import Bounds, OutboundError, Request

NEAR = Bounds(connect_s=2, total_s=1.0, max_bytes=100_000, allow_private=True)


class Other(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/large":
            self._answer(b"x" * 200_000)
        elif self.path == "/drip":
            self.send_response(200)
            self.end_headers()
            for _ in range(40):
                self.wfile.write(b".")
                self.wfile.flush()
                time.sleep(0.1)
        elif self.path == "/drip-headers":
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            for number in range(40):
                self.wfile.write(f"X-{number}: 1\r\n".encode())
                time.sleep(0.1)
        elif self.path == "/short":
            self.send_response(200)
            self.send_header("Content-Length", "10")
            self.end_headers()
            self.wfile.write(b"abc")
        elif self.path == "/packed":
            self._answer(b"\x1f\x8b", **{"Content-Encoding": "gzip"})
        elif self.path == "/own":
            self._answer(b"", status=302, Location="/")
        elif self.path == "/away":
            self._answer(b"", status=302, Location="http://example.com/")
        else:
            self._answer(self.headers["Host"].encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/moved":
            self._answer(b"", status=308, Location="/")
        else:
            self._answer(body + b"|" + self.headers["X-One"].encode(), status=409)

    def _answer(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except OSError:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def other() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Other)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


def _code(url: str, method: str = "GET", bounds: Bounds = NEAR) -> str:
    with pytest.raises(OutboundError) as caught:
        outbound.send(Request(method, url, body=b"" if method == "POST" else None), bounds)
    return caught.value.code


def test_a_request_and_its_answer(other: str) -> None:
    answer = outbound.send(Request("POST", other + "/x?y=1", {"X-One": "two"}, b"body"), NEAR)
    assert (answer.status, answer.body, answer.is_success) == (409, b"body|two", False)
    assert outbound.send(Request("GET", other), NEAR).body.decode() == other.removeprefix("http://")


def test_only_its_own_origin_may_be_followed_and_never_with_a_body(other: str) -> None:
    assert outbound.send(Request("GET", other + "/own"), NEAR).status == 200
    assert _code(other + "/away") == "redirect"
    assert _code(other + "/moved", "POST") == "redirect"


def test_an_answer_is_bounded_in_size_and_time(other: str) -> None:
    assert _code(other + "/large") == "too_large"
    for path in ("/drip", "/drip-headers"):
        started = time.monotonic()
        assert _code(other + path) == "timeout"
        assert time.monotonic() - started < 1.5
    assert _code(other + "/short") == "broken_answer"
    assert _code(other + "/packed") == "encoded"


def test_no_connection_and_no_name_are_told_apart() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        assert _code(f"http://127.0.0.1:{free.getsockname()[1]}/") == "no_connection"
    assert _code("http://nobody.invalid/") == "unresolvable"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("ftp://example.com/", "bad_url"),
        ("https://user:secret@example.com/", "bad_url"),
        ("https://example.com/a b", "bad_url"),
        ("https://[", "bad_url"),
        ("https://example.com:99999/", "bad_url"),
        ("http://example.com/", "insecure_url"),
        ("https://127.0.0.1/", "refused_address"),
        ("https://localhost/", "refused_address"),
        ("https://[::1]/", "refused_address"),
        ("https://169.254.169.254/latest/meta-data/", "refused_address"),
        ("https://10.1.2.3/", "refused_address"),
        ("https://0x7f000001/", "refused_address"),
    ],
)
def test_where_nothing_is_sent(url: str, code: str) -> None:
    assert _code(url, bounds=Bounds(total_s=2)) == code


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("2002:a00:1::1", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("0.0.0.0", False),
        ("fe80::1", False),
        ("fd00::1", False),
    ],
)
def test_addresses_that_are_public(address: str, public: bool) -> None:
    assert outbound.is_public(ipaddress.ip_address(address)) is public


def test_a_name_that_answers_otherwise_the_second_time_leads_nowhere(
    other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection goes to the address that was judged; the name is not asked again."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def resolver(host: str, *args: object, **named: object) -> object:
        asked.append(str(host))
        return real("127.0.0.1" if host == "shop.test" else host, *args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    port = other.rpartition(":")[2]
    assert (
        outbound.send(Request("GET", f"http://shop.test:{port}/"), NEAR).body == f"shop.test:{port}".encode()
    )
    assert asked.count("shop.test") == 1


def test_secrets_stay_out_of_messages() -> None:
    request = Request("GET", "https://nobody.invalid/?token=hidden", {"Authorization": "hidden"})
    with pytest.raises(OutboundError) as caught:
        outbound.send(request)
    assert "hidden" not in str(caught.value) + repr(request).replace(request.url, "")
