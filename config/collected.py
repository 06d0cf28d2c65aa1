"""Whether the collected static files still are what the sources would give; collectstatic runs only when not."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from config.environment import BASE_DIR

STAMP = ".inputs"


def _inputs() -> str:
    """Names, sizes and times of every source file, and the pinned packages (they bring static files too)."""
    digest = hashlib.sha256((BASE_DIR / "requirements.txt").read_bytes())
    digest.update((BASE_DIR / "config/static.py").read_bytes())
    for folder in (BASE_DIR / "static", BASE_DIR / "build" / "vendor"):
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                stat = path.stat()
                digest.update(f"{path.relative_to(BASE_DIR)} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def is_stale(static_root: Path, environment: Mapping[str, str]) -> bool:
    """False with DEBUG: then the sources themselves are served."""
    if environment.get("DEBUG", "").lower() in {"1", "true", "yes", "on"}:
        return False
    stamp = static_root / STAMP
    return not stamp.exists() or stamp.read_text() != _inputs()


def remember(static_root: Path) -> None:
    (static_root / STAMP).write_text(_inputs())
