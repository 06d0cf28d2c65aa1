"""The frame itself: what a request costs over the bare database, and what the whole needs of memory."""

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import psycopg2

from bench.instance import Instance, per_second
from bench.registry import Measured, figure

THREADS = 8
SECONDS = 8.0
BARE = "import django.db, rest_framework, celery, psycopg2; print('x', flush=True); input()"


@figure("rest_calls_per_s", unit="calls/s", goal=0.005)
def rest_calls(instance: Instance) -> Measured:
    """The cheapest signed-in REST call against SELECT 1 on a bare connection, 8 clients each."""
    own = threading.local()
    url = instance.addresses["DATABASE_URL"]

    def select_1() -> None:
        if not hasattr(own, "cursor"):
            own.connection = psycopg2.connect(url)
            own.connection.autocommit = True
            own.cursor = own.connection.cursor()
        own.cursor.execute("SELECT 1")

    limit = per_second(select_1, THREADS, SECONDS)
    instance.token()
    value = per_second(lambda: instance.call("GET", "/api/v1/sites/?code=none"), THREADS, SECONDS)
    return Measured(value, limit, "GET sites/ with a token against SELECT 1 without anything, 8 clients")


def pss_mb(pid: int) -> float:
    """Memory of a process, shared pages counted in parts."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    return int(next(line for line in text.splitlines() if line.startswith("Pss:")).split()[1]) / 1024


def family(root: int) -> list[int]:
    """A process and everything below it."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int(entry.joinpath("stat").read_text().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
            parents.setdefault(parent, []).append(int(entry.name))
    found = [root]
    for pid in found:
        found += parents.get(pid, [])
    return found


def is_python(pid: int) -> bool:
    try:
        return "python" in Path(f"/proc/{pid}/exe").readlink().name
    except OSError:
        return False


@figure("memory_mb", unit="MB", goal=4.0, better="lower")
def memory(instance: Instance) -> Measured:
    """All processes after the start, against as many Python processes with the bare frameworks and the same servers."""
    assert instance.process is not None
    sizes = {pid: pss_mb(pid) for pid in family(instance.process.pid)}
    pythons = [pid for pid in sizes if is_python(pid)]
    bare = [_bare() for _number in pythons]
    frameworks = sum(pss_mb(process.pid) for process in bare)
    for process in bare:
        process.communicate(b"\n")
    servers = sum(size for pid, size in sizes.items() if pid not in pythons)
    note = f"{len(sizes)} processes, {len(pythons)} of them Python; proportional set size"
    return Measured(sum(sizes.values()), frameworks + servers, note)


def _bare() -> "subprocess.Popen[Any]":
    pipe = subprocess.PIPE
    process = subprocess.Popen([sys.executable, "-W", "ignore", "-c", BARE], stdin=pipe, stdout=pipe)
    assert process.stdout is not None
    process.stdout.readline()
    return process
