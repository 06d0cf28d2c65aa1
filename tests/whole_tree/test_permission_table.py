"""The gates in the code are those of the table, no more and no fewer."""

from tests.whole_tree import test_routes
from tests.whole_tree.permissions import ROUTES


def gates() -> dict[str, str | dict[str, str]]:
    found: dict[str, str | dict[str, str]] = {}
    for path, pattern in test_routes.GATED:
        handler = getattr(pattern.callback, "cls", None)
        codes = {
            method: test_routes.permission(pattern, method)
            for method in test_routes.METHODS
            if handler is None or hasattr(handler, method.lower())
        }
        found[path] = codes if len(set(codes.values())) > 1 else next(iter(codes.values()))
    return found


def test_every_address_stands_in_the_table_with_its_permission() -> None:
    found = gates()
    rows = [f'"{path}": {code!r},' for path, code in sorted(found.items()) if ROUTES.get(path) != code]
    assert rows == [], (
        "the code says so; is it meant? Then put these rows into tests/whole_tree/permissions.py"
    )


def test_the_table_holds_no_address_that_is_gone() -> None:
    assert sorted(set(ROUTES) - set(gates())) == []
