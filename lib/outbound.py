"""Requests to other systems: bounded in time and size, never to where they were not sent, secrets never in a message.

The name is resolved once, every address it has is judged, and the connection goes to one of those addresses, so that a
name that answers otherwise the second time leads nowhere. Plain HTTP and private addresses only where allow_private says so.
"""

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urljoin, urlsplit

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

USER_AGENT = "Steelyard/1"
MAX_REDIRECTS = 3
CHUNK = 64 * 1024
#: Their answers carry an address inside, which is then judged: mapped, translated (NAT64), 6to4.
NAT64 = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class OutboundError(Exception):
    """There was no answer to read. `code` is stable; `detail` names the host, never a path, query or header.

    is_permanent: asking again without changing anything cannot help.
    Codes: bad_url, insecure_url, unresolvable, refused_address, no_connection, tls, timeout, too_large, redirect,
    encoded, broken_answer.
    """

    def __init__(self, code: str, detail: str, *, is_permanent: bool = False) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.is_permanent = is_permanent


@dataclass(frozen=True)
class Bounds:
    """total_s counts from the resolved name to the last byte. max_bytes: of the answer's body."""

    connect_s: float = 5.0
    total_s: float = 20.0
    max_bytes: int = 1024 * 1024
    allow_private: bool = False


@dataclass(frozen=True)
class Request:
    """What is asked. `body` None: no body."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Answer:
    """What came back: names of headers are lower case; a redirect of a GET to its own origin was followed."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    elapsed_s: float

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


def send(asked: Request, bounds: Bounds | None = None) -> Answer:
    """Ask once and read the answer whole.

    Raises OutboundError where there is none. A status of 400 or more is an answer. No retries: they are the caller's.
    """
    bounds = bounds or Bounds()
    started = time.monotonic()
    url = asked.url
    for _hop in range(MAX_REDIRECTS + 1):
        parts = checked_url(url, bounds.allow_private)
        left = bounds.total_s - (time.monotonic() - started)
        status, headers, body = _ask_once(asked, parts, bounds, left)
        location = headers.get("location", "")
        if status not in (301, 302, 303, 307, 308) or not location:
            return Answer(status, headers, body, time.monotonic() - started)
        url = urljoin(url, location)
        if asked.method not in ("GET", "HEAD") or _origin(urlsplit(url)) != _origin(parts):
            raise OutboundError("redirect", f"{_host(parts)} sends the request elsewhere", is_permanent=True)
    raise OutboundError("redirect", f"{_host(parts)} redirects without end", is_permanent=True)


def checked_url(url: str, allow_private: bool = False) -> SplitResult:
    """The parts of an address that may be asked. Raises OutboundError bad_url, insecure_url."""
    try:
        parts = urlsplit(url.strip())
        _port = parts.port
    except ValueError as error:
        raise OutboundError("bad_url", "the address cannot be read", is_permanent=True) from error
    if parts.scheme not in ("https", "http") or not parts.hostname or "@" in parts.netloc:
        raise OutboundError(
            "bad_url", "an address is https://host/path, without a user in it", is_permanent=True
        )
    if any(ord(letter) < 33 or ord(letter) == 127 for letter in url.strip()):
        raise OutboundError("bad_url", "the address has a blank or a control character", is_permanent=True)
    if parts.scheme == "http" and not allow_private:
        raise OutboundError("insecure_url", "only https:// may leave the house", is_permanent=True)
    return parts


def is_public(address: Address) -> bool:
    """Whether an address lies in the public network, also by the one it carries inside."""
    if isinstance(address, ipaddress.IPv6Address):
        inside = address.ipv4_mapped or address.sixtofour
        if inside is None and address in NAT64:
            inside = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inside is not None:
            return is_public(inside)
        if address.teredo is not None or address.is_site_local:
            return False
    return address.is_global and not address.is_multicast


def addresses_of(parts: SplitResult, allow_private: bool) -> list[str]:
    """The addresses of the host as they are now; one that is not public refuses them all.

    Raises OutboundError unresolvable, refused_address.
    """
    try:
        found = socket.getaddrinfo(parts.hostname, _port(parts), type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise OutboundError("unresolvable", f"{_host(parts)} has no address") from error
    addresses = list(dict.fromkeys(str(entry[4][0]).split("%")[0] for entry in found))
    if not allow_private and not all(is_public(ipaddress.ip_address(one)) for one in addresses):
        raise OutboundError(
            "refused_address", f"{_host(parts)} is not in the public network", is_permanent=True
        )
    return addresses


def _ask_once(
    asked: Request, parts: SplitResult, bounds: Bounds, left_s: float
) -> tuple[int, dict[str, str], bytes]:
    deadline = time.monotonic() + left_s
    connection = _connected(parts, bounds, deadline)
    try:
        with _cut_at(connection, deadline) as is_cut:
            try:
                got = _exchange(connection, asked, parts, bounds)
            except OutboundError:
                raise
            except ssl.SSLError as error:
                raise OutboundError("tls", f"the encryption with {_host(parts)} failed") from error
            except (OSError, urllib3.exceptions.HTTPError, ValueError) as error:
                code = "timeout" if is_cut() or isinstance(error, TimeoutError) else "broken_answer"
                raise OutboundError(code, f"{_host(parts)} gave no whole answer") from error
            if is_cut():  # without a length the end of a cut answer looks like any other
                raise OutboundError("timeout", f"{_host(parts)} took too long")
            return got
    finally:
        connection.close()


def _connected(parts: SplitResult, bounds: Bounds, deadline: float) -> HTTPConnection:
    """A connection to the first address that takes one. Raises OutboundError no_connection, tls, timeout."""
    failure: OutboundError | None = None
    for address in addresses_of(parts, bounds.allow_private):
        wait_s = min(bounds.connect_s, deadline - time.monotonic())
        if wait_s <= 0:
            break
        connection = _connection(parts, address, wait_s)
        try:
            connection.connect()
        except ssl.SSLError as error:
            failure = OutboundError("tls", f"the encryption with {_host(parts)} failed")
            failure.__cause__ = error
        except (OSError, urllib3.exceptions.HTTPError) as error:
            failure = OutboundError("no_connection", f"{_host(parts)} takes no connection")
            failure.__cause__ = error
        else:
            return connection
        connection.close()
    raise failure or OutboundError("timeout", f"{_host(parts)} took too long")


def _connection(parts: SplitResult, address: str, wait_s: float) -> HTTPConnection:
    if parts.scheme == "http":
        return HTTPConnection(address, _port(parts), timeout=wait_s)
    return HTTPSConnection(
        address,
        _port(parts),
        timeout=wait_s,
        server_hostname=parts.hostname,
        assert_hostname=parts.hostname,
        ssl_context=ssl.create_default_context(),
    )


@contextmanager
def _cut_at(connection: HTTPConnection, deadline: float) -> Iterator[Callable[[], bool]]:
    """Cuts the connection at the deadline, however slowly the other side drips; gives a call that says whether it did."""
    cut = threading.Event()
    line = connection.sock  # the answer takes it over later

    def end() -> None:
        cut.set()
        with suppress(OSError, AttributeError):  # it was over just then
            line.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(max(0.0, deadline - time.monotonic()), end)
    timer.daemon = True
    timer.start()
    try:
        yield cut.is_set
    finally:
        timer.cancel()


def _exchange(
    connection: HTTPConnection, asked: Request, parts: SplitResult, bounds: Bounds
) -> tuple[int, dict[str, str], bytes]:
    own = {
        "Host": parts.netloc,
        "User-Agent": USER_AGENT,
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection.timeout = bounds.total_s  # the cut comes earlier
    connection.request(
        asked.method,
        target,
        body=asked.body,
        headers={**asked.headers, **own},
        preload_content=False,
        decode_content=False,
    )
    answer = connection.getresponse()
    try:
        headers = {name.lower(): value for name, value in answer.headers.items()}
        if headers.get("content-encoding", "identity").lower() not in ("identity", ""):
            raise OutboundError("encoded", f"{_host(parts)} packs its answer although it was asked not to")
        body = bytearray()
        for chunk in answer.stream(CHUNK, decode_content=False):
            body += chunk
            if len(body) > bounds.max_bytes:
                raise OutboundError(
                    "too_large", f"{_host(parts)} answers more than {bounds.max_bytes:,} bytes"
                )
        return answer.status, headers, bytes(body)
    finally:
        answer.close()


def _origin(parts: SplitResult) -> tuple[str, str, int]:
    return parts.scheme, (parts.hostname or "").lower(), _port(parts)


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _host(parts: SplitResult) -> str:
    return (parts.hostname or "")[:100]
