"""Files that are there whole or not at all, also after the power went."""

import os
import tempfile
from pathlib import Path


def write_whole(
    target: Path, body: bytes, *, mode: int = 0o600, folder_mode: int = 0o700, root: Path | None = None
) -> None:
    """Write beside the target, then rename: nobody ever sees a part; durable when it returns.

    mode: of the file; folder_mode: of folders that are missing. root: the folder above the target up to which new
    folders' own entries are made durable too, by default the target's. Raises OSError; then nothing is left.
    """
    target.parent.mkdir(parents=True, exist_ok=True, mode=folder_mode)
    handle, part = tempfile.mkstemp(dir=target.parent, prefix=".part-")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(body)
            out.flush()
            os.fsync(out.fileno())
        os.chmod(part, mode)
        os.replace(part, target)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise
    folder = target.parent
    _sync(folder)
    while root is not None and folder != root and root in folder.parents:
        folder = folder.parent
        _sync(folder)


def _sync(folder: Path) -> None:
    """A rename lasts once its folder is on disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
