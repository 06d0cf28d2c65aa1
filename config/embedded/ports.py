"""Ports on loopback: chosen free once, then remembered, so that the addresses in database.env stay true."""

import json
import socket
import time
from collections.abc import Callable
from pathlib import Path

LOOPBACK = "127.0.0.1"


def is_free(port: int, host: str = LOOPBACK) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def remembered_port(memory: Path, name: str) -> int:
    """The port `name` used last time if it is still free, else another one, written down."""
    known: dict[str, int] = json.loads(memory.read_text()) if memory.exists() else {}
    port = known.get(name)
    if port is None or not is_free(port):
        port = free_port()
        known[name] = port
        memory.parent.mkdir(parents=True, exist_ok=True)
        memory.write_text(json.dumps(known))
    return port


def wait_until(condition: Callable[[], bool], timeout_s: float, what: str, pause_s: float = 0.05) -> None:
    """Raises TimeoutError naming `what` when `condition` is not true in time."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not answer within {timeout_s:.0f} s")
        time.sleep(pause_s)
