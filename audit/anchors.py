"""Anchors: each seal's head as a line of DATA_DIR/anchors.jsonl, outside the database; copy it to where no administrator writes."""

import fcntl
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings


def anchors_path() -> Path:
    return Path(settings.DATA_DIR) / "anchors.jsonl"


def append(lines: Iterable[dict[str, Any]]) -> None:
    """Append one JSON line per seal and see it on disk."""
    path = anchors_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a", encoding="utf8") as out:
        fcntl.flock(out, fcntl.LOCK_EX)
        out.writelines(json.dumps(line, sort_keys=True) + "\n" for line in lines)
        out.flush()
        os.fsync(out.fileno())


def read() -> dict[int, set[str]]:
    """Seal number → the hashes it was anchored with (one, unless someone has been at it). Half a last line is left out."""
    found: dict[int, set[str]] = {}
    try:
        with open(anchors_path(), encoding="utf8") as lines:
            for line in lines:
                if line.endswith("\n"):
                    row = json.loads(line)
                    found.setdefault(int(row["number"]), set()).add(row["hash"])
    except FileNotFoundError:
        pass
    return found
