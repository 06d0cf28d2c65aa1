"""`manage.py up`: everything that one instance needs, in the foreground.

manage.py comes here before Django is loaded: the supervisor stays small and knows no app.
"""

import json
import os
import signal
import sys
import time
import urllib.error
import urllib.request
from argparse import ArgumentParser
from functools import partial
from pathlib import Path
from typing import Any

import psycopg2

from config import collected
from config.embedded.instance import Instance
from config.embedded.ports import is_free
from config.environment import BASE_DIR
from config.lifeline import die_with_parent
from config.supervisor import Child, GivenUp, Stopped, Supervisor, spawn

DEMO_USERS = "clerk.price, manager.price, clerk.stock, manager.stock, duty, purchaser, sales, finance, admin"
DEMO_PASSWORD = "steelyard-demo"
SEEDED = "steelyard: seeded"
READY_WITHIN_S = 120

#: name → arguments of celery; urgent ticks never wait behind bulk work.
WORKERS = {
    "worker": ["worker", "-n", "main@%h", "-Q", "urgent,normal", "-c", "2"],
    "worker-bulk": ["worker", "-n", "bulk@%h", "-Q", "bulk,normal", "-c", "1"],
}
#: Programs of the demo: other people's systems that speak to this one.
CONNECTORS = ("wms", "shop")
QUIET = ["--loglevel", "WARNING"]
ALONE = ["--without-gossip", "--without-mingle", "--without-heartbeat"]


def main(arguments: list[str]) -> int:
    """The exit code: 0 after a stop that was asked for, 1 when a part that nothing works without is missing."""
    options = _options(arguments)
    if os.environ.get("STEELYARD_UNDER_MAKE"):
        die_with_parent(signal.SIGTERM)  # a kill -9 of make must not leave us behind
    supervisor = Supervisor(say)
    try:
        Start(supervisor, options.port, options.seed).everything()
        while True:
            supervisor.pause(0.2)
            supervisor.watch()
    except Stopped:
        say("Stopping.")
        return 0
    except (GivenUp, TimeoutError, RuntimeError, psycopg2.Error) as reason:
        say(f"\n{reason}\nStopping everything.")
        return 1
    finally:
        supervisor.stop_all()
        say("Stopped.")


def _options(arguments: list[str]) -> Any:
    parser = ArgumentParser(
        prog="manage.py up",
        description="Start PostgreSQL and Valkey (unless DATABASE_URL and REDIS_URL name others), web, workers and scheduler.",
    )
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT") or "8000"))
    parser.add_argument("--seed", choices=["demo", "empty"], default=os.environ.get("SEED") or "demo")
    return parser.parse_args(arguments)


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


class Start:
    """The order in which an instance comes up."""

    def __init__(self, supervisor: Supervisor, port: int, seed: str) -> None:
        self.supervisor = supervisor
        self.port = port
        self.seed = seed
        self.host = os.environ.get("HOST", "127.0.0.1")
        self.began_s = time.monotonic()

    def everything(self) -> None:
        if not is_free(self.port, self.host):
            raise GivenUp(f"Port {self.port} is in use; give PORT another number.")
        self.instance = Instance(self.supervisor)
        self.instance.lock()
        addresses = self.instance.start_servers()
        self.owner = self._environment(addresses)
        self.application = {key: value for key, value in self.owner.items() if key != "DATABASE_OWNER_URL"}
        self.supervisor.say(f"  servers: {time.monotonic() - self.began_s:.1f} s")
        self._prepare(addresses["DATABASE_OWNER_URL"])
        self._start_applications()
        self._wait_until("healthz")
        self._wait_until("readyz")
        self._start_connectors()
        self._greet()

    def _environment(self, addresses: dict[str, str]) -> dict[str, str]:
        cookie = {} if self.port == 8000 else {"SESSION_COOKIE_NAME": f"sessionid_{self.port}"}
        return {
            "INSECURE_LOCAL": "1",
            **cookie,
            **os.environ,
            **addresses,
            "PORT": str(self.port),
            "DATA_DIR": str(self.instance.folder),
            "PYTHONUNBUFFERED": "1",
        }

    def _manage(self, what: str, *arguments: str, as_owner: bool = False, aloud: bool = False) -> None:
        command = [sys.executable, "-W", "ignore", str(BASE_DIR / "manage.py"), *arguments, "--skip-checks"]
        environment = self.owner if as_owner else self.application
        log = None if aloud else self.instance.logs / f"{arguments[0]}.log"
        if log:
            log.unlink(missing_ok=True)  # what is shown after a failure is this run's
        self.supervisor.run_step(what, command, environment, log)

    def _prepare(self, owner_url: str) -> None:
        self._manage("migrations and schedule", "prepare", as_owner=True)
        static_root = Path(self.owner.get("STATIC_ROOT") or self.instance.folder / "static")
        if collected.is_stale(static_root, self.owner):
            self._manage("static files", "collectstatic", "--noinput", "--clear")
            collected.remember(static_root)
        with _owner(owner_url) as cursor:
            cursor.execute(
                "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
            )
            note = cursor.fetchone()[0] or ""
        if SEEDED not in note:
            self._manage("base data", "seed_base", aloud=True)
            if self.seed == "demo":
                self._manage("demo retailer", "load_demo", aloud=True)
            with _owner(owner_url) as cursor:
                cursor.execute(
                    "SELECT format('COMMENT ON DATABASE %%I IS %%L', current_database(), %s)",
                    [f"{SEEDED} {self.seed}"],
                )
                cursor.execute(cursor.fetchone()[0])

    def _start_applications(self) -> None:
        python = [sys.executable, "-W", "ignore", "-m"]
        self._start("web", [*python, "gunicorn", "-c", "config/gunicorn.py", "config.wsgi"])
        for name, arguments in WORKERS.items():
            self._start(name, [*python, "celery", "-A", "config", *arguments, *ALONE, *QUIET])
        schedule = self.instance.folder / "beat"
        schedule.mkdir(exist_ok=True)
        beat = ["beat", "-s", str(schedule / "schedule"), "--pidfile=", *QUIET]
        self._start("scheduler", [*python, "celery", "-A", "config", *beat], signal.SIGTERM)

    def _start_connectors(self) -> None:
        """The demo's warehouse system and shop, programs of their own; load_demo handed them their keys in files."""
        folder = self.instance.folder / "demo"
        host = "127.0.0.1" if self.host in {"0.0.0.0", ""} else self.host
        for name in CONNECTORS if self.seed == "demo" else ():
            if (folder / f"{name}.handover.json").exists():
                module = ["-W", "ignore", "-m", f"demo.connectors.{name}"]
                where = ["--folder", str(folder), "--url", f"http://{host}:{self.port}"]
                log = self.instance.logs / f"demo-{name}.log"
                command = [sys.executable, *module, *where]
                start = partial(spawn, command, self._for_strangers(), log, signal.SIGTERM)
                self.supervisor.add(Child(f"demo-{name}", start, log))

    def _for_strangers(self) -> dict[str, str]:
        """An environment without the addresses and secrets of this instance."""
        kept = ("PATH", "HOME", "LANG", "TZ", "DATA_DIR", "PYTHONUNBUFFERED")
        return {name: self.application[name] for name in kept if name in self.application}

    def _start(self, name: str, command: list[str], lost_signal: signal.Signals = signal.SIGQUIT) -> None:
        """lost_signal: what the child gets when we are killed: end at once, do not wait for the work in hand."""
        log = self.instance.logs / f"{name}.log"
        self.supervisor.add(Child(name, partial(spawn, command, self.application, log, lost_signal), log))

    def _wait_until(self, page: str) -> None:
        deadline_s = time.monotonic() + READY_WITHIN_S
        down: object = "no answer"
        while time.monotonic() < deadline_s:
            host = "127.0.0.1" if self.host in {"0.0.0.0", ""} else self.host
            try:
                with urllib.request.urlopen(f"http://{host}:{self.port}/{page}", timeout=5):
                    return
            except urllib.error.HTTPError as answer:
                down = json.loads(answer.read() or b"{}").get("down") if answer.code == 503 else answer
            except OSError as error:
                down = error
            self.supervisor.pause(0.1)
            self.supervisor.watch()
        if page == "healthz":
            raise GivenUp(f"The pages are not served after {READY_WITHIN_S} s: {down}")
        self.supervisor.say(f"Worker and scheduler have not answered after {READY_WITHIN_S} s: {down}")

    def _greet(self) -> None:
        say = self.supervisor.say
        say(
            f"\nSteelyard is ready after {time.monotonic() - self.began_s:.0f} s: http://localhost:{self.port}/"
        )
        say(f"  data and logs: {self.instance.folder}")
        if self.seed == "demo":
            say(f"  sign in as {DEMO_USERS}")
            say(f"  password: {DEMO_PASSWORD}")
        else:
            say("  sign in as admin")
        say("  Ctrl-C stops it.")


class _owner:
    def __init__(self, url: str) -> None:
        self._connection = psycopg2.connect(url)
        self._connection.autocommit = True

    def __enter__(self) -> Any:
        return self._connection.cursor()

    def __exit__(self, *_: object) -> None:
        self._connection.close()
