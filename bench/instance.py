"""The instance that is measured, and how figures talk to it."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from config.embedded.ports import free_port
from config.environment import BASE_DIR, read_env_file
from config.supervisor import spawn

READY_WITHIN_S = 300
STOP_WITHIN_S = 20


class Instance:
    """`manage.py up` in a folder of its own."""

    def __init__(self, folder: Path, seed: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        inherited = {key: value for key, value in os.environ.items() if not key.endswith("_URL")}
        self._environment = {**inherited, "DATA_DIR": str(folder), "PORT": str(self.port), "SEED": seed}
        self._environment.pop("STEELYARD_UNDER_MAKE", None)
        self.process: subprocess.Popen[bytes] | None = None
        self._tokens: dict[str, str] = {}

    def start(self) -> float:
        """Seconds until it is ready. Raises RuntimeError with its output when it does not become so."""
        began_s = time.monotonic()
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "manage.py", "up"]
        self.process = spawn(command, self._environment, self.folder / "up.log", signal.SIGTERM)
        while "Steelyard is ready" not in (output := (self.folder / "up.log").read_text()):
            if self.process.poll() is not None or time.monotonic() - began_s > READY_WITHIN_S:
                raise RuntimeError(f"The instance does not start:\n{output}")
            time.sleep(0.05)
        return time.monotonic() - began_s

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=STOP_WITHIN_S)

    def remove(self) -> None:
        """Stop it and delete its data, those behind links too (see config.embedded.account)."""
        self.stop()
        for name in ("postgres", "valkey"):
            if (self.folder / name).is_symlink():
                shutil.rmtree((self.folder / name).resolve(), ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def addresses(self) -> dict[str, str]:
        """DATABASE_URL, DATABASE_OWNER_URL, REDIS_URL."""
        return read_env_file(self.folder / "database.env")

    def manage(self, *arguments: str) -> str:
        """Standard output of a management command."""
        command = [sys.executable, "-W", "ignore", "manage.py", *arguments]
        done = subprocess.run(
            command, cwd=BASE_DIR, env=self._environment, capture_output=True, text=True, check=True
        )
        return done.stdout

    def token(self, user: str = "admin") -> str:
        if user not in self._tokens:
            self._tokens[user] = self.manage("create_token", user).strip().splitlines()[-1].split()[-1]
        return self._tokens[user]

    def call(self, method: str, path: str, body: Any = None, user: str = "admin", **headers: str) -> Any:
        """The decoded answer of one REST call, e.g. call("GET", "/api/v1/sites/"). Raises HTTPError."""
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {self.token(user)}",
                "Content-Type": "application/json",
                **headers,
            },
        )
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)


def per_second(work: Callable[[], Any], threads: int, seconds: float) -> float:
    """How often `threads` threads together finish `work` in one second."""
    deadline_s = time.perf_counter() + seconds

    def repeat(_number: int) -> int:
        count = 0
        while time.perf_counter() < deadline_s:
            work()
            count += 1
        return count

    began_s = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        total = sum(pool.map(repeat, range(threads)))
    return total / (time.perf_counter() - began_s)
