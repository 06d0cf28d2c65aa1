"""Events: filtered, newest first, with the names behind the hashes and whether they are sealed."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from audit.leaves import LEAF_SQL

READING = "trail.read"


@dataclass(frozen=True)
class EventFilter:
    """Which events. Empty fields do not filter.

    actor: a number (the user's id), "user", "policy", "job", "system", or a name. kind: one kind, or its first word
    ("price_change"). words: in the reason. site_ids: the sites the reader may see, None for all; events of other
    sites are left out unless own_id made them.
    """

    subject: str = ""
    actor: str = ""
    kind: str = ""
    words: str = ""
    field: str = ""
    since: datetime | None = None
    until: datetime | None = None
    site_ids: frozenset[int] | None = None
    own_id: int | None = None
    with_readings: bool = True

    def as_json(self) -> dict[str, str]:
        """What was asked for, for the trail itself."""
        asked = {
            "subject": self.subject,
            "actor": self.actor,
            "kind": self.kind,
            "words": self.words,
            "field": self.field,
        }
        if self.since:
            asked["from"] = self.since.isoformat()
        if self.until:
            asked["to"] = self.until.isoformat()
        return {key: value for key, value in asked.items() if value}


@dataclass(frozen=True)
class EventRow:
    """One event as it is read. actor: the name, or "" when it was erased. seal: its number, None before it is sealed.

    intact: None before it is sealed, else whether its content still has the sealed hash.
    """

    id: int
    at: datetime
    actor_kind: str
    actor_id: int | None
    actor: str
    on_behalf_of_id: int | None
    channel: str
    address: str
    request_id: str
    job_slot: str
    kind: str
    subject: str
    reason: str
    policy: str
    before: dict[str, Any]
    after: dict[str, Any]
    site_ids: list[int] = field(default_factory=list)
    digests: list[dict[str, Any]] = field(default_factory=list)
    seal: int | None = None
    intact: bool | None = None


_SELECT = f"""
SELECT e.id, e.recorded_at, e.actor_kind, e.actor_id,
  coalesce((SELECT n.name FROM audit_actorname n WHERE n.hash = e.actor_hash
    AND n.hash = sha256(n.salt || convert_to(n.name, 'UTF8')) LIMIT 1), ''),
  e.on_behalf_of_id, e.channel, e.address, e.request_id, e.job_slot, e.kind, e.subject, e.reason, e.policy,
  e.before::text, e.after::text, e.site_ids, e.digests::text, l.seal_id, l.leaf_hash = {LEAF_SQL}
FROM audit_event e LEFT JOIN audit_sealleaf l ON l.event_id = e.id
"""


def events_page(wanted: EventFilter, limit: int, before_id: int | None = None) -> list[EventRow]:
    """Up to `limit` events, the newest first, below `before_id`. One query."""
    clauses, values = _where(wanted)
    if before_id is not None:
        clauses.append("e.id < %s")
        values.append(before_id)
    return list(
        _rows(f"{_SELECT} WHERE {' AND '.join(clauses)} ORDER BY e.id DESC LIMIT %s", [*values, limit])
    )


def events_before(wanted: EventFilter, limit: int, after_id: int) -> list[EventRow]:
    """Up to `limit` events just above `after_id`, the newest first: the page before. One query."""
    clauses, values = _where(wanted)
    sql = f"{_SELECT} WHERE {' AND '.join(clauses)} AND e.id > %s ORDER BY e.id LIMIT %s"
    return list(_rows(sql, [*values, after_id, limit]))[::-1]


def events_count(wanted: EventFilter, ceiling: int = 10_000) -> int:
    """How many events there are, counted up to `ceiling`. One query."""
    clauses, values = _where(wanted)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM (SELECT 1 FROM audit_event e WHERE {' AND '.join(clauses)} LIMIT %s) s",
            [*values, ceiling],
        )
        return int(cursor.fetchone()[0])


def events_of(subject: str, limit: int = 50, site_ids: frozenset[int] | None = None) -> list[EventRow]:
    """The history of one subject ("price_change:12"), the newest first. One query."""
    return events_page(EventFilter(subject=subject, site_ids=site_ids), limit)


def event_by_id(event_id: int, site_ids: frozenset[int] | None, own_id: int | None) -> EventRow | None:
    """One event, or None when it is not there or outside the reader's sites. One query."""
    clauses, values = _where(EventFilter(site_ids=site_ids, own_id=own_id))
    rows = _rows(f"{_SELECT} WHERE {' AND '.join(clauses)} AND e.id = %s LIMIT 1", [*values, event_id])
    return next(iter(rows), None)


def export_sql(wanted: EventFilter) -> tuple[str, list[Any]]:
    """The statement of an export, oldest first, for a server-side cursor."""
    clauses, values = _where(wanted)
    return f"{_SELECT} WHERE {' AND '.join(clauses)} ORDER BY e.id", values


def row_of(row: Sequence[Any]) -> EventRow:
    """An EventRow from a row of the select."""
    values = list(row)
    for place in (14, 15, 17):
        values[place] = _loads(values[place])
    return EventRow(*values)


def kinds_of_events() -> list[str]:
    """The kinds that were ever recorded, by name; a loose index scan, not a scan of the table. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE k AS ((SELECT kind FROM audit_event ORDER BY kind LIMIT 1) UNION ALL"
            " SELECT (SELECT e.kind FROM audit_event e WHERE e.kind > k.kind ORDER BY e.kind LIMIT 1)"
            " FROM k WHERE k.kind IS NOT NULL) SELECT kind FROM k WHERE kind IS NOT NULL"
        )
        return [kind for (kind,) in cursor.fetchall()]


def actor_names(limit: int = 500) -> list[str]:
    """The names of people in the trail, for the filter. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT name FROM audit_actorname WHERE actor_kind = 'user' ORDER BY name LIMIT %s",
            [limit],
        )
        return [name for (name,) in cursor.fetchall()]


def _rows(sql: str, values: Iterable[Any]) -> Iterator[EventRow]:
    with connection.cursor() as cursor:
        cursor.execute(sql, list(values))
        for row in cursor.fetchall():
            yield row_of(row)


def _where(wanted: EventFilter) -> tuple[list[str], list[Any]]:
    clauses: list[str] = ["true"]
    values: list[Any] = []
    tests: list[tuple[Any, str, list[Any]]] = [
        (wanted.subject, "e.subject = %s", [wanted.subject]),
        (wanted.kind, "(e.kind = %s OR e.kind LIKE %s)", [wanted.kind, _like(wanted.kind) + ".%"]),
        (wanted.words, "e.reason ILIKE %s", [f"%{_like(wanted.words)}%"]),
        (wanted.field, "(e.before ? %s OR e.after ? %s)", [wanted.field, wanted.field]),
        (wanted.since, "e.recorded_at >= %s", [wanted.since]),
        (wanted.until, "e.recorded_at < %s", [wanted.until]),
        (not wanted.with_readings and not wanted.kind, "e.kind <> %s", [READING]),
        (
            wanted.site_ids is not None,
            "(e.site_ids <@ %s::bigint[] OR (e.actor_kind = 'user' AND e.actor_id = %s))",
            [sorted(wanted.site_ids or ()), wanted.own_id],
        ),
    ]
    if wanted.actor:
        tests.append(_actor_test(wanted.actor))
    for asked, clause, marks in tests:
        if asked:
            clauses.append(clause)
            values += marks
    return clauses, values


def _actor_test(actor: str) -> tuple[bool, str, list[Any]]:
    if actor in ("user", "policy", "job", "system"):
        return True, "e.actor_kind = %s", [actor]
    if actor.isascii() and actor.isdigit() and len(actor) < 19:
        return True, "e.actor_kind = 'user' AND e.actor_id = %s", [int(actor)]
    hashes = "SELECT n.hash FROM audit_actorname n WHERE n.name = %s"
    ids = "SELECT n.actor_id FROM audit_actorname n WHERE n.name = %s AND n.actor_id IS NOT NULL"
    return (
        True,
        f"((e.actor_kind = 'user' AND e.actor_id IN ({ids})) OR e.actor_hash IN ({hashes}))",
        [actor, actor],
    )


def _like(words: str) -> str:
    return words.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")


def _loads(text: Any) -> Any:
    return json.loads(text, parse_float=Decimal) if isinstance(text, str) else text
