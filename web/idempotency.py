"""One key, one effect: the first answer of a key is stored with its effect and given again."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from django.db import OperationalError, connection, transaction

from lib.faults import refuse

WAIT_S = 10
MAX_KEY_LENGTH = 255


def body_hash(body: bytes) -> bytes:
    """SHA-256 of what was asked, 32 bytes."""
    return hashlib.sha256(body).digest()


def once(
    owner_id: int, key: str, asked: bytes, effect: Callable[[], tuple[int, Any]]
) -> tuple[int, Any, bool]:
    """Carry out `effect` under `key`, or give its first answer again.

    asked:  what identifies the request (method, path and body); its SHA-256 is compared on a repeat.
    effect: returns (status, JSON-ready answer); a raised `Faults` rolls all back and leaves the key free.
    Returns (status, answer, replayed). A concurrent repeat waits up to 10 s for the first answer.
    Raises Faults 409: `key_reused` (same key, another request), `in_flight` (not answered within 10 s).
    Locks: the key, first of all.
    """
    if not key or len(key) > MAX_KEY_LENGTH:
        raise refuse("invalid_key", f"An idempotency key has 1 to {MAX_KEY_LENGTH} characters.", status=422)
    digest = body_hash(asked)
    with transaction.atomic():
        if not _claim(owner_id, key, digest):
            return *_first_answer(owner_id, key, digest), True
        status, answer = effect()
        _store(owner_id, key, status, answer)
    return status, answer, False


def _claim(owner_id: int, key: str, digest: bytes) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{WAIT_S}s'")
        try:
            cursor.execute(
                "INSERT INTO web_idempotencykey (owner_id, key, body_sha256, status) VALUES (%s, %s, %s, 0)"
                " ON CONFLICT (owner_id, key) DO NOTHING RETURNING id",
                [owner_id, key, digest],
            )
        except OperationalError as error:
            raise refuse(
                "in_flight", "The same key is being answered right now; ask again later.", status=409
            ) from error
        claimed = cursor.fetchone() is not None
        cursor.execute("SET LOCAL lock_timeout = DEFAULT")
    return claimed


def _first_answer(owner_id: int, key: str, digest: bytes) -> tuple[int, Any]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT body_sha256, status, answer::text FROM web_idempotencykey WHERE owner_id = %s AND key = %s",
            [owner_id, key],
        )
        stored, status, answer = cursor.fetchone()
    if bytes(stored) != digest:
        raise refuse("key_reused", f"The key {key!r} was used for another request.", status=409)
    return status, json.loads(answer) if answer else None


def _store(owner_id: int, key: str, status: int, answer: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE web_idempotencykey SET status = %s, answer = %s WHERE owner_id = %s AND key = %s",
            [status, json.dumps(answer), owner_id, key],
        )
