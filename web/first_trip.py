"""One key, one effect, in as few trips as can be: BEGIN and the claim go ahead of the effect's first statement, the
answer goes with COMMIT, and what the effect writes last may go with them (`send_with_next`). For effects whose first statement is a plain one (no COPY, no server-side cursor); what comes
before it must have no effect of its own, for it runs before the key is known to be free.

Django keeps the transaction (savepoints, on_commit, what is refused after a failure); psycopg2, which would send BEGIN
and COMMIT by themselves, is told that it has none.
"""

import json
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg2.extensions import TRANSACTION_STATUS_IDLE

TAKEN, LOCK_TIMEOUT, NOT_PLAIN = "SY409", "55P03", "SY410"


class KeyTaken(Exception):
    """The key was used before, or, is_waiting, is being answered for longer than one waits."""

    def __init__(self, is_waiting: bool = False) -> None:
        super().__init__()
        self.is_waiting = is_waiting


@dataclass
class _FirstTrip:
    """Puts BEGIN and the claim before the first statement, and what waits before the next one."""

    claim: tuple[int, str, bytes]
    is_sent: bool = field(default=False)
    waiting: list[str] = field(default_factory=list)

    def __call__(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        ahead = "".join(self.waiting)
        self.waiting.clear()
        is_first, self.is_sent = not self.is_sent, True
        if is_first:
            claim = context["cursor"].mogrify("BEGIN; SELECT web_claim_or_fail(%s, %s, %s);", self.claim)
            ahead = claim.decode() + ahead
        if not ahead:
            return execute(sql, params, many, context)
        try:
            if many:
                execute(ahead, None, False, context)
                return execute(sql, params, many, context)
            ahead = ahead if params is None else ahead.replace("%", "%%")
            return execute(ahead + sql, params, many, context)
        except DatabaseError as error:
            code = getattr(error.__cause__, "pgcode", "")
            if is_first and code in (TAKEN, LOCK_TIMEOUT):
                raise KeyTaken(code == LOCK_TIMEOUT) from error
            raise


_trip: ContextVar[_FirstTrip | None] = ContextVar("trip", default=None)


def in_one_statement(sql: str, params: Any) -> Any:
    """The row that a function answers with which claims a key and does all of its effect; None when it cannot (SY410).

    Outside a transaction it is committed then. Raises KeyTaken; then, as with None, nothing is written.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            return cursor.fetchone()
    except DatabaseError as error:
        code = getattr(error.__cause__, "pgcode", "")
        if code == NOT_PLAIN:
            return None
        if code in (TAKEN, LOCK_TIMEOUT):
            raise KeyTaken(code == LOCK_TIMEOUT) from error
        raise


def send_with_next(cursor: CursorWrapper, sql: str, params: Sequence[Any]) -> None:
    """Execute a statement whose answer nobody needs; under a key that is carried out here, in one trip with what follows.

    A failure then shows at the next statement, which may be the commit: for what only a defect can make fail.
    """
    trip = _trip.get()
    if trip is None or not trip.is_sent or not connection.in_atomic_block:
        cursor.execute(sql, params)
    else:
        trip.waiting.append(cursor.mogrify(sql, params).decode() + ";")


def carry_out(
    owner_id: int, key: str, digest: bytes, effect: Callable[[], tuple[int, Any]]
) -> tuple[int, Any]:
    """The effect's status and answer, committed. Raises KeyTaken, whatever the effect raises; then nothing is written.

    Not for use inside a transaction.
    """
    trip = _FirstTrip((owner_id, key, digest))
    token = _trip.set(trip)
    try:
        return _committed(trip, owner_id, key, effect)
    finally:
        _trip.reset(token)


def _committed(
    trip: _FirstTrip, owner_id: int, key: str, effect: Callable[[], tuple[int, Any]]
) -> tuple[int, Any]:
    with transaction.atomic(durable=True):
        driver = connection.connection
        driver.autocommit = True
        try:
            with connection.execute_wrapper(trip):
                status, answer = effect()
                with connection.cursor() as cursor:
                    cursor.execute(
                        "SELECT web_store_answer(%s, %s, %s, %s); COMMIT",
                        [owner_id, key, status, json.dumps(answer)],
                    )
        except BaseException:
            if not driver.closed and driver.info.transaction_status != TRANSACTION_STATUS_IDLE:
                with driver.cursor() as cursor:
                    cursor.execute("ROLLBACK")
            raise
    return status, answer
