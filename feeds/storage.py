"""Raw bytes of deliveries, content-addressed below DATA_DIR/feeds: written once, never changed."""

import hashlib
from pathlib import Path

from django.conf import settings

from lib.files import write_whole


def keep(body: bytes) -> str:
    """Store `body` under its SHA-256 and return that; durable when it returns."""
    digest = hashlib.sha256(body).hexdigest()
    target = path_of(digest)
    if target.exists():
        return digest
    write_whole(target, body, mode=0o440, root=_root())
    return digest


def read(digest: str) -> bytes:
    """The bytes under `digest`. Raises OSError: they are not there; ValueError: they are not what they were."""
    body = path_of(digest).read_bytes()
    if hashlib.sha256(body).hexdigest() != digest:
        raise ValueError(f"the stored bytes of {digest} were altered")
    return body


def path_of(digest: str) -> Path:
    return _root() / digest[:2] / digest


def _root() -> Path:
    return Path(settings.DATA_DIR) / "feeds"
