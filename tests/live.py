"""A real web server, worker and scheduler on a database of their own, for tests that drive a browser or REST outside in."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from config.embedded.ports import free_port
from config.environment import BASE_DIR
from config.supervisor import spawn
from tests.embedded import Server

DATABASE = "live"
READY_WITHIN_S = 60
CHROMIUM = "/usr/bin/chromium"


@dataclass
class LiveStack:
    """url has no slash at its end. `manage` runs a command as an operator would; `database()` lets the test look."""

    url: str
    environment: dict[str, str]
    folder: Path
    processes: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def manage(self, *arguments: str) -> str:
        """Standard output of `manage.py …` on the stack's database."""
        done = subprocess.run(
            [sys.executable, "-W", "ignore", str(BASE_DIR / "manage.py"), *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"manage.py {arguments}: {done.stdout}{done.stderr}"
        return done.stdout

    @contextmanager
    def database(self) -> Iterator[None]:
        """Inside, Django's connection of this test (with real commits) is the stack's database."""
        from tests.conftest import connected_to

        with connected_to(DATABASE):
            yield

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(encoding="utf8", errors="replace")


def start(server: Server) -> LiveStack:
    """Clone, seed, start, wait until ready."""
    server.drop(DATABASE)
    server.clone(DATABASE)
    port = free_port()
    folder = Path(tempfile.mkdtemp(prefix="steelyard-live-"))
    environment = {
        **os.environ,
        **server.environment(DATABASE),
        "REDIS_URL": server.broker_url.removesuffix("/0") + "/5",  # tasks of other tests stay out
        "PORT": str(port),
        "DATA_DIR": str(folder),
        "WEB_WORKERS": "1",
        "WEB_THREADS": "8",
        "PYTHONWARNINGS": "ignore",
    }
    stack = LiveStack(f"http://127.0.0.1:{port}", environment, folder)
    for command in ("sync_schedule", "seed_base"):
        stack.manage(command)
    worker = ["worker", "-B", "-s", str(folder / "beat"), "-Q", "urgent,normal,bulk", "-c", "2"]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "WARNING"]
    for name, command in (
        ("web", ["gunicorn", "-c", "config/gunicorn.py", "config.wsgi"]),
        ("worker", ["celery", "-A", "config", *worker, *quiet]),
    ):
        log = folder / f"{name}.log"
        stack.processes.append(spawn([sys.executable, "-m", *command], environment, log, signal.SIGQUIT))
    _wait(stack, "healthz")
    return stack


def _wait(stack: LiveStack, page: str) -> None:
    deadline_s = time.monotonic() + READY_WITHIN_S
    while True:
        try:
            urllib.request.urlopen(f"{stack.url}/{page}", timeout=5).close()
            return
        except urllib.error.HTTPError as answer:
            answer.close()
        except OSError:
            pass
        if time.monotonic() > deadline_s or stack.processes[0].poll() is not None:
            stop(stack)
            pytest.fail(f"The live stack does not answer /{page}:\n{stack.log('web')}")
        time.sleep(0.1)


def stop(stack: LiveStack) -> None:
    for process in stack.processes:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
    for process in stack.processes:
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    shutil.rmtree(stack.folder, ignore_errors=True)
