"""One key, one effect, in as few trips as can be: BEGIN and the claim go ahead of the effect's first statement, the
answer goes with COMMIT. For effects whose first statement is a plain one (no COPY, no server-side cursor); what comes
before it must have no effect of its own, for it runs before the key is known to be free.

Django keeps the transaction (savepoints, on_commit, what is refused after a failure); psycopg2, which would send BEGIN
and COMMIT by themselves, is told that it has none.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import DatabaseError, connection, transaction
from psycopg2.extensions import TRANSACTION_STATUS_IDLE

TAKEN, LOCK_TIMEOUT = "SY409", "55P03"


class KeyTaken(Exception):
    """The key was used before, or, is_waiting, is being answered for longer than one waits."""

    def __init__(self, is_waiting: bool = False) -> None:
        super().__init__()
        self.is_waiting = is_waiting


@dataclass
class _FirstTrip:
    """Puts BEGIN and the claim before the first statement."""

    claim: tuple[int, str, bytes]
    is_sent: bool = field(default=False)

    def __call__(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        if self.is_sent:
            return execute(sql, params, many, context)
        self.is_sent = True
        ahead = context["cursor"].mogrify("BEGIN; SELECT web_claim_or_fail(%s, %s, %s);", self.claim).decode()
        try:
            if many:
                execute(ahead, None, False, context)
                return execute(sql, params, many, context)
            ahead = ahead if params is None else ahead.replace("%", "%%")
            return execute(ahead + sql, params, many, context)
        except DatabaseError as error:
            code = getattr(error.__cause__, "pgcode", "")
            if code in (TAKEN, LOCK_TIMEOUT):
                raise KeyTaken(code == LOCK_TIMEOUT) from error
            raise


def carry_out(
    owner_id: int, key: str, digest: bytes, effect: Callable[[], tuple[int, Any]]
) -> tuple[int, Any]:
    """The effect's status and answer, committed. Raises KeyTaken, whatever the effect raises; then nothing is written.

    Not for use inside a transaction.
    """
    trip = _FirstTrip((owner_id, key, digest))
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
