"""`once` with its claim in the effect's first trip keeps every promise of the ordinary way."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from django.db import DataError, connection, transaction
from django.test.utils import CaptureQueriesContext

from inventory.actions.movements import post_movement
from inventory.models import Entry, Movement
from inventory.queries.verification import ledger_breaches
from lib.faults import Faults
from tests.inventory.builders import TESTER, draft, line
from tests.inventory.test_races import held, stocked
from web.first_trip import send_with_next
from web.idempotency import once
from web.models import IdempotencyKey

__all__ = ["stocked"]
Effect = Callable[[], tuple[int, Any]]


def issue(quantity: str = "1") -> Effect:
    made = draft("issue", line("A1", "LON", "customer", quantity), at=None)
    return lambda: (201, {"id": post_movement(actor=TESTER, draft=made).pk})


def test_first_answer_is_given_again(stocked: str) -> None:
    first = once(1, "50% off", b"same", issue(), is_plain=True)
    assert once(1, "50% off", b"same", issue(), is_plain=True) == (*first[:2], True)
    assert held().on_hand == 999
    assert connection.get_autocommit() and not connection.in_atomic_block


def test_another_body_is_refused(stocked: str) -> None:
    once(1, "key", b"same", issue(), is_plain=True)
    with pytest.raises(Faults) as refused:
        once(1, "key", b"other", issue(), is_plain=True)
    assert refused.value.faults[0].code == "key_reused"
    assert held().on_hand == 999


def test_used_key_answers_before_the_effect_refuses(stocked: str) -> None:
    first = once(1, "key", b"same", issue(), is_plain=True)
    wrong = draft("issue", line("A1", "LON", "customer", "-1"), at=None)
    again = once(1, "key", b"same", lambda: (201, post_movement(actor=TESTER, draft=wrong).pk), is_plain=True)
    assert again == (*first[:2], True)


def test_refused_effect_leaves_nothing_and_the_key_free(stocked: str) -> None:
    with pytest.raises(Faults):
        once(1, "key", b"same", issue("1001"), is_plain=True)
    assert not IdempotencyKey.objects.filter(key="key").exists()
    assert once(1, "key", b"same", issue(), is_plain=True)[2] is False


def test_failure_after_the_writing_takes_all_back(stocked: str) -> None:
    before = (Movement.objects.count(), Entry.objects.count())

    def fail() -> tuple[int, Any]:
        issue()()
        raise RuntimeError("after the posting")

    with pytest.raises(RuntimeError):
        once(1, "key", b"same", fail, is_plain=True)
    assert (Movement.objects.count(), Entry.objects.count()) == before
    assert not IdempotencyKey.objects.filter(key="key").exists()


def test_effect_that_goes_on_after_a_refusal_is_not_committed(stocked: str) -> None:
    def go_on() -> tuple[int, Any]:
        issue()()
        with suppress(Faults):
            issue("5000")()
        return 201, None

    with pytest.raises(transaction.TransactionManagementError):
        once(1, "key", b"same", go_on, is_plain=True)
    assert held().on_hand == 1000


def test_effect_without_a_statement_keeps_its_key(stocked: str) -> None:
    assert once(1, "key", b"same", lambda: (200, "x"), is_plain=True) == (200, "x", False)
    assert once(1, "key", b"same", lambda: (200, "y"), is_plain=True) == (200, "x", True)


def test_what_waits_for_the_commit_runs_after_it(stocked: str) -> None:
    seen: list[bool] = []

    def effect() -> tuple[int, Any]:
        transaction.on_commit(lambda: seen.append(IdempotencyKey.objects.filter(key="key").exists()))
        return issue()()

    once(1, "key", b"same", effect, is_plain=True)
    assert seen == [True]


def test_a_posting_under_a_key_takes_two_trips(stocked: str) -> None:
    issue()()
    with CaptureQueriesContext(connection) as sent:
        once(1, "key", b"same", issue(), is_plain=True)
    # Django notes a BEGIN and a COMMIT of its own, which psycopg2 does not send.
    assert len([one for one in sent if one["sql"] not in ("BEGIN", "COMMIT")]) == 2
    assert (held().on_hand, list(ledger_breaches())) == (998, [])


def test_what_waits_is_written_before_what_comes_next(stocked: str) -> None:
    def post_and_look() -> tuple[int, Any]:
        status, answer = issue("3")()
        return status, [answer["id"], Movement.objects.filter(pk=answer["id"]).count(), str(held().on_hand)]

    assert once(1, "key", b"same", post_and_look, is_plain=True)[1][1:] == [1, "997.000000"]


def test_a_writing_that_fails_at_the_commit_leaves_nothing_and_the_key_free(stocked: str) -> None:
    before = Entry.objects.count()

    def write_wrongly() -> tuple[int, Any]:
        issue()()
        with connection.cursor() as cursor:
            send_with_next(cursor, "SELECT 1 / %s", [0])
        return 201, None

    with pytest.raises(DataError):
        once(1, "key", b"same", write_wrongly, is_plain=True)
    assert (Entry.objects.count(), held().on_hand) == (before, 1000)
    assert once(1, "key", b"same", issue(), is_plain=True)[2] is False
