from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from catalog.models import Product
from feeds import actions
from tests.feeds.builders import PRODUCTS

pytestmark = pytest.mark.django_db


def run(tmp_path: Path, body: bytes, feed: str = "products") -> tuple[int, str]:
    """Exit code and last line."""
    path = tmp_path / "rows.csv"
    path.write_bytes(body)
    out = StringIO()
    code = 0
    try:
        call_command("import_file", feed, str(path), stdout=out, stderr=StringIO())
    except SystemExit as exit_:
        code = int(exit_.code or 0)
    return code, out.getvalue().strip().splitlines()[-1]


def test_all_rows_taken(tmp_path: Path) -> None:
    assert run(tmp_path, PRODUCTS) == (0, "accepted 2, rejected 0")
    assert run(tmp_path, PRODUCTS) == (0, "accepted 2, rejected 0")


def test_some_rows_in_quarantine(tmp_path: Path) -> None:
    assert run(tmp_path, PRODUCTS + b"A003,Jug,Kitchen,furlong\n") == (2, "accepted 2, rejected 1")


@pytest.mark.parametrize(
    ("body", "feed"), [(b"", "products"), (b"x,y\n1,2\n", "products"), (PRODUCTS, "nope")]
)
def test_a_refused_file(tmp_path: Path, body: bytes, feed: str) -> None:
    assert run(tmp_path, body, feed) == (1, "accepted 0, rejected 0")
    assert Product.objects.count() == 0


def test_the_loop_leaves_a_file_to_the_command_that_took_it_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loop is woken while the command has not begun to read: it must find nothing to claim."""
    take_in = actions.receive_file
    claimed: list[object] = []

    def received(**given: Any) -> Any:
        delivery = take_in(**given)
        claimed.extend(actions.claim_deliveries())
        return delivery

    monkeypatch.setattr(actions, "receive_file", received)
    assert run(tmp_path, PRODUCTS) == (0, "accepted 2, rejected 0")
    assert claimed == []


def test_help_lists_the_feeds(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        call_command("import_file", "--help")
    assert "exchange-rates" in capsys.readouterr().out
