"""Raw bytes of deliveries, content-addressed below DATA_DIR/feeds: written once, never changed."""

import hashlib
import os
import tempfile
from pathlib import Path

from django.conf import settings


def keep(body: bytes) -> str:
    """Store `body` under its SHA-256 and return that; durable when it returns."""
    digest = hashlib.sha256(body).hexdigest()
    target = path_of(digest)
    if target.exists():
        return digest
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(dir=target.parent, prefix=".part-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(part, 0o440)
        os.replace(part, target)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise
    return digest


def read(digest: str) -> bytes:
    """The bytes under `digest`. Raises OSError: they are not there; ValueError: they are not what they were."""
    body = path_of(digest).read_bytes()
    if hashlib.sha256(body).hexdigest() != digest:
        raise ValueError(f"the stored bytes of {digest} were altered")
    return body


def path_of(digest: str) -> Path:
    return Path(settings.DATA_DIR) / "feeds" / digest[:2] / digest
