"""Under which system user the servers run, and how they reach their files.

PostgreSQL refuses to run as root. Started by root, both servers run as a system user of their own; nothing on the way
to their files is opened up for it: what that user cannot reach is kept below /var/lib/steelyard instead, with a link
in DATA_DIR.
"""

import os
import pwd
import secrets
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

SYSTEM_USER = "steelyard"
SYSTEM_HOME = Path("/var/lib/steelyard")


@dataclass(frozen=True)
class Account:
    """uid and gid to switch to, or None for both when we are not root and simply stay who we are."""

    uid: int | None
    gid: int | None

    def popen_arguments(self) -> dict[str, object]:
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def can_reach(self, path: Path) -> bool:
        """Whether the account may pass every folder above `path` (and read the binaries below it)."""
        if self.uid is None:
            return True
        # cwd=/ : the child could not even start in a folder it may not enter.
        probe = subprocess.run(
            ["/usr/bin/test", "-x", str(path)], cwd="/", check=False, **self.popen_arguments()
        )  # type: ignore[call-overload]
        return bool(probe.returncode == 0)


def service_account() -> Account:
    """The account of this machine's servers; made on the first start by root."""
    if os.geteuid() != 0:
        return Account(None, None)
    try:
        entry = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        entry = _create_system_user()
    return Account(entry.pw_uid, entry.pw_gid)


def _create_system_user() -> pwd.struct_passwd:
    command = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", str(SYSTEM_HOME)]
    done = subprocess.run(
        [*command, "--shell", "/usr/sbin/nologin", SYSTEM_USER], capture_output=True, text=True, check=False
    )
    try:
        return pwd.getpwnam(SYSTEM_USER)  # a second instance may have made it meanwhile
    except KeyError:
        raise RuntimeError(
            f"PostgreSQL does not run as root and the user {SYSTEM_USER!r} could not be made: {done.stderr.strip()}"
        ) from None


def reachable_folder(account: Account, folder: Path) -> Path:
    """`folder`, made and owned by the account; when it may not be reached there, the place its link points to."""
    if not folder.exists() and not folder.is_symlink():
        folder.parent.mkdir(parents=True, exist_ok=True)
        if account.can_reach(folder.parent):
            folder.mkdir(mode=0o700)
        else:
            real = SYSTEM_HOME / "data" / f"{folder.name}-{secrets.token_hex(8)}"
            real.parent.mkdir(parents=True, exist_ok=True)
            real.mkdir(mode=0o700)
            account.own(real)
            folder.symlink_to(real)
    real = folder.resolve()
    if not real.is_dir():
        raise RuntimeError(f"{folder} points to {real}, which is not there; remove the link to start empty.")
    if real.stat().st_uid != (os.geteuid() if account.uid is None else account.uid):
        account.own(real)
    return real


def reachable_program(
    account: Account, program: Path, packages: Path, folders: Sequence[str], version: str
) -> Path:
    """`program`, or its copy below /var/lib/steelyard when the account may not reach the original.

    packages: the folder (site-packages) that holds `folders`, all of which the program needs beside each other.
    """
    if account.can_reach(program):
        return program
    target = SYSTEM_HOME / "programs" / f"{folders[0]}-{version}"
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        staging = target.with_name(f"{target.name}.{os.getpid()}")
        for folder in folders:
            if (packages / folder).exists():
                shutil.copytree(packages / folder, staging / folder, symlinks=True)
        _rename_unless_there(staging, target, shutil.rmtree)
    return target / program.relative_to(packages)


def _rename_unless_there(staging: Path, target: Path, remove: Callable[[Path], None]) -> None:
    try:
        staging.rename(target)
    except OSError:
        if not target.exists():
            raise
        remove(staging)
