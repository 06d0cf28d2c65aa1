"""The process that reads: held to its bounds before it looks at a byte. `python -m lib.sheets.child`, task and bytes on
standard input, one JSON record a line on standard output.
"""

import json
import resource
import sys
from typing import Any

#: What reading never needs and would only take room.
for _absent in ("numpy", "lxml", "pandas"):
    sys.modules[_absent] = None  # type: ignore[assignment]

from lib.faults import Faults  # noqa: E402
from lib.sheets.bounds import Bounds  # noqa: E402
from lib.sheets.grids import Hints, records  # noqa: E402

#: What it may write: never more than this many times the file's own bounds.
OUTPUT = 1024 * 1024 * 1024


def hold(bounds: Bounds, size: int) -> None:
    """Hold this process to its memory, processor time, files and output; no core is left behind."""
    for what, limit in (
        (resource.RLIMIT_AS, bounds.memory + 2 * size),
        (resource.RLIMIT_CPU, bounds.cpu_s),
        (resource.RLIMIT_FSIZE, OUTPUT),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        # At the soft limit of processor time a signal says which limit it was.
        resource.setrlimit(what, (limit, limit + 2 if what == resource.RLIMIT_CPU else limit))


def main() -> None:
    """Read the task's line, then the bytes; write the records, the last of them an end or a fault."""
    task: dict[str, Any] = json.loads(sys.stdin.buffer.readline())
    bounds = Bounds(**task["bounds"])
    hold(bounds, task["size"])
    try:
        body = sys.stdin.buffer.read(task["size"])
        for record in records(body, task["name"], bounds, Hints(**task["hints"])):
            write(record)
    except Faults as faults:
        first = faults.faults[0]
        write({"fault": {"code": first.code, "detail": first.detail, "status": faults.status}})
    except MemoryError:
        write(
            {
                "fault": {
                    "code": "too_much_memory",
                    "detail": "Reading it takes too much memory.",
                    "status": 422,
                }
            }
        )
    sys.stdout.buffer.flush()


def write(record: dict[str, Any]) -> None:
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":"), check_circular=False)
    sys.stdout.buffer.write(text.encode("utf-8", "surrogatepass") + b"\n")


if __name__ == "__main__":
    main()
