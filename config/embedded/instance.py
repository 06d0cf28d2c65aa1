"""One instance's servers below its DATA_DIR, and the addresses it writes to database.env."""

import fcntl
import os
import secrets
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

from config.embedded.account import service_account
from config.embedded.ports import remembered_port
from config.embedded.postgres import APPLICATION, OWNER, Cluster, Passwords
from config.embedded.valkey import Broker
from config.environment import data_dir, env_file, read_env_file, write_env_file
from config.supervisor import Child, GivenUp, Supervisor

OLD_SERVER_ENDS_WITHIN_S = 20.0


class Instance:
    """DATA_DIR and what runs in it; at most one `up` at a time."""

    def __init__(self, supervisor: Supervisor) -> None:
        self.supervisor = supervisor
        self.folder = data_dir()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.logs = self.folder / "logs"
        self.stored = read_env_file(env_file())
        self._secrets_file = self.folder / "servers.env"
        self._secrets = read_env_file(self._secrets_file)
        self._lock: IO[str] | None = None

    def lock(self) -> None:
        """Raises GivenUp when another `up` works in this folder; waits for one that is just ending."""
        handle = open(self.folder / "up.lock", "w")  # noqa: SIM115 (held until we end)
        deadline_s = time.monotonic() + 3
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                if time.monotonic() > deadline_s:
                    raise GivenUp(
                        f"Another instance already runs in {self.folder}; give DATA_DIR another folder."
                    ) from None
                self.supervisor.pause(0.2)
        self._lock = handle

    def secret(self, name: str) -> str:
        """A password of this instance, made on first use and kept in servers.env (0600)."""
        if name not in self._secrets:
            self._secrets[name] = secrets.token_urlsafe(24)
            write_env_file(self._secrets_file, self._secrets)
        return self._secrets[name]

    def start_servers(self) -> dict[str, str]:
        """Start what the environment does not name; returns DATABASE_URL, DATABASE_OWNER_URL, REDIS_URL, SECRET_KEY."""
        known = {key: value for key in ("SECRET_KEY",) if (value := self.stored.get(key))}
        known.setdefault("SECRET_KEY", secrets.token_urlsafe(48))
        if not os.environ.get("REDIS_URL"):
            known["REDIS_URL"] = self._start_broker()
        if not os.environ.get("DATABASE_URL"):
            known |= self._start_postgres()
        if known != self.stored:
            write_env_file(env_file(), known)
        given = {
            name: os.environ[name]
            for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY")
            if os.environ.get(name)
        }
        if "DATABASE_URL" in given:
            known["DATABASE_OWNER_URL"] = os.environ.get("DATABASE_OWNER_URL") or given["DATABASE_URL"]
        return {**known, **given}

    def _start_postgres(self) -> dict[str, str]:
        passwords = Passwords(
            self.secret("POSTGRES_SUPERUSER"), self.secret("POSTGRES_OWNER"), self.secret("POSTGRES_APP")
        )
        cluster = Cluster(self.folder / "postgres", service_account(), passwords)
        if not cluster.is_initialised():
            self.supervisor.say("  PostgreSQL: new cluster")
            cluster.initialise()
        self._wait_for_old_server(cluster.data)
        port = remembered_port(self.folder / "ports.json", "postgres")
        log = self.logs / "postgres.log"
        child = self.supervisor.add(
            Child(
                "PostgreSQL",
                lambda: cluster.start(port, log=log),
                log,
                vital=True,
                stop_signal=signal.SIGINT,
                server=True,
            )
        )
        assert child.process is not None
        cluster.wait(port, child.process)
        cluster.prepare_database(port)
        return {
            "DATABASE_URL": cluster.url(port, APPLICATION),
            "DATABASE_OWNER_URL": cluster.url(port, OWNER),
        }

    def _start_broker(self) -> str:
        broker = Broker(self.folder / "valkey", service_account(), self.secret("VALKEY"))
        self._wait_until_left(broker.data, "Valkey")
        port = remembered_port(self.folder / "ports.json", "valkey")
        log = self.logs / "valkey.log"
        child = self.supervisor.add(Child("Valkey", lambda: broker.start(port, log), log, server=True))
        assert child.process is not None
        broker.wait(port, child.process)
        return broker.url(port)

    def _wait_for_old_server(self, data: Path) -> None:
        """After a kill -9 the old server may still be writing its last checkpoint.

        Its pid file alone proves nothing (the number may belong to somebody else by now): every PostgreSQL process
        works inside the data folder, so that is what we look at.
        """
        self._wait_until_left(data, "PostgreSQL")
        (data / "postmaster.pid").unlink(missing_ok=True)

    def _wait_until_left(self, data: Path, name: str) -> None:
        deadline_s = time.monotonic() + OLD_SERVER_ENDS_WITHIN_S
        while left := processes_inside(data):
            if time.monotonic() > deadline_s:
                raise GivenUp(f"An old {name} (process {left[0]}) still works in {data}.")
            self.supervisor.pause(0.1)


def processes_inside(folder: Path, read: Callable[[str], str] = os.readlink) -> list[int]:
    """Processes whose working directory is `folder` (those we may look at)."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                if read(f"/proc/{entry}/cwd") == str(folder):
                    found.append(int(entry))
            except OSError:
                continue
    return found
