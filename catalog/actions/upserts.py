"""The set-based way of all lists: COPY into a temporary table, then one INSERT … ON CONFLICT."""

import hashlib
import io
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db import IntegrityError, connection

from audit import actions as audit
from lib.actors import Actor
from lib.faults import Faults, refuse

DETAILED_ROWS = 100

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Counts:
    """How many rows of a list were created, updated and left as they were."""

    created: int
    updated: int
    unchanged: int

    def as_json(self) -> dict[str, int]:
        return asdict(self)


@dataclass(frozen=True)
class Column:
    """A column of the target and the SQL that gives its value from stage `s`, stored row `t` and joined tables."""

    name: str
    value: str


@dataclass(frozen=True)
class Target:
    """Where a list goes.

    table, key:   the table and its natural key (column names).
    columns:      the other columns; a value that was not given keeps the stored one, so they read
                  "coalesce(s.x, t.x, <default>)".
    joins:        SQL joins from stage `s` to what the columns need; the stored row is joined as `t`.
    key_values:   SQL of the key's columns from stage `s` and the joins.
    history:      the simple-history table with the same columns, or "".
    history_also: columns of both tables that an upsert does not write.
    """

    table: str
    key: Sequence[str]
    key_values: Sequence[str]
    columns: Sequence[Column]
    joins: str = ""
    history: str = ""
    history_also: Sequence[str] = ()


@dataclass(frozen=True)
class Written:
    """What an upsert did; `ids` are of created and updated rows."""

    counts: Counts
    created_ids: list[int]
    updated_ids: list[int]

    @property
    def ids(self) -> list[int]:
        return [*self.created_ids, *self.updated_ids]


def stage(name: str, columns: dict[str, str], rows: Iterable[Sequence[Any]]) -> None:
    """Make the temporary table `name` (column → SQL type) and COPY `rows` into it; gone at the transaction's end."""
    listed = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
    names = ", ".join(f'"{column}"' for column in columns)
    text = io.StringIO("".join("\t".join(map(_copy_value, row)) + "\n" for row in rows))
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{name}")
        cursor.execute(f"CREATE TEMPORARY TABLE {name} ({listed}) ON COMMIT DROP")
        cursor.copy_expert(f"COPY pg_temp.{name} ({names}) FROM STDIN", text)
        cursor.execute(f"ANALYZE pg_temp.{name}")


def _copy_value(value: Any) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, (dict, list)):
        value = json.dumps(value, sort_keys=True)
    return str(value).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def upsert(target: Target, stage_name: str) -> Written:
    """Write all rows of the stage, in the order of their key; unchanged rows are not touched.

    Raises Faults 409 `conflict`: another transaction took a unique value meanwhile.
    Locks: the rows of the target, in the order of their key.
    """
    names = [column.name for column in target.columns]
    quoted = [f'"{name}"' for name in names]
    key = [f'"{name}"' for name in target.key]
    match = " AND ".join(f"t.{k} = {v}" for k, v in zip(key, target.key_values, strict=True))
    update = (
        f"DO UPDATE SET {', '.join(f'{q} = EXCLUDED.{q}' for q in quoted)}"
        f" WHERE ({', '.join(f'kept.{q}' for q in quoted)})"
        f" IS DISTINCT FROM ({', '.join(f'EXCLUDED.{q}' for q in quoted)})"
    )
    statement = (
        f"INSERT INTO {target.table} AS kept ({', '.join([*key, *quoted])})"
        f" SELECT {', '.join([*target.key_values, *(column.value for column in target.columns)])}"
        f" FROM pg_temp.{stage_name} s {target.joins} LEFT JOIN {target.table} t ON {match}"
        f" ORDER BY {', '.join(str(place + 1) for place in range(len(key)))}"
        f" ON CONFLICT ({', '.join(key)}) {update} RETURNING id, xmax = 0"
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM pg_temp.{stage_name}")
        total = cursor.fetchone()[0]
        try:
            cursor.execute(statement)
        except IntegrityError as error:
            raise refuse(
                "conflict", "Another change took the same key; read again and repeat.", status=409
            ) from error
        changed = cursor.fetchall()
    created = [pk for pk, is_new in changed if is_new]
    updated = [pk for pk, is_new in changed if not is_new]
    return Written(Counts(len(created), len(updated), total - len(changed)), created, updated)


def keep_history(target: Target, written: Written, actor: Actor) -> None:
    """Write simple-history's rows for what was created (+) and updated (~)."""
    names = ", ".join(
        f'"{name}"'
        for name in ["id", *target.key, *(column.name for column in target.columns), *target.history_also]
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {target.history} ({names}, history_date, history_type, history_user_id)"
            f" SELECT {names}, clock_timestamp(), CASE WHEN id = ANY(%s) THEN '+' ELSE '~' END, %s"
            f" FROM {target.table} WHERE id = ANY(%s)",
            [written.created_ids, actor.id if actor.kind == "user" else None, written.ids],
        )


@dataclass(frozen=True)
class Story:
    """What the event of a list tells.

    noun:   "<noun>.upserted" is its kind, "<noun>:<key>" (or "<noun>:list") its subject.
    before: the stored rows by key, or None for a list too long to be told row by row.
    read:   ids → the rows as they are now, by key.
    """

    noun: str
    before: dict[str, Any] | None
    read: Callable[[list[int]], dict[str, Any]]
    reason: str = ""
    site_ids: Sequence[int] = ()


def record(actor: Actor, written: Written, story: Story) -> None:
    """One event for a list that changed anything: counts, and for up to 100 rows what was before and after.

    Longer lists get SHA-256 over the changed rows' keys and content instead.
    """
    if not written.ids:
        return
    after = story.read(written.ids)
    if story.before is None:
        canonical = json.dumps(after, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
        detail: dict[str, Any] = {"sha256": hashlib.sha256(canonical.encode()).hexdigest()}
    else:
        detail = {"rows": after}
    before = {key: row for key, row in (story.before or {}).items() if key in after}
    single = next(iter(after)) if len(after) == 1 else "list"
    audit.record(
        actor=actor,
        kind=f"{story.noun}.upserted",
        subject=f"{story.noun}:{single}"[:120],
        reason=story.reason,
        before={"rows": before} if before else {},
        after={**written.counts.as_json(), **detail},
        site_ids=story.site_ids,
    )


def refuse_all(faults: list[Any]) -> None:
    """Raise all faults at once, if there are any."""
    if faults:
        raise Faults(sorted(faults, key=_place), 422)


def _place(fault: Any) -> tuple[int, str]:
    row = fault.pointer.split("/")[1] if fault.pointer.startswith("/") else ""
    return (int(row) if row.isdigit() else -1, fault.pointer)
