"""Where an instance lives, and what its `database.env` says. No Django here: settings, `up` and the tests read it.

`DATA_DIR` (default `.data` beside manage.py) belongs to one instance. `DATA_DIR/database.env` is written by
`manage.py up`; a variable of the environment always wins over a line of that file.
"""

import os
import tempfile
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent

DATABASE_KEYS = ("DATABASE_URL", "DATABASE_OWNER_URL")


def data_dir() -> Path:
    """The instance's folder, absolute; a relative `DATA_DIR` counts from the project's root."""
    return (BASE_DIR / os.environ.get("DATA_DIR", ".data")).resolve()


def env_file() -> Path:
    return data_dir() / "database.env"


def read_env_file(path: Path) -> dict[str, str]:
    """KEY=value lines of a file; an absent or unreadable file is an empty answer."""
    try:
        text = path.read_text(encoding="utf8")
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return {}
    pairs = (line.split("=", 1) for line in text.splitlines() if "=" in line and not line.startswith("#"))
    return {key.strip(): value.strip() for key, value in pairs}


def write_env_file(path: Path, values: dict[str, str]) -> None:
    """Replace the file in one step; nobody but its owner may ever read it, not even for a moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # mkstemp makes it 0600
    with os.fdopen(handle, "w", encoding="utf8") as out:
        out.write("# Written by manage.py up. Keep it secret.\n")
        out.writelines(f"{key}={value}\n" for key, value in values.items())
        out.flush()
        os.fsync(out.fileno())
    os.replace(temporary, path)


def effective() -> dict[str, str]:
    """The environment with the gaps filled from `database.env`.

    A DATABASE_URL in the environment names another server: then the file's owner is another database's owner
    and must not be used.
    """
    stored = read_env_file(env_file())
    if os.environ.get("DATABASE_URL"):
        stored = {key: value for key, value in stored.items() if key not in DATABASE_KEYS}
    return {**stored, **{key: value for key, value in os.environ.items() if value}}
