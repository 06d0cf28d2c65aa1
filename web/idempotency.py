"""One key, one effect: the first answer of a key is stored with its effect and given again."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.db import OperationalError, connection, transaction

from lib.faults import Faults, refuse
from web.first_trip import KeyTaken, carry_out

#: The function `web_claim_key` waits as long.
WAIT_S = 10
#: How many savepoints deep the effect being carried out began, None outside `once`.
_effect_of: ContextVar[int | None] = ContextVar("effect_of", default=None)
MAX_KEY_LENGTH = 255


AtOnce = Callable[[tuple[int, str, bytes]], tuple[int, Any] | None]


def body_hash(body: bytes) -> bytes:
    """SHA-256 of what was asked, 32 bytes."""
    return hashlib.sha256(body).digest()


def once(
    owner_id: int,
    key: str,
    asked: bytes,
    effect: Callable[[], tuple[int, Any]],
    *,
    is_plain: bool = False,
    at_once: AtOnce | None = None,
) -> tuple[int, Any, bool]:
    """Carry out `effect` under `key`, or give its first answer again.

    asked:  what identifies the request (method, path and body); its SHA-256 is compared on a repeat.
    effect: returns (status, JSON-ready answer); a raised `Faults` rolls all back and leaves the key free.
    is_plain: the effect begins with a plain statement, so that the claim can go along; see web.first_trip.
    at_once: tried before `effect` with owner, key and SHA-256: does it all, claim and answer too, in one statement of its
    own (`web.first_trip.in_one_statement`), or answers None.
    Returns (status, answer, replayed). A concurrent repeat waits up to 10 s for the first answer.
    Raises Faults 409: `key_reused` (same key, another request), `in_flight` (not answered within 10 s).
    Locks: the key, first of all.
    """
    if not key or len(key) > MAX_KEY_LENGTH:
        raise refuse("invalid_key", f"An idempotency key has 1 to {MAX_KEY_LENGTH} characters.", status=422)
    digest = body_hash(asked)
    if is_plain and not connection.in_atomic_block:
        return _once_plain((owner_id, key, digest), effect, at_once)
    with transaction.atomic():
        first = _claim(owner_id, key, digest)
        if first is not None:
            return *first, True
        status, answer = _whole(effect)
        _store(owner_id, key, status, answer)
    return status, answer, False


def _once_plain(
    claim: tuple[int, str, bytes], effect: Callable[[], tuple[int, Any]], at_once: AtOnce | None
) -> tuple[int, Any, bool]:
    """`once` in three trips less, or in one. A used key answers before the effect's own refusals, as always."""
    owner_id, key, digest = claim
    try:
        if at_once is not None and (done := at_once(claim)) is not None:
            return *done, False
        return *carry_out(owner_id, key, digest, lambda: _whole(effect)), False
    except KeyTaken as taken:
        if taken.is_waiting or (first := _first_answer(owner_id, key, digest)) is None:
            raise refuse(
                "in_flight", "The same key is being answered right now; ask again later.", status=409
            ) from taken
        return *first, True
    except Faults:
        first = _first_answer(owner_id, key, digest)
        if first is None:
            raise
        return *first, True


def _whole(effect: Callable[[], tuple[int, Any]]) -> tuple[int, Any]:
    """The effect, which may be one action: see `atomic_in_effect`."""
    token = _effect_of.set(len(connection.savepoint_ids))
    try:
        return effect()
    finally:
        _effect_of.reset(token)


@contextmanager
def atomic_in_effect() -> Iterator[None]:
    """`transaction.atomic`, for an action that a key's effect may consist of.

    Right inside `once` it saves the two trips of a savepoint: what fails there takes the key's whole transaction with
    it, and an effect that went on after a failure is refused by Django.
    """
    is_whole_effect = connection.in_atomic_block and _effect_of.get() == len(connection.savepoint_ids)
    with transaction.atomic(savepoint=not is_whole_effect):
        yield


def asked_of(method: str, path: str, data: Any) -> bytes:
    """What identifies a request: method, path and the body's canonical JSON."""
    body = json.dumps(data, sort_keys=True, separators=(",", ":"), default=str)
    return f"{method} {path}\n{body}".encode()


@dataclass(frozen=True)
class FirstAnswer:
    """What a key was used for, and what was answered."""

    body_sha256: bytes
    status: int
    answer: Any


def claim_many(
    owner_id: int, asked: Mapping[str, bytes], answers: Mapping[str, Any], status: int = 201
) -> dict[str, FirstAnswer]:
    """Claim many keys at once in the running transaction: key → SHA-256 of what is asked, and what will be answered
    (each key something else).

    Returns the first answers of the keys that were used before; the others are the caller's now, answered with its
    transaction or set free again by `release_many`. Waits up to 10 s for keys that are being answered.
    Raises Faults 409 `in_flight`. Locks: the keys, in their order.
    """
    keys = sorted(asked)
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{WAIT_S}s'")
        try:
            cursor.execute(
                "INSERT INTO web_idempotencykey (owner_id, key, body_sha256, status, answer)"
                " SELECT %s, key, decode(sha256, 'hex'), %s, answer::jsonb"
                " FROM unnest(%s::text[], %s::text[], %s::text[]) AS k (key, sha256, answer) ORDER BY key"
                " ON CONFLICT (owner_id, key) DO NOTHING",
                [
                    owner_id,
                    status,
                    keys,
                    [asked[key].hex() for key in keys],
                    [_json(answers[key]) for key in keys],
                ],
            )
        except OperationalError as error:
            raise refuse(
                "in_flight", "One of the keys is being answered right now; ask again later.", status=409
            ) from error
        are_all_new = cursor.rowcount == len(keys)
        cursor.execute("SET LOCAL lock_timeout = DEFAULT")
        if are_all_new:
            return {}
        cursor.execute(
            "SELECT key, body_sha256, status, answer::text FROM web_idempotencykey"
            " WHERE owner_id = %s AND key = ANY(%s)",
            [owner_id, keys],
        )
        stored = {
            key: FirstAnswer(bytes(digest), status, json.loads(answer) if answer else None)
            for key, digest, status, answer in cursor.fetchall()
        }
    return {key: first for key, first in stored.items() if first.answer != answers[key]}


_json = json.JSONEncoder().encode


def release_many(owner_id: int, keys: Sequence[str]) -> None:
    """Set keys free again that this transaction claimed: what was asked under them was refused."""
    if keys:
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM web_idempotencykey WHERE owner_id = %s AND key = ANY(%s)",
                [owner_id, list(keys)],
            )


def _claim(owner_id: int, key: str, digest: bytes) -> tuple[int, Any] | None:
    """None when the key is ours now, else its first answer. Raises Faults 409."""
    with connection.cursor() as cursor:
        try:
            cursor.execute("SELECT * FROM web_claim_key(%s, %s, %s)", [owner_id, key, digest])
        except OperationalError as error:
            raise refuse(
                "in_flight", "The same key is being answered right now; ask again later.", status=409
            ) from error
        row = cursor.fetchone()
    return _answer_of(row, key, digest)


def _first_answer(owner_id: int, key: str, digest: bytes) -> tuple[int, Any] | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT body_sha256, status, answer::text FROM web_idempotencykey WHERE owner_id = %s AND key = %s",
            [owner_id, key],
        )
        return _answer_of(cursor.fetchone(), key, digest)


def _answer_of(row: tuple[Any, int, str | None] | None, key: str, digest: bytes) -> tuple[int, Any] | None:
    if row is None:
        return None
    stored, status, answer = row
    if bytes(stored) != digest:
        raise refuse("key_reused", f"The key {key!r} was used for another request.", status=409)
    return status, json.loads(answer) if answer else None


def _store(owner_id: int, key: str, status: int, answer: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT web_store_answer(%s, %s, %s, %s)", [owner_id, key, status, json.dumps(answer)])
