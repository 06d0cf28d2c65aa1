from pathlib import Path

from inventory.sql import at_once, functions


def test_the_migrated_functions_are_those_of_the_code() -> None:
    stored = Path(functions.__file__).with_name("trip_functions.sql").read_text(encoding="utf8")
    assert stored == functions.open_sql() + "\n" + functions.write_sql()
    plain = Path(functions.__file__).with_name("plain_functions.sql").read_text(encoding="utf8")
    assert plain == at_once.plain_sql()
