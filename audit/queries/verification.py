"""The whole trail proven anew: every leaf, root, link, signature, anchor and covered row."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection

from audit import anchors, keys, rules
from audit.leaves import LEAF_SQL
from audit.models import CoveredTable, Seal, SealKey, Verification
from audit.queries.digests import digest_aggregate
from audit.queries.proofs import head_of

UNSEALED_AFTER_S = 120
CHUNK = 2000


@dataclass(frozen=True)
class Breach:
    """One thing that does not prove. where: "seal 12" or "event 345"."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


def breaches() -> Iterator[Breach]:
    """Everything that does not prove, seals first, then events, then covered rows; nothing for a whole trail.

    Reads the trail once and each covered table once, set-based; run it inside one repeatable-read transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL timezone = 'UTC'; SET LOCAL jit = off; SET LOCAL work_mem = '128MB'")
    anchored = anchors.read()
    yield from _seals(anchored)
    yield from _events()
    for covered in CoveredTable.objects.order_by("name", "event_column"):
        yield from _covered(covered)
    yield from _forgotten()


def _seals(anchored: dict[int, set[str]]) -> Iterator[Breach]:
    public = {key.pk: bytes(key.public_key) for key in SealKey.objects.all()}
    leaves = _leaves_by_seal()
    batch = next(leaves, None)
    previous, number = rules.GENESIS, 0
    for seal in Seal.objects.order_by("number").iterator(CHUNK):
        while batch and batch[0] < seal.number:
            yield Breach(f"seal {batch[0]}", "is gone, its leaves are there")
            batch = next(leaves, None)
        joined = b""
        if batch and batch[0] == seal.number:
            joined = batch[1]
            batch = next(leaves, None)
        if seal.number != number + 1:
            yield Breach(f"seal {number + 1}", "is gone")
        fault = _seal_fault(seal, joined, previous, public.get(seal.key_id))
        fault = fault or _anchor_fault(seal, anchored.pop(seal.number, set()))
        if fault:
            yield Breach(f"seal {seal.number}", fault)
        previous, number = bytes(seal.hash), seal.number
    if batch:
        yield Breach(f"seal {batch[0]}", "is gone, its leaves are there")
    for gone in sorted(anchored):
        yield Breach(f"seal {gone}", "was anchored outside the database and is gone")


def _leaves_by_seal() -> Iterator[tuple[int, bytes]]:
    with connection.chunked_cursor() as cursor:
        cursor.cursor.itersize = 200
        cursor.execute(
            "SELECT seal_id, string_agg(leaf_hash, ''::bytea ORDER BY leaf_index) FROM audit_sealleaf"
            " GROUP BY seal_id ORDER BY seal_id"
        )
        for number, joined in cursor:
            yield number, bytes(joined)


def _seal_fault(seal: Seal, joined: bytes, previous: bytes, public: bytes | None) -> str:
    leaves = [joined[at : at + 32] for at in range(0, len(joined), 32)]
    if len(leaves) != seal.count:
        return f"has {len(leaves)} leaves, sealed were {seal.count}"
    if rules.merkle_root(leaves) != bytes(seal.root):
        return "its leaves do not lead to its root"
    if bytes(seal.previous_hash) != previous:
        return "does not follow the seal before it"
    if rules.seal_hash(head_of(seal)) != bytes(seal.hash):
        return "is not what was hashed"
    if public is None or rules.key_id(public) != seal.key_id:
        return f"its key {seal.key_id} is not there"
    return (
        "" if keys.is_signed(public, bytes(seal.signature), bytes(seal.hash)) else "is not signed by its key"
    )


def _anchor_fault(seal: Seal, hashes: set[str]) -> str:
    """A seal marked as anchored must be in the file; a line of the file must be of this seal."""
    if hashes and hashes != {bytes(seal.hash).hex()}:
        return "is not the one that was anchored outside the database"
    if seal.anchored_at is not None and not hashes:
        hashes = anchors.read().get(
            seal.number, set()
        )  # anchored since we began, or the file has been shortened
        return (
            ""
            if hashes == {bytes(seal.hash).hex()}
            else f"its anchor is missing from {anchors.anchors_path()}"
        )
    return ""


_ALTERED = f"""
SELECT e.id, l.seal_id FROM audit_event e JOIN audit_sealleaf l ON l.event_id = e.id
WHERE l.leaf_hash <> {LEAF_SQL} ORDER BY e.id LIMIT 100
"""
_DELETED = """
SELECT l.event_id, l.seal_id FROM audit_sealleaf l
WHERE NOT EXISTS (SELECT 1 FROM audit_event e WHERE e.id = l.event_id) ORDER BY 1 LIMIT 100
"""
_UNSEALED = """
SELECT e.id, extract(epoch FROM clock_timestamp() - e.recorded_at)::bigint FROM audit_event e
WHERE NOT EXISTS (SELECT 1 FROM audit_sealleaf l WHERE l.event_id = e.id)
AND e.recorded_at < clock_timestamp() - %s * interval '1 second' ORDER BY e.id LIMIT 100
"""
_DOUBLED = "SELECT id, count(*) FROM audit_event GROUP BY id HAVING count(*) > 1 ORDER BY id LIMIT 100"


_RENAMED = """
SELECT (SELECT min(e.id) FROM audit_event e WHERE e.actor_hash = n.hash), n.id FROM audit_actorname n
WHERE n.hash <> sha256(n.salt || convert_to(n.name, 'UTF8')) ORDER BY 1, 2 LIMIT 100
"""


def _events() -> Iterator[Breach]:
    with connection.cursor() as cursor:
        cursor.execute(_ALTERED)
        for event_id, seal in cursor.fetchall():
            yield Breach(f"event {event_id}", f"is not what seal {seal} sealed")
        cursor.execute(_DELETED)
        for event_id, seal in cursor.fetchall():
            yield Breach(f"event {event_id}", f"was sealed by seal {seal} and is gone")
        cursor.execute(_UNSEALED, [UNSEALED_AFTER_S])
        for event_id, age_s in cursor.fetchall():
            yield Breach(f"event {event_id}", f"is not sealed after {age_s} s")
        cursor.execute(_DOUBLED)
        for event_id, count in cursor.fetchall():
            yield Breach(f"event {event_id}", f"is there {count} times")
        cursor.execute(_RENAMED)
        for event_id, name_id in cursor.fetchall():
            yield Breach(
                f"event {event_id or '-'}", f"the name {name_id} behind its actor is not what was hashed"
            )


def _covered(covered: CoveredTable) -> Iterator[Breach]:
    """Compare what events say of a covered table with its rows, in one statement."""
    sql = f"""
    WITH rows AS (
      SELECT {covered.event_column} AS event_id, count(*) AS n,
        {digest_aggregate(covered.columns, covered.order_column)} AS digest
      FROM {covered.name} WHERE {covered.event_column} IS NOT NULL GROUP BY 1
    ), said AS (
      SELECT e.id AS event_id, d.count AS n, d.sha256 AS digest
      FROM audit_event e, jsonb_to_recordset(e.digests) d ("table" text, event_column text, count bigint, sha256 text)
      WHERE e.digests <> '[]' AND d."table" = %s AND d.event_column = %s
    )
    SELECT event_id, said.n, rows.n, EXISTS (SELECT 1 FROM audit_event e WHERE e.id = event_id)
    FROM rows FULL JOIN said USING (event_id)
    WHERE rows.digest IS DISTINCT FROM said.digest OR rows.n IS DISTINCT FROM said.n
    ORDER BY event_id LIMIT 100
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, [covered.name, covered.event_column])
        found = cursor.fetchall()
    for event_id, said, there, exists in found:
        yield Breach(
            f"event {event_id}", f"{covered.name} ({covered.event_column}): {_differs(said, there, exists)}"
        )


def _forgotten() -> Iterator[Breach]:
    """Tables that events cover and that nobody has registered (any more): their rows cannot be proven."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT d."table", d.event_column, min(e.id) FROM audit_event e,
            jsonb_to_recordset(e.digests) d ("table" text, event_column text) WHERE e.digests <> '[]'
            AND NOT EXISTS (SELECT 1 FROM audit_coveredtable c
                            WHERE c.name = d."table" AND c.event_column = d.event_column)
            GROUP BY 1, 2 ORDER BY 1, 2"""
        )
        for table, column, event_id in cursor.fetchall():
            yield Breach(f"event {event_id}", f"{table} ({column}) is not registered as covered")


def _differs(said: int | None, there: int | None, exists: bool) -> str:
    if not exists:
        return f"{there} rows name it and it is not there"
    if said is None:
        return f"{there} rows name it and it covers none"
    if there is None:
        return f"its {said} rows are gone"
    if said != there:
        return f"it covers {said} rows, {there} are there"
    return f"its {said} rows are not what it covered"


def last_verification() -> Verification | None:
    """The newest finished check of the whole trail. One query."""
    return Verification.objects.exclude(finished_at=None).order_by("-id").first()
