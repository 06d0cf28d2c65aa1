"""pytest plugin (`-p tests.embedded`): a throw-away PostgreSQL and Valkey for the session.

The cluster with all migrations applied is kept in `.cache/`, keyed by everything the schema is made of, and copied for
each session; so a warm start takes about two seconds and a changed migration a dozen. The tests sign in as the
application role, migrations as the owner, exactly as in production.

Databases in the cluster: `steelyard` (the session's; one per xdist worker) and `steelyard_template`, which nobody
connects to, so that it can be cloned at any moment.
"""

import fcntl
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import psycopg2
import pytest
from psycopg2 import sql

from config.embedded.account import service_account
from config.embedded.ports import free_port
from config.embedded.postgres import (
    APPLICATION,
    DATABASE,
    OWNER,
    SUPERUSER,
    THROW_AWAY,
    Cluster,
    Passwords,
    wheel_version,
)
from config.embedded.valkey import Broker
from config.environment import BASE_DIR

CACHE = BASE_DIR / ".cache"
TEMPLATE = "steelyard_template"
KEPT_TEMPLATES = 4
PASSWORDS = Passwords(
    "test-superuser", "test-owner", "test-app"
)  # loopback only, thrown away with the session
SERVER_VARIABLE = "STEELYARD_TEST_SERVER"


@dataclass(frozen=True)
class Server:
    """Where the session's servers are; handed to xdist workers through the environment."""

    port: int
    broker_url: str

    def url(self, role: str, database: str = DATABASE) -> str:
        words = {SUPERUSER: PASSWORDS.superuser, OWNER: PASSWORDS.owner, APPLICATION: PASSWORDS.application}
        return f"postgres://{role}:{words[role]}@127.0.0.1:{self.port}/{database}"

    def environment(self, database: str) -> dict[str, str]:
        """Variables with which any process works on `database` as production would."""
        return {
            "DATABASE_URL": self.url(APPLICATION, database),
            "DATABASE_OWNER_URL": self.url(OWNER, database),
            "REDIS_URL": self.broker_url,
            "SECRET_KEY": "for-tests-only-" * 4,
            "STEELYARD_TEST": "1",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATA_DIR": os.environ.get("DATA_DIR", str(BASE_DIR / ".cache" / "test-data")),
        }

    def clone(self, database: str) -> None:
        """A fresh database with all tables, and nothing in them but what migrations put there."""
        with self.maintenance() as cursor:
            cursor.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(
                    sql.Identifier(database), sql.Identifier(TEMPLATE), sql.Identifier(OWNER)
                )
            )

    def drop(self, database: str) -> None:
        with self.maintenance() as cursor:
            cursor.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database))
            )

    @contextmanager
    def maintenance(self) -> Iterator["psycopg2.extensions.cursor"]:
        connection = psycopg2.connect(self.url(SUPERUSER, "postgres"))
        connection.autocommit = True
        try:
            yield connection.cursor()
        finally:
            connection.close()


def server() -> Server:
    return Server(**json.loads(os.environ[SERVER_VARIABLE]))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests() -> Generator[None, object, object]:
    """Before pytest-django reads the settings (a conftest would be too late)."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker:
        database = f"steelyard_{worker}"
        server().clone(database)
        os.environ.update(server().environment(database))
        return (yield)
    folder = Path(tempfile.mkdtemp(prefix="steelyard-test-"))
    folder.chmod(0o711)  # the servers' account passes through to its own two folders
    _session.folder = folder
    try:
        _start(folder)
    except BaseException:
        _stop()
        raise
    return (yield)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    if not os.environ.get("PYTEST_XDIST_WORKER"):
        _stop()


class _session:
    folder: Path | None = None
    processes: list["subprocess.Popen[bytes]"] = []


def _start(folder: Path) -> None:
    account = service_account()
    source = _migrated_cluster()
    target = folder / "postgres"
    subprocess.run(["cp", "-a", "--reflink=auto", str(source), str(target)], check=True)
    cluster = Cluster(target, account, PASSWORDS)
    port = free_port()
    _session.processes.append(cluster.start(port, THROW_AWAY, folder / "postgres.log"))
    broker = Broker(folder / "valkey", account, "test", durable=False)
    broker_port = free_port()
    _session.processes.append(broker.start(broker_port))
    cluster.wait(port, _session.processes[0])
    broker.wait(broker_port, _session.processes[1])
    started = Server(port, broker.url(broker_port))
    os.environ[SERVER_VARIABLE] = json.dumps(asdict(started))
    os.environ.update(started.environment(DATABASE))


def _stop() -> None:
    for process in reversed(_session.processes):
        process.send_signal(signal.SIGINT)
    for process in _session.processes:
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
    _session.processes = []
    if _session.folder is not None:
        for link in _session.folder.iterdir():
            if link.is_symlink():
                shutil.rmtree(link.resolve(), ignore_errors=True)
        shutil.rmtree(_session.folder, ignore_errors=True)
        _session.folder = None


# -- the cached cluster ----------------------------------------------------------------------------------------------


def _schema_key() -> str:
    """Changes with anything the migrated schema is made of."""
    digest = hashlib.sha256(wheel_version().encode())
    sources = [BASE_DIR / "requirements.txt", BASE_DIR / "config/embedded/postgres.py", Path(__file__)]
    for pattern in ("*/migrations/**/*", "*/operations.py", "*/operations/**/*.py", "*/sql/**/*"):
        sources += [
            path for path in BASE_DIR.glob(pattern) if path.is_file() and path.suffix in {".py", ".sql"}
        ]
    for path in sorted(
        path for path in sources if ".venv" not in path.parts and "node_modules" not in path.parts
    ):
        digest.update(str(path.relative_to(BASE_DIR)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:20]


def _migrated_cluster() -> Path:
    CACHE.mkdir(exist_ok=True)
    with open(CACHE / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # sessions side by side build it once
        target = CACHE / f"pg-{_schema_key()}"
        if not target.exists():
            _build(target)
        os.utime(target)
        for old in sorted(CACHE.glob("pg-*"), key=lambda path: path.stat().st_mtime)[:-KEPT_TEMPLATES]:
            shutil.rmtree(old, ignore_errors=True)
        return target


def _build(target: Path) -> None:
    folder = Path(tempfile.mkdtemp(prefix="steelyard-template-"))
    folder.chmod(0o711)
    try:
        cluster = Cluster(folder / "postgres", service_account(), PASSWORDS)
        cluster.initialise()
        port = free_port()
        process = cluster.start(port, THROW_AWAY, folder / "log")
        try:
            cluster.wait(port, process)
            cluster.prepare_database(port)
            here = Server(port, "redis://127.0.0.1:1/0")
            _migrate(here)
            _make_template(here)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=30)
        subprocess.run(["cp", "-a", str(cluster.data), str(target) + ".part"], check=True)
        Path(str(target) + ".part").rename(target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _migrate(here: Server) -> None:
    environment = {**os.environ, **here.environment(DATABASE)}
    command = [sys.executable, str(BASE_DIR / "manage.py"), "migrate", "--skip-checks", "--verbosity", "0"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise pytest.UsageError(f"The migrations do not run:\n{done.stdout}{done.stderr}")


def _make_template(here: Server) -> None:
    """A second copy that nobody ever connects to, since a database in use cannot be cloned."""
    with here.maintenance() as cursor:
        cursor.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(
                sql.Identifier(TEMPLATE), sql.Identifier(DATABASE), sql.Identifier(OWNER)
            )
        )
