"""What the servers' system user cannot reach is kept where it can, and nothing is opened up for it."""

import os
import shutil
from pathlib import Path

import pytest

from config.embedded.account import reachable_folder, service_account

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
