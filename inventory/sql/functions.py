"""The two statements of a single posting as functions, so that each session plans them once.

Planning them anew cost more than running them, so the generic plan is forced: left alone, PostgreSQL plans anew for
each call. What they hold is mechanical (resolve, lock; write): every rule is in inventory.rules. The migration reads
the newest of the .sql files beside it; a test holds that file to what this module makes.
"""

import re

from audit.actions import Event, event_as_sql
from inventory.sql import posting as sql
from lib.actors import system

OPEN_PARAMETERS = (
    ("codes", "text[]"),
    ("skus", "text[]"),
    ("lots", "text[]"),
    ("states", "text[]"),
    ("owners", "text[]"),
    ("uses", "int[]"),
    ("lot_skus", "text[]"),
    ("lot_codes", "text[]"),
    ("lot_expires", "date[]"),
    ("lot_produced", "date[]"),
    ("lot_owners", "text[]"),
    ("period_codes", "text[]"),
    ("period_times", "timestamptz[]"),
    ("count", "int"),
    ("actor_kind", "text"),
    ("actor_id", "bigint"),
    ("actor_name", "text"),
)
OPEN_ANSWER = (
    "code text, sku text, lot text, state text, owner text, site_id bigint, currency varchar, channel_id bigint,"
    " legal_entity_id bigint, product_id bigint, owner_id bigint, row_id bigint, on_hand numeric, reserved numeric, value numeric,"
    " in_transit numeric, in_transit_value numeric, pair_on_hand numeric, pair_value numeric, last_cost numeric,"
    " last_occurred_at timestamptz, closed_until timestamptz, timezone varchar, tracks_lots boolean, costing text,"
    " shelf_life_days int, receipt_life_fraction numeric, sale_life_fraction numeric, lot_facts text[],"
    " event_id bigint, movement_ids bigint[], name_hash bytea, opened_at timestamptz"
)
EVENT_TYPES = {
    "id": "bigint",
    "actor_hash": "bytea",
    "actor_id": "bigint",
    "on_behalf_of_id": "bigint",
    "site_ids": "bigint[]",
}


def _rows(alias: str, columns: tuple[tuple[str, str], ...]) -> str:
    """The rows under `alias` in the function's one argument."""
    return (
        f"jsonb_to_recordset(p_posting->'{alias}') AS {alias} ({', '.join(f'{n} {k}' for n, k in columns)})"
    )


def event_insert(record: str = "p_posting->'ev'") -> str:
    """The event's INSERT; its columns come from `ev` in the argument."""
    _sql, values = event_as_sql(system("x"), Event("k", "s"), event_id=0, name_hash=b"", digests_from="")
    names = [name.removeprefix("ev_") for name in values]
    columns = ", ".join(f"{name} {EVENT_TYPES.get(name, 'text')}" for name in names)
    source = f"t, jsonb_to_record({record}) AS ev ({columns})"
    statement, _values = event_as_sql(
        system("x"), Event("k", "s"), event_id=0, name_hash=b"", digests_from=source
    )
    return re.sub(r"%\(ev_(\w+)\)s", r"ev.\1", statement.partition(" RETURNING ")[0])


def open_sql() -> str:
    months, rows, lock = named(sql.OPEN).split(";")
    made, held, told = named(sql.LOTS).split(";")
    aside = named(sql.ASIDE_ROWS)
    parameters = ", ".join(f"p_{name} {kind}" for name, kind in OPEN_PARAMETERS)
    return f"""CREATE OR REPLACE FUNCTION inventory_open({parameters})
RETURNS TABLE ({OPEN_ANSWER})
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
{months.strip()};
IF cardinality(p_lot_codes) > 0 THEN
{made.strip()};
PERFORM {held.strip().removeprefix("SELECT ")};
{told.strip()};
{aside.strip()};
END IF;
{rows.strip()};
RETURN QUERY {lock.strip()};
END $$;
"""


def write_sql() -> str:
    body = sql.WRITE.format(
        headers=sql.NEW_HEADERS.format(movements=_rows("m", sql.MOVEMENT_COLUMNS)),
        entries=_rows("e", sql.ENTRY_COLUMNS),
        balances=_rows("n", sql.BALANCE_COLUMNS),
        event=event_insert(),
    )
    return f"""CREATE FUNCTION inventory_write(p_event_id bigint, p_recorded_at timestamptz, p_posting jsonb)
RETURNS void
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
{named(body).strip()};
END $$;
"""


def named(statement: str) -> str:
    return re.sub(r"%\((\w+)\)s", r"p_\1", statement)


CALL_OPEN = (
    "SELECT * FROM inventory_open(" + ", ".join(f"%({name})s::{kind}" for name, kind in OPEN_PARAMETERS) + ")"
)
CALL_WRITE = "SELECT inventory_write(%s, %s, %s::jsonb)"
