"""What an instance starts itself, and what it takes from the environment."""

from pathlib import Path

import pytest

from config.embedded.instance import Instance
from config.environment import effective, read_env_file, write_env_file


class Quiet:
    """A supervisor that may not be asked to start anything."""

    def say(self, line: str) -> None:
        pass

    def add(self, child: object) -> object:
        raise AssertionError(f"started {child}")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    return tmp_path


def test_with_both_addresses_given_nothing_embedded_starts(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://app:x@db.invalid/steelyard")
    monkeypatch.setenv("REDIS_URL", "redis://broker.invalid/0")
    addresses = Instance(Quiet()).start_servers()  # type: ignore[arg-type]
    assert (
        addresses["DATABASE_URL"]
        == addresses["DATABASE_OWNER_URL"]
        == "postgres://app:x@db.invalid/steelyard"
    )
    assert set(read_env_file(folder / "database.env")) == {"SECRET_KEY"}


def test_the_secret_key_stays_the_same(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://app:x@db.invalid/steelyard")
    monkeypatch.setenv("REDIS_URL", "redis://broker.invalid/0")
    keys = {Instance(Quiet()).start_servers()["SECRET_KEY"] for _time in range(2)}  # type: ignore[arg-type]
    assert len(keys) == 1


def test_the_environment_wins_over_the_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = {"DATABASE_URL": "postgres://a", "DATABASE_OWNER_URL": "postgres://o", "REDIS_URL": "redis://r"}
    write_env_file(folder / "database.env", stored)
    assert {key: effective()[key] for key in stored} == stored
    monkeypatch.setenv("DATABASE_URL", "postgres://elsewhere")
    assert effective()["DATABASE_URL"] == "postgres://elsewhere"
    # The owner of another database is nobody here.
    assert "DATABASE_OWNER_URL" not in effective()


def test_the_file_is_never_readable_by_others(tmp_path: Path) -> None:
    write_env_file(tmp_path / "database.env", {"SECRET_KEY": "x=y"})
    assert (tmp_path / "database.env").stat().st_mode & 0o777 == 0o600
    assert read_env_file(tmp_path / "database.env") == {"SECRET_KEY": "x=y"}
