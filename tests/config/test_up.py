"""`manage.py up` as an operator meets it. Slow: real servers start; everything happens on two instances side by side."""

import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import pytest

from config.embedded.ports import free_port
from config.environment import read_env_file
from config.supervisor import spawn

pytestmark = pytest.mark.slow

STARTED_WITHIN_S = 90
STOPPED_WITHIN_S = 15
OURS = (
    "DATABASE_URL",
    "DATABASE_OWNER_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "STEELYARD_TEST",
    "STEELYARD_UNDER_MAKE",
    "MAKEFLAGS",
)


@dataclass
class Running:
    folder: Path
    port: int
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        environment = {key: value for key, value in os.environ.items() if key not in OURS}
        environment |= {"PORT": str(self.port), "DATA_DIR": str(self.folder), "SEED": "empty"}
        # Ended with the test session even when that is killed.
        log = self.folder.with_suffix(".log")
        self.process = spawn([sys.executable, "manage.py", "up"], environment, log, signal.SIGTERM)

    def output(self) -> str:
        return self.folder.with_suffix(".log").read_text()

    def wait_until_served(self, page: str = "healthz") -> None:
        deadline_s = time.monotonic() + STARTED_WITHIN_S
        while self.answer(page) != 200:
            assert self.process is not None and self.process.poll() is None, self.output()
            assert time.monotonic() < deadline_s, self.output()
            time.sleep(0.1)

    def answer(self, page: str) -> int:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/{page}", timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as answer:
            answer.close()
            return answer.code
        except OSError:
            return 0

    def send(self, signum: int) -> None:
        assert self.process is not None
        self.process.send_signal(signum)

    def query(self, statement: str) -> list[tuple[object, ...]]:
        url = read_env_file(self.folder / "database.env")["DATABASE_URL"]
        with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
            cursor.execute(statement)
            rows = cursor.fetchall()
            connection.commit()
            return rows

    def processes(self) -> list[str]:
        """Everything on the machine that works for this instance, down to the grandchildren."""
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                inside = str(entry.joinpath("cwd").readlink()).startswith(str(self.folder))
                ours = f"DATA_DIR={self.folder}\0".encode() in entry.joinpath("environ").read_bytes()
                if inside or ours:
                    found.append(entry.joinpath("cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:
                continue
        return found

    def gone_within_s(self, seconds: float) -> bool:
        assert self.process is not None
        deadline_s = time.monotonic() + seconds
        while self.process.poll() is None or self.processes():
            if time.monotonic() > deadline_s:
                return False
            time.sleep(0.1)
        return True


def instance(name: str) -> Running:
    folder = Path(tempfile.mkdtemp(prefix=f"steelyard-up-{name}-"))
    folder.chmod(0o711)
    return Running(folder, free_port())


@pytest.fixture(scope="module")
def pair() -> Iterator[tuple[Running, Running]]:
    """Two instances that were started at the same moment."""
    both = instance("first"), instance("second")
    for one in both:
        one.start()
    for one in both:
        one.wait_until_served()
    yield both
    for one in both:
        if one.process is not None and one.process.poll() is None:
            one.process.kill()
        one.gone_within_s(20)
        subprocess.run(["rm", "-rf", str(one.folder), str(one.folder.with_suffix(".log"))], check=True)


def test_two_instances_run_side_by_side(pair: tuple[Running, Running]) -> None:
    first, second = pair
    first.query("INSERT INTO django_session VALUES ('kept', '', now()) RETURNING 1")
    assert first.query("SELECT count(*) FROM django_session") == [(1,)]
    assert second.query("SELECT count(*) FROM django_session") == [(0,)]


def test_addresses_are_for_the_owner_of_the_folder_only(pair: tuple[Running, Running]) -> None:
    names = {"DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "SECRET_KEY"}
    for one in pair:
        path = one.folder / "database.env"
        assert path.stat().st_mode & 0o777 == 0o600
        assert set(read_env_file(path)) == names


def test_a_second_start_in_the_same_folder_is_refused(pair: tuple[Running, Running]) -> None:
    other = Running(pair[0].folder, free_port())
    other.start()
    assert other.process is not None and other.process.wait(timeout=30) == 1
    assert "Another instance already runs" in other.output()


def test_worker_and_scheduler_answer(pair: tuple[Running, Running]) -> None:
    for one in pair:
        one.wait_until_served("readyz")
    assert [one.answer("readyz") for one in pair] == [200, 200]


def test_a_child_that_dies_is_named_and_started_again(pair: tuple[Running, Running]) -> None:
    first, _second = pair
    masters = [
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and is_child(entry, first, b"gunicorn")
    ]
    os.kill(masters[0], signal.SIGKILL)
    deadline_s = time.monotonic() + 20
    while "web is started again" not in first.output() and time.monotonic() < deadline_s:
        time.sleep(0.1)
    assert "web was killed by SIGKILL" in first.output()
    first.wait_until_served()


def is_child(entry: Path, one: Running, word: bytes) -> bool:
    assert one.process is not None
    try:
        parent = int(entry.joinpath("stat").read_text().rsplit(")", 1)[1].split()[1])
        return parent == one.process.pid and word in entry.joinpath("cmdline").read_bytes()
    except OSError:
        return False


def test_sigterm_stops_everything_cleanly(pair: tuple[Running, Running]) -> None:
    first, _second = pair
    first.send(signal.SIGTERM)
    assert first.gone_within_s(STOPPED_WITHIN_S), first.processes()
    assert first.process is not None and first.process.returncode == 0


def test_a_later_start_finds_its_data(pair: tuple[Running, Running]) -> None:
    first, _second = pair
    first.start()
    first.wait_until_served()
    assert first.query("SELECT session_key FROM django_session") == [("kept",)]


def test_kill_9_leaves_nothing_behind(pair: tuple[Running, Running]) -> None:
    for one in pair:
        one.send(signal.SIGKILL)
    for one in pair:
        assert one.gone_within_s(STOPPED_WITHIN_S), one.processes()


def test_after_kill_9_it_starts_and_ctrl_c_stops_it(pair: tuple[Running, Running]) -> None:
    first, _second = pair
    first.start()
    first.wait_until_served()
    assert first.query("SELECT session_key FROM django_session") == [("kept",)]
    first.send(signal.SIGINT)
    assert first.gone_within_s(STOPPED_WITHIN_S), first.processes()
