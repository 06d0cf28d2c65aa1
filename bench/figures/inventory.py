"""Stock: single postings and bulk against bare SQL that writes the same rows."""

import os
import statistics
import subprocess
import sys
from typing import Any

from bench.instance import Instance
from bench.registry import Measured, figure

ROUNDS = 3
SECONDS = 4.0


def environment(instance: Instance) -> dict[str, str]:
    inherited = {key: value for key, value in os.environ.items() if not key.endswith("_URL")}
    return {
        **inherited,
        **instance.addresses,
        "DATA_DIR": str(instance.folder),
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }


def rate(instance: Instance, mode: str, processes: int, threads: int) -> float:
    """Postings per second of `processes` × `threads` clients at once."""
    command = [sys.executable, "-W", "ignore", "-m", "bench.workers.stock", mode, str(threads), str(SECONDS)]
    running = [
        subprocess.Popen(command, env=environment(instance), stdout=subprocess.PIPE, text=True)
        for _ in range(processes)
    ]
    return sum(float(process.communicate(timeout=120)[0].strip().splitlines()[-1]) for process in running)


def paired(instance: Instance, processes: int, threads: int) -> tuple[float, float]:
    """Medians of ours and of the bare statement, measured in turns."""
    pairs = [
        (rate(instance, "ours", processes, threads), rate(instance, "bare", processes, threads))
        for _ in range(ROUNDS)
    ]
    return statistics.median(ours for ours, _ in pairs), statistics.median(bare for _, bare in pairs)


@figure("postings_per_s_1_client", unit="postings/s", goal=0.5)
def postings_single(instance: Instance) -> Measured:
    """One client: action with key and trail event against one bare statement."""
    value, limit = paired(instance, 1, 1)
    return Measured(value, limit, "action with key and event against one psycopg2 statement without event")


@figure("postings_per_s_16_clients", unit="postings/s", goal=0.5)
def postings_sixteen(instance: Instance) -> Measured:
    """Sixteen clients in four processes on both sides."""
    value, limit = paired(instance, 4, 4)
    return Measured(
        value, limit, "16 clients in 4 processes on both sides; server and clients share the cores"
    )


@figure("postings_hot_1pct", unit="postings/s", goal=0.8)
def postings_hot(instance: Instance) -> Measured:
    """Sixteen clients on 1 in 100 of the products, against the same on all 500; a single row is told beside."""
    pairs = [(rate(instance, "hot", 4, 4), rate(instance, "ours", 4, 4)) for _ in range(ROUNDS)]
    one = rate(instance, "one", 4, 4)
    hot, uniform = (statistics.median(side) for side in zip(*pairs, strict=True))
    return Measured(hot, uniform, f"a single hot row {one:.0f}/s, {one / uniform:.2f} of uniform")


@figure("trail_share_of_posting", unit="ms", goal=0.35, better="lower")
def trail_share(instance: Instance) -> Measured:
    """What an event with its digest adds to the bare statement, against a whole posting of ours; one client."""
    rounds = [[1000 / rate(instance, mode, 1, 1) for mode in ("told", "bare", "ours")] for _ in range(ROUNDS)]
    told, bare, ours = (statistics.median(side) for side in zip(*rounds, strict=True))
    return Measured(told - bare, ours, f"bare {bare:.2f} ms, with event {told:.2f} ms, ours {ours:.2f} ms")


def bulk_rate(instance: Instance, movements: int, lines: int) -> tuple[float, float]:
    """Lines per second of one call with that many movements of so many lines, ours and bare; medians, in turns."""
    ours: list[float] = []
    bare: list[float] = []
    for _ in range(ROUNDS):
        for mode, rates in (("ours", ours), ("bare", bare)):
            command = [
                sys.executable,
                "-W",
                "ignore",
                "-m",
                "bench.workers.bulk",
                mode,
                str(movements),
                str(lines),
            ]
            done: Any = subprocess.run(
                command, env=environment(instance), capture_output=True, text=True, check=True
            )
            rates.append(float(done.stdout.strip().splitlines()[-1]))
    return statistics.median(ours), statistics.median(bare)


@figure("bulk_lines_per_s", unit="lines/s", goal=0.6)
def bulk_lines(instance: Instance) -> Measured:
    """100,000 lines in one call, 10,000 keyed movements of 10, against COPY and INSERT … SELECT of the same rows."""
    value, limit = bulk_rate(instance, 10_000, 10)
    single, bare_single = bulk_rate(instance, 10_000, 1)
    return Measured(
        value,
        limit,
        "100,000 lines in 10,000 movements with keys, checks and a digest; 10,000 movements of one line:"
        f" {single:,.0f} of {bare_single:,.0f}, {single / bare_single:.2f}",
    )


@figure("file_sales_lines_per_s", unit="lines/s", goal=0.2)
def file_sales(instance: Instance) -> Measured:
    """100,000 sales of the Online Retail data as one CSV through the file path, against the bare COPY and INSERT."""
    command = [sys.executable, "-W", "ignore", "-m", "bench.workers.bulk", "file", "100000", "0"]
    done = subprocess.run(command, env=environment(instance), capture_output=True, text=True, check=True)
    value = float(done.stdout.strip().splitlines()[-1])
    _ours, limit = bulk_rate(instance, 5_000, 20)
    return Measured(
        value, limit, f"{value:,.0f} lines/s; asked are 15,000. Reading, checks, keys, daily facts included"
    )
