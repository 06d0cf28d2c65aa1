"""Children of `manage.py up`: started in order, watched, restarted or given up, stopped in reverse.

Each child leads a session of its own, so a terminal's Ctrl-C reaches only the supervisor, and is told by the kernel
when the supervisor is gone, so a kill -9 leaves nothing behind. Children must be started from the main thread.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from config.environment import BASE_DIR
from config.lifeline import die_with_parent

LONGEST_PAUSE_S = 30.0
STEADY_S = 60.0
LOG_LIMIT_BYTES = 20 * 1024 * 1024
STOP_WITHIN_S = 9.0
HURRY_AFTER_S = 6.0
SERVERS_STOP_WITHIN_S = 5.0


class Stopped(Exception):
    """Somebody asked us to stop while something was being prepared."""


class GivenUp(Exception):
    """A part that nothing works without has ended or cannot be prepared."""


@dataclass
class Child:
    """One process and how to treat it.

    start:    makes the process.
    vital:    its end is everybody's end (the database); others are started again.
    stop_signal, server: asked to end with this signal; servers go last.
    """

    name: str
    start: Callable[[], "subprocess.Popen[bytes]"]
    log: Path
    vital: bool = False
    stop_signal: signal.Signals = signal.SIGTERM
    server: bool = False
    process: "subprocess.Popen[bytes] | None" = None
    started_at_s: float = 0.0
    restart_at_s: float | None = None
    pause_s: float = field(default=1.0)

    def launch(self) -> None:
        self.process = self.start()
        self.started_at_s = time.monotonic()
        self.restart_at_s = None


def rotate(log: Path) -> None:
    """Keep one older generation of a log that has grown long."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LOG_LIMIT_BYTES:
        log.replace(log.with_suffix(".old.log"))


def spawn(
    command: Sequence[str], environment: Mapping[str, str], log: Path | None, lost_signal: signal.Signals
) -> "subprocess.Popen[bytes]":
    """A child of this thread in its own session; output goes to `log`, or to our own when there is none."""
    output = open(log, "ab") if log else None  # noqa: SIM115 (closed below, the child has its own copy)
    try:
        return subprocess.Popen(
            command,
            cwd=BASE_DIR,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
            start_new_session=True,
            preexec_fn=partial(die_with_parent, lost_signal, os.getpid()),
        )
    finally:
        if output:
            output.close()


def tail(log: Path, lines: int = 15) -> str:
    """The last lines of a log, indented."""
    try:
        text = log.read_text(encoding="utf8", errors="replace")
    except FileNotFoundError:
        return ""
    return "\n".join(f"    {line}" for line in text.splitlines()[-lines:])


class Supervisor:
    """Keeps the children; `say` prints one line for the person at the terminal."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.say = say
        self.children: list[Child] = []
        self.stop_requested = False
        for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(signum, self._ask_to_stop)

    def _ask_to_stop(self, signum: int, _frame: object) -> None:
        self.stop_requested = True

    def pause(self, seconds: float) -> None:
        """Sleep, unless asked to stop. Raises Stopped."""
        if self.stop_requested:
            raise Stopped
        time.sleep(seconds)
        if self.stop_requested:
            raise Stopped

    def add(self, child: Child) -> Child:
        rotate(child.log)
        child.launch()
        self.children.append(child)
        return child

    def run_step(
        self, what: str, command: Sequence[str], environment: Mapping[str, str], log: Path | None
    ) -> None:
        """Run a command to its end while watching the children. Raises GivenUp with what it said when it fails."""
        if log:
            rotate(log)
        began_s = time.monotonic()
        process = spawn(command, environment, log, signal.SIGKILL)
        try:
            while process.poll() is None:
                self.pause(0.05)
                self.watch()
        finally:
            if process.poll() is None:
                _end_group(process, signal.SIGTERM)
                _wait([process], 3.0)
                _end_group(process, signal.SIGKILL)
                process.wait()
        if process.returncode != 0:
            said = f":\n{tail(log, 40)}" if log else ""
            raise GivenUp(f"{what} failed (code {process.returncode}){said}")
        self.say(f"  {what}: {time.monotonic() - began_s:.1f} s")

    def watch(self) -> None:
        """Look once at every child. Raises GivenUp when a vital one has ended."""
        for child in self.children:
            if child.process is None or (code := child.process.poll()) is None:
                continue
            now_s = time.monotonic()
            if child.restart_at_s is None:
                self._note_end(child, code, now_s)
            elif now_s >= child.restart_at_s:
                self.say(f"{child.name} is started again.")
                rotate(child.log)
                child.launch()

    def _note_end(self, child: Child, code: int, now_s: float) -> None:
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        assert child.process is not None
        _end_group(child.process, signal.SIGKILL)  # nothing of the old one may work beside the new one
        if child.vital:
            raise GivenUp(f"{child.name} {how}:\n{tail(child.log)}")
        child.pause_s = (
            1.0 if now_s - child.started_at_s > STEADY_S else min(child.pause_s * 2, LONGEST_PAUSE_S)
        )
        child.restart_at_s = now_s + child.pause_s
        said = tail(child.log, 15 if child.pause_s <= 2 else 1)  # in full the first time only
        self.say(f"{child.name} {how}; next start in {child.pause_s:.0f} s. {child.log}:\n{said}")

    def stop_all(self) -> None:
        """Applications first, then the servers they use; what does not end in time is killed with all it started.

        A worker may end the task in hand for six seconds; then it is told to give it back to the queue (SIGQUIT).
        """
        for servers, within_s in ((False, STOP_WITHIN_S), (True, SERVERS_STOP_WITHIN_S)):
            group = [child for child in reversed(self.children) if child.server is servers and child.process]
            for child in group:
                assert child.process is not None
                if child.process.poll() is None:
                    child.process.send_signal(child.stop_signal)
            waiting = [child.process for child in group if child.process]
            if not servers:
                _wait(waiting, HURRY_AFTER_S)
                for process in waiting:
                    if process.poll() is None:
                        process.send_signal(signal.SIGQUIT)
            _wait(waiting, within_s - (0 if servers else HURRY_AFTER_S))
            for child in group:
                assert child.process is not None
                if child.process.poll() is None:
                    self.say(f"{child.name} did not end within {within_s:.0f} s and was killed.")
                _end_group(child.process, signal.SIGKILL)
                child.process.wait()


def _end_group(process: "subprocess.Popen[bytes]", signum: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signum)


def _wait(processes: "Sequence[subprocess.Popen[bytes]]", within_s: float) -> None:
    deadline_s = time.monotonic() + within_s
    while any(process.poll() is None for process in processes) and time.monotonic() < deadline_s:
        time.sleep(0.02)
