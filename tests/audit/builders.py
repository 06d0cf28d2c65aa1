"""Events and tampering, with literal defaults."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2

from audit.actions import record
from config.embedded.postgres import OWNER
from lib.actors import Actor
from tests.embedded import server

ANNA = Actor(
    kind="user",
    id=7,
    name="anna",
    permissions=frozenset({"audit.view", "audit.export"}),
    address="127.0.0.1",
    request_id="r-1",
    channel="page",
)


def event(number: int = 1, **given: Any) -> int:
    fields = {
        "actor": ANNA,
        "kind": "price.changed",
        "subject": f"price:{number}",
        "reason": "Season “ends” – 季末 \t=1+1",
        "before": {"amount": "12.75", "lines": [1, 2.50, None]},
        "after": {"amount": "13.25", "zz": True, "b": {"k": "é"}},
        "site_ids": [3, 1],
        **given,
    }
    return record(**fields)


def events(count: int) -> list[int]:
    return [event(number) for number in range(1, count + 1)]


@contextmanager
def owner_of(database: str) -> Iterator[Any]:
    """A cursor of the tables' owner with every trigger of the trail switched off: the worst administrator."""
    connection = psycopg2.connect(server().url(OWNER, database))
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'audit_event'::regclass"
    )
    months = [name for (name,) in cursor.fetchall()]
    for table in ("audit_event", "audit_seal", "audit_sealleaf", *months):
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
    try:
        yield cursor
    finally:
        connection.close()
