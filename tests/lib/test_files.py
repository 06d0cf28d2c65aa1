"""A file is there whole or not at all, and only its owner reads it unless it was said otherwise."""

import os
import stat
from pathlib import Path

import pytest

from lib.files import write_whole


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_it_is_written_whole_with_its_mode_and_written_over(tmp_path: Path) -> None:
    target = tmp_path / "a" / "b" / "file"
    write_whole(target, b"one", root=tmp_path)
    assert (target.read_bytes(), mode_of(target), mode_of(target.parent)) == (b"one", 0o600, 0o700)
    write_whole(target, b"two", mode=0o440)
    assert (target.read_bytes(), mode_of(target), os.listdir(target.parent)) == (b"two", 0o440, ["file"])


def test_what_cannot_be_put_in_place_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "inside").touch()
    with pytest.raises(OSError, match="directory"):
        write_whole(tmp_path / "taken", b"x")
    assert os.listdir(tmp_path) == ["taken"]


def test_every_new_folder_is_made_durable_up_to_the_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    monkeypatch.setattr("lib.files._sync", lambda folder: synced.append(folder.name))
    write_whole(tmp_path / "a" / "b" / "file", b"x", root=tmp_path)
    assert synced == ["b", "a", tmp_path.name]
