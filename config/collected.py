"""Whether static-root still holds what the sources would give; collectstatic runs only when not."""

import hashlib

from django.conf import settings

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


def is_stale() -> bool:
    if settings.FROM_SOURCES:
        return False
    stamp = settings.STATIC_ROOT / STAMP
    return not stamp.exists() or stamp.read_text() != _inputs()


def remember() -> None:
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    (settings.STATIC_ROOT / STAMP).write_text(_inputs())
