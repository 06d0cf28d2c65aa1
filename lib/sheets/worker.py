"""Reading in a process of its own, held to memory, processor time and the clock: a hostile file ends that process only."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from lib.faults import Faults, refuse
from lib.sheets.bounds import OF_FEEDS, Bounds
from lib.sheets.grids import Cells, Found, Hints, Record, records
from lib.sheets.workbooks import is_zip

ROOT = Path(__file__).resolve().parent.parent.parent
#: A text up to this size is read where it is asked: it cannot grow into anything, and a process costs 0.1 s.
SMALL = 256 * 1024


class Grid:
    """What was read. `lines` (of CSV and XLSX) and `rows` (of JSON) can be gone through again and again; they stand in a
    temporary file, so that a million of them take no room here."""

    def __init__(self, source: "_InMemory | _InFile") -> None:
        self._source = source
        found: dict[str, Any] = {}
        self.document: dict[str, Any] = {}
        self.count = 0
        for record in source.heads():
            found = record.get("found", found)
            self.document = record.get("document", self.document)
            self.count = record.get("end", self.count)
        found = {name: tuple(value) if isinstance(value, list) else value for name, value in found.items()}
        self.found = Found(**found)

    def lines(self) -> Iterator[Cells]:
        """Each line that holds something."""
        for record in self._source.records():
            yield from record.get("lines", ())

    def rows(self) -> Iterator[Any]:
        """Each row of JSON."""
        for record in self._source.records():
            yield from record.get("rows", ())


class _InMemory:
    def __init__(self, made: list[Record]) -> None:
        self._made = made

    def records(self) -> Iterator[Record]:
        return iter(self._made)

    heads = records


class _InFile:
    """Records in a temporary file, one a line; small ones (found, document, end) are told apart by how they begin."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        weakref.finalize(self, file.close)

    def heads(self) -> Iterator[Record]:
        self._file.seek(0)
        for line in self._file:
            if not line.startswith((b'{"lines"', b'{"rows"')):
                yield _parsed(line)

    def records(self) -> Iterator[Record]:
        at = 0
        while True:
            self._file.seek(at)
            line = self._file.readline()
            if not line:
                return
            at = self._file.tell()
            yield _parsed(line)


def _parsed(line: bytes) -> Record:
    parsed: Record = json.loads(line.decode("utf-8", "surrogatepass"))
    return parsed


def grid_of(body: bytes, name: str = "", bounds: Bounds = OF_FEEDS, hints: Hints | None = None) -> Grid:
    """What stands in `body`; the bytes decide what it is, a name that says otherwise is refused.

    Raises Faults 413 `too_large`; 422 those of `lib.sheets.grids`, `too_slow`, `too_much_memory`, `reader_died`.
    """
    hints = hints or Hints()
    if len(body) > bounds.size:
        raise refuse("too_large", f"The file is larger than {bounds.size >> 20} MB.", status=413)
    if len(body) <= SMALL and not is_zip(body):
        return Grid(_InMemory(list(records(body, name, bounds, hints))))
    return Grid(_InFile(_read_apart(body, name, bounds, hints)))


def _read_apart(body: bytes, name: str, bounds: Bounds, hints: Hints) -> IO[bytes]:
    task = {"name": name, "size": len(body), "bounds": bounds.as_json(), "hints": vars(hints)}
    out = tempfile.TemporaryFile()  # noqa: SIM115  (the grid closes it)
    try:
        process = subprocess.Popen(
            [sys.executable, "-s", "-m", "lib.sheets.child"],
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
            env={"PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "1"},
            start_new_session=True,
        )
        try:
            process.communicate(json.dumps(task).encode() + b"\n" + body, timeout=bounds.wall_s)
        except subprocess.TimeoutExpired:
            raise _too_slow() from None
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            if process.stdin:
                process.stdin.close()
        _check_end(out, process.returncode)
    except BaseException:
        out.close()
        raise
    return out


def _check_end(out: IO[bytes], returncode: int) -> None:
    """The last line is an end; a fault is raised, and what is neither was cut off."""
    last = _last_line(out)
    if '"fault"' in last[:8]:
        fault = json.loads(last)["fault"]
        raise refuse(fault["code"], fault["detail"], status=fault["status"])
    if returncode == 0 and last.startswith('{"end"'):
        return
    raise {
        -signal.SIGXCPU: _too_slow(),
        -signal.SIGXFSZ: refuse("too_large", "What stands in it is too large to be read."),
        -signal.SIGKILL: refuse("too_slow", "Reading it took too much time or memory."),
    }.get(
        returncode, refuse("reader_died", "It could not be read: the process that reads it came to an end.")
    )


def _last_line(out: IO[bytes]) -> str:
    size = out.seek(0, os.SEEK_END)
    out.seek(max(0, size - 64 * 1024))
    lines = out.read().splitlines()
    return lines[-1].decode("utf-8", "replace") if lines else ""


def _too_slow() -> Faults:
    return refuse("too_slow", "Reading it takes too long.")
