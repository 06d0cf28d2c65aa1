"""Writing the trail: one business event per action, in the action's own transaction."""

import hashlib
import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.cache import cache
from django.db import connection

from audit import rules
from audit.queries.digests import Digest
from lib.actors import Actor

#: A NUL in JSON text, which jsonb refuses; not a backslash that stands before "u0000".
_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


def next_event_id() -> int:
    """The id an event will get, for rows that carry it before the event is written."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('audit_event_id_seq')")
        return int(cursor.fetchone()[0])


def record(  # noqa: PLR0913  (an event has this many parts; callers name each)
    *,
    actor: Actor,
    kind: str,
    subject: str,
    reason: str = "",
    policy: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    site_ids: Sequence[int] = (),
    digests: Sequence[Digest] = (),
    event_id: int | None = None,
) -> int:
    """Record one business event in the running transaction; returns its id.

    kind:    "<noun>.<past participle>", e.g. "price_change.approved".
    subject: "<noun>:<id>", e.g. "price_change:12".
    before, after: what changed, JSON-ready (Decimal, date and datetime are written as strings).
    digests: over the rows that this event created or closed; see `audit.queries.digests_of`.
    event_id: from `next_event_id` when rows already carry it.
    Locks: nothing. Allowed: any caller; the caller has checked the right.
    """
    columns = {
        "actor_hash": actor_hash(actor),
        **_who(actor),
        "kind": kind,
        "subject": _text(subject, 120),
        "reason": _text(reason),
        "policy": _text(policy, 120),
        "before": to_json(before or {}),
        "after": to_json(after or {}),
        "site_ids": list(site_ids),
        "digests": to_json([digest.as_json() for digest in digests]),
    }
    if event_id is not None:
        columns["id"] = event_id
    names = ", ".join(columns)
    marks = ", ".join("%s::bigint[]" if name == "site_ids" else "%s" for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO audit_event ({names}) VALUES ({marks}) RETURNING id", list(columns.values())
        )
        return int(cursor.fetchone()[0])


@dataclass(frozen=True)
class Event:
    """What happened, for `event_as_sql`; fields as `record` takes them."""

    kind: str
    subject: str
    reason: str = ""
    policy: str = ""
    after: dict[str, Any] = field(default_factory=dict)
    site_ids: Sequence[int] = ()


def event_as_sql(
    actor: Actor, event: Event, *, event_id: int, name_hash: bytes, digests_from: str
) -> tuple[str, dict[str, Any]]:
    """The same event as the last part of a statement that writes the covered rows: one trip instead of three.

    digests_from: a CTE with one row and one column `digests` (jsonb); name_hash: see `actor_hash`.
    Returns the INSERT, which answers with the statement's start, and its parameters, all named ev_….
    """
    values = event_values(actor, event, event_id=event_id, name_hash=name_hash)
    kinds = {"site_ids": "bigint[]", "before": "jsonb", "after": "jsonb", "actor_id": "bigint"}
    kinds["on_behalf_of_id"] = "bigint"
    marks = ", ".join(f"%(ev_{name})s" + (f"::{kinds[name]}" if name in kinds else "") for name in values)
    sql = (
        f"INSERT INTO audit_event ({', '.join(values)}, digests) SELECT {marks}, digests FROM {digests_from}"
        " RETURNING statement_timestamp()"
    )
    return sql, {f"ev_{name}": value for name, value in values.items()}


def event_values(actor: Actor, event: Event, *, event_id: int, name_hash: bytes) -> dict[str, Any]:
    """The event's columns, digests left out."""
    return {
        "id": event_id,
        "actor_hash": name_hash,
        **_who(actor),
        "kind": event.kind,
        "subject": _text(event.subject, 120),
        "reason": _text(event.reason),
        "policy": _text(event.policy, 120),
        "before": "{}",
        "after": to_json(event.after),
        "site_ids": list(event.site_ids),
    }


def _who(actor: Actor) -> dict[str, Any]:
    return {
        "actor_kind": actor.kind,
        "actor_id": actor.id,
        "on_behalf_of_id": actor.on_behalf_of_id,
        "channel": actor.channel,
        "address": _text(actor.address, 45),
        "request_id": _text(actor.request_id, 64),
        "job_slot": _text(actor.job_slot, 64),
    }


def _text(text: str, limit: int | None = None) -> str:
    """`text` as the column takes it: an event is never lost over a NUL or a letter too many."""
    return text.replace("\x00", "\ufffd")[:limit]


def to_json(value: Any) -> str:
    """`value` as JSON text with sorted keys; decimals and instants as strings."""
    text = json.dumps(value, sort_keys=True, default=_plain, ensure_ascii=False)
    return _NUL.sub(r"\1\\ufffd", text) if "\\u0000" in text else text


def _plain(value: Any) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, (bytes, memoryview)):
        return bytes(value).hex()
    return str(value)


def actor_hash(actor: Actor) -> bytes:
    """The hash that stands for the actor's name; a new name gets a salt of its own. Never waits for another writer."""
    who = [actor.kind, actor.id, actor.name[:200]]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT hash FROM audit_actorname WHERE actor_kind = %s AND actor_id IS NOT DISTINCT FROM %s"
            " AND name = %s ORDER BY id LIMIT 1",
            who,
        )
        row = cursor.fetchone()
        if row is not None:
            return bytes(row[0])
        salt = secrets.token_bytes(16)
        digest = rules.name_hash(salt, actor.name[:200])
        cursor.execute(
            "INSERT INTO audit_actorname (actor_kind, actor_id, name, salt, hash) VALUES (%s, %s, %s, %s, %s)",
            [*who, salt, digest],
        )
        return digest


READ_AGAIN_S = 600


def record_reading(*, actor: Actor, asked: dict[str, Any]) -> None:
    """Record that someone who sees all sites read the trail: once per question in ten minutes, not per page or row.

    Locks: nothing. Records: trail.read. Allowed: edges.
    """
    key = f"trail.read:{actor.id}:{hashlib.sha256(to_json(asked).encode()).hexdigest()}"
    if _is_new(key):
        record(actor=actor, kind="trail.read", subject="trail:events", after=asked)


def _is_new(key: str) -> bool:
    """Whether `key` was not seen within ten minutes; a cache that is down costs a second event, not the page."""
    try:
        return bool(cache.add(key, 1, READ_AGAIN_S))
    except Exception:
        return True
