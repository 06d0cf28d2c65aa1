"""The two statements of a single posting as functions, so that each session plans them once.

Planning them anew cost more than running them. What they hold is mechanical (resolve, lock; write): every rule is in
inventory.rules. The migration reads functions.sql; a test holds that file to what this module makes.
"""

import re
from typing import Any

from audit.actions import Event, event_as_sql
from inventory.sql import posting as sql
from lib.actors import system

OPEN_PARAMETERS = (
    ("codes", "text[]"),
    ("skus", "text[]"),
    ("lots", "text[]"),
    ("count", "int"),
    ("actor_kind", "text"),
    ("actor_id", "bigint"),
    ("actor_name", "text"),
)
OPEN_ANSWER = (
    "code text, sku text, lot text, site_id bigint, currency varchar, channel_id bigint, product_id bigint,"
    " row_id bigint, on_hand numeric, value numeric, in_transit numeric, in_transit_value numeric,"
    " pair_on_hand numeric, pair_value numeric, last_cost numeric, last_occurred_at timestamptz, event_id bigint,"
    " movement_ids bigint[], name_hash bytea"
)
EVENT_TYPES = {
    "id": "bigint",
    "actor_hash": "bytea",
    "actor_id": "bigint",
    "on_behalf_of_id": "bigint",
    "before": "jsonb",
    "after": "jsonb",
    "site_ids": "bigint[]",
}


def write_parameters() -> list[tuple[str, str]]:
    """Name and type of every parameter of `inventory_write`, in order."""
    found = [("event_id", "bigint")]
    for prefix, columns in (
        ("m", sql.MOVEMENT_COLUMNS),
        ("e", sql.ENTRY_COLUMNS),
        ("n", sql.BALANCE_COLUMNS),
    ):
        found += [(f"{prefix}_{name}", f"{kind}[]") for name, kind in columns]
    return found + [(name, EVENT_TYPES.get(name.removeprefix("ev_"), "text")) for name in _event()[1]]


def _event() -> tuple[str, dict[str, Any]]:
    return event_as_sql(system("x"), Event("k", "s"), event_id=0, name_hash=b"", digests_from="t")


def open_sql() -> str:
    make, lock = _named(sql.OPEN).split(";", 1)
    parameters = ", ".join(f"p_{name} {kind}" for name, kind in OPEN_PARAMETERS)
    return f"""CREATE OR REPLACE FUNCTION inventory_open({parameters})
RETURNS TABLE ({OPEN_ANSWER})
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
{make.strip()};
RETURN QUERY {lock.strip()};
END $$;
"""


def write_sql() -> str:
    body = sql.WRITE.format(
        headers=sql.NEW_HEADERS.format(movements=sql.arrays("m", "m", sql.MOVEMENT_COLUMNS)),
        entries=sql.arrays("e", "e", sql.ENTRY_COLUMNS),
        balances=sql.arrays("n", "n", sql.BALANCE_COLUMNS),
        event=_event()[0],
    )
    parameters = ", ".join(f"p_{name} {kind}" for name, kind in write_parameters())
    return f"""CREATE OR REPLACE FUNCTION inventory_write({parameters})
RETURNS SETOF timestamptz
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
RETURN QUERY {_named(body).strip()};
END $$;
"""


def _named(statement: str) -> str:
    return re.sub(r"%\((\w+)\)s", r"p_\1", statement)


CALL_OPEN = (
    "SELECT * FROM inventory_open(" + ", ".join(f"%({name})s::{kind}" for name, kind in OPEN_PARAMETERS) + ")"
)


def call_write() -> str:
    return (
        "SELECT inventory_write("
        + ", ".join(f"%({name})s::{kind}" for name, kind in write_parameters())
        + ")"
    )


CALL_WRITE = call_write()
